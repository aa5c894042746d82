//! The report formats, each read back by what reads it elsewhere.

use assert_cmd::Command;
use quick_junit::Report;
use serde_json::Value;
use tempfile::TempDir;

const SCHEMA: &str = "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
    CREATE TABLE addresses (customer_id bigint PRIMARY KEY REFERENCES customers, city text NOT NULL);";
/// Names that every format has to escape in its own way.
const QUERIES: &str = "-- <script>alert('x & y')</script>\nSELECT FROM WHERE;\n\
    SELECT c.name AS \"]]><b>, %0A::error::\" FROM customers c LEFT JOIN addresses a ON a.customer_id = c.id;\n\
    SELECT nam FROM customers;\n";

fn place() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s.sql"), SCHEMA).unwrap();
    std::fs::write(folder.path().join("a & <b>.sql"), QUERIES).unwrap();
    folder
}

fn lint(format: &str) -> String {
    let folder = place();
    let output = Command::cargo_bin("whyslow")
        .unwrap()
        .current_dir(folder.path())
        .args([
            "lint",
            "a & <b>.sql",
            "--schema",
            "s.sql",
            "--format",
            format,
        ])
        .assert()
        .code(1)
        .get_output()
        .stdout
        .clone();
    String::from_utf8(output).unwrap()
}

fn findings() -> usize {
    let report: Value = serde_json::from_str(&lint("json")).unwrap();
    report["findings"].as_array().unwrap().len()
}

#[test]
fn sarif_is_valid_by_its_own_schema() {
    let schema: Value =
        serde_json::from_str(include_str!("fixtures/sarif-2.1.0.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let report: Value = serde_json::from_str(&lint("sarif")).unwrap();
    let problems: Vec<String> = validator
        .iter_errors(&report)
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect();
    assert_eq!(problems, Vec::<String>::new());
    let results = report["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), findings());
    let rules = report["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    for result in results {
        let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[at]["id"], result["ruleId"]);
    }
    // the check itself can fail
    assert!(!validator.is_valid(&serde_json::json!({"version": "2.1.0", "runs": [{}]})));
}

#[test]
fn junit_is_read_back() {
    let report = Report::deserialize_from_str(&lint("junit")).unwrap();
    let failures: usize = report.test_suites.iter().map(|suite| suite.failures).sum();
    assert!(failures >= 2, "{report:?}");
}

#[test]
fn gitlab_names_each_finding_once() {
    let report: Value = serde_json::from_str(&lint("gitlab")).unwrap();
    let issues = report.as_array().unwrap();
    assert_eq!(issues.len(), findings());
    let mut fingerprints: Vec<&str> = issues
        .iter()
        .map(|issue| issue["fingerprint"].as_str().unwrap())
        .collect();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), issues.len());
    for issue in issues {
        assert!(issue["location"]["lines"]["begin"].as_u64() > Some(0));
        let severity = issue["severity"].as_str().unwrap();
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity));
    }
}

#[test]
fn github_has_one_command_a_finding_and_no_other() {
    let text = lint("github");
    let commands = text.lines().filter(|line| line.starts_with("::"));
    assert_eq!(commands.count(), findings(), "{text}");
}

#[test]
fn html_and_markdown_take_no_tags_from_the_user() {
    let page = lint("html");
    assert!(
        page.starts_with("<!doctype html>") || page.starts_with("<!DOCTYPE html>"),
        "{page}"
    );
    for tag in ["<script", "<b>", "http://", "https://"] {
        assert!(!page.contains(tag), "{tag}");
    }
    let text = lint("markdown");
    assert!(!text.contains("<script>"), "{text}");
}
