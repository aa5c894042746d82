//! `x = ANY (column)` over an array column: no index can be searched for it, but `column @> ARRAY[x]` asks the same of
//! a GIN index.

use crate::catalog::{Table, Type};
use crate::index::{Advice, AdviceOptions, Proposal, ProposalKind, advise};
use crate::query::{BinaryOp, Expr, ExprKind, Facts, Literal, UnaryOp, analyze_text, one_line};
use crate::rewrite::Edit;
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{Evidence, Finding, Fix, FixKind, RuleInfo, Safety, Severity, StatementContext};

/// Times fewer blocks that the rewritten statement has to read.
const BLOCKS_GAIN: f64 = 2.0;

/// Reports the conditions of a statement that a GIN index would serve if they were written with `@>`.
pub(super) fn report_any_of_array(
    context: &StatementContext<'_>,
    info: &RuleInfo,
    findings: &mut Vec<Finding>,
) {
    if context.query.has_unresolved {
        return;
    }
    for block in context.query.own_blocks() {
        for conjunct in &block.filter {
            findings.extend(check(context, info, conjunct));
        }
    }
}

fn check(context: &StatementContext<'_>, info: &RuleInfo, conjunct: &Expr) -> Option<Finding> {
    let ExprKind::QuantifiedArray {
        op: BinaryOp::Eq,
        operand,
        array,
        all: false,
    } = &conjunct.kind
    else {
        return None;
    };
    let reference = array.as_column()?;
    let (table, column) = context.facts.base_column(reference)?;
    let table = context.catalog.table(table);
    let Type::Array(element) = context.catalog.base_type(&table.column(column).data_type) else {
        return None;
    };
    let name = element_name(element, operand)?;
    let file = &context.query.file;
    let contains = format!(
        "{} @> ARRAY[{}]::{name}[]",
        file.slice(array.span),
        file.slice(operand.span)
    );
    let fix = rewrite(
        context,
        vec![Edit::replace(conjunct.span, contains)],
        Safety::Equivalent,
        "the same rows; it is the form that a GIN index can be searched for",
    )?;
    let gain = gain(context, table, &fix.sql)?;
    let relation = context.query.relation(reference.relation);
    let alias = &relation.alias;
    let (severity, evidence) = match table.statistics {
        Some(_) => (Severity::Warning, Evidence::Statistics),
        None => (Severity::Info, Evidence::Schema),
    };
    let mut finding = Finding::at(
        context.query,
        info.name,
        severity,
        evidence,
        conjunct.span,
        format!(
            "{} can use no index: ask with @>, which a GIN index serves",
            one_line(file, conjunct.span)
        ),
    );
    finding.relation = Some(alias.clone());
    finding.table = Some(table.name.to_string());
    finding.columns = vec![table.column(column).name.clone()];
    finding.label = Some(format!("each array of {alias} is searched"));
    finding.why = vec![format!(
        "PostgreSQL reads about {:.0} blocks of 8 kB as it is, about {:.0} by a GIN index",
        gain.before, gain.after
    )];
    finding.facts.insert(
        "blocks_before".to_owned(),
        (gain.before.round() as i64).into(),
    );
    finding.facts.insert(
        "blocks_after".to_owned(),
        (gain.after.round() as i64).into(),
    );
    finding.fixes.push(fix);
    match gain.index {
        Some(index) => finding.fixes.push(Fix {
            kind: FixKind::CreateIndex,
            sql: index.sql.clone(),
            safety: Safety::Review,
            tradeoff: super::support::trade_off(context, &index),
            edits: Vec::new(),
        }),
        None => finding
            .why
            .push("the GIN index is there already".to_owned()),
    }
    Some(finding)
}

/// What the rewritten statement reads, and the index that it lacks.
struct Gain {
    before: f64,
    after: f64,
    index: Option<Proposal>,
}

fn gain(context: &StatementContext<'_>, table: &Table, sql: &str) -> Option<Gain> {
    let query = analyze_text(context.query.file.path(), sql, context.catalog).ok()?;
    let facts = Facts::new(&query, context.schema);
    let least_saved_blocks = context.thresholds.small_table_pages;
    let advice: Advice = advise(&facts, &AdviceOptions { least_saved_blocks });
    let index = advice
        .proposals
        .into_iter()
        .find(|proposal| proposal.kind == ProposalKind::Gin && proposal.table == table.id);
    let saved = index.as_ref().map_or(0.0, |index| {
        (index.before.blocks - index.after.blocks) * index.loops
    });
    let (before, after) = (context.advice().blocks, advice.blocks - saved);
    let helps = after * BLOCKS_GAIN <= before && before - after >= least_saved_blocks;
    helps.then_some(Gain {
        before,
        after,
        index,
    })
}

/// The name of an array's element type, where a value that is compared with it is the same after a cast to that type.
fn element_name(element: &Type, value: &Expr) -> Option<String> {
    let name = match element {
        // a length would cut the value
        Type::Varchar(_) => "varchar".to_owned(),
        Type::Text
        | Type::Int2
        | Type::Int4
        | Type::Int8
        | Type::Uuid
        | Type::Date
        | Type::Timestamp
        | Type::TimestampTz => element.to_string(),
        Type::Enum(name) => name.to_sql(),
        _ => return None,
    };
    let same = match &value.kind {
        ExprKind::Literal(Literal::String(_)) | ExprKind::Parameter(_) => true,
        ExprKind::Literal(Literal::Number(number)) => fits(element, number),
        ExprKind::Unary {
            op: UnaryOp::Minus,
            operand,
        } => {
            matches!(&operand.kind, ExprKind::Literal(Literal::Number(number)) if fits(element, number))
        }
        ExprKind::Cast { operand, data_type } => {
            let string =
                element.is_string() && matches!(data_type, Type::Text | Type::Varchar(None));
            (data_type == element || string) && operand.is_constant()
        }
        _ => false,
    };
    same.then_some(name)
}

fn fits(element: &Type, number: &str) -> bool {
    match element {
        Type::Int2 => number.parse::<i16>().is_ok(),
        Type::Int4 => number.parse::<i32>().is_ok(),
        Type::Int8 => number.parse::<i64>().is_ok(),
        _ => false,
    }
}
