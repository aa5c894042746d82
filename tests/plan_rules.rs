//! What a plan shows becomes findings with the user's names and a place in the query.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use whyslow::catalog::{Catalog, load_schema};
use whyslow::plan::Plan;
use whyslow::rules::{
    Evidence, Finding, LintOptions, lint_plan, lint_statement, merge_plan_findings,
};
use whyslow::source::{SourceFile, StatementText, split};

const SCHEMA: &str = "
    CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, country text NOT NULL);
    CREATE TABLE tickets (id int PRIMARY KEY, customer_id int NOT NULL, status text NOT NULL, tenant int NOT NULL,
      a int NOT NULL, b int NOT NULL, created_at timestamptz NOT NULL, body text NOT NULL);
    CREATE INDEX tickets_tenant ON tickets (tenant);
    CREATE INDEX tickets_created_at ON tickets (created_at);
    CREATE INDEX tickets_created_at_id ON tickets (created_at, id);
    CREATE TABLE notes (id int PRIMARY KEY, ticket_id int NOT NULL REFERENCES tickets ON DELETE CASCADE, text text);
    CREATE TABLE events (id int NOT NULL, at date NOT NULL, kind text NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE dirty (id int, tenant int);";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/plans/symptoms/{name}.json"))
}

fn plan(name: &str) -> Plan {
    let text = fs::read_to_string(fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    Plan::read(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn catalog() -> Catalog {
    load_schema(&[SourceFile::new("schema.sql", SCHEMA)])
}

fn statement(text: &str) -> StatementText {
    split(&SourceFile::new("q.sql", text)).remove(0)
}

fn found(name: &str, text: &str) -> Vec<Finding> {
    lint_plan(
        &plan(name),
        Some(&statement(text)),
        &catalog(),
        &LintOptions::default(),
    )
}

/// The finding of that rule, with the text that it points at.
fn only(name: &str, text: &str, rule: &str) -> (Finding, String) {
    let findings = found(name, text);
    let [finding] = findings
        .iter()
        .filter(|finding| finding.rule == rule)
        .collect::<Vec<_>>()[..]
    else {
        panic!("{name}: {findings:#?}");
    };
    let location = finding.location.clone().expect("a place in the query");
    let shown = location.file.slice(location.span).to_owned();
    (finding.clone(), shown)
}

#[test]
fn a_scan_points_at_its_conditions() {
    let text = "SELECT *\nFROM tickets t\nWHERE t.status = 'open' AND t.body LIKE '%y%'";
    let (finding, shown) = only("discarding-scan", text, "plan-discarding-scan");
    assert_eq!(shown, "t.status = 'open' AND t.body LIKE '%y%'");
    assert_eq!(finding.table.as_deref(), Some("public.tickets"));
    assert_eq!(finding.relation.as_deref(), Some("t"));
    assert_eq!(finding.columns, ["body", "status"]);
    assert_eq!(finding.evidence, Evidence::Measured);
    assert_eq!(
        finding.message,
        "all of tickets t is read to keep none of its rows"
    );
    assert_eq!(
        finding.facts.get("rows_read").and_then(Value::as_f64),
        Some(300_000.0)
    );
}

#[test]
fn each_symptom_has_its_rule_and_place() {
    let cases = [
        (
            "heavy-index-filter",
            "SELECT * FROM tickets t WHERE t.tenant = 7 AND t.body LIKE '%y%'",
            "plan-index-filter",
            "t.body LIKE '%y%'",
        ),
        (
            "sort-for-limit",
            "SELECT * FROM tickets t WHERE t.status = 'closed' ORDER BY t.body, t.id LIMIT 20",
            "plan-sort-for-limit",
            "t.body, t.id",
        ),
        (
            "costly-inner-side",
            "SELECT c.name, n.text FROM customers c LEFT JOIN notes n ON n.ticket_id = c.id WHERE c.id < 100",
            "plan-inner-side",
            "n.ticket_id = c.id",
        ),
        (
            "repeated-subplan",
            "SELECT c.id, (SELECT max(n.text) FROM notes n WHERE n.ticket_id = c.id) FROM customers c WHERE c.id < 400",
            "plan-repeated-subplan",
            "n.ticket_id = c.id",
        ),
        (
            "unhashed-not-in",
            "SELECT count(*) FROM customers c WHERE c.id < 400 AND c.id NOT IN (SELECT n.ticket_id FROM notes n)",
            "plan-not-in-unhashed",
            "notes n",
        ),
        (
            "late-cte-filter",
            "WITH recent AS MATERIALIZED (SELECT * FROM tickets) SELECT * FROM recent r WHERE r.id = 17",
            "plan-late-cte-filter",
            "r.id = 17",
        ),
        (
            "unpruned-partitions",
            "SELECT * FROM events e WHERE date_trunc('year', e.at) = timestamp '2022-01-01' AND e.kind = 'kind 1'",
            "plan-unpruned-partitions",
            "date_trunc('year', e.at) = timestamp '2022-01-01' AND e.kind = 'kind 1'",
        ),
        (
            "lossy-bitmap",
            "SELECT count(body) FROM tickets WHERE tenant BETWEEN 7 AND 20",
            "plan-lossy-bitmap",
            "tenant BETWEEN 7 AND 20",
        ),
        (
            "heap-fetches",
            "SELECT count(tenant) FROM dirty WHERE tenant < 20",
            "plan-heap-fetches",
            "tenant < 20",
        ),
        (
            "deep-offset",
            "SELECT * FROM tickets t ORDER BY t.created_at, t.id OFFSET 100000 LIMIT 20",
            "plan-deep-offset",
            "tickets t",
        ),
        (
            "spill-sort",
            "SELECT * FROM tickets t ORDER BY t.body, t.a",
            "plan-spill",
            "t.body, t.a",
        ),
        (
            "misestimate",
            "SELECT t.id, c.name FROM tickets t JOIN customers c ON c.id = t.customer_id WHERE t.a = 7 AND t.b = 7 AND t.tenant = 7 ORDER BY c.name",
            "plan-misestimate",
            "t.a = 7 AND t.b = 7 AND t.tenant = 7",
        ),
    ];
    for (name, text, rule, place) in cases {
        let (finding, shown) = only(name, text, rule);
        assert_eq!(shown, place, "{name}");
        assert!(
            !finding.message.is_empty() && !finding.why.is_empty(),
            "{name}"
        );
    }
}

#[test]
fn what_the_server_does_is_found_without_a_query() {
    for (name, rule) in [
        ("compilation", "plan-jit"),
        ("trigger-time", "plan-trigger-time"),
        ("missing-workers", "plan-missing-workers"),
        ("lossy-bitmap", "plan-settings"),
    ] {
        let findings = lint_plan(&plan(name), None, &catalog(), &LintOptions::default());
        assert!(
            findings
                .iter()
                .any(|finding| finding.rule == rule && finding.location.is_none()),
            "{name}: {findings:#?}"
        );
    }
}

#[test]
fn quiet_plans_have_no_finding() {
    for name in [
        "quiet-key",
        "quiet-ordered",
        "quiet-aggregate",
        "quiet-join",
        "quiet-lookup",
        "quiet-most-rows",
        "quiet-partition",
        "quiet-exists",
    ] {
        let findings = lint_plan(&plan(name), None, &catalog(), &LintOptions::default());
        assert!(findings.is_empty(), "{name}: {findings:#?}");
    }
}

#[test]
fn one_cause_is_one_finding() {
    let text = "SELECT * FROM tickets t ORDER BY t.created_at, t.id OFFSET 100000 LIMIT 20";
    let mut findings = lint_statement(&statement(text), &catalog(), &LintOptions::default());
    let before = findings.len();
    assert!(findings.iter().any(|finding| finding.rule == "deep-offset"));
    merge_plan_findings(&mut findings, found("deep-offset", text));
    assert_eq!(findings.len(), before);
    let merged = findings
        .iter()
        .find(|finding| finding.rule == "deep-offset")
        .expect("the finding");
    assert_eq!(merged.evidence, Evidence::Planned);
    assert!(
        merged
            .why
            .iter()
            .any(|reason| reason.contains("100 k rows are made and skipped")),
        "{:?}",
        merged.why
    );
}

#[test]
fn a_comment_silences_a_plan_finding() {
    let text = "-- whyslow: ignore plan-discarding-scan (once a year)\n\
        SELECT * FROM tickets t WHERE t.status = 'open' AND t.body LIKE '%y%'";
    assert!(found("discarding-scan", text).is_empty());
}

#[test]
fn explain_reads_a_plan_from_a_file() {
    let run = |arguments: &[&str]| {
        let output = Command::cargo_bin("whyslow")
            .expect("the program")
            .args(["explain"])
            .args(arguments)
            .output()
            .expect("a run");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let sort = fixture("sort-for-limit");
    let (code, shown, _) = run(&["--plan", &sort.to_string_lossy()]);
    assert_eq!(code, Some(1));
    assert!(shown.starts_with("Plan from a file"), "{shown}");
    assert!(
        shown.contains("294 k rows are sorted to keep 20"),
        "{shown}"
    );
    let (code, shown, _) = run(&["--plan", &sort.to_string_lossy(), "--format", "json"]);
    assert_eq!(code, Some(1));
    let value: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(value["findings"][0]["rule"], "plan-sort-for-limit");
    assert!(value["plan"]["Plan"].is_object());
    let (code, _, _) = run(&["--plan", &fixture("quiet-join").to_string_lossy()]);
    assert_eq!(code, Some(0));

    let folder = tempfile::tempdir().expect("a folder");
    let yaml = folder.path().join("plan.yaml");
    fs::write(&yaml, "- Plan: \n    Node Type: \"Result\"\n").expect("a file");
    let (code, _, message) = run(&["--plan", &yaml.to_string_lossy()]);
    assert_eq!(code, Some(2));
    assert!(message.contains("FORMAT JSON"), "{message}");
    let (code, _, _) = run(&["--plan", &folder.path().join("none").to_string_lossy()]);
    assert_eq!(code, Some(3));
    let (code, _, _) = run(&[]);
    assert_eq!(code, Some(2));
}
