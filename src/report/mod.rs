//! Findings out: one file per format.

mod advice;
mod comparison;
mod diff;
mod document;
mod excerpt;
mod exercise;
mod explanation;
mod fingerprint;
mod fix_text;
mod github;
mod gitlab;
mod handout;
mod html;
mod json;
mod junit;
mod markdown;
mod rule_documentation;
mod sarif;
mod scorecard;
mod summary;
mod terminal;
mod text;

use std::io::{self, Write};

use crate::rules::LintResult;

pub use advice::{advice_json, write_advice};
pub use comparison::{ComparedPair, write_comparison, write_comparisons, write_why_not};
pub use diff::write_diff;
pub use document::Document;
pub use exercise::{
    exact, exercise_list, hint_text, solution_text, task_text, verify_table, write_verdict,
};
pub use explanation::{explanation_json, write_explanation};
pub use handout::{handout, handout_json, key, key_json, session_report};
pub use json::{FindingRecord, LintReport, findings_schema_text};
pub use rule_documentation::{rule_markdown, rules_index_markdown, rules_table};
pub use scorecard::{scorecard, scorecard_json};
pub use text::{counted, without_control_characters};

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people: source excerpts, notes, a summary line.
    Terminal,
    /// docs/findings.schema.json describes it.
    Json,
    /// Static Analysis Results Interchange Format 2.1.0.
    Sarif,
    /// GitHub workflow commands.
    Github,
    /// GitLab code quality.
    Gitlab,
    Junit,
    Markdown,
    /// One page without outside references.
    Html,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Terminal,
        Self::Json,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
        Self::Markdown,
        Self::Html,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Html => "html",
        }
    }

    /// By the name on the command line.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// What the reader's screen can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    pub colour: bool,
    /// In characters.
    pub width: usize,
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            colour: false,
            width: 100,
        }
    }
}

/// Writes what a lint run found.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn write_lint(
    result: &LintResult,
    format: Format,
    screen: Screen,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Terminal => terminal::write(result, screen, out),
        Format::Json => json::write(result, out),
        Format::Sarif => sarif::write(result, out),
        Format::Github => github::write(result, out),
        Format::Gitlab => gitlab::write(result, out),
        Format::Junit => junit::write(result, out),
        Format::Markdown => markdown::write(result, out),
        Format::Html => html::write(result, out),
    }
}
