use std::path::Path;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{MANIFEST, Outcome, PackError};

/// `exercise.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub title: String,
    /// From 1 (easy) to 5.
    pub level: u8,
    pub minutes: u16,
    /// What has to be reached, in one line; shown to the candidate.
    pub goal: String,
    /// More for the candidate.
    #[serde(default)]
    pub story: String,
    /// What it is about; never shown to the candidate.
    #[serde(default)]
    pub topics: Vec<String>,
    /// The rules whose findings it is about.
    #[serde(default)]
    pub rules: Vec<String>,
    /// What the interviewer asks.
    pub questions: Vec<String>,
    /// What a good answer mentions.
    pub good_answer: Vec<String>,
    pub follow_ups: Vec<String>,
    /// What is seen at 0, 1, 2, 3 and 4 points.
    pub rubric: Vec<String>,
    /// Why it is slow, and what helps; shown by `reveal` and in the key.
    pub explanation: String,
    /// What the solution costs.
    pub trade_off: String,
    pub limits: Limits,
    #[serde(default)]
    pub measure: Measure,
    #[serde(default)]
    pub reference: Reference,
    #[serde(default)]
    pub database: Database,
    /// Values for the query's `$1`, `$2`, ...; the worst of them counts.
    #[serde(default)]
    pub parameters: Vec<Parameters>,
    /// Statements that must stay as quick as they are.
    #[serde(default)]
    pub guards: Vec<Guard>,
    pub hints: Vec<Hint>,
    #[serde(default)]
    pub wrong: Vec<WrongAnswer>,
    #[serde(default)]
    pub variant: VariantNames,
}

/// What an answer may cost.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Blocks (8 kB) that the query may read.
    pub blocks: u64,
    /// Number of new indexes.
    #[serde(default = "many")]
    pub indexes: usize,
    /// Size of the new indexes together.
    #[serde(default = "unlimited")]
    pub index_bytes: u64,
    /// Whether the query may be changed.
    #[serde(default = "yes")]
    pub rewrite: bool,
    /// What is allowed beside indexes, extended statistics, ANALYZE and VACUUM.
    #[serde(default)]
    pub allow: Vec<Allowance>,
}

fn many() -> usize {
    16
}

fn unlimited() -> u64 {
    1 << 40
}

fn yes() -> bool {
    true
}

/// DDL that a pack allows beside the usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Allowance {
    /// `ALTER TABLE ... ALTER COLUMN ... TYPE`.
    AlterColumnType,
    /// `CREATE MATERIALIZED VIEW`.
    MaterializedView,
}

/// What is run on the tables before blocks are counted.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Measure {
    pub vacuum: bool,
    pub analyze: bool,
}

impl Default for Measure {
    fn default() -> Self {
        Self {
            vacuum: true,
            analyze: true,
        }
    }
}

impl Measure {
    /// The statement to run, if any.
    pub fn maintenance(self) -> Option<&'static str> {
        match (self.vacuum, self.analyze) {
            (true, true) => Some("VACUUM (ANALYZE)"),
            (true, false) => Some("VACUUM"),
            (false, true) => Some("ANALYZE"),
            (false, false) => None,
        }
    }
}

/// What the rows of an answer are compared with.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reference {
    pub rows: ReferenceRows,
    /// Whether the answer has to agree on small databases of any content, too.
    pub small_databases: bool,
}

impl Default for Reference {
    fn default() -> Self {
        Self {
            rows: ReferenceRows::Query,
            small_databases: true,
        }
    }
}

/// Whose rows are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceRows {
    /// Those of the query as it is.
    Query,
    /// Those of the solution: the query is slow and wrong.
    Solution,
}

/// What the database has to be like.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// Its locale, where it is not C.
    pub locale: Option<String>,
}

/// One set of values for the query's placeholders.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    pub label: String,
    pub values: Vec<String>,
}

/// A statement that an answer must not make slow.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    pub file: String,
    /// Blocks that it may read.
    pub blocks: u64,
}

/// A step of the ladder of hints.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hint {
    pub text: String,
    /// Points that it costs.
    pub points: u32,
}

/// An answer that must not pass.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongAnswer {
    pub file: String,
    /// What `check` must say.
    pub verdict: Outcome,
    /// Why it is wrong, for the interviewer.
    pub why: String,
}

/// Other names for a variant of the pack, each with its alternatives.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VariantNames {
    /// Tables, columns, indexes.
    pub names: IndexMap<String, Vec<String>>,
    /// Values in quotes.
    pub values: IndexMap<String, Vec<String>>,
}

impl Manifest {
    /// Reads the text of a manifest; `pack` names it in errors.
    pub(super) fn parse(pack: &str, text: &str) -> Result<Self, PackError> {
        let manifest: Self = toml::from_str(text).map_err(|error| PackError::Toml {
            pack: pack.to_owned(),
            file: MANIFEST.to_owned(),
            line: error
                .span()
                .and_then(|span| text.get(..span.start))
                .map_or(1, |before| before.matches('\n').count() + 1),
            message: error.message().to_owned(),
        })?;
        match manifest.problem() {
            Some((key, problem)) => Err(PackError::Invalid {
                pack: pack.to_owned(),
                file: MANIFEST.to_owned(),
                key,
                problem,
            }),
            None => Ok(manifest),
        }
    }

    /// The first key whose value makes no sense, and why.
    fn problem(&self) -> Option<(String, String)> {
        let problem = |key: &str, problem: &str| Some((key.to_owned(), problem.to_owned()));
        if !(1..=5).contains(&self.level) {
            return problem("level", "must be from 1 to 5");
        }
        if !(1..=480).contains(&self.minutes) {
            return problem("minutes", "must be from 1 to 480");
        }
        if self.goal.trim().is_empty() || self.goal.contains('\n') {
            return problem("goal", "must be one line of text");
        }
        if !(3..=5).contains(&self.hints.len()) {
            return problem("hints", "there must be 3 to 5 of them");
        }
        if self.hints.iter().map(|hint| hint.points).sum::<u32>() > 100 {
            return problem("hints", "together they cost more than 100 points");
        }
        if self.hints.iter().any(|hint| hint.points == 0) {
            return problem("hints", "each has to cost points");
        }
        let lines = [
            &self.questions,
            &self.good_answer,
            &self.follow_ups,
            &self.rubric,
        ];
        if lines
            .into_iter()
            .flatten()
            .any(|line| line.trim().is_empty())
        {
            return problem(
                "questions, good_answer, follow_ups and rubric",
                "have an empty line",
            );
        }
        if self.rubric.len() != 5 {
            return problem(
                "rubric",
                "needs five lines: what is seen at 0, 1, 2, 3 and 4",
            );
        }
        for (key, lines) in [
            ("questions", &self.questions),
            ("good_answer", &self.good_answer),
            ("follow_ups", &self.follow_ups),
        ] {
            if lines.is_empty() {
                return problem(key, "needs at least one line");
            }
        }
        if self.limits.blocks == 0 {
            return problem("limits.blocks", "must be at least 1");
        }
        if let Some(first) = self.parameters.first()
            && self
                .parameters
                .iter()
                .any(|set| set.values.len() != first.values.len())
        {
            return problem("parameters", "each set needs the same number of values");
        }
        let files = self
            .wrong
            .iter()
            .map(|wrong| &wrong.file)
            .chain(self.guards.iter().map(|guard| &guard.file));
        for file in files {
            if Path::new(file).is_absolute() || file.contains("..") {
                return Some((
                    "file".to_owned(),
                    format!("{file} is outside of the pack's folder"),
                ));
            }
        }
        if self
            .wrong
            .iter()
            .any(|wrong| wrong.verdict == Outcome::Passed)
        {
            return problem("wrong.verdict", "an answer that passes is not wrong");
        }
        None
    }
}
