use super::{Evidence, Severity};

/// What is known of a rule before it runs.
#[derive(Debug)]
pub struct RuleInfo {
    /// Kebab-case; never changes meaning.
    pub name: &'static str,
    /// One line for the table of rules.
    pub summary: &'static str,
    /// The severity that most of its findings have.
    pub severity: Severity,
    /// The weakest evidence that suffices for a finding.
    pub evidence: Evidence,
    pub fix: FixAvailability,
    pub documentation: Documentation,
}

/// Whether findings come with a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixAvailability {
    Always,
    Sometimes,
    Never,
}

/// The fixed sections of a rule's documentation, in Markdown. A test runs the examples: `example_schema` is loaded, the
/// rule has to find something in `example` and nothing in `use_instead`, and the embedded server has to accept both.
#[derive(Debug)]
pub struct Documentation {
    pub what_it_does: &'static str,
    pub why_it_is_slow: &'static str,
    /// DDL that `example` and `use_instead` need.
    pub example_schema: &'static str,
    /// Statistics (TOML, as written by hand) without which the rule does not report `example`; mostly empty.
    pub example_statistics: &'static str,
    /// A statement (or DDL) that the rule reports.
    pub example: &'static str,
    /// A statement (or DDL) to use instead.
    pub use_instead: &'static str,
    pub trade_off: &'static str,
    /// What an interviewer would ask.
    pub interview_question: &'static str,
    /// What a good answer mentions, a point each.
    pub good_answer: &'static [&'static str],
}
