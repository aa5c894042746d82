//! Damaged files never make a reader panic: dumps, snapshots, statistics by hand. (Plans: tests/plan_read.rs; the
//! splitter and the parser beside their code; whyslow.toml in src/cli/configuration.rs.)

use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use whyslow::catalog::{
    Catalog, ColumnStatistics, HandWrittenStatistics, IndexStatistics, QualifiedName,
    ServerStatistics, Snapshot, SnapshotIndex, SnapshotTable, TableStatistics, load_schema,
};
use whyslow::rules::{LintOptions, lint};
use whyslow::source::SourceFile;

const STATISTICS: &str = "[server]\nversion = 17\n[tables.t]\nrows = 1_000\npages = 20\n\
    [tables.t.columns.a]\nnulls = 0.5\nwidth = 4\nvalues = { x = 0.4, y = 0.05 }\n";

static DUMP: LazyLock<String> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pg_dump/everything.sql");
    std::fs::read_to_string(path).unwrap()
});

static SNAPSHOT: LazyLock<String> = LazyLock::new(|| {
    let mut snapshot = Snapshot::new(ServerStatistics::default());
    snapshot.schema = vec![
        "CREATE TABLE t (a int PRIMARY KEY, b text);".to_owned(),
        "CREATE INDEX i ON t (b);".to_owned(),
    ];
    snapshot.tables.push(SnapshotTable {
        name: QualifiedName::new("public", "t"),
        statistics: Some(TableStatistics::default()),
        columns: [("a".to_owned(), ColumnStatistics::default())].into(),
    });
    snapshot.indexes.push(SnapshotIndex {
        name: QualifiedName::new("public", "i"),
        invalid: None,
        statistics: IndexStatistics::default(),
    });
    snapshot.to_json()
});

/// A text with a part of it replaced.
fn damaged(text: &str, at: f64, length: usize, inserted: &str) -> String {
    let mut start = (text.len() as f64 * at) as usize;
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let end = text.ceil_char_boundary((start + length).min(text.len()));
    [&text[..start], inserted, &text[end..]].concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_damaged_dump_makes_it_panic(
        at in 0.0..1.0_f64,
        length in 0_usize..400,
        inserted in "[-;()\\[\\]'\"$*,.a-zA-Z0-9 \n\\\\é]{0,12}",
    ) {
        let start = (DUMP.len() as f64 * at) as usize;
        let window = DUMP.ceil_char_boundary(start.saturating_sub(4_000))..DUMP.floor_char_boundary((start + 4_000).min(DUMP.len()));
        let text = damaged(&DUMP[window], 0.5, length, &inserted);
        let file = SourceFile::new("dump.sql", text);
        let catalog = load_schema(std::slice::from_ref(&file));
        let _ = lint(&[file], &catalog, &LintOptions { threads: 1, ..LintOptions::default() });
    }

    #[test]
    fn no_damaged_snapshot_makes_it_panic(
        at in 0.0..1.0_f64,
        length in 0_usize..80,
        inserted in "[-{}\\[\\]\":,.a-z0-9 \n\\\\é]{0,12}",
    ) {
        if let Ok(snapshot) = Snapshot::from_json(&damaged(&SNAPSHOT, at, length, &inserted)) {
            let _ = snapshot.into_catalog();
        }
    }

    #[test]
    fn no_damaged_statistics_make_it_panic(
        at in 0.0..1.0_f64,
        length in 0_usize..20,
        inserted in "[-{}\\[\\]\"=,._a-z0-9 \n\\\\é]{0,8}",
    ) {
        if let Ok(statistics) = HandWrittenStatistics::from_toml(&damaged(STATISTICS, at, length, &inserted)) {
            let mut catalog: Catalog = load_schema(&[SourceFile::new("schema.sql", "CREATE TABLE t (a text);")]);
            let _ = catalog.apply_statistics(&statistics);
        }
    }
}

#[test]
fn the_samples_are_whole() {
    assert!(Snapshot::from_json(&SNAPSHOT).is_ok());
    let statistics = HandWrittenStatistics::from_toml(STATISTICS);
    assert!(statistics.is_ok(), "{statistics:?}");
}
