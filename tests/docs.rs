//! The generated pages are those that the code generates today.

use std::fs;
use std::path::Path;

use whyslow::report::{findings_schema_text, rule_markdown, rules_index_markdown};
use whyslow::rules;

const REMEDY: &str = "run: cargo run -- rules --write-docs docs";

fn committed(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; {REMEDY}", path.display()))
}

#[test]
fn every_rule_has_its_page_as_it_is_now() {
    let infos: Vec<_> = rules::all().iter().map(|rule| rule.info()).collect();
    assert_eq!(
        committed("docs/rules/README.md"),
        rules_index_markdown(&infos),
        "{REMEDY}"
    );
    for info in &infos {
        let path = format!("docs/rules/{}.md", info.name);
        assert_eq!(
            committed(&path),
            rule_markdown(info),
            "{path} is stale; {REMEDY}"
        );
    }
    let pages = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules"))
        .unwrap()
        .count();
    assert_eq!(pages, infos.len() + 1, "a page without a rule; {REMEDY}");
}

#[test]
fn the_json_schema_is_that_of_the_types() {
    assert_eq!(
        committed("docs/findings.schema.json"),
        findings_schema_text(),
        "{REMEDY}"
    );
}

#[test]
fn every_rule_fills_the_fixed_sections() {
    for rule in rules::all() {
        let info = rule.info();
        let documentation = &info.documentation;
        for (section, text) in [
            ("summary", info.summary),
            ("what it does", documentation.what_it_does),
            ("why it is slow", documentation.why_it_is_slow),
            ("example", documentation.example),
            ("trade-off", documentation.trade_off),
            ("interview question", documentation.interview_question),
        ] {
            assert!(!text.trim().is_empty(), "{}: {section} is empty", info.name);
        }
        assert!(
            !documentation.good_answer.is_empty(),
            "{}: no good answer",
            info.name
        );
        assert!(
            info.name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c == '-'),
            "{} is not kebab-case",
            info.name
        );
    }
}

#[test]
fn the_readme_shows_what_lint_prints() {
    let readme = committed("README.md");
    let shown = readme
        .split("```text\n$ whyslow ")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("a block that starts with $ whyslow");
    let (command, expected) = shown.split_once('\n').unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_whyslow"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(command.split_whitespace())
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        expected,
        "the README is stale"
    );
}

#[test]
fn well_written_sample_queries_stay_silent() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_whyslow"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([
            "lint",
            "sample_queries/fine",
            "--schema",
            "sample_schemas/shop.sql",
            "--format",
            "json",
        ])
        .output()
        .unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let about_queries: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| !finding["statement"].is_null() && finding["severity"] != "info")
        .collect();
    assert!(about_queries.is_empty(), "{about_queries:#?}");
}
