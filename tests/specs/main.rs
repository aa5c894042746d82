//! One folder for each rule, one file for each case: tests/specs/RULE/NAME.sql (`spec.rs` says what is in it).

#[cfg(feature = "embedded")]
mod rows;
mod spec;

use spec::specs;
use whyslow::catalog::{HandWrittenStatistics, load_schema};
use whyslow::rules::{self, Finding, FixKind, LintOptions, Safety};
use whyslow::source::SourceFile;

use spec::Spec;

/// What the folder's rule finds in a case.
fn findings(spec: &Spec) -> Vec<Finding> {
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
    result
        .findings
        .into_iter()
        .filter(|finding| finding.rule == spec.rule)
        .collect()
}

#[test]
fn every_rule_finds_what_its_specs_say_and_nothing_in_the_near_misses() {
    let mut wrong = Vec::new();
    for spec in specs() {
        let shown = spec.path.display();
        let found = findings(&spec);
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

/// Rules whose near misses each come with rows that show the naive rewrite to be wrong.
const PROVEN: [&str; 8] = [
    "cartesian-join",
    "duplicate-join",
    "join-fan-out",
    "not-in-nullable",
    "outer-join-is-inner",
    "outer-join-never-unmatched",
    "redundant-inner-join",
    "redundant-outer-join",
];

#[test]
fn every_join_rule_has_fifteen_near_misses_with_rows() {
    for rule in PROVEN {
        let proven = specs()
            .iter()
            .filter(|spec| spec.rule == rule && !spec.expected)
            .filter(|spec| spec.rows.is_some() && !(spec.naive.is_empty() && spec.same.is_empty()))
            .count();
        assert!(proven >= 15, "{rule}: {proven} near misses with rows");
    }
}
