//! What cannot be compared gets a clear word, the right exit code, and no more than its time.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

const SCHEMA: &str = "CREATE TABLE t (id int PRIMARY KEY, a int, b text); CREATE TABLE u (id int, t_id int REFERENCES t);";

/// `whyslow compare` on two texts.
fn compare(a: &str, b: &str, more: &[&str]) -> (Output, Duration) {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    write("schema.sql", SCHEMA);
    write("a.sql", a);
    write("b.sql", b);
    whyslow(
        folder.path(),
        &[
            &["compare", "a.sql", "b.sql", "--schema", "schema.sql"],
            more,
        ]
        .concat(),
    )
}

fn whyslow(folder: &Path, arguments: &[&str]) -> (Output, Duration) {
    let started = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_whyslow"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("whyslow runs");
    (output, started.elapsed())
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn other_columns_are_a_difference() {
    let (output, _) = compare("SELECT id, a FROM t", "SELECT id FROM t", &[]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("2 columns"), "{}", text(&output));
    let (output, _) = compare("SELECT a FROM t", "SELECT b FROM t", &["--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found["verdict"], "different");
    let reason = found["reason"].as_str().unwrap_or_default();
    assert!(
        reason.contains("int4") && reason.contains("text"),
        "{reason}"
    );
}

#[test]
fn what_cannot_be_run_is_said_with_its_name() {
    for (query, word) in [
        ("SELECT nothing FROM t", "nothing"),
        ("SELECT 1 FROM nowhere", "nowhere"),
        ("SELECT no_such_function(id) FROM t", "no_such_function"),
        ("SELECT FROM WHERE", "syntax"),
        ("DELETE FROM t", "not a query"),
        (
            "WITH gone AS (DELETE FROM t RETURNING id) SELECT id FROM gone",
            "not a query",
        ),
    ] {
        let (output, _) = compare(query, "SELECT id FROM t", &[]);
        assert_eq!(output.status.code(), Some(3), "{query}: {}", text(&output));
        assert!(text(&output).contains(word), "{query}: {}", text(&output));
        assert!(
            text(&output).contains("a.sql"),
            "{query}: {}",
            text(&output)
        );
    }
}

#[test]
fn a_file_without_a_query_is_wrong_usage() {
    let (output, _) = compare("-- nothing", "SELECT id FROM t", &[]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(
        text(&output).contains("a.sql holds no statement"),
        "{}",
        text(&output)
    );
}

#[test]
fn volatile_functions_are_named() {
    let (output, _) = compare(
        "SELECT id FROM t WHERE random() < 0.5",
        "SELECT id FROM t WHERE random() < 0.5",
        &["--format", "json", "--timeout", "5"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found["verdict"], "nondeterministic");
    assert!(
        found["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("random()"))
    );
}

#[test]
fn an_error_on_one_side_is_no_difference() {
    let (output, _) = compare(
        "SELECT id, 1 / a FROM t WHERE a > 0",
        "SELECT id, 1 / a FROM (SELECT * FROM t OFFSET 0) x WHERE a > 0 OR 1 / a > 5",
        &["--format", "json", "--timeout", "4", "--databases", "3000"],
    );
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_ne!(found["verdict"], "equal");
    assert!(
        found["notes"].to_string().contains("division by zero"),
        "{found}"
    );
}

#[test]
fn the_deadline_is_kept() {
    let from: String = (1..=40)
        .map(|number| format!("t t{number}"))
        .collect::<Vec<_>>()
        .join(", ");
    let chain: String = (2..=40)
        .map(|number| format!(" AND t{number}.id = t{}.a", number - 1))
        .collect();
    let endless =
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i FROM n) SELECT count(*) FROM n";
    let slow = "SELECT count(*) FROM t, generate_series(1, 20000000) g WHERE g % 7 = t.a";
    for (a, b) in [
        (
            format!("SELECT t1.id FROM {from} WHERE t1.a > 3{chain}"),
            format!("SELECT t1.id FROM {from} WHERE t1.a > 4{chain}"),
        ),
        (endless.to_owned(), "SELECT 1::bigint".to_owned()),
        (slow.to_owned(), slow.replace("% 7", "% 8")),
    ] {
        let (output, took) = compare(&a, &b, &["--timeout", "4"]);
        assert!(took < Duration::from_secs(40), "{took:?}\n{a}");
        assert!(
            matches!(output.status.code(), Some(0 | 1 | 3)),
            "{a}: {}",
            text(&output)
        );
        assert!(!text(&output).contains("panicked"), "{}", text(&output));
    }
}

#[test]
fn forty_tables_of_a_schema_are_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    let tables: String = (1..=40)
        .map(|number| format!("CREATE TABLE t{number} (id int PRIMARY KEY, a int);\n"))
        .collect();
    let joins: String = (2..=40)
        .map(|number| format!(" JOIN t{number} ON t{number}.id = t{}.a", number - 1))
        .collect();
    write("schema.sql", &tables);
    write(
        "a.sql",
        &format!("SELECT t1.id FROM t1{joins} WHERE t40.a > 3"),
    );
    write(
        "b.sql",
        &format!("SELECT t1.id FROM t1{joins} WHERE t40.a >= 3"),
    );
    let (output, took) = whyslow(
        folder.path(),
        &[
            "compare",
            "a.sql",
            "b.sql",
            "--schema",
            "schema.sql",
            "--timeout",
            "10s",
        ],
    );
    assert!(took < Duration::from_secs(60), "{took:?}");
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output)
    );
    assert!(!text(&output).contains("panicked"), "{}", text(&output));
}

#[test]
fn a_time_needs_no_unit_and_may_have_one() {
    let query = "SELECT id FROM t";
    for time in ["3", "3s", "900ms"] {
        let (output, _) = compare(query, "SELECT t.id FROM t", &["--timeout", time]);
        assert_eq!(output.status.code(), Some(0), "{time}: {}", text(&output));
    }
    let (output, _) = compare(query, query, &["--timeout", "soon"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("500ms"), "{}", text(&output));
}

/// The schema of a snapshot, with its keys, is what the queries are compared on.
#[test]
fn a_snapshot_is_a_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    write(
        "snapshot.json",
        r#"{"kind": "whyslow-snapshot", "format": 1, "server": {},
            "schema": ["CREATE TABLE public.t (id int PRIMARY KEY, a int)"],
            "tables": [{"schema": "public", "name": "t", "statistics": {"rows": 1000000, "pages": 20000}}],
            "indexes": []}"#,
    );
    write("a.sql", "SELECT DISTINCT id FROM t WHERE a > 3");
    write("same.sql", "SELECT id FROM t WHERE 3 < a");
    write("other.sql", "SELECT id FROM t WHERE a >= 3");
    for (other, verdict, code) in [("same.sql", "equal", 0), ("other.sql", "different", 1)] {
        let (output, _) = whyslow(
            folder.path(),
            &[
                "compare",
                "a.sql",
                other,
                "--no-config",
                "--snapshot",
                "snapshot.json",
                "--format",
                "json",
            ],
        );
        assert_eq!(output.status.code(), Some(code), "{}", text(&output));
        let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(found["verdict"], verdict, "{found}");
    }
}

#[test]
fn parameters_are_part_of_the_counterexample() {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    write("schema.sql", SCHEMA);
    write("a.sql", "SELECT id FROM t WHERE a > :least");
    write("b.sql", "SELECT id FROM t WHERE a >= :least");
    let (output, _) = whyslow(
        folder.path(),
        &[
            "compare",
            "a.sql",
            "b.sql",
            "--schema",
            "schema.sql",
            "--format",
            "json",
            "--save",
            "rows.sql",
        ],
    );
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(
        found["counterexample"]["parameters"]
            .get(":least")
            .is_some(),
        "{found}"
    );
    let saved = fs::read_to_string(folder.path().join("rows.sql")).expect("saved");
    assert!(
        saved.contains(":least =") && saved.contains("INSERT INTO t"),
        "{saved}"
    );
}

#[test]
fn the_search_says_what_it_covered() {
    let (output, _) = compare(
        "SELECT count(*) FILTER (WHERE a IS NOT NULL) FROM t WHERE a > 3 OR b = 'x'",
        "SELECT sum(CASE WHEN a IS NULL THEN 0 ELSE 1 END) + 0 FROM (SELECT a FROM t WHERE a > 3 OR b = 'x' UNION ALL SELECT NULL) y",
        &["--format", "json", "--databases", "400", "--timeout", "20"],
    );
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found["verdict"], "no-difference-found", "{found}");
    assert_eq!(
        found["search"]["conditions"]["a > 3 OR b = 'x'"]
            .as_array()
            .map(Vec::len),
        Some(3),
        "{found}"
    );
}

#[test]
fn folders_are_compared_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    write("schema.sql", SCHEMA);
    write(
        "old/q.sql",
        "-- name: one\nSELECT id FROM t WHERE a > 3;\n-- name: two\nSELECT id FROM t;\n",
    );
    write(
        "new/q.sql",
        "-- name: two\nSELECT t.id FROM t;\n-- name: one\nSELECT id FROM t WHERE a >= 3;\n",
    );
    let (output, _) = whyslow(
        folder.path(),
        &[
            "compare",
            "old",
            "new",
            "--schema",
            "schema.sql",
            "--format",
            "json",
        ],
    );
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let verdicts: Vec<&str> = found["pairs"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|pair| pair["verdict"].as_str())
        .collect();
    assert_eq!(verdicts, ["equal", "different"], "{found}");
}

#[test]
fn files_are_compared_with_what_they_were_at_a_revision() {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    let git = |arguments: &[&str]| {
        Command::new("git")
            .args(["-c", "user.name=x", "-c", "user.email=x@example.org"])
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .is_ok_and(|output| output.status.success())
    };
    write("schema.sql", SCHEMA);
    write("q.sql", "SELECT id FROM t WHERE a > 3;\nSELECT b FROM t;\n");
    if !(git(&["init", "-q"]) && git(&["add", "."]) && git(&["commit", "-qm", "x"])) {
        eprintln!("skipped: git is not there");
        return;
    }
    let since = |revision: &str| {
        whyslow(
            folder.path(),
            &[
                "compare",
                "--since",
                revision,
                "q.sql",
                "--schema",
                "schema.sql",
            ],
        )
        .0
    };
    assert_eq!(since("HEAD").status.code(), Some(0));
    write(
        "q.sql",
        "SELECT id FROM t WHERE a > 3;\nSELECT DISTINCT b FROM t;\n",
    );
    let output = since("HEAD");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("q.sql"), "{}", text(&output));
    assert_eq!(since("nowhere").status.code(), Some(3));
}
