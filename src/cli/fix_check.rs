use std::sync::Arc;
use std::time::Duration;

use super::output;
use crate::catalog::Catalog;
use crate::equivalence::{Checker, Options, Verdict};
use crate::source::SourceFile;

/// How long one rewrite is looked at.
const TIME_FOR_ONE: Duration = Duration::from_secs(5);
/// How many small databases one rewrite is tried on.
const DATABASES: u64 = 20_000;

/// Compares each rewrite with its original on small databases before it is written. The server starts with the first
/// rewrite, so a run without any does not wait for it.
pub(super) struct FixCheck<'a> {
    catalog: &'a Catalog,
    schema: &'a [Arc<SourceFile>],
    state: State<'a>,
}

enum State<'a> {
    NotStarted,
    Ready(Box<Checker<'a>>),
    /// Not wanted, or not to be had.
    Off,
}

impl<'a> FixCheck<'a> {
    /// A check that starts when it is needed, or none where the user wants none.
    pub(super) fn new(catalog: &'a Catalog, schema: &'a [Arc<SourceFile>], wanted: bool) -> Self {
        Self {
            catalog,
            schema,
            state: if wanted {
                State::NotStarted
            } else {
                State::Off
            },
        }
    }

    /// An error says what the rewrite changes.
    pub(super) fn check(&mut self, before: &str, after: &str) -> Result<(), String> {
        if matches!(self.state, State::NotStarted) {
            self.state = match Checker::embedded(self.catalog, self.schema) {
                Ok((checker, _)) => State::Ready(Box::new(checker)),
                Err(error) => {
                    output::note(format_args!(
                        "note: fixes rest on the schema alone, they were not tried on small databases: {error}"
                    ));
                    State::Off
                }
            };
        }
        let State::Ready(checker) = &mut self.state else {
            return Ok(());
        };
        let options = Options {
            timeout: TIME_FOR_ONE,
            max_databases: DATABASES,
            names: ("as it was".to_owned(), "fixed".to_owned()),
            ..Options::default()
        };
        match checker.compare(before, after, &options) {
            Ok(comparison) if comparison.verdict == Verdict::Different => {
                let why = comparison
                    .counterexample
                    .map(|counterexample| counterexample.why)
                    .or(comparison.reason);
                Err(format!(
                    "it would change the rows; please report this: {}",
                    why.unwrap_or_default()
                ))
            }
            // What the search cannot read (a write, a type that it has no values for) still has the rule's proof.
            Ok(_) | Err(_) => Ok(()),
        }
    }
}
