//! Every kind of statement in a file of queries: what PostgreSQL accepts is never called a syntax error, what a file
//! creates is known to its queries.

use std::path::Path;
use std::sync::Arc;

use whyslow::catalog::{Catalog, load_schema};
use whyslow::rules::{LintOptions, LintResult, lint};
use whyslow::source::SourceFile;

const SCHEMA: &str =
    "CREATE TABLE a (x int PRIMARY KEY, y text, owner name);\nCREATE TABLE b (x int);";

fn schema() -> Catalog {
    load_schema(&[SourceFile::new("schema.sql", SCHEMA)])
}

fn lint_text(text: &str, catalog: &Catalog) -> LintResult {
    let file: Arc<SourceFile> = SourceFile::new("q.sql", text);
    lint(
        std::slice::from_ref(&file),
        catalog,
        &LintOptions::default(),
    )
}

fn told(text: &str, catalog: &Catalog) -> Vec<String> {
    lint_text(text, catalog)
        .findings
        .iter()
        .filter(|finding| {
            ["syntax-error", "unknown-table", "unknown-column"].contains(&finding.rule)
        })
        .map(|finding| {
            let line = finding.location.as_ref().unwrap().start().line;
            format!("{line}: {}: {}", finding.rule, finding.message)
        })
        .collect()
}

#[test]
fn utility_statements_and_definitions_are_no_syntax_errors() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements/utility.sql");
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(told(&text, &schema()), Vec::<String>::new());
    let result = lint_text(&text, &schema());
    assert_eq!(result.unparsed, 0);
    assert!(result.statements > 120);
}

#[test]
fn a_file_knows_what_it_creates_from_there_on() {
    let text = "SELECT n FROM made;\n\
        CREATE TEMP TABLE made (n int);\n\
        SELECT n, m FROM made;\n\
        CREATE VIEW shown AS SELECT n AS k FROM made;\n\
        SELECT k, n FROM shown;\n\
        SELECT x AS z INTO copied FROM a;\n\
        SELECT z, x FROM copied;\n\
        ALTER TABLE made RENAME n TO o;\n\
        SELECT o FROM made;\n\
        DROP TABLE made;\n\
        SELECT o FROM made;\n";
    assert_eq!(
        told(text, &schema()),
        [
            "1: unknown-table: there is no table made in the schema",
            "3: unknown-column: no table here has a column m",
            "5: unknown-column: no table here has a column n",
            "7: unknown-column: no table here has a column x",
            "11: unknown-table: there is no table made in the schema",
        ]
    );
    // without a schema, the file's own tables are hardly all that there are
    assert_eq!(told(text, &Catalog::new()), Vec::<String>::new());
}

#[test]
fn a_search_path_holds_for_the_statements_behind_it() {
    let catalog = load_schema(&[SourceFile::new(
        "schema.sql",
        "CREATE SCHEMA sales; CREATE TABLE sales.orders (id int); CREATE TABLE people (id int);",
    )]);
    let text = "SELECT id FROM orders;\nSET search_path TO sales;\nSELECT id FROM orders;\nSELECT id FROM people;\n\
        SELECT set_config('search_path', 'public', false);\nSELECT id FROM people;\n";
    assert_eq!(
        told(text, &catalog),
        [
            "1: unknown-table: there is no table orders in the schema",
            "4: unknown-table: there is no table people in the schema",
        ]
    );
}

#[test]
fn definitions_that_cannot_be_read_are_told_once() {
    let text = "CREATE TABLE t (x int,, y int);\nCREATE INDEX ON a (x;\nSELECT 1;\n";
    let told = told(text, &schema());
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter().all(|text| text.contains("syntax-error")),
        "{told:?}"
    );
}

#[test]
fn columns_that_the_syntax_tree_hides_are_not_reported() {
    let catalog = load_schema(&[SourceFile::new(
        "schema.sql",
        "CREATE TYPE pair AS (l int, r int); CREATE TABLE t (id int, parent int, p pair);",
    )]);
    let text = "SELECT l FROM (SELECT (p).* FROM t) s;\n\
        WITH RECURSIVE w AS (SELECT id FROM t UNION ALL SELECT t.id FROM t JOIN w ON t.parent = w.id) \
        SEARCH BREADTH FIRST BY id SET o SELECT id FROM w ORDER BY o;\n\
        SELECT t.missing, (p).* FROM t;\n";
    assert_eq!(
        told(text, &catalog),
        ["3: unknown-column: t has no column missing"]
    );
}
