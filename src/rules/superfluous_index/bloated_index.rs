use super::support::{about_index, own_indexes};
use crate::index::{Estimator, IndexDefinition, readable_bytes, rebuilt_btree_pages};
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, FixKind, Rule, RuleInfo, Safety,
    SchemaContext, Severity,
};

/// A B-tree that is much larger than its entries need.
pub struct BloatedIndex;

static INFO: RuleInfo = RuleInfo {
    name: "bloated-index",
    summary: "a B-tree several times as large as its entries need",
    severity: Severity::Warning,
    evidence: Evidence::Statistics,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Compares the pages of a B-tree with those that it would have if it were built now, from its entries and the widths of its columns. \
            It speaks from two and a half times the size on, and from 10 MB of waste; B-trees that grow at random places are two thirds full, and stay below. \
            Where a width is not known it is silent.",
        why_it_is_slow: "Half-empty pages are read and cached like full ones: a range scan reads several times the pages, and VACUUM reads all. Deleting \
            most of a table, long transactions that hold VACUUM back, and updates of an indexed column in bursts leave such pages behind.",
        example_schema: "CREATE TABLE jobs (id bigint PRIMARY KEY, due timestamptz NOT NULL);",
        example_statistics: "[tables.jobs]\n\
            rows = 1_000_000\n\
            [indexes.jobs_due]\n\
            pages = 30_000\n\
            rows = 1_000_000",
        example: "CREATE INDEX jobs_due ON jobs (due);",
        use_instead: "CREATE INDEX jobs_due ON jobs (due);\nREINDEX INDEX jobs_due;",
        trade_off: "REINDEX INDEX CONCURRENTLY needs room for a second copy, and waits for older transactions; without CONCURRENTLY writes are blocked.",
        interview_question: "A table holds a million rows as ever, but its index has grown from 20 to 240 MB. Why, and what now?",
        good_answer: &[
            "A page can be used again only when all its entries are gone.",
            "Old snapshots keep VACUUM from removing entries: look for long transactions and abandoned replication slots.",
            "REINDEX CONCURRENTLY, and autovacuum set sharper for that table.",
        ],
    },
};

/// Times the needed size from which on it is bloat: random inserts alone leave pages two thirds full.
const BLOAT: f64 = 2.5;
/// Wasted pages of 8 kB below which nobody minds: 10 MB.
const LEAST_WASTE: f64 = 1280.0;

impl Rule for BloatedIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        let catalog = context.catalog;
        for index in own_indexes(context).filter(|index| index.valid) {
            let table = catalog.table(index.table);
            let Some(statistics) = index.statistics.as_ref() else {
                continue;
            };
            let pages = statistics.file_pages.unwrap_or(statistics.pages);
            if statistics.rows <= 0.0 || pages < LEAST_WASTE {
                continue;
            }
            let Some(definition) = IndexDefinition::existing(context.schema, index) else {
                continue;
            };
            let estimator = Estimator::new(catalog, table);
            let Some(needed) = rebuilt_btree_pages(catalog, table, &estimator, &definition) else {
                continue;
            };
            if pages < needed * BLOAT || pages - needed < LEAST_WASTE {
                continue;
            }
            let mut finding = about_index(
                context,
                INFO.name,
                Severity::Warning,
                Evidence::Statistics,
                index,
                format!(
                    "index {} takes {}, about {} would do",
                    index.name.name,
                    readable_bytes(pages * 8192.0),
                    readable_bytes(needed * 8192.0)
                ),
            );
            finding.why = vec![
                format!(
                    "known from statistics: {:.0} entries in {pages:.0} pages of 8 kB; built anew they fill about {needed:.0}",
                    statistics.rows
                ),
                "half-empty pages are read and cached like full ones".to_owned(),
            ];
            for (name, value) in [("pages", pages), ("pages_needed", needed)] {
                finding
                    .facts
                    .insert(name.to_owned(), (value.round() as i64).into());
            }
            finding.fixes.push(Fix {
                kind: FixKind::CreateIndex,
                sql: format!("REINDEX INDEX CONCURRENTLY {}", index.name.to_sql()),
                safety: Safety::Review,
                tradeoff: "needs room for a second copy while it runs".to_owned(),
                edits: Vec::new(),
            });
            findings.push(finding);
        }
    }
}
