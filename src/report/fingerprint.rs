use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::rules::Finding;

/// Gives each finding a name that stays the same while other lines of its file change: made of rule, file, table,
/// columns and the text it marks. The second finding with the same parts gets another one.
#[derive(Debug, Default)]
pub(super) struct Fingerprints {
    seen: HashMap<String, usize>,
}

impl Fingerprints {
    pub(super) fn next(&mut self, finding: &Finding) -> String {
        let (path, marked) = finding.location.as_ref().map_or(("", ""), |location| {
            (location.file.path(), location.file.slice(location.span))
        });
        let mut hash = Sha256::new();
        let fixed = [
            finding.rule,
            path,
            marked,
            finding.relation.as_deref().unwrap_or(""),
            finding.table.as_deref().unwrap_or(""),
            finding.index.as_deref().unwrap_or(""),
        ];
        for part in fixed
            .into_iter()
            .chain(finding.columns.iter().map(String::as_str))
        {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let digest: String = hash.finalize()[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let seen = self.seen.entry(digest.clone()).or_default();
        *seen += 1;
        match *seen {
            1 => digest,
            again => format!("{digest}-{again}"),
        }
    }
}
