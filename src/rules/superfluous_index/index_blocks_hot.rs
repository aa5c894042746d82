use super::likeness::is_free;
use super::support::{about_index, drop_index, own_indexes};
use crate::catalog::{Catalog, ColumnId, Index, IndexMethod, Table};
use crate::query::one_line;
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, SchemaContext, Severity,
};
use crate::source::Location;

/// An index on a column that an UPDATE changes all the time.
pub struct IndexBlocksHot;

static INFO: RuleInfo = RuleInfo {
    name: "index-blocks-hot",
    summary: "an index on a column that frequent updates change",
    severity: Severity::Warning,
    evidence: Evidence::Statistics,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds UPDATE statements that set a column which an index holds (as a key, in an expression, in its predicate, or in INCLUDE), on a \
            table that is updated often and mostly not heap-only by the counters. It warns, and proposes to drop the index, where the index is scanned \
            far less often than the table is updated; else it informs. BRIN indexes do not count from PostgreSQL 16 on.",
        why_it_is_slow: "A heap-only (HOT) update writes a new row version into the same page and no index at all. As soon as one indexed column changes, \
            the new version needs an entry in every index of the table, and VACUUM has to clean all of them.",
        example_schema: "CREATE TABLE sessions (id bigint PRIMARY KEY, account_id int NOT NULL, last_seen timestamptz NOT NULL);\n\
            CREATE INDEX sessions_account ON sessions (account_id);\n\
            CREATE INDEX sessions_last_seen ON sessions (last_seen);",
        example_statistics: "[tables.sessions]\n\
            rows = 400_000\n\
            updates = 90_000_000\n\
            hot_updates = 1_000_000\n\
            [indexes.sessions_last_seen]\n\
            pages = 3_000\n\
            rows = 400_000\n\
            scans = 1_200",
        example: "UPDATE sessions SET last_seen = now() WHERE id = $1;",
        use_instead: "DROP INDEX sessions_last_seen;\nALTER TABLE sessions SET (fillfactor = 80);\nUPDATE sessions SET last_seen = now() WHERE id = $1;",
        trade_off: "What searched by that column reads the table; a BRIN index, or a job that keeps old rows in a table of their own, may do instead.",
        interview_question: "pg_stat_user_tables shows n_tup_upd = 90 million, n_tup_hot_upd = 1 million. What does that mean?",
        good_answer: &[
            "Nearly every update writes into all indexes: an indexed column changes, or pages have no room.",
            "Find the index that holds the changed column, and who uses it.",
            "fillfactor below 100 leaves room for new versions in the same page.",
        ],
    },
};

/// Fewer updates than this are no load.
const MANY_UPDATES: f64 = 10_000.0;
/// Heap-only updates below this fraction: something is in their way.
const MOSTLY_HOT: f64 = 0.5;
/// Scans for each update below which the index costs more than it brings.
const SELDOM_SCANNED: f64 = 0.01;

impl Rule for IndexBlocksHot {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        let catalog = context.catalog;
        for index in own_indexes(context) {
            let table = catalog.table(index.table);
            let Some((updates, hot)) = frequent_updates(table) else {
                continue;
            };
            if is_summarizing(catalog, index) {
                continue;
            }
            let held = held_columns(context, index);
            let changed = held
                .iter()
                .find_map(|column| Some((context.usage.update_of(table.id, *column)?, *column)));
            if let Some((update, column)) = changed {
                findings.push(report(context, index, update, column, updates, hot));
            }
        }
    }
}

/// Updates and the heap-only ones among them, where they are many and mostly not heap-only.
fn frequent_updates(table: &Table) -> Option<(f64, f64)> {
    let statistics = table.statistics.as_ref()?;
    let (updates, hot) = (statistics.updates?, statistics.hot_updates?);
    let many = updates >= MANY_UPDATES.max(statistics.rows * 0.5);
    (many && hot < updates * MOSTLY_HOT).then_some((updates, hot))
}

/// Whether HOT passes over it: `amsummarizing` of index_am handlers, from 16 on.
fn is_summarizing(catalog: &Catalog, index: &Index) -> bool {
    index.method == IndexMethod::Brin
        && catalog
            .server
            .version
            .is_none_or(|version| version >= 160_000)
}

/// The columns of keys, expressions, predicate and INCLUDE.
fn held_columns(context: &SchemaContext<'_>, index: &Index) -> Vec<ColumnId> {
    let mut held: Vec<ColumnId> = index.include.clone();
    if let Some(bound) = context.schema.index(index.id) {
        for expr in bound.keys.iter().chain(&bound.predicate) {
            held.extend(
                expr.columns()
                    .into_iter()
                    .map(|column| ColumnId(column.column)),
            );
        }
    }
    held
}

fn report(
    context: &SchemaContext<'_>,
    index: &Index,
    update: &Location,
    column: ColumnId,
    updates: f64,
    hot: f64,
) -> Finding {
    let table = context.catalog.table(index.table);
    let name = &table.column(column).name;
    let scans = index
        .statistics
        .as_ref()
        .and_then(|statistics| statistics.scans);
    let seldom = scans.is_some_and(|scans| scans < updates * SELDOM_SCANNED);
    let droppable = seldom && !index.unique && is_free(context.catalog, index);
    let mut finding = about_index(
        context,
        INFO.name,
        if droppable {
            Severity::Warning
        } else {
            Severity::Info
        },
        Evidence::Statistics,
        index,
        format!(
            "index {} holds {name}, so updates of it write every index of {}",
            index.name.name, table.name.name
        ),
    );
    finding.why = vec![
        format!("\"{}\" changes {name}", one_line(&update.file, update.span)),
        format!(
            "known from statistics: {hot:.0} of {updates:.0} updates were heap-only; the others wrote an entry into each index"
        ),
    ];
    match scans {
        Some(scans) => finding
            .why
            .push(format!("the index was scanned {scans:.0} times meanwhile")),
        None => finding
            .why
            .push("how often the index is scanned is not known".to_owned()),
    }
    for (fact, value) in [("updates", updates), ("hot_updates", hot)] {
        finding.facts.insert(fact.to_owned(), (value as i64).into());
    }
    if droppable {
        finding.fixes.push(drop_index(
            index,
            &format!("searches by {name} read the table; a BRIN index may do for them"),
        ));
    }
    finding
}
