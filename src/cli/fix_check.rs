use std::sync::Arc;
use std::time::Duration;

use super::output;
use crate::catalog::Catalog;
use crate::equivalence::SecondLook;
use crate::source::SourceFile;

/// How long one rewrite is looked at.
const TIME_FOR_ONE: Duration = Duration::from_secs(5);

/// Compares each rewrite with its original on small databases before it is written.
pub(super) struct FixCheck<'a> {
    /// `None` where the user wants none.
    look: Option<SecondLook<'a>>,
}

impl<'a> FixCheck<'a> {
    /// A check that starts when it is needed, or none where the user wants none.
    pub(super) fn new(catalog: &'a Catalog, schema: &'a [Arc<SourceFile>], wanted: bool) -> Self {
        Self {
            look: wanted.then(|| SecondLook::new(catalog, schema)),
        }
    }

    /// An error says what the rewrite changes.
    pub(super) fn check(&mut self, before: &str, after: &str) -> Result<(), String> {
        let Some(look) = &mut self.look else {
            return Ok(());
        };
        if let Err(error) = look.checker() {
            output::note(format_args!(
                "note: fixes rest on the schema alone, they were not tried on small databases: {error}"
            ));
            self.look = None;
            return Ok(());
        }
        match look.check(before, after, TIME_FOR_ONE).objection() {
            Some(objection) => Err(objection),
            None => Ok(()),
        }
    }
}
