//! Whether it matters that a comparison cannot use an index on its column.

use std::collections::BTreeSet;

use crate::catalog::Table;
use crate::index::{literal_text, mackert_lohman};
use crate::query::{ColumnRef, Expr, RelationId, one_line};
use crate::rewrite::Edit;
use crate::rules::rewrite_fix::rewrite;
use crate::rules::{Evidence, Finding, Fix, Safety, Severity, StatementContext};

use super::access::{
    best_access, can_be_indexed, column_of, equality_fraction, index_on_column, is_indexed,
    pages_of, rows_of,
};
use super::comparison::{Comparison, Test, placed_conditions};

/// An access that leaves at most this fraction of the rows is good enough.
const GOOD_FRACTION: f64 = 0.01;
/// So is one that leaves at most so many rows.
const GOOD_ROWS: f64 = 200.0;
/// An index that leaves more of the rows than this is not worth its random reads.
const POOR_FRACTION: f64 = 0.25;
/// A lookup pays where the rows that drive it are this many times fewer than the table's.
const LOOKUP_GAIN: f64 = 10.0;

/// That it matters, and how that is known.
pub(super) struct Verdict {
    pub severity: Severity,
    pub evidence: Evidence,
    /// An index on a column of the key that the comparison would use if the column stood alone.
    pub index: Option<String>,
    /// Rows of the table.
    pub rows: Option<f64>,
}

/// Judges a comparison; `None` where losing the index costs nothing: the table is small, the key itself is indexed,
/// another condition already leaves few rows, the comparison leaves many, or the other side drives the join.
pub(super) fn verdict(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
) -> Option<Verdict> {
    let table = comparison.table(context);
    let served = comparison.column().is_none()
        && is_indexed(
            context,
            table,
            comparison.relation,
            &comparison.key,
            &given_conditions(context, comparison),
        );
    if served {
        return None;
    }
    unserved_verdict(context, comparison)
}

/// Judges a comparison of which it is known that no index on its key serves it.
pub(super) fn unserved_verdict(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
) -> Option<Verdict> {
    let table = comparison.table(context);
    if !can_be_indexed(table) || is_small(context, table) {
        return None;
    }
    let given = given_conditions(context, comparison);
    let own = own_fraction(context, comparison, table);
    if own.is_some_and(|own| own > POOR_FRACTION)
        || reads_half_anyway(context, comparison, table, own)
        || compares_with_each_row(comparison)
    {
        return None;
    }
    if served_otherwise(context, table, comparison.relation, &given, own) {
        return None;
    }
    if is_joined(context, comparison) && !is_driven(context, comparison, table) {
        return None;
    }
    let index = comparison
        .key
        .columns()
        .into_iter()
        .find_map(|column| index_on_column(context, table, column, &given))
        .map(|index| index.name.name.clone());
    let rows = rows_of(table);
    Some(Verdict {
        severity: if index.is_some() || rows.is_some() {
            Severity::Warning
        } else {
            Severity::Info
        },
        evidence: evidence(table),
        index,
        rows,
    })
}

/// Fraction of the rows that the planner takes one value of an expression to have. Source: DEFAULT_NUM_DISTINCT.
const ASSUMED_FRACTION: f64 = 0.005;

/// Whether an index on the key would lead to half of the table's pages or more.
fn reads_half_anyway(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
    table: &Table,
    own: Option<f64>,
) -> bool {
    let fraction = match (comparison.column(), &comparison.test) {
        (Some(_), _) => own,
        (None, Test::In(list)) if list.len() > 1 => Some(list.len() as f64 * ASSUMED_FRACTION),
        _ => None,
    };
    let (Some(fraction), Some(rows), Some(pages)) =
        (fraction, rows_of(table), pages_of(context.catalog, table))
    else {
        return false;
    };
    mackert_lohman(rows * fraction.min(1.0), pages) * 2.0 > pages
}

/// Whether a range is compared with what a subquery gives: the planner then takes a third of the rows to pass.
fn compares_with_each_row(comparison: &Comparison<'_>) -> bool {
    !comparison.is_equality() && comparison.values().iter().any(|value| value.has_subquery())
}

/// Whether statistics say that a table is read whole without regret.
pub(super) fn is_small(context: &StatementContext<'_>, table: &Table) -> bool {
    pages_of(context.catalog, table)
        .is_some_and(|pages| pages < context.thresholds.small_table_pages)
}

/// What findings about a table rest on.
pub(super) fn evidence(table: &Table) -> Evidence {
    if table.statistics.is_some() {
        Evidence::Statistics
    } else {
        Evidence::Schema
    }
}

/// Whether other conditions lead through an index to so few rows that this one may be checked on each.
pub(super) fn served_otherwise(
    context: &StatementContext<'_>,
    table: &Table,
    relation: RelationId,
    conditions: &[Expr],
    own: Option<f64>,
) -> bool {
    let Some(access) = best_access(context, table, relation, conditions) else {
        return false;
    };
    if access.unique {
        return true;
    }
    let rows = rows_of(table);
    let left = rows.map(|rows| rows * access.fraction);
    if left.is_some_and(|left| left <= GOOD_ROWS) {
        return true;
    }
    let far_better = own.is_some_and(|own| own * 100.0 < access.fraction);
    access.fraction <= GOOD_FRACTION && !(far_better && left.is_some_and(|left| left > 1000.0))
}

/// The conditions beside a comparison whose values are known before the table is read: constants, values of blocks
/// around, and columns of relations that have a constant condition of their own.
pub(super) fn given_conditions(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
) -> Vec<Expr> {
    let own = own_relations(context, comparison);
    comparison
        .beside
        .iter()
        .filter(|condition| {
            condition.relations().into_iter().all(|relation| {
                relation == comparison.relation
                    || !own.contains(&relation)
                    || has_constant_condition(comparison, relation)
            })
        })
        .cloned()
        .collect()
}

fn own_relations(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
) -> BTreeSet<RelationId> {
    // a condition of this block can only be over its relations, what they are read from, and blocks around
    let block = context.query.relation(comparison.outer).block;
    let mut outer = BTreeSet::new();
    let mut at = context
        .query
        .block(block)
        .expression
        .and_then(|id| context.query.expression(id).parent);
    while let Some(parent) = at {
        let parent = context.query.block(parent);
        outer.extend(parent.relations());
        at = parent
            .expression
            .and_then(|id| context.query.expression(id).parent);
    }
    comparison
        .beside
        .iter()
        .flat_map(Expr::relations)
        .filter(|relation| !outer.contains(relation))
        .collect()
}

fn has_constant_condition(comparison: &Comparison<'_>, relation: RelationId) -> bool {
    comparison
        .beside
        .iter()
        .any(|condition| condition.reads_only(relation))
}

/// Fraction of the rows that the comparison leaves, where statistics tell.
fn own_fraction(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
    table: &Table,
) -> Option<f64> {
    if !comparison.is_equality() {
        return None;
    }
    let columns = comparison.key.columns();
    let (1, Some(column)) = (columns.len(), columns.first()) else {
        return None;
    };
    column_of(table, *column)?.statistics.as_ref()?.distinct?;
    let fraction = |value: Option<&Expr>| {
        let text = value.and_then(literal_text);
        equality_fraction(context.catalog, table, *column, text.as_deref())
    };
    Some(match &comparison.test {
        Test::In(list) => list.iter().map(|value| fraction(Some(value))).sum(),
        Test::Compare(_, value) => fraction(Some(value)),
        _ => fraction(None),
    })
}

/// Whether the values come from relations that the planner joins with the table: those of its block, and of the block
/// around EXISTS and IN.
fn is_joined(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> bool {
    if !comparison.depends.is_empty() {
        return true;
    }
    let joined_in = &context.advice().joined_in;
    let own = joined_in.get(&comparison.relation);
    own.is_some()
        && driving_relations(context, comparison)
            .iter()
            .any(|relation| joined_in.get(relation) == own)
}

fn driving_relations(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
) -> BTreeSet<RelationId> {
    comparison
        .values()
        .into_iter()
        .flat_map(|value| super::comparison::resolve(context, value).relations())
        .collect()
}

/// Whether few rows drive lookups in the table: then an index on it would be used.
fn is_driven(context: &StatementContext<'_>, comparison: &Comparison<'_>, table: &Table) -> bool {
    driving_relations(context, comparison)
        .into_iter()
        .all(|relation| has_few_rows(context, relation, &comparison.beside, table))
}

/// Whether a relation, under the conditions of its block and those in `beside`, has far fewer rows than a table that is
/// looked up for each of them.
pub(super) fn has_few_rows(
    context: &StatementContext<'_>,
    relation: RelationId,
    beside: &[Expr],
    table: &Table,
) -> bool {
    let Some(other) = context
        .query
        .table_of(relation)
        .map(|id| context.catalog.table(id))
    else {
        let computed = context.advice().computed_rows.get(&relation);
        return computed
            .zip(rows_of(table))
            .is_some_and(|(computed, own)| computed * LOOKUP_GAIN <= own);
    };
    let block = context.query.block(context.query.relation(relation).block);
    let around = placed_conditions(context, block)
        .iter()
        .map(|placed| &placed.resolved)
        .filter(|condition| !beside.contains(condition));
    let conditions: Vec<Expr> = beside
        .iter()
        .chain(around)
        .filter(|condition| condition.reads_only(relation))
        .cloned()
        .collect();
    let bounds = super::access::bounds(context, other, relation, &conditions);
    let fraction: f64 = bounds.iter().map(|bound| bound.fraction).product();
    match (rows_of(other), rows_of(table)) {
        (Some(other), Some(own)) => (other * fraction).max(1.0) * LOOKUP_GAIN <= own,
        _ => bounds.iter().any(|bound| bound.equality),
    }
}

/// A finding about a comparison, with everything but its explanation.
pub(super) fn finding(
    context: &StatementContext<'_>,
    rule: &'static str,
    comparison: &Comparison<'_>,
    verdict: &Verdict,
    message: String,
) -> Finding {
    let table = comparison.table(context);
    let mut finding = Finding::at(
        context.query,
        rule,
        verdict.severity,
        verdict.evidence,
        comparison.conjunct.span,
        message,
    );
    finding.relation = Some(context.query.relation(comparison.shown).alias.clone());
    finding.table = Some(table.name.to_string());
    finding.columns = column_names(table, &comparison.key.columns());
    finding.index.clone_from(&verdict.index);
    if let Some(index) = &verdict.index {
        finding.why.push(format!(
            "index {index} holds the bare column: it cannot be searched for this"
        ));
    }
    if let Some(rows) = verdict.rows {
        finding.facts.insert("rows".to_owned(), rows.into());
        finding.why.push(format!(
            "the statistics give {} rows: each is read and computed",
            readable(rows)
        ));
    } else if verdict.index.is_none() {
        finding.why.push(
            "no index on the column and no statistics: how much it costs is not known".to_owned(),
        );
    }
    finding
}

/// Says in a finding how many rows the statistics give.
pub(super) fn tell_rows(finding: &mut Finding, rows: Option<f64>) {
    if let Some(rows) = rows {
        finding.facts.insert("rows".to_owned(), rows.into());
        finding
            .why
            .push(format!("the statistics give {} rows", readable(rows)));
    }
}

/// Names of a table's columns.
pub(super) fn column_names(table: &Table, columns: &BTreeSet<ColumnRef>) -> Vec<String> {
    columns
        .iter()
        .filter_map(|column| column_of(table, *column))
        .map(|column| column.name.clone())
        .collect()
}

/// A number of rows for a reader: 100,000.
pub(super) fn readable(number: f64) -> String {
    let digits = format!("{:.0}", number.max(0.0));
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A rewrite that puts `replacement` in the place of a conjunct; `None` where the text does not allow it.
pub(super) fn replace_conjunct(
    context: &StatementContext<'_>,
    conjunct: &Expr,
    replacement: String,
    safety: Safety,
    tradeoff: &str,
) -> Option<Fix> {
    let edits = vec![Edit::replace(conjunct.span, replacement)];
    rewrite(context, edits, safety, tradeoff)
}

/// The text of an expression on one line.
pub(super) fn text(context: &StatementContext<'_>, expr: &Expr) -> String {
    one_line(&context.query.file, expr.span)
}

/// The text of an expression as an operand: in parentheses where it is not a plain value.
pub(super) fn operand_text(context: &StatementContext<'_>, expr: &Expr) -> String {
    use crate::query::ExprKind;
    let text = text(context, expr);
    match expr.kind {
        // `x AT TIME ZONE y` is a function that is written as an operator
        ExprKind::Function(_) if text.contains(' ') && !text.ends_with(')') => format!("({text})"),
        ExprKind::Literal(_)
        | ExprKind::Parameter(_)
        | ExprKind::Column(_)
        | ExprKind::Function(_)
        | ExprKind::Cast { .. } => text,
        _ if is_in_parentheses(&text) => text,
        _ => format!("({text})"),
    }
}

/// Whether the parenthesis that opens a text closes at its end: not `(a) + (b)`. Strings with parentheses in them may
/// say no where yes is true.
fn is_in_parentheses(text: &str) -> bool {
    let mut depth = 0i32;
    text.starts_with('(')
        && text.char_indices().all(|(at, character)| {
            match character {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            depth > 0 || at + 1 == text.len()
        })
}

#[cfg(test)]
mod tests {
    use super::is_in_parentheses;

    #[test]
    fn two_groups_are_not_one_in_parentheses() {
        assert!(is_in_parentheses("(a + (b))"));
        assert!(!is_in_parentheses("(a) + (b)"));
        assert!(!is_in_parentheses("a + (b)"));
    }
}
