use crate::catalog::{Type, is_deterministic_collation, quote_literal};
use crate::index::{IndexDefinition, finds_prefixes, literal_text};
use crate::query::{BinaryOp, Expr, ExprKind, FunctionCall, Literal};
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

use super::access::column_of;
use super::comparison::{Comparison, Test};
use super::each_comparison::check_each;
use super::index_sql::{expression_index, prefix_index};
use super::number::integer;
use super::pattern::fixed_prefix;
use super::verdict::{Verdict, finding, replace_conjunct, text, verdict};
use super::wrapped::{Wrapping, wrapping};

/// A function around an indexed column.
pub struct FunctionOnColumn;

static INFO: RuleInfo = RuleInfo {
    name: "function-on-column",
    summary: "a function of the column is compared, not the column",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds comparisons in which a column stands inside a function or a concatenation: `lower(email) = ...`, `left(code, 3) = ...`, \
            `coalesce(status, 'new') = ...`, `first || ' ' || last = ...`. Where the comparison can be turned round exactly, the fix does that; \
            otherwise it is an index on the expression. Silent where such an index is there, and where another condition already leads to few rows.",
        why_it_is_slow: "An index on a column holds the column's values, not the function's. PostgreSQL computes the function for every row, \
            and takes 0.5 % as its guess of how many rows are equal.",
        example_schema: "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL UNIQUE);",
        example_statistics: "",
        example: "SELECT id FROM users\nWHERE lower(email) = 'ann@example.org';",
        use_instead: "CREATE UNIQUE INDEX users_email_lower ON users (lower(email));",
        trade_off: "An index on an expression serves this expression only, word for word, and is kept up by every write. For case-insensitive text, \
            a column of type citext or a collation that ignores case are the other ways.",
        interview_question: "There is an index on email, and WHERE lower(email) = $1 does not use it. Why, and what do you do?",
        good_answer: &[
            "The index is sorted by email, not by lower(email).",
            "Make an index on the expression, unique if the addresses have to be.",
            "The function has to be immutable; the query has to write the same expression.",
            "Run ANALYZE afterwards: the expression gets statistics of its own.",
            "left(code, 3) = 'abc' is a prefix search: code LIKE 'abc%'.",
        ],
    },
};

/// Functions whose order has to do with their argument's: a range over them is worth an index.
const ORDERED: &[&str] = &[
    "age",
    "ceil",
    "ceiling",
    "coalesce",
    "date_part",
    "extract",
    "floor",
    "lower",
    "round",
    "to_timestamp",
    "trunc",
    "upper",
];

impl Rule for FunctionOnColumn {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        check_each(context, findings, |comparison| {
            let counts = match wrapping(context, comparison) {
                Some(Wrapping::Function) => true,
                Some(Wrapping::PartOfTime) => is_epoch(&comparison.key),
                _ => false,
            };
            counts.then(|| check(context, comparison)).flatten()
        });
    }
}

fn check(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> Option<Finding> {
    let name = match &comparison.key.kind {
        ExprKind::Function(call) => call.name.as_str(),
        _ => "",
    };
    match &comparison.test {
        Test::Regex { .. } | Test::Similar { .. } | Test::LikeAny { .. } => return None,
        // a pattern without fixed start is another rule's
        Test::Like { .. } => {
            fixed_prefix(&comparison.test)?;
        }
        _ if comparison.is_equality() || ORDERED.contains(&name) => {}
        _ => return None,
    }
    if !matches!(comparison.key.kind, ExprKind::Case { .. }) && !is_known(context, &comparison.key)
    {
        return None;
    }
    let verdict = verdict(context, comparison)?;
    let fix = turned_round(context, comparison);
    let index = match fix {
        Some(_) => None,
        None => index_fix(context, comparison),
    };
    if fix.is_none() && index.is_none() && verdict.index.is_none() {
        return None;
    }
    let key = text(context, comparison.written);
    let mut finding = finding(
        context,
        INFO.name,
        comparison,
        &verdict,
        format!("{key} is computed for every row: {}", unserved(&verdict)),
    );
    finding.label = Some("no index holds this value".to_owned());
    finding.fixes.extend(fix);
    finding.fixes.extend(index);
    Some(finding)
}

/// Whether a key counts the seconds of a moment, in the moment's own order.
fn is_epoch(key: &Expr) -> bool {
    match &key.kind {
        ExprKind::Function(call) => {
            matches!(call.name.as_str(), "extract" | "date_part")
                && call
                    .arguments
                    .first()
                    .and_then(literal_text)
                    .is_some_and(|field| field.eq_ignore_ascii_case("epoch"))
        }
        _ => false,
    }
}

fn unserved(verdict: &Verdict) -> String {
    match &verdict.index {
        Some(index) => format!("index {index} on the column does not serve"),
        None => "an index on the column would not serve".to_owned(),
    }
}

/// Whether all functions in a key are known, and give the same for the same row.
fn is_known(context: &StatementContext<'_>, key: &Expr) -> bool {
    !key.any(&|part| {
        matches!(&part.kind, ExprKind::Function(call)
            if context.facts.function_volatility(&call.name) == crate::catalog::Volatility::Volatile)
            || matches!(part.kind, ExprKind::Other { .. } | ExprKind::Unresolved(_))
    })
}

fn index_fix(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> Option<Fix> {
    if !comparison.is_direct() {
        return None;
    }
    let table = comparison.table(context);
    if comparison.is_pattern() {
        return prefix_index(context, table, &comparison.key);
    }
    expression_index(context, table, &comparison.key)
}

/// The comparison of the bare column that gives the same rows.
fn turned_round(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> Option<Fix> {
    if !comparison.can_be_rewritten {
        return None;
    }
    let replacement = match &comparison.written.kind {
        ExprKind::Function(call) => match call.name.as_str() {
            "left" | "substring" | "substr" => prefix(context, comparison, call)?,
            "coalesce" => coalesced(context, comparison, call)?,
            _ => return None,
        },
        ExprKind::Binary {
            op: BinaryOp::Concat,
            left,
            right,
        } => without_empty(context, comparison, left, right)?,
        _ => return None,
    };
    let tradeoff = if replacement.contains(" LIKE ") && !is_found_by_prefix(context, comparison) {
        "the same rows; unless the collation is C, the search takes an index of the column with text_pattern_ops"
    } else {
        "the same rows"
    };
    replace_conjunct(
        context,
        comparison.conjunct,
        replacement,
        Safety::Equivalent,
        tradeoff,
    )
}

/// Whether an index that compares byte by byte begins with the column in a key.
fn is_found_by_prefix(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> bool {
    let table = comparison.table(context);
    let columns = comparison.key.columns();
    context
        .catalog
        .indexes_of(table)
        .filter_map(|index| IndexDefinition::existing(context.schema, index))
        .filter_map(|index| index.keys.into_iter().next())
        .any(|key| {
            finds_prefixes(context.catalog, table, &key)
                && key
                    .column()
                    .is_some_and(|own| columns.iter().any(|column| column.column == own.0))
        })
}

/// Whether a column compares its strings byte by byte for equality, as all do that have no collation of their own.
fn is_plain_text(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
    column: &Expr,
) -> bool {
    let typed = matches!(
        column
            .data_type
            .as_ref()
            .map(|data_type| context.catalog.base_type(data_type)),
        Some(Type::Text | Type::Varchar(_))
    );
    let collation = column
        .as_column()
        .and_then(|column| column_of(comparison.table(context), column))
        .map(|column| column.collation.as_deref());
    typed && collation.is_some_and(|name| name.is_none_or(is_deterministic_collation))
}

/// `left(code, 3) = 'abc'` as `code LIKE 'abc%'`.
fn prefix(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
    call: &FunctionCall,
) -> Option<String> {
    let (column, length) = match (call.name.as_str(), call.arguments.as_slice()) {
        ("left", [column, length]) => (column, length),
        ("substring" | "substr", [column, start, length]) if integer(start) == Some(1) => {
            (column, length)
        }
        _ => return None,
    };
    column.as_column()?;
    if !is_plain_text(context, comparison, column) {
        return None;
    }
    let length = usize::try_from(integer(length)?).ok()?;
    let name = text(context, column);
    let one = |value: &Expr| -> Option<String> {
        let ExprKind::Literal(Literal::String(wanted)) = &unwrapped(value).kind else {
            return None;
        };
        match wanted.chars().count() {
            count if count == length && count > 0 => {
                let escaped: String = wanted
                    .chars()
                    .flat_map(|c| {
                        matches!(c, '%' | '_' | '\\')
                            .then_some('\\')
                            .into_iter()
                            .chain([c])
                    })
                    .collect();
                Some(format!(
                    "{name} LIKE {}",
                    quote_literal(&format!("{escaped}%"))
                ))
            }
            count if count < length => Some(format!("{name} = {}", quote_literal(wanted))),
            _ => None,
        }
    };
    match &comparison.test {
        Test::Compare(BinaryOp::Eq, value) => one(value),
        Test::In(list) if list.len() <= 4 => {
            let arms: Option<Vec<String>> = list.iter().map(one).collect();
            Some(format!("({})", arms?.join(" OR ")))
        }
        _ => None,
    }
}

/// A literal without a cast to text.
fn unwrapped(value: &Expr) -> &Expr {
    match &value.kind {
        ExprKind::Cast {
            operand,
            data_type: Type::Text | Type::Varchar(None),
        } => operand,
        _ => value,
    }
}

/// `coalesce(status, 'new') = 'done'` as `status = 'done'`.
fn coalesced(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
    call: &FunctionCall,
) -> Option<String> {
    let [column, otherwise] = call.arguments.as_slice() else {
        return None;
    };
    let definition = column_of(comparison.table(context), column.as_column()?)?;
    let name = text(context, column);
    let data_type = context.catalog.base_type(&definition.data_type);
    let Test::Compare(op, value) = &comparison.test else {
        return None;
    };
    let otherwise_passes = match data_type {
        data_type if data_type.is_integer() => {
            let (otherwise, value) = (integer(otherwise)?, integer(value)?);
            match op {
                BinaryOp::Eq => otherwise == value,
                BinaryOp::Lt => otherwise < value,
                BinaryOp::LtEq => otherwise <= value,
                BinaryOp::Gt => otherwise > value,
                BinaryOp::GtEq => otherwise >= value,
                _ => return None,
            }
        }
        Type::Bool => match (&otherwise.kind, op, &value.kind) {
            (
                ExprKind::Literal(Literal::Boolean(otherwise)),
                BinaryOp::Eq,
                ExprKind::Literal(Literal::Boolean(value)),
            ) => otherwise == value,
            _ => return None,
        },
        _ if is_plain_text(context, comparison, column) => {
            match (&unwrapped(otherwise).kind, op, &unwrapped(value).kind) {
                (
                    ExprKind::Literal(Literal::String(otherwise)),
                    BinaryOp::Eq,
                    ExprKind::Literal(Literal::String(value)),
                ) => otherwise == value,
                _ => return None,
            }
        }
        _ => return None,
    };
    let bare = format!("{name} {} {}", op.symbol(), text(context, value));
    // an outer join fills up columns that are declared NOT NULL as well
    let column = column.as_column()?;
    let block = context
        .query
        .block(context.query.relation(column.relation).block);
    let may_be_null = !definition.not_null
        || context
            .facts
            .nullable_relations(block)
            .contains(&column.relation);
    Some(if otherwise_passes && may_be_null {
        format!("({bare} OR {name} IS NULL)")
    } else {
        bare
    })
}

/// `code || '' = 'abc'` as `code = 'abc'`.
fn without_empty(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
    left: &Expr,
    right: &Expr,
) -> Option<String> {
    let empty = |expr: &Expr| matches!(&expr.kind, ExprKind::Literal(Literal::String(text)) if text.is_empty());
    let column = if empty(right) {
        left
    } else if empty(left) {
        right
    } else {
        return None;
    };
    column.as_column()?;
    if !is_plain_text(context, comparison, column) {
        return None;
    }
    match &comparison.test {
        Test::Compare(op, value) => {
            let untyped = matches!(
                value.kind,
                ExprKind::Literal(Literal::String(_)) | ExprKind::Parameter(_)
            );
            let texts = value
                .data_type
                .as_ref()
                .is_some_and(|data_type| matches!(data_type, Type::Text | Type::Varchar(_)));
            (untyped || texts).then(|| {
                format!(
                    "{} {} {}",
                    text(context, column),
                    op.symbol(),
                    text(context, value)
                )
            })
        }
        _ => None,
    }
}
