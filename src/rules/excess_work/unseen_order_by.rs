use crate::query::{
    Block, BlockRole, Distinct, GroupBy, QueryBody, QueryExpression, QueryExpressionId, Reader,
};
use crate::rewrite::delete_clause;

use super::support::{about_only, safety_of_same_rows, sees_input_order};
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

/// ORDER BY whose order nobody sees.
pub struct UnseenOrderBy;

static INFO: RuleInfo = RuleInfo {
    name: "unseen-order-by",
    summary: "ORDER BY in a subquery whose order nobody sees",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds ORDER BY without LIMIT in derived tables, CTEs, IN, EXISTS and arms of set operations, where the query around it groups, \
            removes duplicates, sorts again or only asks whether there is a row. Silent where the order may be seen: at the top, for array_agg and \
            string_agg, window functions, DISTINCT ON, FOR UPDATE, volatile functions such as nextval, and where a plain SELECT passes the rows on.",
        why_it_is_slow: "PostgreSQL sorts the rows as it is told, although the next step mixes them again, and a subquery with ORDER BY is not merged into \
            the query around it, so conditions and join orders stop at its border. Only under EXISTS it leaves the sort out.",
        example_schema: "CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, placed_at timestamptz NOT NULL, total int NOT NULL);",
        example_statistics: "",
        example: "SELECT o.customer_id, sum(o.total)\nFROM (SELECT customer_id, total FROM orders ORDER BY placed_at) o\nGROUP BY o.customer_id;",
        use_instead: "SELECT o.customer_id, sum(o.total)\nFROM (SELECT customer_id, total FROM orders) o\nGROUP BY o.customer_id;",
        trade_off: "None for the rows. If the order of the final result was meant, write ORDER BY at the end of the query.",
        interview_question: "Does ORDER BY in a subquery order the result?",
        good_answer: &[
            "No: only the outermost ORDER BY promises an order. In practice a plain outer SELECT passes it on, a join or GROUP BY does not.",
            "It matters with LIMIT, DISTINCT ON, and for aggregates such as string_agg; there ORDER BY inside the aggregate is clearer.",
            "It costs a sort, perhaps on disk, and keeps the planner from flattening the subquery.",
        ],
    },
};

/// Why nobody sees the order.
#[derive(Clone, Copy)]
enum Unseen {
    Exists,
    Membership,
    OneValue,
    SetOperation,
    Grouped,
    Distinct,
    SortedAgain,
    Joined,
}

impl Unseen {
    fn words(self) -> &'static str {
        match self {
            Self::Exists => "EXISTS only asks whether there is a row",
            Self::Membership => "IN only asks which values there are",
            Self::OneValue => "the subquery may give one row only",
            Self::SetOperation => "the set operation mixes the rows",
            Self::Grouped => {
                "the query around it groups the rows, and no aggregate of it sees their order"
            }
            Self::Distinct => "the query around it removes duplicates, which mixes the rows",
            Self::Joined => "the query around it joins the rows, which keeps no order",
            Self::SortedAgain => "the query around it sorts the rows again",
        }
    }
}

impl Rule for UnseenOrderBy {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        for expression in &context.query.expressions {
            if expression.view.is_none() && !expression.order_by.is_empty() {
                findings.extend(check(context, expression));
            }
        }
    }
}

fn check(context: &StatementContext<'_>, expression: &QueryExpression) -> Option<Finding> {
    let query = context.query;
    let picks = expression.limit.is_some() || expression.offset.is_some();
    if expression.locks() || picks && expression.reader != Reader::Exists {
        return None;
    }
    let block = match expression.body {
        QueryBody::Select(block) => Some(query.block(block)),
        QueryBody::Write(_) | QueryBody::Unknown => return None,
        _ => None,
    };
    if let Some(block) = block {
        let order_has_effect = matches!(block.distinct, Distinct::On(_))
            && expression.reader != Reader::Exists
            || context.facts.is_volatile_block(block.id);
        if order_has_effect {
            return None;
        }
    }
    let reason = unseen(context, expression.id, 0)?;
    let clause = expression.order_by_span?;
    let planner_drops = matches!(reason, Unseen::Exists);
    let severity = match reason {
        Unseen::Exists | Unseen::OneValue | Unseen::Joined => Severity::Info,
        _ => Severity::Warning,
    };
    let mut finding = Finding::at(
        query,
        INFO.name,
        severity,
        Evidence::Schema,
        clause,
        "nobody sees the order that this ORDER BY makes".to_owned(),
    );
    if let Some(block) = block {
        about_only(context, &mut finding, block);
    }
    finding.why = vec![
        reason.words().to_owned(),
        if planner_drops {
            "PostgreSQL leaves ORDER BY out of an EXISTS by itself: it is clutter, not cost"
        } else {
            "PostgreSQL sorts as it is told, and does not merge the subquery into the query around it"
        }
        .to_owned(),
    ];
    finding.label = Some("not needed".to_owned());
    let safety = match reason {
        Unseen::Exists => Safety::Equivalent,
        // some plans keep it, and somebody may have come to rely on that
        Unseen::Joined => Safety::Review,
        _ => safety_of_same_rows(context),
    };
    finding.fixes.extend(rewrite(
        context,
        vec![delete_clause(query, clause)],
        safety,
        "none: the rows stay the same",
    ));
    Some(finding)
}

/// Why nobody sees the order of a query expression's rows; `None` where somebody may.
fn unseen(context: &StatementContext<'_>, id: QueryExpressionId, depth: usize) -> Option<Unseen> {
    let query = context.query;
    if depth > 16 {
        return None;
    }
    let around = query
        .expressions
        .iter()
        .find(|other| matches!(other.body, QueryBody::Nested(inner) if inner == id));
    if let Some(around) = around {
        return sorted_or_passed_on(context, around, depth);
    }
    match query.expression(id).reader {
        Reader::Exists => Some(Unseen::Exists),
        Reader::Membership => Some(Unseen::Membership),
        Reader::Scalar => Some(Unseen::OneValue),
        Reader::SetOperation { parent } => {
            let parent = query.expression(parent);
            match parent.body {
                QueryBody::SetOperation {
                    operator: crate::query::SetOperator::Union,
                    all: true,
                    ..
                } => sorted_or_passed_on(context, parent, depth),
                _ => Some(Unseen::SetOperation),
            }
        }
        Reader::Relation(relation) => {
            reading_block(context, query.block(query.relation(relation).block), depth)
        }
        Reader::Cte(cte) => {
            let cte = query.cte(cte);
            if cte.recursive {
                return None;
            }
            let mut reasons = cte.references.iter().map(|relation| {
                reading_block(context, query.block(query.relation(*relation).block), depth)
            });
            let first = reasons.next()??;
            reasons.all(|reason| reason.is_some()).then_some(first)
        }
        Reader::Client | Reader::Array => None,
    }
}

/// For an expression that passes on the rows of another in their order, unless it sorts them itself.
fn sorted_or_passed_on(
    context: &StatementContext<'_>,
    expression: &QueryExpression,
    depth: usize,
) -> Option<Unseen> {
    if expression.locks() {
        return None;
    }
    if !expression.order_by.is_empty() {
        return Some(Unseen::SortedAgain);
    }
    if expression.limit.is_some() || expression.offset.is_some() {
        return None;
    }
    unseen(context, expression.id, depth + 1)
}

/// Why a block that reads the rows does not see their order.
fn reading_block(context: &StatementContext<'_>, block: &Block, depth: usize) -> Option<Unseen> {
    let query = context.query;
    if block.role != BlockRole::Select
        || matches!(block.distinct, Distinct::On(_))
        || context.facts.is_volatile_block(block.id)
        || query
            .expressions_of(block)
            .into_iter()
            .any(|expr| expr.any(&sees_input_order))
    {
        return None;
    }
    let expression = query.expression(block.expression?);
    if expression.locks() {
        return None;
    }
    if block.is_grouped() || block.group_by != GroupBy::None {
        return Some(Unseen::Grouped);
    }
    if block.distinct == Distinct::All {
        return Some(Unseen::Distinct);
    }
    let reason = sorted_or_passed_on(context, expression, depth);
    let joined = block.relations().len() > 1
        && expression.reader == Reader::Client
        && expression.limit.is_none()
        && expression.offset.is_none();
    reason.or_else(|| joined.then_some(Unseen::Joined))
}
