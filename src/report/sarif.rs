use std::io::{self, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::fingerprint::Fingerprints;
use super::rule_documentation::rule_markdown;
use crate::rules::{Edit, Finding, Fix, LintResult, RuleInfo, Safety, Severity, by_name};
use crate::source::{Location, SourceFile, Span};

/// What may stand bare in the path of a URI (RFC 3986).
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Writes SARIF 2.1.0 (OASIS), as code scanning services read it.
pub(super) fn write(result: &LintResult, out: &mut dyn Write) -> io::Result<()> {
    let mut rules: Vec<&RuleInfo> = Vec::new();
    let mut fingerprints = Fingerprints::default();
    let results: Vec<Value> = result
        .findings
        .iter()
        .map(|finding| {
            let index = rules
                .iter()
                .position(|rule| rule.name == finding.rule)
                .or_else(|| {
                    rules.push(by_name(finding.rule)?.info());
                    Some(rules.len() - 1)
                });
            result_of(finding, index, fingerprints.next(finding))
        })
        .collect();
    let document = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "whyslow",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| rule_of(rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn rule_of(rule: &RuleInfo) -> Value {
    json!({
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.documentation.what_it_does},
        "help": {"text": rule.documentation.why_it_is_slow, "markdown": rule_markdown(rule)},
        "defaultConfiguration": {"level": level(rule.severity)},
    })
}

fn result_of(finding: &Finding, rule_index: Option<usize>, fingerprint: String) -> Value {
    let mut text = finding.message.clone();
    for line in &finding.why {
        text.push('\n');
        text.push_str(line);
    }
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": {"text": text},
        "partialFingerprints": {"whyslow/v1": fingerprint},
        "locations": finding.location.iter().map(location_of).collect::<Vec<_>>(),
    });
    if let Some(index) = rule_index {
        result["ruleIndex"] = json!(index);
    }
    if let Some(location) = &finding.location {
        let fixes: Vec<Value> = finding
            .fixes
            .iter()
            .filter(|fix| fix.safety == Safety::Equivalent && !fix.edits.is_empty())
            .map(|fix| fix_of(fix, &location.file))
            .collect();
        if !fixes.is_empty() {
            result["fixes"] = json!(fixes);
        }
    }
    result
}

fn location_of(location: &Location) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(location.file.path())},
        "region": region(&location.file, location.span),
    }})
}

fn fix_of(fix: &Fix, file: &SourceFile) -> Value {
    let replacement = |edit: &Edit| {
        json!({
            "deletedRegion": region(file, edit.span),
            "insertedContent": {"text": edit.replacement},
        })
    };
    json!({
        "description": {"text": "rewrite that returns the same rows"},
        "artifactChanges": [{
            "artifactLocation": {"uri": uri(file.path())},
            "replacements": fix.edits.iter().map(replacement).collect::<Vec<_>>(),
        }],
    })
}

fn region(file: &SourceFile, span: Span) -> Value {
    let (start, end) = (file.position(span.start), file.position(span.end));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn uri(path: &str) -> String {
    utf8_percent_encode(&path.replace('\\', "/"), KEPT).to_string()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}
