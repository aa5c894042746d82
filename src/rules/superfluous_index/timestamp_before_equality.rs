use super::support::{about_index, own_indexes};
use crate::catalog::{ColumnId, Index, IndexMethod, Table, quote_identifier};
use crate::rules::{
    Asked, Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, SchemaContext,
    Severity,
};
use crate::rules::{Fix, FixKind, Safety};

/// An index with a range column before one that is asked for by equality.
pub struct TimestampBeforeEquality;

static INFO: RuleInfo = RuleInfo {
    name: "timestamp-before-equality",
    summary: "an index with a range column before one that is asked for by equality",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds B-trees in which a date or time that the queries ask for by range comes before a column that they ask for by equality. \
            Where other columns lead, asked for by equality too, the statistics must tell that they leave many rows.",
        why_it_is_slow: "The search reads the whole range of that column and checks the later one in each entry. With the equality column first it reads just the entries that match both.",
        example_schema: "CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL);",
        example_statistics: "",
        example: "CREATE INDEX events_at_kind ON events (at, kind);\nSELECT id FROM events WHERE kind = 3 AND at >= '2026-01-01';",
        use_instead: "CREATE INDEX events_kind_at ON events (kind, at);\nSELECT id FROM events WHERE kind = 3 AND at >= '2026-01-01';",
        trade_off: "Queries that ask for the range alone may still need an index that begins with it.",
        interview_question: "In which order do the columns of a composite index come?",
        good_answer: &[
            "Equality first, then the sort order, then one range.",
            "After a range column nothing narrows the search any more.",
            "Selectivity decides less than people think.",
        ],
    },
};

impl Rule for TimestampBeforeEquality {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        for index in own_indexes(context) {
            if index.method == IndexMethod::Btree && index.constraint.is_none() {
                findings.extend(check(context, index));
            }
        }
    }
}

/// Rows that an index leads to before the range, from which on the order of the columns behind counts.
const MANY_ROWS: f64 = 500.0;

fn check(context: &SchemaContext<'_>, index: &Index) -> Option<Finding> {
    let table = context.catalog.table(index.table);
    let columns: Vec<ColumnId> = index.leading_columns().collect();
    let (at, later) = (0..columns.len()).find_map(|at| {
        let (leading, behind) = columns.split_at(at + 1);
        let later = behind.iter().find(|later| {
            context
                .usage
                .asks_range_before_equality(table.id, leading, **later)
        })?;
        Some((at, *later))
    })?;
    let (before, range) = (&columns[..at], columns[at]);
    let is_moment = context
        .catalog
        .base_type(&table.column(range).data_type)
        .is_date_time();
    // the other way round where the column is asked for by equality too
    let by_equality = context
        .usage
        .asked(table.id, range.0)
        .any(|form| matches!(form, Asked::Equal(_)));
    let first: Vec<ColumnId> = before.iter().copied().chain([later]).collect();
    let served = context.catalog.indexes_of(table).any(|other| {
        let others: Vec<ColumnId> = other.leading_columns().take(first.len()).collect();
        other.id != index.id
            && others.len() == first.len()
            && first.iter().all(|column| others.contains(column))
    });
    if !is_moment || by_equality || served || leads_to_few(table, before) {
        return None;
    }
    let name = |column: ColumnId| table.column(column).name.as_str();
    let (range, equal) = (name(range), name(later));
    let mut finding = about_index(
        context,
        INFO.name,
        Severity::Warning,
        Evidence::Schema,
        index,
        format!(
            "index {} has {range}, asked for by range, before {equal}, asked for by equality",
            index.name.name
        ),
    );
    finding.why = vec![format!(
        "a search reads the whole range of {range} and checks {equal} in each entry"
    )];
    let keys: Vec<String> = first
        .iter()
        .map(|column| name(*column))
        .chain([range])
        .map(quote_identifier)
        .collect();
    finding.fixes.push(Fix {
        kind: FixKind::CreateIndex,
        sql: format!(
            "CREATE INDEX ON {} ({})",
            table.name.to_sql(),
            keys.join(", ")
        ),
        safety: Safety::Review,
        tradeoff: if before.is_empty() {
            format!(
                "drop {} then, unless something asks for {range} alone",
                index.name.name
            )
        } else {
            format!(
                "drop {} then, unless something asks for {range} without {equal}",
                index.name.name
            )
        },
        edits: Vec::new(),
    });
    Some(finding)
}

/// Whether equality of some columns leaves so few rows that it does not matter what comes behind them, or may do so.
fn leads_to_few(table: &Table, columns: &[ColumnId]) -> bool {
    !columns.is_empty()
        && table
            .rows_of_a_value(columns)
            .is_none_or(|rows| rows < MANY_ROWS)
}
