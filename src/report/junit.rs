use std::io::{self, Write};

use indexmap::IndexMap;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::fix_text::describe;
use super::text::place;
use crate::rules::{Finding, LintResult, Severity};

/// Writes JUnit XML: one suite for each file, one case for each finding. Notes are passed cases.
pub(super) fn write(result: &LintResult, out: &mut dyn Write) -> io::Result<()> {
    let mut report = Report::new("whyslow");
    let mut suites: IndexMap<&str, TestSuite> = IndexMap::new();
    for finding in &result.findings {
        let path = finding
            .location
            .as_ref()
            .map_or("schema", |location| location.file.path());
        suites
            .entry(path)
            .or_insert_with(|| TestSuite::new(path))
            .add_test_case(case(finding));
    }
    if suites.is_empty() {
        let mut suite = TestSuite::new("lint");
        suite.add_test_case(TestCase::new("nothing found", TestCaseStatus::success()));
        suites.insert("lint", suite);
    }
    report.add_test_suites(suites.into_values());
    report.serialize(&mut *out).map_err(io::Error::other)?;
    writeln!(out)
}

fn case(finding: &Finding) -> TestCase {
    let name = format!("{} {}", finding.rule, place(finding));
    let details = details(finding);
    let mut case = if finding.severity == Severity::Info {
        let mut case = TestCase::new(name, TestCaseStatus::success());
        case.set_system_out(format!("{}\n{details}", finding.message));
        case
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status
            .set_type(finding.rule)
            .set_message(finding.message.as_str())
            .set_description(details);
        TestCase::new(name, status)
    };
    case.set_classname(finding.rule);
    case
}

fn details(finding: &Finding) -> String {
    let file = finding.location.as_ref().map(|location| &*location.file);
    let mut lines = vec![place(finding)];
    lines.extend(finding.why.iter().cloned());
    lines.extend(finding.fixes.iter().flat_map(|fix| describe(fix, file)));
    lines.join("\n")
}
