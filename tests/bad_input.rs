//! What a user can get wrong, from outside: each ends in time, with a message that says where and what to do, with the
//! right exit code, and never in a panic.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

struct Place {
    folder: TempDir,
}

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::write(folder.path().join(name), content).unwrap();
        }
        Self { folder }
    }

    fn whyslow(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("whyslow").unwrap();
        command
            .current_dir(self.folder.path())
            .timeout(Duration::from_secs(240))
            .args(arguments);
        command
    }
}

const SCHEMA: &str = "CREATE TABLE t (id int PRIMARY KEY, name text);\n";

/// Lints one text as JSON: exit code and findings.
fn lint(text: &str) -> (i32, Vec<serde_json::Value>) {
    let place = Place::new(&[("schema.sql", SCHEMA), ("q.sql", text)]);
    let output = place
        .whyslow(&[
            "lint",
            "q.sql",
            "--schema",
            "schema.sql",
            "--format",
            "json",
        ])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!told.contains("panicked"), "{told}");
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"));
    let findings = report["findings"].as_array().unwrap().clone();
    (output.status.code().unwrap_or(-1), findings)
}

fn syntax_errors(findings: &[serde_json::Value]) -> Vec<(u64, String)> {
    findings
        .iter()
        .filter(|finding| finding["rule"] == "syntax-error")
        .map(|finding| {
            (
                finding["line"].as_u64().unwrap(),
                finding["message"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

#[test]
fn ten_thousand_parentheses_are_refused_at_once_and_the_rest_is_checked() {
    let text = format!(
        "SELECT {}1{};\nSELECT missing FROM t;\n",
        "(".repeat(10_000),
        ")".repeat(10_000)
    );
    let (code, findings) = lint(&text);
    assert_eq!(code, 1);
    let errors = syntax_errors(&findings);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].1.contains("nested too deeply"), "{errors:?}");
    assert!(findings.iter().any(|one| one["rule"] == "unknown-column"));
}

#[test]
fn long_statements_are_read() {
    let conditions = |word: &str, count: usize| {
        let all: Vec<String> = (0..count).map(|n| format!("id = {n}")).collect();
        all.join(word)
    };
    for text in [
        format!("SELECT name FROM t WHERE {}", conditions(" OR ", 3_000)),
        format!("SELECT name FROM t WHERE {}", conditions(" AND ", 1_000)),
        format!(
            "SELECT {}",
            vec!["id FROM t WHERE id = 1"; 200].join(" UNION ALL SELECT ")
        ),
        format!(
            "SELECT CASE {} END FROM t",
            vec!["WHEN id = 1 THEN 2"; 2_000].join(" ")
        ),
        format!(
            "WITH c0 AS (SELECT id FROM t){} SELECT id FROM c100",
            (1..=100)
                .map(|n| format!(", c{n} AS (SELECT id FROM c{})", n - 1))
                .collect::<String>()
        ),
    ] {
        let (_, findings) = lint(&text);
        assert_eq!(
            syntax_errors(&findings),
            [],
            "{}",
            text.get(..60).unwrap_or(&text)
        );
    }
}

#[test]
fn a_statement_of_ten_megabytes_is_read() {
    let text = format!(
        "SELECT name FROM t WHERE name = '{}'",
        "x".repeat(10_000_000)
    );
    assert_eq!(syntax_errors(&lint(&text).1), []);
}

#[test]
fn what_is_never_closed_is_told_where_it_opens() {
    for (text, line, told) in [
        ("SELECT 1;\nSELECT 'a;\nSELECT 2;", 2, "closing quote"),
        (
            "SELECT 1;\nSELECT \"a;\nSELECT 2;",
            2,
            "closing double quote",
        ),
        ("SELECT 1;\n\nSELECT /* a;\nSELECT 2;", 3, "add */"),
        ("SELECT $x$ a;\nSELECT 2;", 1, "opening tag"),
        ("DO $$ BEGIN;\nSELECT 2;", 1, "opening tag"),
        ("CREATE TABLE x (a text DEFAULT 'b);\n", 1, "closing quote"),
    ] {
        let (code, findings) = lint(text);
        let errors = syntax_errors(&findings);
        assert_eq!(code, 1, "{text}");
        assert_eq!(errors.len(), 1, "{text}: {errors:?}");
        assert_eq!(errors[0].0, line, "{text}");
        assert!(errors[0].1.contains(told), "{text}: {errors:?}");
    }
}

#[test]
fn a_schema_that_refers_to_missing_tables_still_loads() {
    let place = Place::new(&[
        (
            "schema.sql",
            "CREATE TABLE a (id int PRIMARY KEY, b_id int REFERENCES nowhere (id));\n\
             CREATE INDEX ON missing (x);\nCREATE VIEW v AS SELECT id FROM absent;\nCREATE TABLE c (id int);\n",
        ),
        (
            "q.sql",
            "SELECT a.id FROM a JOIN c USING (id) WHERE a.id = 1;\n",
        ),
    ]);
    place
        .whyslow(&[
            "lint",
            "q.sql",
            "--schema",
            "schema.sql",
            "--fail-on",
            "error",
        ])
        .assert()
        .code(0)
        .stdout(
            contains("nowhere")
                .and(contains("missing"))
                .and(contains("unknown").not()),
        );
}

#[test]
fn paths_that_mean_nothing_are_told_with_what_to_do() {
    let place = Place::new(&[("q.sql", "SELECT 1;")]);
    fs::create_dir(place.folder.path().join("empty")).unwrap();
    for (arguments, told) in [
        (
            ["lint", "absent.sql"].as_slice(),
            "absent.sql does not exist",
        ),
        (&["lint", "absent/"], "absent/ does not exist"),
        (&["lint", "no*.sql"], "no file matches no*.sql"),
        (&["lint", "a["], "a[ is not a pattern"),
        (&["lint", "empty"], "there is no .sql file in empty"),
        (
            &["lint", "q.sql", "--schema", "empty"],
            "there is no .sql file in empty",
        ),
        (
            &["lint", "q.sql", "--schema", "absent.sql"],
            "absent.sql does not exist",
        ),
    ] {
        place
            .whyslow(arguments)
            .assert()
            .code(3)
            .stdout("")
            .stderr(contains(told).and(contains("panicked").not()));
    }
}

#[test]
fn a_server_that_refuses_or_never_answers_is_told_in_time() {
    let place = Place::new(&[]);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_port = silent.local_addr().unwrap().port();
    let closed_port = {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap();
        closed.local_addr().unwrap().port()
    };
    for (url, told) in [
        (
            format!("postgres://u:secret@127.0.0.1:{silent_port}/d?connect_timeout=2"),
            "nobody answers",
        ),
        (
            format!("postgres://u:secret@127.0.0.1:{closed_port}/d"),
            "check host, port and sslmode",
        ),
        ("http://localhost/d".to_owned(), "write postgres://"),
    ] {
        let started = Instant::now();
        place
            .whyslow(&["snapshot", "--database", &url])
            .assert()
            .code(3)
            .stdout("")
            .stderr(contains(told).and(contains("secret").not()));
        assert!(started.elapsed() < Duration::from_secs(60), "{url}");
    }
}
