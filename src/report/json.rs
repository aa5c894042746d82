use std::io::{self, Write};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::{Evidence, Finding, Fix, LintResult, Severity};

/// What `lint --format json` prints.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct LintReport {
    /// Of this format: 1.
    pub version: u32,
    /// Ordered by file and position.
    pub findings: Vec<FindingRecord>,
    /// Number of statements read, the unparsed ones included.
    pub statements: usize,
    /// Number of statements that could not be read.
    pub unparsed: usize,
}

/// One finding. Lines and columns count from 1, columns in characters; the end is the first column after it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct FindingRecord {
    pub rule: String,
    pub severity: Severity,
    pub evidence: Evidence,
    /// As it was named on the command line; null where the finding has no place in a file.
    pub file: Option<String>,
    pub line: Option<usize>,
    pub column: Option<usize>,
    pub end_line: Option<usize>,
    pub end_column: Option<usize>,
    /// Number of the statement in its file, from 1.
    pub statement: Option<usize>,
    /// The alias as the query writes it; the table's name where there is none.
    pub relation: Option<String>,
    /// `schema.table`.
    pub table: Option<String>,
    pub columns: Vec<String>,
    /// The existing index that the finding is about.
    pub index: Option<String>,
    pub message: String,
    /// Why it is slow, and how that is known; one statement a line.
    pub why: String,
    /// Numbers and names behind the message.
    pub facts: IndexMap<String, serde_json::Value>,
    pub fixes: Vec<Fix>,
}

impl From<&Finding> for FindingRecord {
    fn from(finding: &Finding) -> Self {
        let location = finding.location.as_ref();
        let (start, end) = (
            location.map(|location| location.start()),
            location.map(|location| location.end()),
        );
        Self {
            rule: finding.rule.to_owned(),
            severity: finding.severity,
            evidence: finding.evidence,
            file: location.map(|location| location.file.path().to_owned()),
            line: start.map(|position| position.line),
            column: start.map(|position| position.column),
            end_line: end.map(|position| position.line),
            end_column: end.map(|position| position.column),
            statement: finding.statement,
            relation: finding.relation.clone(),
            table: finding.table.clone(),
            columns: finding.columns.clone(),
            index: finding.index.clone(),
            message: finding.message.clone(),
            why: finding.why.join("\n"),
            facts: finding.facts.clone(),
            fixes: finding.fixes.clone(),
        }
    }
}

impl From<&LintResult> for LintReport {
    fn from(result: &LintResult) -> Self {
        Self {
            version: 1,
            findings: result.findings.iter().map(FindingRecord::from).collect(),
            statements: result.statements,
            unparsed: result.unparsed,
        }
    }
}

/// The JSON Schema of [`LintReport`]: docs/findings.schema.json.
pub fn findings_schema_text() -> String {
    let schema = serde_json::to_value(schemars::schema_for!(LintReport)).unwrap_or_default();
    format!("{schema:#}\n")
}

pub(super) fn write(result: &LintResult, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &LintReport::from(result))?;
    writeln!(out)
}
