//! One folder for each rule, one file for each case: tests/specs/RULE/NAME.sql.
//!
//! A case starts with comments: what it shows, and `-- expect: found` or `-- expect: silent`, which speaks of the
//! folder's rule. DDL follows, then `-- query` and the statement. `-- statistics` before it starts a section of TOML,
//! each line behind `-- `.

use std::fs;
use std::path::{Path, PathBuf};

use whyslow::catalog::{HandWrittenStatistics, load_schema};
use whyslow::rules::{self, FixKind, LintOptions, Safety};
use whyslow::source::SourceFile;

struct Spec {
    path: PathBuf,
    rule: String,
    expected: bool,
    schema: String,
    statistics: String,
    query: String,
}

fn read(path: &Path) -> Spec {
    let text = fs::read_to_string(path).unwrap();
    let shown = path.display();
    let expected = text
        .lines()
        .find_map(|line| line.strip_prefix("-- expect: "))
        .unwrap_or_else(|| panic!("{shown}: no line `-- expect: found` or `-- expect: silent`"));
    let (before, query) = text
        .split_once("\n-- query\n")
        .unwrap_or_else(|| panic!("{shown}: no line `-- query`"));
    let (schema, statistics) = before
        .split_once("\n-- statistics\n")
        .unwrap_or((before, ""));
    Spec {
        path: path.to_owned(),
        rule: path
            .parent()
            .and_then(Path::file_name)
            .unwrap()
            .to_string_lossy()
            .into_owned(),
        expected: match expected {
            "found" => true,
            "silent" => false,
            other => panic!("{shown}: `{other}` is neither found nor silent"),
        },
        schema: schema.to_owned(),
        statistics: statistics
            .lines()
            .map(|line| line.trim_start_matches("--").trim_start())
            .collect::<Vec<_>>()
            .join("\n"),
        query: query.to_owned(),
    }
}

fn specs() -> Vec<Spec> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs");
    let mut files: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|folder| folder.unwrap().path())
        .filter(|folder| folder.is_dir())
        .flat_map(|folder| {
            fs::read_dir(folder)
                .unwrap()
                .map(|file| file.unwrap().path())
        })
        .filter(|file| file.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    files.sort();
    files.iter().map(|file| read(file)).collect()
}

#[test]
fn every_rule_finds_what_its_specs_say_and_nothing_in_the_near_misses() {
    let mut wrong = Vec::new();
    for spec in specs() {
        let shown = spec.path.display();
        assert!(
            rules::by_name(&spec.rule).is_some(),
            "{shown}: no rule is called {}",
            spec.rule
        );
        let mut catalog = load_schema(&[SourceFile::new("schema.sql", spec.schema.clone())]);
        assert!(
            catalog.problems.is_empty(),
            "{shown}: {:?}",
            catalog.problems
        );
        if !spec.statistics.is_empty() {
            let statistics = HandWrittenStatistics::from_toml(&spec.statistics).unwrap();
            catalog.apply_statistics(&statistics).unwrap();
        }
        let file = SourceFile::new("query.sql", spec.query.clone());
        let result = rules::lint(&[file], &catalog, &LintOptions::default());
        assert_eq!(result.unparsed, 0, "{shown}: the query cannot be read");
        let found: Vec<_> = result
            .findings
            .iter()
            .filter(|finding| finding.rule == spec.rule)
            .collect();
        if found.is_empty() == spec.expected {
            wrong.push(format!(
                "{shown}: expected {}",
                if spec.expected { "a finding" } else { "none" }
            ));
        }
        for fix in found.iter().flat_map(|finding| &finding.fixes) {
            let changed = fix.sql.split_whitespace().ne(spec.query.split_whitespace());
            if fix.kind == FixKind::Rewrite && fix.safety == Safety::Equivalent && !changed {
                wrong.push(format!("{shown}: the rewrite is the query itself"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_with_specs_has_positives_and_near_misses() {
    let mut by_rule = std::collections::BTreeMap::<String, (usize, usize)>::new();
    for spec in specs() {
        let (found, silent) = by_rule.entry(spec.rule).or_default();
        if spec.expected {
            *found += 1;
        } else {
            *silent += 1;
        }
    }
    for (rule, (found, silent)) in by_rule {
        assert!(found > 0, "{rule}: no case in which it finds something");
        assert!(silent > 0, "{rule}: no near miss");
    }
}
