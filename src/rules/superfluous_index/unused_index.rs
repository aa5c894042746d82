use super::likeness::{is_duplicate, is_free, is_prefix};
use super::support::{about_index, drop_index, own_indexes};
use crate::catalog::{Index, ServerStatistics, Table, TableStatistics};
use crate::index::readable_bytes;
use crate::query::{BoundSchema, Facts};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, SchemaContext, Severity,
};

/// An index that the server has not scanned for as long as it counts.
pub struct UnusedIndex;

static INFO: RuleInfo = RuleInfo {
    name: "unused-index",
    summary: "an index that was not scanned for as long as the server counts",
    severity: Severity::Warning,
    evidence: Evidence::Statistics,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds indexes without a scan since the counters were reset, or whose last scan (PostgreSQL 16 and later) is more than 90 days old. \
            The age of the counters is said: below a week the rule is silent, below a month it only informs. Left alone are indexes that enforce something \
            (unique, primary key, exclusion), the replica identity, the only index for the checks of a foreign key, small ones, and those that \
            `duplicate-index` and `prefix-index` report. Needs a snapshot or a database: `pg_stat_user_indexes` counts.",
        why_it_is_slow: "Each INSERT writes it, each UPDATE that cannot be heap-only writes it, VACUUM reads it whole, and its pages push others out of \
            the cache: a price without a return.",
        example_schema: "CREATE TABLE visits (id bigint PRIMARY KEY, page_id int NOT NULL, referrer text NOT NULL);\n\
            CREATE INDEX visits_page ON visits (page_id);",
        example_statistics: "[server]\n\
            taken_at = \"2026-06-01T00:00:00Z\"\n\
            statistics_reset = \"2026-01-01T00:00:00Z\"\n\
            [tables.visits]\n\
            rows = 5_000_000\n\
            [indexes.visits_referrer]\n\
            pages = 20_000\n\
            rows = 5_000_000\n\
            scans = 0\n\
            [indexes.visits_page]\n\
            pages = 6_000\n\
            rows = 5_000_000\n\
            scans = 81_000",
        example: "CREATE INDEX visits_referrer ON visits (referrer);",
        use_instead: "DROP INDEX IF EXISTS visits_referrer;",
        trade_off: "A report of once a year may need it, and scans on standby servers are counted there alone: look at all servers first. The statistics \
            that ANALYZE gathers for an index on an expression go with the index.",
        interview_question: "pg_stat_user_indexes shows idx_scan = 0 for an index. May it be dropped?",
        good_answer: &[
            "Since when: the age of the counters, and whether it spans a month's or a year's end.",
            "What it does besides: unique, exclusion, replica identity, the checks of a foreign key.",
            "Where: standby servers count their own scans.",
            "How: DROP INDEX CONCURRENTLY, with the definition kept.",
        ],
    },
};

/// Counters younger than this say nothing.
const YOUNG_DAYS: f64 = 7.0;
/// Counters of this age have seen the end of a month.
const SETTLED_DAYS: f64 = 30.0;
/// An index without a scan for so long is as good as unused.
const FORGOTTEN_DAYS: f64 = 90.0;
/// Scans of the table by other ways that make up for an unknown age of the counters.
const BUSY_SCANS: f64 = 10_000.0;

impl Rule for UnusedIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        let catalog = context.catalog;
        for index in own_indexes(context) {
            let table = catalog.table(index.table);
            let Some(statistics) = &index.statistics else {
                continue;
            };
            if !index.valid
                || index.unique
                || !statistics.is_counted()
                || statistics.pages < context.thresholds.small_table_pages
                || !is_free(catalog, index)
                || has_stand_in(&context.facts, table, index)
                || is_needed_by_foreign_key(context.schema, table, index)
            {
                continue;
            }
            let Some(unused) = unused(&catalog.server, table, index) else {
                continue;
            };
            let size = readable_bytes(statistics.pages * 8192.0);
            let mut finding = about_index(
                context,
                INFO.name,
                unused.severity,
                Evidence::Statistics,
                index,
                format!("index {} ({size}) {}", index.name.name, unused.message),
            );
            finding.why = vec![unused.age];
            finding.why.extend(price(table.statistics.as_ref()));
            finding.facts.insert(
                "index_bytes".to_owned(),
                ((statistics.pages * 8192.0) as i64).into(),
            );
            if let Some(days) = catalog.server.counted_days() {
                finding
                    .facts
                    .insert("counted_days".to_owned(), (days as i64).into());
            }
            finding.fixes.push(drop_index(
                index,
                "queries that run less often than the counters reach back, and those on standby servers, may need it",
            ));
            findings.push(finding);
        }
    }
}

/// How an index is known to be unused.
struct Unused {
    severity: Severity,
    message: String,
    age: String,
}

fn unused(server: &ServerStatistics, table: &Table, index: &Index) -> Option<Unused> {
    let statistics = index.statistics.as_ref()?;
    let counted = server.counted_days();
    if statistics.scans? > 0.0 {
        let last = statistics.last_scan.as_deref()?;
        let days = server.days_since(last)?;
        return (days >= FORGOTTEN_DAYS).then(|| Unused {
            severity: Severity::Warning,
            message: format!("was last scanned {days:.0} days ago"),
            age: format!("known from statistics: the last scan was at {last}"),
        });
    }
    let (severity, age) = match counted {
        Some(days) if days < YOUNG_DAYS => return None,
        Some(days) => (
            if days < SETTLED_DAYS {
                Severity::Info
            } else {
                Severity::Warning
            },
            format!("known from statistics: the counters reach back {days:.0} days"),
        ),
        None => {
            let scans = table.statistics.as_ref().map_or(0.0, scans_of);
            if scans < BUSY_SCANS {
                (
                    Severity::Info,
                    "known from statistics; how far the counters reach back is not known"
                        .to_owned(),
                )
            } else {
                (
                    Severity::Warning,
                    format!(
                        "known from statistics: the table was read {scans:.0} times by other ways; how far the counters reach back is not known"
                    ),
                )
            }
        }
    };
    Some(Unused {
        severity,
        message: "was not scanned once since the counters were reset".to_owned(),
        age,
    })
}

fn scans_of(statistics: &TableStatistics) -> f64 {
    statistics.sequential_scans.unwrap_or(0.0) + statistics.index_scans.unwrap_or(0.0)
}

/// What keeping it has cost, where writes are counted.
fn price(statistics: Option<&TableStatistics>) -> Option<String> {
    let statistics = statistics?;
    let moved = statistics.updates? - statistics.hot_updates.unwrap_or(0.0);
    let writes = statistics.inserts? + moved.max(0.0);
    (writes > 0.0).then(|| format!("it was written {writes:.0} times meanwhile"))
}

/// Whether another rule says that it can go.
fn has_stand_in(facts: &Facts<'_>, table: &Table, index: &Index) -> bool {
    facts
        .schema
        .catalog()
        .indexes_of(table)
        .any(|other| is_duplicate(facts, index, other) || is_prefix(facts, index, other))
}

/// Whether the checks of a foreign key, or its cascades, have no other index.
fn is_needed_by_foreign_key(schema: &BoundSchema<'_>, table: &Table, index: &Index) -> bool {
    table.foreign_keys.iter().any(|key| {
        schema.finds_all(index, &key.columns)
            && !schema
                .catalog()
                .indexes_of(table)
                .any(|other| other.id != index.id && schema.finds_all(other, &key.columns))
    })
}
