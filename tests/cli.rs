//! The command line from outside: exit codes, bad inputs, configuration, fixes.

use std::fs;
use std::io::Read;
use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

/// A folder of its own for each test: no whyslow.toml above it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        Self { folder }
    }

    fn whyslow(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("whyslow").unwrap();
        command
            .current_dir(self.folder.path())
            .env_remove("NO_COLOR")
            .timeout(std::time::Duration::from_secs(120))
            .args(arguments);
        command
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }
}

fn findings(output: &[u8]) -> Vec<serde_json::Value> {
    let report: serde_json::Value = serde_json::from_slice(output).unwrap();
    report["findings"].as_array().unwrap().clone()
}

const SCHEMA: &[u8] = b"CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\n\
    CREATE TABLE addresses (customer_id bigint PRIMARY KEY REFERENCES customers, city text NOT NULL);\n";

#[test]
fn a_clean_run_is_one_line_and_exit_code_0() {
    let place = Place::new(&[
        ("schema.sql", SCHEMA),
        ("q.sql", b"SELECT name FROM customers WHERE id = 1;\n"),
    ]);
    place
        .whyslow(&["lint", "q.sql", "--schema", "schema.sql"])
        .assert()
        .code(0)
        .stdout("1 statement in 1 file: nothing found\n")
        .stderr("");
}

#[test]
fn findings_are_exit_code_1_and_fail_on_moves_the_bar() {
    let place = Place::new(&[(
        "q.sql",
        b"SELECT 1;\nSELECT FROM WHERE;\n-- whyslow: ignore syntax-error\nSELECT 2;\n",
    )]);
    place
        .whyslow(&["lint", "q.sql"])
        .assert()
        .code(1)
        .stdout(contains("error[syntax-error]").and(contains("q.sql:2:")));
    place
        .whyslow(&["lint", "q.sql", "--fail-on", "never"])
        .assert()
        .code(0);
    place
        .whyslow(&["lint", "q.sql", "--rule", "syntax-error=info"])
        .assert()
        .code(0)
        .stdout(contains("note[syntax-error]"));
    place
        .whyslow(&[
            "lint",
            "q.sql",
            "--rule",
            "syntax-error=info",
            "--fail-on",
            "info",
        ])
        .assert()
        .code(1);
    place
        .whyslow(&["lint", "q.sql", "--rule", "syntax-error=off"])
        .assert()
        .code(0)
        .stdout(contains("nothing found"));
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let place = Place::new(&[("q.sql", b"SELECT 1;")]);
    for (arguments, told) in [
        (vec!["lint", "--no-such-flag"], "--no-such-flag"),
        (vec!["lint", "q.sql", "--format", "yaml"], "terminal"),
        (
            vec!["lint", "q.sql", "--rule", "sintax-error=off"],
            "did you mean \"syntax-error\"?",
        ),
        (
            vec!["lint", "q.sql", "--rule", "syntax-error"],
            "RULE=LEVEL",
        ),
        (
            vec!["lint", "q.sql", "--rule", "syntax-error=loud"],
            "off, info, warning or error",
        ),
        (
            vec!["lint", "q.sql", "--threshold", "deep-ofset=3"],
            "did you mean \"deep-offset\"?",
        ),
        (
            vec!["lint", "q.sql", "--threshold", "deep-offset=many"],
            "NAME=NUMBER",
        ),
        (
            vec!["lint", "q.sql", "--exclude", "a["],
            "not a path pattern",
        ),
        (
            vec!["lint", "q.sql", "--config", "none.toml"],
            "--no-config",
        ),
        (
            vec!["rules", "sintax-error"],
            "did you mean \"syntax-error\"?",
        ),
        (vec!["nonsense"], "nonsense"),
        (vec![], "Usage"),
    ] {
        place
            .whyslow(&arguments)
            .assert()
            .code(2)
            .stdout("")
            .stderr(contains(told));
    }
}

#[test]
fn what_cannot_be_read_is_exit_code_3_with_its_name() {
    let place = Place::new(&[
        ("q.sql", b"SELECT 1;"),
        ("latin1.sql", b"SELECT 'M\xfcller';"),
        ("binary.sql", b"\x7fELF\x00\x01\x02\xff\xfe"),
    ]);
    for arguments in [
        ["lint", "missing.sql"].as_slice(),
        &["lint", "latin1.sql"],
        &["lint", "binary.sql"],
        &["lint", "q.sql", "--schema", "missing.sql"],
        &["lint", "q.sql", "--snapshot", "missing.toml"],
    ] {
        let named = arguments.last().unwrap();
        place
            .whyslow(arguments)
            .assert()
            .code(3)
            .stdout("")
            .stderr(contains(*named).and(contains("panicked").not()));
    }
}

#[test]
fn odd_texts_are_read_with_exact_positions() {
    let place = Place::new(&[
        ("empty.sql", b""),
        ("bom.sql", b"\xef\xbb\xbfSELECT 1;\nSELECT FROM WHERE;\n"),
        (
            "crlf.sql",
            b"SELECT 1;\r\nSELECT 'a\r\nb';\r\n  SELECT FROM WHERE;\r\n",
        ),
        (
            "quote.sql",
            b"SELECT 1;\nSELECT 'never closed;\nSELECT 2;\n",
        ),
        ("comment.sql", b"SELECT 1;\n  /* never closed\nSELECT 2;\n"),
    ]);
    place
        .whyslow(&["lint", "empty.sql"])
        .assert()
        .code(0)
        .stdout("0 statements in 1 file: nothing found\n");
    for (file, line, column) in [
        ("bom.sql", 2, None),
        ("crlf.sql", 4, None),
        ("quote.sql", 2, Some(8)),
        ("comment.sql", 2, Some(3)),
    ] {
        let assert = place
            .whyslow(&["lint", file, "--format", "json"])
            .assert()
            .code(1);
        let found = findings(&assert.get_output().stdout);
        assert_eq!(found.len(), 1, "{file}");
        assert_eq!(found[0]["rule"], "syntax-error", "{file}");
        assert_eq!(found[0]["line"], line, "{file}");
        if let Some(column) = column {
            assert_eq!(found[0]["column"], column, "{file}");
        }
    }
}

#[test]
fn deep_nesting_and_long_chains_neither_crash_nor_hang() {
    let nested = format!("SELECT {}1{};", "(".repeat(10_000), ")".repeat(10_000));
    let chain = format!("SELECT 1 WHERE {};", vec!["1 = 1"; 20_000].join(" AND "));
    let place = Place::new(&[
        ("nested.sql", nested.as_bytes()),
        ("chain.sql", chain.as_bytes()),
    ]);
    for file in ["nested.sql", "chain.sql"] {
        let assert = place.whyslow(&["lint", file, "--format", "json"]).assert();
        let output = assert.get_output();
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "{file}: {output:?}"
        );
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["statements"], 1, "{file}");
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let text = "SELECT FROM WHERE;\n".repeat(5_000);
    let place = Place::new(&[("q.sql", text.as_bytes())]);
    let mut child = Process::new(assert_cmd::cargo::cargo_bin("whyslow"))
        .current_dir(place.folder.path())
        .args(["lint", "q.sql"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut first = [0; 64];
    stdout.read_exact(&mut first).unwrap();
    drop(stdout);
    let mut told = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(told, "");
}

#[test]
fn control_characters_of_a_file_do_not_reach_the_terminal() {
    let place = Place::new(&[("q.sql", b"SELECT FROM \x1b[31mWHERE\x07;\n")]);
    place
        .whyslow(&["lint", "q.sql"])
        .assert()
        .code(1)
        .stdout(contains("\u{1b}").not().and(contains("\u{7}").not()));
}

#[test]
fn colour_is_for_terminals_or_for_those_who_ask() {
    let place = Place::new(&[("q.sql", b"SELECT FROM WHERE;\n")]);
    place
        .whyslow(&["lint", "q.sql", "--color", "always"])
        .assert()
        .code(1)
        .stdout(contains("\u{1b}["));
    place
        .whyslow(&["lint", "q.sql"])
        .assert()
        .stdout(contains("\u{1b}[").not());
}

#[test]
fn the_configuration_is_found_upwards_and_flags_win_over_it() {
    let config = b"schema = [\"schema.sql\"]\nqueries = [\"queries/a.sql\"]\n[rules]\nsyntax-error = \"info\"\n\
        [[overrides]]\npaths = [\"queries/old/**\"]\nrules = { syntax-error = \"off\" }\n";
    let broken = b"SELECT FROM WHERE;\n";
    let place = Place::new(&[
        ("whyslow.toml", config),
        ("schema.sql", SCHEMA),
        ("queries/a.sql", broken),
        ("queries/old/b.sql", broken),
    ]);
    place
        .whyslow(&["lint"])
        .assert()
        .code(0)
        .stdout(contains("note[syntax-error]"));
    place
        .whyslow(&["lint", "queries/old/b.sql"])
        .assert()
        .code(0)
        .stdout(contains("nothing found"));
    place
        .whyslow(&["lint", "a.sql", "old/b.sql"])
        .current_dir(place.folder.path().join("queries"))
        .assert()
        .code(0)
        .stdout(contains("2 statements in 2 files: 1 note"));
    place
        .whyslow(&["lint", "queries/a.sql", "--rule", "syntax-error=error"])
        .assert()
        .code(1);
    place
        .whyslow(&["lint", "queries/a.sql", "--no-config"])
        .assert()
        .code(1);
    place
        .whyslow(&["lint", "queries/a.sql", "--exclude", "queries/**"])
        .assert()
        .code(0)
        .stdout("schema alone: nothing found\n");
}

#[test]
fn a_bad_configuration_is_exit_code_2_with_line_and_nearest_name() {
    for (config, told) in [
        ("shema = []", ":1:1"),
        ("shema = []", "did you mean \"schema\"?"),
        ("[rules]\nsintax-error = \"off\"\n", "whyslow.toml:2:1"),
        ("schema = [", "whyslow.toml:1"),
    ] {
        let place = Place::new(&[("whyslow.toml", config.as_bytes()), ("q.sql", b"SELECT 1;")]);
        place
            .whyslow(&["lint", "q.sql"])
            .assert()
            .code(2)
            .stdout("")
            .stderr(contains(told));
    }
}

#[test]
fn ignore_comments_hide_and_unused_ones_are_told() {
    let text = b"-- whyslow: ignore syntax-error (kept for a reason)\nSELECT FROM\n  WHERE;\n\
        SELECT FROM WHERE; -- whyslow: ignore syntax-error\n\
        -- whyslow: ignore syntax-error\nSELECT 1;\n\
        -- whyslow: ignore sintax-error\nSELECT 2;\n\
        -- whyslow: ignore\nSELECT '-- whyslow: ignore syntax-error';\n";
    let place = Place::new(&[("q.sql", text)]);
    let assert = place
        .whyslow(&["lint", "q.sql", "--format", "json"])
        .assert()
        .code(0);
    let found = findings(&assert.get_output().stdout);
    let lines: Vec<_> = found
        .iter()
        .map(|finding| {
            (
                finding["rule"].as_str().unwrap(),
                finding["line"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("unused-ignore", 5),
            ("unused-ignore", 7),
            ("unused-ignore", 9)
        ]
    );
    assert!(found[1]["why"].as_str().unwrap().contains("syntax-error"));

    let whole = b"SELECT FROM WHERE;\n/* whyslow: ignore-file syntax-error, unused-ignore */\nSELECT FROM WHERE;\n";
    let place = Place::new(&[("q.sql", whole)]);
    place
        .whyslow(&["lint", "q.sql", "--rule", "unused-ignore=off"])
        .assert()
        .code(0)
        .stdout(contains("nothing found"));
}

#[test]
fn real_output_validates_against_the_published_schema() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../docs/findings.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let place = Place::new(&[
        ("schema.sql", SCHEMA),
        (
            "q.sql",
            b"SELECT FROM WHERE;\nSELECT c.name FROM customers c LEFT JOIN addresses a ON a.customer_id = c.id;\n",
        ),
    ]);
    let assert = place
        .whyslow(&[
            "lint",
            "q.sql",
            "--schema",
            "schema.sql",
            "--format",
            "json",
        ])
        .assert()
        .code(1);
    let report: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let problems: Vec<String> = validator
        .iter_errors(&report)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(report["version"], 1);
    assert!(!validator.is_valid(
        &serde_json::json!({"version": 1, "findings": [{}], "statements": 0, "unparsed": 0})
    ));
}

#[test]
fn every_format_names_the_finding_and_its_place() {
    let place = Place::new(&[("a & b.sql", b"SELECT 1;\nSELECT '<b>' FROM WHERE;\n")]);
    for (format, file) in [
        ("terminal", "a & b.sql:2"),
        ("json", "\"a & b.sql\""),
        ("sarif", "\"a%20%26%20b.sql\""),
        ("github", "file=a & b.sql,line=2"),
        ("gitlab", "\"a & b.sql\""),
        ("junit", "a &amp; b.sql:2"),
        ("markdown", "`a & b.sql:2"),
        ("html", "a &amp; b.sql:2"),
    ] {
        place
            .whyslow(&["lint", "a & b.sql", "--format", format])
            .assert()
            .code(1)
            .stdout(contains(file).and(contains("syntax-error")));
    }
    place
        .whyslow(&["lint", "a & b.sql", "--format", "html"])
        .assert()
        .stdout(contains("<b>").not().and(contains("&lt;b&gt;")));
}

#[test]
fn a_fix_changes_only_what_it_must_and_is_done_at_once() {
    let before = "-- customers\r\nSELECT c.name -- the name\r\nFROM customers c\r\n\
        LEFT JOIN addresses a ON a.customer_id = c.id\r\nWHERE c.id > 5;\r\nSELECT 1;\r\n";
    let after = "-- customers\r\nSELECT c.name -- the name\r\nFROM customers c\r\nWHERE c.id > 5;\r\nSELECT 1;\r\n";
    let place = Place::new(&[("schema.sql", SCHEMA), ("q.sql", before.as_bytes())]);
    let lint = ["lint", "q.sql", "--schema", "schema.sql"];

    place
        .whyslow(&[lint.as_slice(), &["--diff"]].concat())
        .assert()
        .stdout(contains("-LEFT JOIN addresses a").and(contains("--- a/q.sql")));
    assert_eq!(place.read("q.sql"), before, "--diff writes nothing");

    place
        .whyslow(&[lint.as_slice(), &["--fix"]].concat())
        .assert()
        .code(0)
        .stderr(contains("1 fix applied in 1 file"));
    assert_eq!(place.read("q.sql"), after);

    place
        .whyslow(&[lint.as_slice(), &["--fix"]].concat())
        .assert()
        .code(0)
        .stderr("");
    assert_eq!(
        place.read("q.sql"),
        after,
        "a second run changes nothing more"
    );
}

#[test]
fn standard_input_is_read_and_its_fixed_text_is_printed() {
    let place = Place::new(&[("schema.sql", SCHEMA)]);
    let query = "SELECT c.name FROM customers c LEFT JOIN addresses a ON a.customer_id = c.id WHERE c.id > 5;\n";
    place
        .whyslow(&["lint", "-", "--schema", "schema.sql"])
        .write_stdin(query)
        .assert()
        .code(0)
        .stdout(contains("<stdin>:1:"));
    place
        .whyslow(&["lint", "-", "--schema", "schema.sql", "--fix"])
        .write_stdin(query)
        .assert()
        .code(0)
        .stdout(predicates::str::diff(
            "SELECT c.name FROM customers c WHERE c.id > 5;\n",
        ));
}

#[test]
fn the_schema_alone_can_be_checked_but_nothing_cannot() {
    let place = Place::new(&[("schema.sql", SCHEMA)]);
    place
        .whyslow(&["lint", "--schema", "schema.sql"])
        .assert()
        .code(0)
        .stdout("schema alone: nothing found\n");
    place
        .whyslow(&["lint"])
        .assert()
        .code(2)
        .stdout("")
        .stderr(contains("--schema"));
}

#[test]
fn a_schema_statement_that_cannot_be_read_is_told_once_and_the_rest_loads() {
    let place = Place::new(&[
        ("schema.sql", b"CREATE TABLE a (id int PRIMARY KEY);\nALTER TABLE missing ADD COLUMN x int;\nCREATE TABLE b (id int);\n"),
        ("q.sql", b"SELECT a.id FROM a JOIN b ON b.id = a.id WHERE a.id = 1;\n"),
    ]);
    let assert = place
        .whyslow(&[
            "lint",
            "q.sql",
            "--schema",
            "schema.sql",
            "--format",
            "json",
        ])
        .assert();
    let told: Vec<_> = findings(&assert.get_output().stdout)
        .into_iter()
        .filter(|finding| finding["rule"] == "schema-error")
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["file"], "schema.sql");
    assert_eq!(told[0]["line"], 2);
}

#[test]
fn completions_name_the_subcommands() {
    let place = Place::new(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        place
            .whyslow(&["completions", shell])
            .assert()
            .code(0)
            .stdout(contains("lint"));
    }
}
