use crate::rules::{Edit, Fix, FixKind, Safety};
use crate::source::SourceFile;

/// From so many edits on, the whole rewritten statement says more than their list.
const MANY_EDITS: usize = 4;

/// The lines that tell a reader what to do, and what it costs.
pub(super) fn describe(fix: &Fix, file: Option<&SourceFile>) -> Vec<String> {
    let head = match (fix.kind, fix.safety) {
        (FixKind::Rewrite, Safety::Equivalent) => "fix (same rows)",
        (_, Safety::Equivalent) => "fix",
        (_, Safety::Review) => "fix (to be reviewed)",
    };
    let body = match file {
        Some(file) if !fix.edits.is_empty() && fix.edits.len() < MANY_EDITS => fix
            .edits
            .iter()
            .map(|edit| edit_text(edit, file))
            .collect::<Vec<_>>()
            .join("\n"),
        _ => fix.sql.trim().trim_end_matches(';').to_owned() + ";",
    };
    let separator = if body.contains('\n') { ":\n" } else { ": " };
    let mut lines = vec![format!("{head}{separator}{body}")];
    lines.extend(trade_off(fix).map(|cost| format!("trade-off: {cost}")));
    lines
}

/// What the fix costs; nothing where it costs nothing.
pub(super) fn trade_off(fix: &Fix) -> Option<&str> {
    let cost = fix.tradeoff.trim();
    let free = cost
        .get(..4)
        .is_some_and(|word| word.eq_ignore_ascii_case("none"));
    (!cost.is_empty() && !free).then_some(cost)
}

fn edit_text(edit: &Edit, file: &SourceFile) -> String {
    let line = file.position(first_visible(edit, file)).line;
    let old = squeezed(file.slice(edit.span));
    let new = squeezed(&edit.replacement);
    if new.is_empty() {
        format!("delete {old} (line {line})")
    } else if old.is_empty() {
        format!("add {new} (line {line})")
    } else {
        format!("{new} instead of {old} (line {line})")
    }
}

fn first_visible(edit: &Edit, file: &SourceFile) -> usize {
    let old = file.slice(edit.span);
    edit.span.start + (old.len() - old.trim_start().len())
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn rewrite(edits: Vec<Edit>) -> Fix {
        Fix {
            kind: FixKind::Rewrite,
            sql: "SELECT 1 FROM a".to_owned(),
            safety: Safety::Equivalent,
            tradeoff: String::new(),
            edits,
        }
    }

    #[test]
    fn edits_are_told_with_their_line() {
        let file = SourceFile::new("q.sql", "SELECT 1 FROM a\n  LEFT JOIN b\n    ON true");
        let edit = Edit::delete(Span::new(15, 41));
        assert_eq!(
            describe(&rewrite(vec![edit]), Some(&file)),
            ["fix (same rows): delete LEFT JOIN b ON true (line 2)"]
        );
        let edit = Edit::replace(Span::new(7, 8), "2");
        assert_eq!(
            describe(&rewrite(vec![edit]), Some(&file)),
            ["fix (same rows): 2 instead of 1 (line 1)"]
        );
        assert_eq!(
            describe(&rewrite(Vec::new()), Some(&file)),
            ["fix (same rows): SELECT 1 FROM a;"]
        );
    }
}
