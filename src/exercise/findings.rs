use std::collections::BTreeSet;

use super::{Answer, Pack};
use crate::catalog::{Catalog, HandWrittenStatistics, load_schema};
use crate::rules::{Finding, LintOptions, lint};
use crate::source::SourceFile;

/// The rules that speak on the pack's query and schema no more, and those that still do, with an answer in place.
pub(super) fn gone_and_left(pack: &Pack, answer: &Answer) -> (Vec<String>, Vec<String>) {
    let before = rule_names(&findings(pack, "", &pack.query));
    let changes: String = answer
        .changes
        .iter()
        .map(|change| format!("{};\n", change.sql))
        .collect();
    let query = answer.query.as_deref().unwrap_or(&pack.query);
    let after = rule_names(&findings(pack, &changes, query));
    let gone = before.difference(&after).cloned().collect();
    (gone, after.into_iter().collect())
}

/// The name that a pack's query has in findings.
pub(super) const QUERY_FILE: &str = "query.sql";

/// What the linter says on a query, on the pack's schema with some changes.
pub(super) fn findings(pack: &Pack, changes: &str, query: &str) -> Vec<Finding> {
    let catalog = catalog(pack, changes);
    let file = SourceFile::new(QUERY_FILE, query);
    lint(&[file], &catalog, &LintOptions::default()).findings
}

/// The pack's schema with some changes, and the statistics of its data.
pub(super) fn catalog(pack: &Pack, changes: &str) -> Catalog {
    let mut catalog = load_schema(&[
        SourceFile::new("schema.sql", pack.schema.as_str()),
        SourceFile::new("answer.sql", changes),
    ]);
    if let Ok(statistics) = HandWrittenStatistics::from_toml(&pack.data) {
        // Names are checked where the pack is loaded; a changed schema may have others.
        let _ = catalog.apply_statistics(&statistics);
    }
    catalog
}

fn rule_names(findings: &[Finding]) -> BTreeSet<String> {
    findings
        .iter()
        .map(|finding| finding.rule.to_owned())
        .collect()
}
