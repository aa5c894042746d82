//! A second look at rewrites: does a fix keep the rows, and what is a join there for?

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::catalog::Catalog;
use crate::source::SourceFile;

use super::checker::Checker;
use super::comparison::{Comparison, Counterexample, Options, Verdict};
use super::error::CompareError;
use super::without_join::without_join;

/// Small databases that one rewrite is tried on at most.
const DATABASES: u64 = 20_000;

/// What a second look at a rewrite found.
#[derive(Debug, Clone)]
pub enum CheckedRewrite {
    /// The steps of the proof.
    Proved { steps: Vec<String> },
    /// No difference on so many small databases.
    NotRefuted { databases: u64 },
    /// The rewrite changes the rows: it must not be offered.
    Refuted(Box<Refutation>),
    /// It could not be looked at, and why.
    NotChecked(String),
}

impl CheckedRewrite {
    /// What speaks against offering the rewrite: that it is refuted. What the search cannot read (a write, a type that
    /// it has no values for) still has the proof of the rule that made it.
    pub fn objection(&self) -> Option<String> {
        match self {
            Self::Refuted(refutation) => Some(format!(
                "it would change the rows; please report this: {}",
                refutation.message()
            )),
            Self::Proved { .. } | Self::NotRefuted { .. } | Self::NotChecked(_) => None,
        }
    }
}

/// How a rewrite changes the rows.
#[derive(Debug, Clone)]
pub struct Refutation {
    /// One sentence.
    pub why: String,
    /// `None` where the results have different columns.
    pub counterexample: Option<Counterexample>,
}

impl Refutation {
    /// The sentence with the statements that make the rows.
    pub fn message(&self) -> String {
        match &self.counterexample {
            Some(example) if example.setup.is_empty() => {
                format!("{} (with all tables empty)", self.why)
            }
            Some(example) => format!(
                "{} (after {})",
                self.why,
                example
                    .setup
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
            ),
            None => self.why.clone(),
        }
    }
}

/// What a join is there for.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WhyNot {
    /// The relation as the statement calls it.
    pub alias: String,
    /// The statement without the join.
    pub without: String,
    /// What else changes with it, one sentence each: columns that are read elsewhere or become NULL, conditions that
    /// go with the join.
    pub changes: Vec<String>,
    /// The statement as it is (a) against the one without (b): `equal` means that the join may go.
    pub comparison: Comparison,
}

impl WhyNot {
    /// The answer in one sentence.
    pub fn sentence(&self) -> String {
        let alias = &self.alias;
        match self.comparison.verdict {
            Verdict::Equal => format!("{alias} may go: without it the rows are the same (proved)"),
            Verdict::Different => {
                let why = self
                    .comparison
                    .counterexample
                    .as_ref()
                    .map(|example| example.why.as_str())
                    .or(self.comparison.reason.as_deref())
                    .unwrap_or("the rows change");
                format!("{alias} may not go: {why}")
            }
            Verdict::NoDifferenceFound => format!(
                "{alias} seems to do nothing: without it the rows were the same on {} small databases, \
                 but that is no proof",
                self.comparison.databases
            ),
            Verdict::Nondeterministic => format!(
                "whether {alias} may go cannot be told: {}",
                self.comparison
                    .reason
                    .as_deref()
                    .unwrap_or("the statement does not agree with itself")
            ),
        }
    }
}

impl Checker<'_> {
    /// Whether a rewrite keeps the rows of a statement, as far as `limit` allows to tell.
    pub fn check_rewrite(&mut self, before: &str, after: &str, limit: Duration) -> CheckedRewrite {
        let options = Options {
            timeout: limit,
            max_databases: DATABASES,
            names: ("as it was".to_owned(), "rewritten".to_owned()),
            ..Options::default()
        };
        match self.compare(before, after, &options) {
            Ok(comparison) => match comparison.verdict {
                Verdict::Equal => CheckedRewrite::Proved {
                    steps: comparison.proof,
                },
                Verdict::Different => CheckedRewrite::Refuted(Box::new(Refutation {
                    why: comparison
                        .counterexample
                        .as_ref()
                        .map(|example| example.why.clone())
                        .or(comparison.reason)
                        .unwrap_or_default(),
                    counterexample: comparison.counterexample,
                })),
                Verdict::NoDifferenceFound => CheckedRewrite::NotRefuted {
                    databases: comparison.databases,
                },
                Verdict::Nondeterministic => {
                    CheckedRewrite::NotChecked(comparison.reason.unwrap_or_default())
                }
            },
            Err(error) => CheckedRewrite::NotChecked(error.to_string()),
        }
    }

    /// The smallest database on which leaving a join out of a statement changes the result, or that it may go.
    /// `alias` is the relation as the statement calls it.
    ///
    /// # Errors
    /// Where the statement has no such join, cannot be run on the schema, or the server fails.
    pub fn why_not(
        &mut self,
        statement: &str,
        alias: &str,
        options: &Options,
    ) -> Result<WhyNot, CompareError> {
        let without = without_join(statement, &options.names.0, alias, self.catalog())?;
        let options = Options {
            names: (
                "the statement".to_owned(),
                format!("the statement without {}", without.alias),
            ),
            ..options.clone()
        };
        let comparison = self.compare(statement, &without.sql, &options)?;
        Ok(WhyNot {
            alias: without.alias,
            without: without.sql,
            changes: without.changes,
            comparison,
        })
    }
}

/// A [`Checker`] that starts when it is first needed, so that a run without any rewrite does not wait for a server.
pub struct SecondLook<'a> {
    catalog: &'a Catalog,
    schema: &'a [Arc<SourceFile>],
    checker: State<'a>,
}

enum State<'a> {
    NotStarted,
    Ready(Box<Checker<'a>>),
    Failed(String),
}

impl<'a> SecondLook<'a> {
    /// Over a schema and the files that it was read from.
    pub fn new(catalog: &'a Catalog, schema: &'a [Arc<SourceFile>]) -> Self {
        Self {
            catalog,
            schema,
            checker: State::NotStarted,
        }
    }

    /// The checker; started with the first call.
    ///
    /// # Errors
    /// Why it does not start, each time.
    pub fn checker(&mut self) -> Result<&mut Checker<'a>, String> {
        if matches!(self.checker, State::NotStarted) {
            self.checker = match Checker::embedded(self.catalog, self.schema) {
                Ok((checker, _)) => State::Ready(Box::new(checker)),
                Err(error) => State::Failed(error.to_string()),
            };
        }
        match &mut self.checker {
            State::Ready(checker) => Ok(checker),
            State::Failed(error) => Err(error.clone()),
            State::NotStarted => Err("it was not started".to_owned()),
        }
    }

    /// As [`Checker::check_rewrite`]; not checked where there is no server.
    pub fn check(&mut self, before: &str, after: &str, limit: Duration) -> CheckedRewrite {
        match self.checker() {
            Ok(checker) => checker.check_rewrite(before, after, limit),
            Err(error) => CheckedRewrite::NotChecked(error),
        }
    }
}
