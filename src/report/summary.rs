use super::text::counted;
use crate::rules::{FixKind, LintResult, Safety, Severity};

/// The one line that ends every run: `12 statements in 3 files: 1 warning, 2 notes (1 can be fixed with --fix)`.
pub(super) fn summary(result: &LintResult) -> String {
    let read = match result.files {
        0 => "schema alone".to_owned(),
        files => format!(
            "{} in {}",
            counted(result.statements, "statement", "statements"),
            counted(files, "file", "files"),
        ),
    };
    let parts: Vec<String> = [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Info, "note", "notes"),
    ]
    .into_iter()
    .map(|(severity, one, many)| (result.count(severity), one, many))
    .filter(|(number, ..)| *number > 0)
    .map(|(number, one, many)| counted(number, one, many))
    .collect();
    let found = if parts.is_empty() {
        "nothing found".to_owned()
    } else {
        parts.join(", ")
    };
    let fixable = result
        .findings
        .iter()
        .filter(|finding| {
            finding.fixes.iter().any(|fix| {
                fix.kind == FixKind::Rewrite
                    && fix.safety == Safety::Equivalent
                    && !fix.edits.is_empty()
            })
        })
        .count();
    match fixable {
        0 => format!("{read}: {found}"),
        number => format!("{read}: {found} ({number} can be fixed with --fix)"),
    }
}
