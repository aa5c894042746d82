use crate::query::{
    BlockId, Cte, CteId, Query, QueryBody, QueryExpression, QueryExpressionId, Reader, RelationId,
    RelationSource,
};
use crate::rewrite::{Edit, remove_items};
use crate::source::Span;
use std::collections::BTreeSet;

use crate::rules::rewrite_fix::rewrite;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};

/// A CTE that the statement never reads.
pub struct UnusedCte;

static INFO: RuleInfo = RuleInfo {
    name: "unused-cte",
    summary: "a CTE that nothing reads",
    severity: Severity::Info,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds CTEs that are read nowhere, or only by themselves or by other unused ones. Names are compared as PostgreSQL does: \
            Recent and RECENT are one name, \"Recent\" is another. A CTE that inserts, updates or deletes runs whether it is read or not, \
            and is not reported. Where a table is read whose name differs only in case, the finding is a warning: the CTE was probably meant.",
        why_it_is_slow: "PostgreSQL does not run an unread SELECT, so the cost is that of reading it: for the parser on every call, and for every person \
            who looks for the reason why it is there. The expensive case is the misspelled name, where the query reads another table.",
        example_schema: "CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, total int NOT NULL);",
        example_statistics: "",
        example: "WITH totals AS (\n  SELECT customer_id, sum(total) AS total FROM orders GROUP BY customer_id\n)\nSELECT id FROM orders;",
        use_instead: "SELECT id FROM orders;",
        trade_off: "None.",
        interview_question: "A WITH query is never referenced. Is it executed?",
        good_answer: &[
            "A SELECT in WITH is not executed when nothing reads it.",
            "INSERT, UPDATE and DELETE in WITH are always executed, once and to the end.",
            "A quoted name with capitals is another name than the unquoted one, so a table of the same name may be read instead.",
        ],
    },
};

impl Rule for UnusedCte {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        let query = context.query;
        let unused = unused_ctes(query);
        for cte in &query.ctes {
            if cte.view.is_none() && unused.contains(&cte.id) {
                findings.push(report(context, cte, &unused));
            }
        }
    }
}

/// CTEs that no expression outside of them and of other unused ones reads.
fn unused_ctes(query: &Query) -> BTreeSet<CteId> {
    let mut unused = BTreeSet::new();
    // what was not understood may read anything
    let unread = |expression: &QueryExpression| matches!(expression.body, QueryBody::Unknown);
    if query.expressions.iter().any(unread) {
        return unused;
    }
    loop {
        let before = unused.len();
        for cte in &query.ctes {
            if unused.contains(&cte.id) || writes(query, cte.query) {
                continue;
            }
            let read = cte.references.iter().any(|relation| {
                let inside = enclosing_ctes(query, *relation);
                !inside.contains(&cte.id) && inside.is_disjoint(&unused)
            });
            if !read {
                unused.insert(cte.id);
            }
        }
        if unused.len() == before {
            return unused;
        }
    }
}

/// Whether a query expression or one of its CTEs writes.
fn writes(query: &Query, id: QueryExpressionId) -> bool {
    let expression = query.expression(id);
    expression
        .ctes
        .iter()
        .any(|cte| writes(query, query.cte(*cte).query))
        || match expression.body {
            QueryBody::Write(_) | QueryBody::Unknown => true,
            QueryBody::Nested(inner) => writes(query, inner),
            _ => false,
        }
}

/// The CTEs in whose text a relation stands.
fn enclosing_ctes(query: &Query, relation: RelationId) -> BTreeSet<CteId> {
    let place = query.relation(relation).span;
    let mut found: BTreeSet<CteId> = query
        .ctes
        .iter()
        .filter(|cte| cte.view.is_none() && cte.span.contains(place))
        .map(|cte| cte.id)
        .collect();
    // within a view's text all spans are the same: follow the readers
    let mut at: Option<BlockId> = Some(query.relation(relation).block);
    while let Some(block) = at {
        let Some(mut expression) = query.block(block).expression else {
            break;
        };
        at = loop {
            match query.expression(expression).reader {
                Reader::SetOperation { parent } => expression = parent,
                Reader::Cte(cte) => {
                    found.insert(cte);
                    break None;
                }
                _ => break query.expression(expression).parent,
            }
        };
    }
    found
}

fn report(context: &StatementContext<'_>, cte: &Cte, unused: &BTreeSet<CteId>) -> Finding {
    let query = context.query;
    let other = query.relations.iter().find(|relation| {
        let read = match &relation.source {
            RelationSource::Table(table) | RelationSource::View { table, .. } => {
                &context.catalog.table(*table).name.name
            }
            RelationSource::Unknown { schema: None, name } => name,
            _ => return false,
        };
        read.eq_ignore_ascii_case(&cte.name) && *read != cte.name
    });
    let severity = if other.is_some() {
        Severity::Warning
    } else {
        Severity::Info
    };
    let mut finding = Finding::at(
        query,
        INFO.name,
        severity,
        Evidence::Schema,
        cte.span,
        format!("the CTE {} is never read", cte.name),
    );
    finding.relation = Some(cte.name.clone());
    finding.why.push(match other {
        Some(relation) => format!(
            "{} reads another relation: names without quotes are folded to lower case, \"{}\" is not the same",
            relation.alias, cte.name
        ),
        None if cte.references.is_empty() => "no part of the statement names it".to_owned(),
        None => "only itself or other unused CTEs name it".to_owned(),
    });
    finding.why.push(
        "PostgreSQL does not run a SELECT in WITH that nothing reads: it is clutter, not cost"
            .to_owned(),
    );
    finding.label = Some("not used".to_owned());
    let removed = if cte.references.is_empty() {
        BTreeSet::from([cte.id])
    } else {
        unused.clone()
    };
    if let Some(edits) = removal(query, cte, &removed) {
        finding.fixes.extend(rewrite(
            context,
            edits,
            Safety::Equivalent,
            "none: the rows stay the same",
        ));
    }
    finding
}

/// Takes the CTEs in `removed` out of the WITH in which `cte` stands.
fn removal(query: &Query, cte: &Cte, removed: &BTreeSet<CteId>) -> Option<Vec<Edit>> {
    let expression = query
        .expressions
        .iter()
        .find(|expression| expression.ctes.contains(&cte.id))?;
    let spans: Vec<Span> = expression
        .ctes
        .iter()
        .map(|id| query.cte(*id).span)
        .collect();
    let gone: Vec<usize> = expression
        .ctes
        .iter()
        .enumerate()
        .filter(|(_, id)| removed.contains(id))
        .map(|(at, _)| at)
        .collect();
    if gone.len() < spans.len() {
        return remove_items(query, &spans, &gone);
    }
    let last = spans.last()?;
    let body = query
        .tokens
        .iter()
        .find(|token| token.span.start >= last.end)?;
    Some(vec![Edit::delete(Span::new(
        expression.span.start,
        body.span.start,
    ))])
}
