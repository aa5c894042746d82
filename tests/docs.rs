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

/// The blocks of a page that start with `$ whyslow`: the command, and what it is said to print.
#[cfg(feature = "embedded")]
fn shown_commands(page: &str) -> Vec<(String, String)> {
    page.split("```text\n$ whyslow ")
        .skip(1)
        .filter_map(|rest| rest.split("```").next()?.split_once('\n'))
        .map(|(command, output)| (command.to_owned(), output.to_owned()))
        .collect()
}

/// Without what is another on each run: how long a search took.
#[cfg(feature = "embedded")]
fn without_times(text: &str) -> String {
    text.lines()
        .map(|line| match line.strip_prefix("found after ") {
            Some(_) => "found after …\n".to_owned(),
            None => format!("{line}\n"),
        })
        .collect()
}

#[cfg(feature = "embedded")]
#[test]
fn the_readme_shows_what_the_commands_print() {
    let shown = shown_commands(&committed("README.md"));
    assert!(shown.len() >= 5, "{} commands", shown.len());
    for (command, expected) in shown {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_whyslow"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(command.split_whitespace())
            .output()
            .unwrap();
        assert_eq!(
            without_times(&String::from_utf8_lossy(&output.stdout)),
            without_times(&expected),
            "the README is stale: whyslow {command}"
        );
    }
}

#[test]
fn well_written_sample_queries_stay_silent() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_whyslow"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([
            "lint",
            "sample_queries/fine/shop",
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
