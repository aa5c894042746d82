use crate::query::{
    Block, ColumnRef, Cte, Distinct, Expr, ExprKind, GroupBy, QueryBody, QueryExpression,
    QueryExpressionId, Reader, RelationId, one_line,
};
use crate::rewrite::{Edit, delete_clause, word_within};
use crate::source::Span;

use super::support::{is_fence, reads_small_tables_only, safety_of_same_rows, starts_an_index};
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// A CTE or subquery that is computed whole although the query around it filters it.
pub struct MaterializedFence;

static INFO: RuleInfo = RuleInfo {
    name: "materialized-fence",
    summary: "a materialized CTE is computed whole and filtered afterwards",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds CTEs with MATERIALIZED (or read more than once, which PostgreSQL materializes by itself) and subqueries with OFFSET 0, \
            whose rows every reader filters by a constant, where the filter could be applied inside: the column is a plain one or a grouping column. \
            Silent for volatile functions, writes, recursion, LIMIT, window functions, and where one reader needs all rows. \
            A warning where an index serves the filter or groups are saved, else information.",
        why_it_is_slow: "The CTE is run to the end and its rows are kept (on disk past work_mem); then the reader goes through all of them without an index. \
            Merged into the query, PostgreSQL applies the filter to the table itself. Before version 12 every CTE was such a fence.",
        example_schema: "CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, total int NOT NULL);\n\
            CREATE INDEX ON orders (customer_id);",
        example_statistics: "",
        example: "WITH totals AS MATERIALIZED (\n  SELECT customer_id, sum(total) AS total FROM orders GROUP BY customer_id\n)\nSELECT total FROM totals WHERE customer_id = 42;",
        use_instead: "WITH totals AS (\n  SELECT customer_id, sum(total) AS total FROM orders GROUP BY customer_id\n)\nSELECT total FROM totals WHERE customer_id = 42;",
        trade_off: "Where a CTE is read several times, NOT MATERIALIZED computes it each time: better if every reader needs a small part, worse if they need most of it. \
            A fence can also be there to keep the planner from a bad plan; look at the plan before and after.",
        interview_question: "What does MATERIALIZED do to a CTE, and when do you want it?",
        good_answer: &[
            "The CTE is computed once, by itself, and its result is read like a table without indexes or statistics.",
            "Since PostgreSQL 12 a CTE that is read once is merged into the query; one that is read twice is not.",
            "Filters of the query around it do not reach the inside.",
            "It pays for an expensive result that is read several times in whole, or to hold back a wrong plan.",
            "OFFSET 0 is the old way to write such a fence in a subquery.",
        ],
    },
};

impl Rule for MaterializedFence {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        if context.query.has_unresolved {
            return;
        }
        for cte in &context.query.ctes {
            if cte.view.is_none() {
                findings.extend(check_cte(context, cte));
            }
        }
        for expression in &context.query.expressions {
            if expression.view.is_none() && is_fence(expression) {
                findings.extend(check_offset(context, expression));
            }
        }
    }
}

fn check_cte(context: &StatementContext<'_>, cte: &Cte) -> Option<Finding> {
    let query = context.query;
    let written = cte.materialized == Some(true);
    let shared = cte.materialized.is_none() && cte.references.len() > 1;
    if cte.recursive || !(written || shared) || context.facts.is_volatile_query(cte.query) {
        return None;
    }
    let filters = filters_of_all(context, cte.query, &cte.references)?;
    let span = if written {
        word_within(query, cte.span, "materialized")?
    } else {
        cte.span
    };
    let mut finding = report(
        context,
        cte.query,
        &filters,
        span,
        format!(
            "the CTE {} is computed whole and filtered afterwards",
            cte.name
        ),
    );
    if shared {
        // read once for each reader, it may cost as much as it saves
        finding.severity = Severity::Info;
        finding.why.push(format!(
            "PostgreSQL materializes it because it is read {} times",
            cte.references.len()
        ));
    }
    finding.relation = Some(cte.name.clone());
    let edit = if shared {
        let at = word_within(query, cte.span, "as")?;
        Edit::replace(Span::new(at.end, at.end), " NOT MATERIALIZED")
    } else if cte.references.len() > 1 {
        Edit::replace(span, "NOT MATERIALIZED")
    } else {
        let rest = query.file.slice(Span::new(span.end, cte.span.end));
        let blanks = rest.len() - rest.trim_start().len();
        Edit::delete(Span::new(span.start, span.end + blanks))
    };
    let tradeoff = if cte.references.len() > 1 {
        "the CTE is computed for each reader, but only the rows that it asks for"
    } else {
        "none for the rows; if the fence was there to hold back a plan, look at the plan again"
    };
    finding.fixes.extend(rewrite(
        context,
        vec![edit],
        safety_of_same_rows(context),
        tradeoff,
    ));
    Some(finding)
}

fn check_offset(context: &StatementContext<'_>, expression: &QueryExpression) -> Option<Finding> {
    let Reader::Relation(relation) = expression.reader else {
        return None;
    };
    if context.facts.is_volatile_query(expression.id) {
        return None;
    }
    let filters = filters_of_all(context, expression.id, &[relation])?;
    let clause = expression.limit_span?;
    let mut finding = report(
        context,
        expression.id,
        &filters,
        clause,
        "OFFSET 0 keeps the filter outside: the subquery is computed whole".to_owned(),
    );
    finding.relation = Some(context.query.relation(relation).alias.clone());
    finding.fixes.extend(rewrite(
        context,
        vec![delete_clause(context.query, clause)],
        safety_of_same_rows(context),
        "none for the rows; if the fence was there to hold back a plan, look at the plan again",
    ));
    Some(finding)
}

/// A condition on a fenced relation, with what it filters inside.
struct Filter<'q> {
    condition: &'q Expr,
    /// The expressions inside that its columns show.
    inside: Vec<&'q Expr>,
}

/// A filter for each reader that could be applied inside; `None` where a reader has none.
fn filters_of_all<'q>(
    context: &StatementContext<'q>,
    inner: QueryExpressionId,
    readers: &[RelationId],
) -> Option<Vec<Filter<'q>>> {
    if readers.is_empty() {
        return None;
    }
    readers
        .iter()
        .map(|relation| filter_of(context, inner, *relation))
        .collect()
}

fn filter_of<'q>(
    context: &StatementContext<'q>,
    inner: QueryExpressionId,
    relation: RelationId,
) -> Option<Filter<'q>> {
    let query = context.query;
    let block = query.block(query.relation(relation).block);
    if context.facts.nullable_relations(block).contains(&relation) {
        return None;
    }
    context
        .facts
        .passed_conditions(block)
        .filter(|condition| filters_by_constant(context, condition, relation))
        .find_map(|condition| {
            let mut inside = Vec::new();
            for column in condition.columns() {
                inside.extend(shown_inside(context, inner, column, 0)?);
            }
            Some(Filter { condition, inside })
        })
        .or_else(|| filter_through_join(context, inner, relation))
}

/// A filter by a constant that reaches the relation by an equality with another one: `d.id = x.id AND x.id = 5`.
fn filter_through_join<'q>(
    context: &StatementContext<'q>,
    inner: QueryExpressionId,
    relation: RelationId,
) -> Option<Filter<'q>> {
    let query = context.query;
    let block = query.block(query.relation(relation).block);
    context
        .facts
        .passed_conditions(block)
        .find_map(|condition| {
            let (column, _) = context.facts.column_pair(condition, relation)?;
            let expr = context.facts.column_expr(column.relation, column.column);
            if !context.facts.is_fixed(block, &expr) {
                return None;
            }
            let inside = shown_inside(context, inner, column, 0)?;
            Some(Filter { condition, inside })
        })
}

/// Whether a condition compares columns of the relation with constants.
fn filters_by_constant(
    context: &StatementContext<'_>,
    condition: &Expr,
    relation: RelationId,
) -> bool {
    let compares = match &condition.kind {
        ExprKind::Binary { op, left, right } => {
            op.is_comparison()
                && *op != crate::query::BinaryOp::NotEq
                && (left.as_column().is_some() != right.as_column().is_some())
        }
        ExprKind::InList { negated, .. }
        | ExprKind::Between { negated, .. }
        | ExprKind::Like { negated, .. } => !negated,
        ExprKind::QuantifiedArray { all, .. } => !all,
        _ => false,
    };
    compares
        && condition.relations() == std::collections::BTreeSet::from([relation])
        && !condition.has_subquery()
        && !context.facts.is_volatile(condition)
}

/// What a column of the fenced query shows, where a filter on it can be applied before all else in there.
fn shown_inside<'q>(
    context: &StatementContext<'q>,
    id: QueryExpressionId,
    column: ColumnRef,
    depth: usize,
) -> Option<Vec<&'q Expr>> {
    let expression = context.query.expression(id);
    let cut = (expression.limit.is_some() || expression.offset.is_some()) && !is_fence(expression);
    if depth > 16 || cut || expression.locks() {
        return None;
    }
    match &expression.body {
        QueryBody::Select(block) => {
            let block = context.query.block(*block);
            let expr = &block.select.get(column.column)?.expr;
            filterable(context, block, expr).then(|| vec![expr])
        }
        QueryBody::Nested(inner) => shown_inside(context, *inner, column, depth + 1),
        QueryBody::SetOperation { left, right, .. } => {
            let mut all = shown_inside(context, *left, column, depth + 1)?;
            all.extend(shown_inside(context, *right, column, depth + 1)?);
            Some(all)
        }
        QueryBody::Values(_) | QueryBody::Write(_) | QueryBody::Unknown => None,
    }
}

fn filterable(context: &StatementContext<'_>, block: &Block, expr: &Expr) -> bool {
    let plain_columns = !block
        .select
        .iter()
        .any(|item| item.expr.has_window() || item.expr.has_set_returning());
    let grouped = match &block.group_by {
        GroupBy::None => !block.is_grouped(),
        GroupBy::Expressions(list) => list.contains(expr),
        GroupBy::Sets(_) => false,
    };
    plain_columns
        && grouped
        && !matches!(block.distinct, Distinct::On(_))
        && !block.from.is_empty()
        && !expr.has_subquery()
        && !reads_small_tables_only(context, block)
}

fn report(
    context: &StatementContext<'_>,
    inner: QueryExpressionId,
    filters: &[Filter<'_>],
    span: Span,
    message: String,
) -> Finding {
    let query = context.query;
    let indexed = filters.iter().all(|filter| {
        filter.inside.iter().all(|expr| {
            expr.as_column()
                .is_some_and(|column| starts_an_index(context, column))
        })
    });
    let grouped = matches!(query.expression(inner).body, QueryBody::Select(block) if query.block(block).is_grouped());
    let severity = if indexed || grouped {
        Severity::Warning
    } else {
        Severity::Info
    };
    let mut finding = Finding::at(query, INFO.name, severity, Evidence::Schema, span, message);
    let conditions: Vec<String> = filters
        .iter()
        .map(|filter| format!("\"{}\"", one_line(&query.file, filter.condition.span)))
        .collect();
    finding.why.push(format!(
        "{} could be applied inside{}",
        conditions.join(" and "),
        if indexed {
            ", where an index serves it"
        } else if grouped {
            ", before the groups are made"
        } else {
            ""
        }
    ));
    finding.label = Some("a fence".to_owned());
    finding
}
