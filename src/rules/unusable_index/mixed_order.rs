use crate::catalog::{Index, IndexMethod, Table, key_order_sql, quote_identifier};
use crate::query::{
    Block, ColumnRef, Distinct, Expr, GroupBy, QueryBody, QueryExpression, RelationSource, SortKey,
};
use crate::rewrite::Edit;
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, Rule, RuleInfo, Safety, Severity,
    StatementContext,
};
use crate::source::Span;

use super::access::{bounds, can_be_indexed, column_of, index_keys, is_applicable, rows_of};
use super::comparison::{placed_conditions, resolve};
use super::index_sql::{INDEX_COST, create_index};
use super::verdict::{evidence, is_small, served_otherwise, tell_rows};

/// An order that differs from an index's only in direction or in the place of NULLs.
pub struct MixedOrder;

static INFO: RuleInfo = RuleInfo {
    name: "mixed-order",
    summary: "ORDER BY ... LIMIT differs from an index only in direction or NULLS",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds ORDER BY with LIMIT over columns that an index holds in the same sequence, but with other directions (`a, b DESC` against `(a, b)`) \
            or with NULLs at the other end. Where the column is NOT NULL, NULLS FIRST or LAST may simply go.",
        why_it_is_slow: "An index is read forwards or backwards as a whole. Where one key is wanted upwards and another downwards, or NULLs at the other end, \
            that gives another order, and PostgreSQL reads and sorts all rows for the first few. It does not use NOT NULL to see that NULLS LAST is void.",
        example_schema: "CREATE TABLE posts (id int PRIMARY KEY, board_id int NOT NULL, posted_at timestamp NOT NULL);\nCREATE INDEX posts_board ON posts (board_id, posted_at);",
        example_statistics: "",
        example: "SELECT id FROM posts\nORDER BY board_id, posted_at DESC\nLIMIT 20;",
        use_instead: "CREATE INDEX posts_board_newest ON posts (board_id, posted_at DESC);",
        trade_off: "One more index, unless the new one can take the old one's place: for conditions the direction does not matter.",
        interview_question: "There is an index on (a, b). Which of these does it serve: ORDER BY a, b; a DESC, b DESC; a, b DESC?",
        good_answer: &[
            "The first forwards, the second backwards, the third not at all.",
            "From PostgreSQL 13 on an incremental sort can use the order of a alone.",
            "NULLS LAST with DESC is neither direction of a plain index.",
            "An index can be made with any directions: (a, b DESC), (b DESC NULLS LAST).",
        ],
    },
};

impl Rule for MixedOrder {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        let query = context.query;
        for expression in &query.expressions {
            if let QueryBody::Select(block) = expression.body
                && expression.view.is_none()
                && expression
                    .limit
                    .as_ref()
                    .is_some_and(|limit| limit.count.is_some())
                && !expression.order_by.is_empty()
            {
                findings.extend(check(context, expression, query.block(block)));
            }
        }
    }
}

fn check(
    context: &StatementContext<'_>,
    expression: &QueryExpression,
    block: &Block,
) -> Option<Finding> {
    if block.distinct != Distinct::No || block.group_by != GroupBy::None || block.is_grouped() {
        return None;
    }
    let columns: Vec<ColumnRef> = expression
        .order_by
        .iter()
        .map(|key| {
            let expr = match key.output.and_then(|output| block.select.get(output)) {
                Some(item) => &item.expr,
                None => &key.expr,
            };
            resolve(context, expr).as_column()
        })
        .collect::<Option<_>>()?;
    let relation = columns.first()?.relation;
    if columns.iter().any(|column| column.relation != relation) {
        return None;
    }
    let RelationSource::Table(id) = context.query.relation(relation).source else {
        return None;
    };
    let table = context.catalog.table(id);
    if !can_be_indexed(table) || is_small(context, table) {
        return None;
    }
    let conditions: Vec<Expr> = placed_conditions(context, block)
        .iter()
        .map(|placed| &placed.resolved)
        .filter(|condition| condition.relations().iter().all(|other| *other == relation))
        .cloned()
        .collect();
    if served_otherwise(context, table, relation, &conditions, None) {
        return None;
    }
    let fixed: Vec<ColumnRef> = bounds(context, table, relation, &conditions)
        .iter()
        .filter(|bound| bound.equality)
        .filter_map(|bound| bound.key.as_column())
        .collect();
    let wanted: Vec<(ColumnRef, &SortKey)> = columns
        .into_iter()
        .zip(&expression.order_by)
        .filter(|(column, _)| !fixed.contains(column))
        .collect();
    if wanted.is_empty() {
        return None;
    }
    let premises: Vec<&Expr> = conditions.iter().collect();
    let candidates: Vec<(&Index, Vec<Mismatch>)> = context
        .catalog
        .indexes_of(table)
        .filter(|index| {
            index.method == IndexMethod::Btree && is_applicable(context, relation, index, &premises)
        })
        .filter_map(|index| {
            let keys = index_keys(context, relation, index);
            Some((index, mismatches(&keys, index, &fixed, &wanted)?))
        })
        .collect();
    if candidates
        .iter()
        .any(|(_, mismatches)| mismatches.is_empty())
    {
        return None;
    }
    let (index, mismatches) = candidates
        .into_iter()
        .min_by_key(|(_, mismatches)| mismatches.len())?;
    let nulls_only = mismatches.iter().all(|mismatch| mismatch.nulls_only);
    let alias = context.query.relation(relation).alias.clone();
    let span = expression.order_by_span.unwrap_or(expression.span);
    let rows = rows_of(table);
    let message = if nulls_only {
        format!(
            "the order wants NULLs at the other end than index {}: all rows are sorted for the first few",
            index.name.name
        )
    } else {
        format!(
            "the directions of the order do not fit index {}: all rows are sorted for the first few",
            index.name.name
        )
    };
    let mut finding = Finding::at(
        context.query,
        INFO.name,
        Severity::Warning,
        evidence(table),
        span,
        message,
    );
    finding.relation = Some(alias);
    finding.table = Some(table.name.to_string());
    finding.columns = wanted
        .iter()
        .filter_map(|(column, _)| column_of(table, *column))
        .map(|column| column.name.clone())
        .collect();
    finding.index = Some(index.name.name.clone());
    finding.label = Some("neither the index's order nor its reverse".to_owned());
    finding.why.push(format!(
        "index {} has these columns in this sequence; read forwards or backwards, it gives another order",
        index.name.name
    ));
    tell_rows(&mut finding, rows);
    let own_table = block.relations().contains(&relation);
    let rewrite = (nulls_only && own_table)
        .then(|| without_nulls(context, expression, block, table, &wanted, &mismatches))
        .flatten();
    match rewrite {
        Some(fix) => finding.fixes.push(fix),
        None => finding.fixes.push(ordered_index(table, &fixed, &wanted)),
    }
    Some(finding)
}

/// A wanted key that an index does not give.
struct Mismatch {
    /// Number among the wanted keys.
    at: usize,
    nulls_only: bool,
}

/// How the wanted order differs from an index's; `None` where the index holds other columns or another sequence.
fn mismatches(
    keys: &[Expr],
    index: &Index,
    fixed: &[ColumnRef],
    wanted: &[(ColumnRef, &SortKey)],
) -> Option<Vec<Mismatch>> {
    let mut pairs = Vec::new();
    let mut rest = keys.iter().zip(&index.keys);
    for (column, key) in wanted {
        let definition = rest.by_ref().find_map(|(expr, definition)| {
            let own = expr.as_column();
            if own == Some(*column) {
                Some(Some(definition))
            } else if own.is_some_and(|own| fixed.contains(&own)) {
                None
            } else {
                Some(None)
            }
        })??;
        pairs.push((*key, definition));
    }
    let read = |backwards: bool| -> Vec<Mismatch> {
        pairs
            .iter()
            .enumerate()
            .filter_map(|(at, (key, definition))| {
                let descending = definition.descending != backwards;
                let nulls_first = definition.nulls_first != backwards;
                let same_direction = key.descending == descending;
                let same_nulls = key.nulls_first == nulls_first;
                (!same_direction || !same_nulls).then_some(Mismatch {
                    at,
                    nulls_only: same_direction,
                })
            })
            .collect()
    };
    let weight = |mismatches: &[Mismatch]| {
        let turned = mismatches
            .iter()
            .filter(|mismatch| !mismatch.nulls_only)
            .count();
        (turned, mismatches.len())
    };
    let (forwards, backwards) = (read(false), read(true));
    Some(if weight(&forwards) <= weight(&backwards) {
        forwards
    } else {
        backwards
    })
}

/// The query without the NULLS FIRST or LAST that has no meaning, as no NULL can be there.
fn without_nulls(
    context: &StatementContext<'_>,
    expression: &QueryExpression,
    block: &Block,
    table: &Table,
    wanted: &[(ColumnRef, &SortKey)],
    mismatches: &[Mismatch],
) -> Option<Fix> {
    let nullable = context.facts.nullable_relations(block);
    let mut edits = Vec::new();
    for mismatch in mismatches {
        let (column, key) = wanted.get(mismatch.at)?;
        if !key.nulls_written
            || nullable.contains(&column.relation)
            || !column_of(table, *column)?.not_null
        {
            return None;
        }
        edits.push(Edit::delete(nulls_clause(context, expression, key)?));
    }
    rewrite(
        context,
        edits,
        Safety::Equivalent,
        "the same order: the column has no NULLs",
    )
}

/// From the blank before NULLS to the end of FIRST or LAST behind a sort key.
fn nulls_clause(
    context: &StatementContext<'_>,
    expression: &QueryExpression,
    key: &SortKey,
) -> Option<Span> {
    let end = expression.order_by_span?.end;
    let next = expression
        .order_by
        .iter()
        .map(|other| other.expr.span.start)
        .filter(|start| *start > key.expr.span.start)
        .min()
        .unwrap_or(end);
    let file = &context.query.file;
    let word = |span: Span| file.slice(span).to_ascii_lowercase();
    let tokens: Vec<Span> = context
        .query
        .tokens
        .iter()
        .map(|token| token.span)
        .filter(|span| span.start >= key.expr.span.end && span.end <= next.max(key.expr.span.end))
        .collect();
    let at = tokens.windows(2).position(|pair| {
        word(pair[0]) == "nulls" && matches!(word(pair[1]).as_str(), "first" | "last")
    })?;
    let before = match at.checked_sub(1) {
        Some(before) => tokens.get(before)?.end,
        None => key.expr.span.end,
    };
    Some(Span::new(before, tokens.get(at + 1)?.end))
}

/// An index in just the wanted order, behind the columns that are fixed.
fn ordered_index(table: &Table, fixed: &[ColumnRef], wanted: &[(ColumnRef, &SortKey)]) -> Fix {
    let mut keys: Vec<String> = fixed
        .iter()
        .filter_map(|column| column_of(table, *column))
        .map(|column| quote_identifier(&column.name))
        .collect();
    keys.dedup();
    for (column, key) in wanted {
        if let Some(column) = column_of(table, *column) {
            let order = key_order_sql(key.descending, key.nulls_first);
            keys.push(format!("{}{order}", quote_identifier(&column.name)));
        }
    }
    create_index(
        format!(
            "CREATE INDEX ON {} ({});",
            table.name.to_short_sql(),
            keys.join(", ")
        ),
        INDEX_COST,
    )
}
