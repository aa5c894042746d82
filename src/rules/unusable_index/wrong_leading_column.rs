use crate::catalog::{Index, IndexMethod, Table, quote_identifier};
use crate::query::{ColumnRef, Expr};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

use super::access::{
    bounds, column_of, equality_fraction, index_keys, index_on_column, is_applicable, rows_of,
};
use super::comparison::{Comparison, Test, comparisons};
use super::index_sql::{INDEX_COST, create_index};
use super::operator_types::{cast_of_column, value_type};
use super::verdict::{finding, given_conditions, text, unserved_verdict};

/// The first version whose B-tree scans skip over leading columns.
const SKIP_SCAN_VERSION: u32 = 180_000;
/// With more leading values than this, skipping over them costs as much as reading the index.
const FEW_LEADING_VALUES: f64 = 100.0;

/// A column that an index holds, but not first.
pub struct WrongLeadingColumn;

static INFO: RuleInfo = RuleInfo {
    name: "wrong-leading-column",
    summary: "the compared column stands in an index only behind columns that are not",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds equality and IN conditions on a column that composite indexes hold only behind columns which the query does not fix, \
            and that no other index serves.",
        why_it_is_slow: "A B-tree on (a, b) is sorted by a first: the rows of one b are spread over all of it, as the Smiths are in a telephone book that is \
            sorted by first names. PostgreSQL up to 17 then reads the whole index, or the table. \
            From 18 on it can skip from one a to the next (skip scan), which pays where a has few values.",
        example_schema: "CREATE TABLE bookings (room_id int NOT NULL, night date NOT NULL, guest_id int NOT NULL, PRIMARY KEY (room_id, night, guest_id));",
        example_statistics: "",
        example: "SELECT night FROM bookings\nWHERE guest_id = 4711;",
        use_instead: "CREATE INDEX bookings_guest ON bookings (guest_id);",
        trade_off: "One more index to keep up. Where no query needs the present sequence (no unique constraint, no other conditions), change it instead.",
        interview_question: "There is an index on (a, b). Which of these can be searched in it: a = 1; b = 2; a = 1 AND b = 2; a > 1 AND b = 2?",
        good_answer: &[
            "The first and the third; the fourth is bounded by a alone, and b is checked on each entry.",
            "The second only by skip scan, from PostgreSQL 18 on, and only if a has few values.",
            "Put columns with equality first, then the range or the order.",
            "The sequence decides which other queries the index serves.",
        ],
    },
};

impl Rule for WrongLeadingColumn {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        for comparison in comparisons(context) {
            if comparison.is_equality() {
                findings.extend(check(context, comparison));
            }
        }
    }
}

fn check(context: &StatementContext<'_>, comparison: &Comparison<'_>) -> Option<Finding> {
    let column = comparison.column()?;
    let table = comparison.table(context);
    let definition = column_of(table, column)?;
    let cast = comparison
        .values()
        .into_iter()
        .filter_map(value_type)
        .any(|value| cast_of_column(context.catalog, &definition.data_type, value).is_some());
    if cast
        || matches!(comparison.test, Test::InSubquery(_))
        || !is_held_behind_others(context, table, column)
    {
        return None;
    }
    let given = given_conditions(context, comparison);
    // what a join compares the columns before it with fixes them for each of its lookups
    if index_on_column(context, table, column, &comparison.beside).is_some() {
        return None;
    }
    let index = holding_index(context, comparison, column, &given)?;
    let leading = leading_distinct(context, comparison, index);
    let verdict = unserved_verdict(context, comparison)?;
    let version = context.catalog.server.version;
    let skips = version.is_some_and(|version| version >= SKIP_SCAN_VERSION);
    let few = leading.is_some_and(|distinct| distinct <= FEW_LEADING_VALUES);
    if skips && few {
        return None;
    }
    let name = text(context, comparison.written);
    let mut finding = finding(
        context,
        INFO.name,
        comparison,
        &verdict,
        format!(
            "index {} holds {name} only behind columns that the query does not fix",
            index.name.name
        ),
    );
    finding.severity = Severity::Warning;
    finding.index = Some(index.name.name.clone());
    finding.label = Some("not the first column of the index".to_owned());
    finding.why.retain(|line| !line.starts_with("no index on"));
    if !skips && few {
        finding.why.push(
            "PostgreSQL 18 can skip over the few values of the columns before it; 17 and earlier read the whole index".to_owned(),
        );
    }
    let mut keys = vec![quote_identifier(&definition.name)];
    keys.extend(
        bounds(context, table, comparison.relation, &given)
            .iter()
            .filter(|bound| bound.equality)
            .filter_map(|bound| bound.key.as_column())
            .filter_map(|other| column_of(table, other))
            .map(|other| quote_identifier(&other.name))
            .filter(|other| *other != quote_identifier(&definition.name))
            .take(1),
    );
    finding.fixes.push(create_index(
        format!(
            "CREATE INDEX ON {} ({});",
            table.name.to_short_sql(),
            keys.join(", ")
        ),
        INDEX_COST,
    ));
    Some(finding)
}

/// Whether some B-tree of the table, partial or not, holds the column, as it is or in an expression, behind others.
fn is_held_behind_others(context: &StatementContext<'_>, table: &Table, column: ColumnRef) -> bool {
    context.catalog.indexes_of(table).any(|index| {
        let bound = context.schema.index(index.id);
        let keys = bound.iter().flat_map(|bound| &bound.keys);
        index.method == IndexMethod::Btree
            && keys.skip(1).any(|key| {
                key.any(&|part| {
                    part.as_column()
                        .is_some_and(|part| part.column == column.column)
                })
            })
    })
}

/// A B-tree that holds the column behind others.
fn holding_index<'a>(
    context: &StatementContext<'a>,
    comparison: &Comparison<'_>,
    column: ColumnRef,
    given: &[Expr],
) -> Option<&'a Index> {
    let premises: Vec<&Expr> = given.iter().collect();
    let catalog: &'a crate::catalog::Catalog = context.catalog;
    comparison
        .table(context)
        .indexes
        .iter()
        .map(|id| catalog.index(*id))
        .filter(|index| index.method == IndexMethod::Btree)
        .filter(|index| is_applicable(context, comparison.relation, index, &premises))
        .find(|index| {
            index_keys(context, comparison.relation, index)
                .iter()
                .skip(1)
                .any(|key| key.as_column() == Some(column))
        })
}

/// How many values the first column of an index has, where statistics tell.
fn leading_distinct(
    context: &StatementContext<'_>,
    comparison: &Comparison<'_>,
    index: &Index,
) -> Option<f64> {
    let table = comparison.table(context);
    rows_of(table)?;
    let first = index_keys(context, comparison.relation, index)
        .first()?
        .as_column()?;
    column_of(table, first)?.statistics.as_ref()?.distinct?;
    let fraction = equality_fraction(context.catalog, table, first, None);
    Some(1.0 / fraction.max(f64::MIN_POSITIVE))
}
