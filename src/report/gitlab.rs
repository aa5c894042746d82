use std::io::{self, Write};

use serde_json::{Value, json};

use super::fingerprint::Fingerprints;
use crate::rules::{Finding, LintResult, Severity};

/// Writes a GitLab code quality report.
pub(super) fn write(result: &LintResult, out: &mut dyn Write) -> io::Result<()> {
    let mut fingerprints = Fingerprints::default();
    let issues: Vec<Value> = result
        .findings
        .iter()
        .map(|finding| issue(finding, fingerprints.next(finding)))
        .collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}

fn issue(finding: &Finding, fingerprint: String) -> Value {
    // GitLab drops an issue without a path: one without a place belongs to the whole repository.
    let (path, begin, end) = match &finding.location {
        Some(location) => (
            location.file.path().trim_start_matches("./"),
            location.start().line,
            location.end().line,
        ),
        None => (".", 1, 1),
    };
    json!({
        "description": finding.message,
        "check_name": finding.rule,
        "fingerprint": fingerprint,
        "severity": match finding.severity {
            Severity::Error => "critical",
            Severity::Warning => "major",
            Severity::Info => "info",
        },
        "location": {"path": path, "lines": {"begin": begin, "end": end}},
    })
}
