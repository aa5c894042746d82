use indexmap::IndexMap;

use super::support::own_indexes;
use crate::catalog::{Index, Table};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, SchemaContext, Severity,
};

/// A table that is mostly written, with many indexes.
pub struct TooManyIndexes;

static INFO: RuleInfo = RuleInfo {
    name: "too-many-indexes",
    summary: "many indexes on a table that is written more often than read",
    severity: Severity::Warning,
    evidence: Evidence::Statistics,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Finds tables with more indexes than the threshold `many-indexes` (8) that were written more often than they were scanned, \
            by the counters of `pg_stat_user_tables`, and names the indexes that are scanned least.",
        why_it_is_slow: "Each INSERT, and each UPDATE that is not heap-only, writes an entry into every index: nine indexes are ten writes for a row, \
            with their log and their pages in the cache.",
        example_schema: "CREATE TABLE clicks (id bigint PRIMARY KEY, a int, b int, c int, d int, e int, f int, g int, h int);",
        example_statistics: "[tables.clicks]\n\
            rows = 50_000_000\n\
            inserts = 50_000_000\n\
            updates = 1_000_000\n\
            deletes = 0\n\
            hot_updates = 200_000\n\
            sequential_scans = 12\n\
            index_scans = 90_000",
        example: "CREATE INDEX ON clicks (a); CREATE INDEX ON clicks (b); CREATE INDEX ON clicks (c); CREATE INDEX ON clicks (d);\n\
            CREATE INDEX ON clicks (e); CREATE INDEX ON clicks (f); CREATE INDEX ON clicks (g); CREATE INDEX ON clicks (h);",
        use_instead: "CREATE INDEX ON clicks (a); CREATE INDEX ON clicks (b);",
        trade_off: "A query that used a dropped index combines two others, or reads more.",
        interview_question: "How do you decide which of twelve indexes of an ingest table stay?",
        good_answer: &[
            "Count: scans of each index against the writes of the table, and since when.",
            "What enforces something stays.",
            "Composite indexes serve several queries; BRIN on the time costs next to nothing.",
        ],
    },
};

/// Fewer writes than this are no load.
const MANY_WRITES: f64 = 100_000.0;
/// The least used indexes that are named.
const NAMED: usize = 5;

impl Rule for TooManyIndexes {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        let mut by_table: IndexMap<_, Vec<&Index>> = IndexMap::new();
        for index in own_indexes(context) {
            by_table.entry(index.table).or_default().push(index);
        }
        for (table, indexes) in by_table {
            let table = context.catalog.table(table);
            if indexes.len() > context.thresholds.many_indexes {
                findings.extend(report(table, &indexes));
            }
        }
    }
}

fn report(table: &Table, indexes: &[&Index]) -> Option<Finding> {
    let statistics = table.statistics.as_ref()?;
    let moved = (statistics.updates? - statistics.hot_updates?).max(0.0);
    let writes = statistics.inserts? + moved;
    let scans = statistics.index_scans? + statistics.sequential_scans?;
    if writes < MANY_WRITES || writes < scans {
        return None;
    }
    let mut least: Vec<(f64, &str)> = indexes
        .iter()
        .filter(|index| !index.unique && index.constraint.is_none())
        .filter_map(|index| {
            let scans = index.statistics.as_ref()?.scans?;
            Some((scans, index.name.name.as_str()))
        })
        .collect();
    least.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut why = vec![format!(
        "known from statistics: {writes:.0} rows inserted or moved by updates since the counters were reset, {scans:.0} scans; each of those writes made {} entries",
        indexes.len()
    )];
    if !least.is_empty() {
        let named: Vec<String> = least
            .iter()
            .take(NAMED)
            .map(|(scans, name)| format!("{name} ({scans:.0})"))
            .collect();
        why.push(format!("least scanned: {}", named.join(", ")));
    }
    let mut facts = IndexMap::new();
    facts.insert("indexes".to_owned(), indexes.len().into());
    facts.insert("writes".to_owned(), (writes as i64).into());
    facts.insert("scans".to_owned(), (scans as i64).into());
    Some(Finding {
        rule: INFO.name,
        severity: Severity::Warning,
        evidence: Evidence::Statistics,
        location: table.location.clone(),
        statement: None,
        relation: Some(table.name.name.clone()),
        table: Some(table.name.to_string()),
        columns: Vec::new(),
        index: None,
        message: format!(
            "{} has {} indexes, and is written more often than read",
            table.name.name,
            indexes.len()
        ),
        why,
        label: None,
        facts,
        fixes: Vec::new(),
    })
}
