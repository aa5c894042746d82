use std::collections::BTreeSet;

use crate::query::facts::DuplicatesHarmless;
use crate::query::{
    Block, ColumnRef, Expr, QueryBody, QueryExpression, QueryExpressionId, Reader, RelationId,
    RelationSource, SetOperator,
};
use crate::rewrite::Edit;
use crate::source::Span;

use super::support::safety_of_same_rows;
use super::value_domain::ValueDomain;
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// UNION that has no duplicates to remove, or whose reader does not see them.
pub struct UnionCouldBeAll;

static INFO: RuleInfo = RuleInfo {
    name: "union-could-be-all",
    summary: "UNION removes duplicates that cannot be there",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds UNION whose arms are unique in themselves (by a key in the select list) and cannot have a row in common: a different constant \
            in the same column, or conditions on the same column (or on the same row, by its primary key) that exclude each other. \
            Also UNION under IN, EXISTS and other readers that do not see copies.",
        why_it_is_slow: "UNION sorts or hashes all rows of all arms to find copies, and gives the first row after the last was read. \
            UNION ALL appends them.",
        example_schema: "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);\n\
            CREATE TABLE suppliers (id int PRIMARY KEY, name text NOT NULL);",
        example_statistics: "",
        example: "SELECT 'customer' AS kind, id, name FROM customers\nUNION\nSELECT 'supplier', id, name FROM suppliers;",
        use_instead: "SELECT 'customer' AS kind, id, name FROM customers\nUNION ALL\nSELECT 'supplier', id, name FROM suppliers;",
        trade_off: "None for the rows. UNION may have given them sorted by chance: write ORDER BY where that matters.",
        interview_question: "When do UNION and UNION ALL give the same rows?",
        good_answer: &[
            "When no arm has a row twice, and no two arms have one in common.",
            "Disjoint arms are not enough: UNION also removes the copies within one arm.",
            "A constant that tags each arm makes them disjoint; so do conditions such as status = 'open' and status <> 'open' on a column that is shown.",
            "NULL counts as a value here: two NULLs are duplicates for UNION.",
        ],
    },
};

impl Rule for UnionCouldBeAll {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        if context.query.has_unresolved {
            return;
        }
        for expression in &context.query.expressions {
            if expression.view.is_none() {
                findings.extend(check(context, expression));
            }
        }
    }
}

fn check(context: &StatementContext<'_>, expression: &QueryExpression) -> Option<Finding> {
    let query = context.query;
    let QueryBody::SetOperation {
        operator: SetOperator::Union,
        all: false,
        operator_span,
        ..
    } = expression.body
    else {
        return None;
    };
    // a chain is planned as one: its top speaks for it
    match expression.reader {
        Reader::SetOperation { parent } if is_distinct_union(query.expression(parent)) => {
            return None;
        }
        // UNION ends the recursion
        Reader::Cte(cte) if query.cte(cte).recursive => return None,
        _ => {}
    }
    let mut arms = Vec::new();
    let mut operators = Vec::new();
    collect_arms(context, expression, &mut arms, &mut operators);
    let why = match unseen(context, expression) {
        Some(reason) => reason.to_string(),
        None => disjoint_and_unique(context, &arms)?,
    };
    let mut finding = Finding::at(
        query,
        INFO.name,
        Severity::Warning,
        Evidence::Schema,
        operator_span,
        "UNION looks for duplicates that cannot be there or do not matter: UNION ALL gives the same".to_owned(),
    );
    finding.why = vec![
        why,
        "UNION sorts or hashes all rows of all arms; UNION ALL passes them on".to_owned(),
    ];
    finding.label = Some("UNION ALL would do".to_owned());
    let edits = operators
        .into_iter()
        .map(|span| Edit::replace(span, "UNION ALL"))
        .collect();
    finding.fixes.extend(rewrite(
        context,
        edits,
        safety_of_same_rows(context),
        "none: the rows stay the same",
    ));
    Some(finding)
}

fn is_distinct_union(expression: &QueryExpression) -> bool {
    matches!(
        expression.body,
        QueryBody::SetOperation {
            operator: SetOperator::Union,
            all: false,
            ..
        }
    )
}

/// The arms of a chain of UNION and UNION ALL, and the operators without ALL.
fn collect_arms(
    context: &StatementContext<'_>,
    expression: &QueryExpression,
    arms: &mut Vec<QueryExpressionId>,
    operators: &mut Vec<Span>,
) {
    let QueryBody::SetOperation {
        operator: SetOperator::Union,
        all,
        left,
        right,
        operator_span,
    } = expression.body
    else {
        arms.push(expression.id);
        return;
    };
    if !all {
        operators.push(operator_span);
    }
    for id in [left, right] {
        let arm = context.query.expression(id);
        let plain = arm.limit.is_none() && arm.offset.is_none() && arm.ctes.is_empty();
        if plain {
            collect_arms(context, arm, arms, operators);
        } else {
            arms.push(id);
        }
    }
}

/// Why the reader does not see duplicates.
fn unseen(
    context: &StatementContext<'_>,
    expression: &QueryExpression,
) -> Option<DuplicatesHarmless> {
    let reason = context.facts.reader_ignores_duplicates(expression.id)?;
    // removing copies early can pay when the rows are joined afterwards
    if reason == DuplicatesHarmless::Reader {
        let Reader::Relation(relation) = expression.reader else {
            return None;
        };
        let query = context.query;
        if query
            .block(query.relation(relation).block)
            .relations()
            .len()
            > 1
        {
            return None;
        }
    }
    Some(reason)
}

/// Every arm is compared with every other: with more of them nothing is claimed.
const MOST_ARMS: usize = 50;

fn disjoint_and_unique(
    context: &StatementContext<'_>,
    arms: &[QueryExpressionId],
) -> Option<String> {
    let unique = arms.iter().all(|arm| {
        context
            .facts
            .output_keys(*arm)
            .iter()
            .any(|key| !key.nulls_repeat)
    });
    if !unique || arms.len() < 2 || arms.len() > MOST_ARMS {
        return None;
    }
    let blocks: Vec<&Block> = arms
        .iter()
        .map(|arm| block_of(context, *arm))
        .collect::<Option<_>>()?;
    let mut reason = String::new();
    for (at, first) in blocks.iter().enumerate() {
        for second in blocks.iter().skip(at + 1) {
            reason = disjoint(context, first, second)?;
        }
    }
    Some(format!(
        "known from the query and the schema: no arm has a row twice, and {reason} keeps the arms apart"
    ))
}

fn block_of<'q>(context: &StatementContext<'q>, id: QueryExpressionId) -> Option<&'q Block> {
    match context.query.expression(id).body {
        QueryBody::Select(block) => Some(context.query.block(block)),
        QueryBody::Nested(inner) => block_of(context, inner),
        _ => None,
    }
}

/// What keeps two arms apart.
fn disjoint(context: &StatementContext<'_>, a: &Block, b: &Block) -> Option<String> {
    let shown = a.select.iter().zip(&b.select).find(|(left, right)| {
        ValueDomain::of(context, a, &left.expr).is_disjoint(&ValueDomain::of(
            context,
            b,
            &right.expr,
        ))
    });
    if let Some((item, _)) = shown {
        return Some(format!("the column {}", item.name));
    }
    if a.is_grouped() || b.is_grouped() {
        return None;
    }
    a.relations().into_iter().find_map(|left| {
        b.relations()
            .into_iter()
            .find_map(|right| same_row_excluded(context, (a, left), (b, right)))
    })
}

/// A column on which the conditions of two arms exclude each other for one and the same row of a table, whose primary
/// key both show in the same place.
fn same_row_excluded(
    context: &StatementContext<'_>,
    (a, left): (&Block, RelationId),
    (b, right): (&Block, RelationId),
) -> Option<String> {
    let query = context.query;
    let (RelationSource::Table(table), RelationSource::Table(other)) =
        (&query.relation(left).source, &query.relation(right).source)
    else {
        return None;
    };
    let filled = context.facts.nullable_relations(a).contains(&left)
        || context.facts.nullable_relations(b).contains(&right);
    if table != other || filled || context.facts.has_children(*table) {
        return None;
    }
    let definition = context.catalog.table(*table);
    let key = definition.primary_key.as_ref()?;
    let column = |relation: RelationId, id: &crate::catalog::ColumnId| {
        query
            .relation(relation)
            .columns
            .iter()
            .position(|column| column.catalog == Some(*id))
            .map(|column| context.facts.column_expr(relation, column))
    };
    let identified = key.columns.iter().all(|id| {
        let place = |block: &Block, relation| {
            let expr = column(relation, id)?;
            context.facts.output_position(block, &expr)
        };
        let left = place(a, left);
        left.is_some() && left == place(b, right)
    });
    if !identified {
        return None;
    }
    let filtered = |block: &Block, relation: RelationId| -> BTreeSet<usize> {
        context
            .facts
            .passed_conditions(block)
            .flat_map(Expr::columns)
            .filter(|column: &ColumnRef| column.relation == relation)
            .map(|column| column.column)
            .collect()
    };
    filtered(a, left)
        .intersection(&filtered(b, right))
        .find(|at| {
            ValueDomain::of(context, a, &context.facts.column_expr(left, **at)).is_disjoint(
                &ValueDomain::of(context, b, &context.facts.column_expr(right, **at)),
            )
        })
        .and_then(|at| query.relation(left).columns.get(*at))
        .map(|column| format!("the condition on {}", column.name))
}
