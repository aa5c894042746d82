use std::collections::HashSet;
use std::sync::Arc;

use super::engine::{Scope, lint_scope};
use super::{Finding, Fix, FixKind, LintOptions, LintResult, Safety};
use crate::catalog::Catalog;
use crate::rewrite::{Edit, apply_edits};
use crate::source::{self, SourceFile, Span, StatementText};

/// Each pass applies at most one rewrite to a statement; a statement that is not done by then goes round in circles.
const MOST_PASSES: usize = 50;

/// A second opinion on a rewrite, before it is written: statement before, statement after. An error says why not.
pub type RewriteCheck<'a> = dyn FnMut(&str, &str) -> Result<(), String> + 'a;

/// What came of applying fixes.
#[derive(Debug, Default)]
pub struct FixResult {
    /// The files that changed: as they were, and their new text.
    pub changed: Vec<(Arc<SourceFile>, String)>,
    /// Number of rewrites applied.
    pub applied: usize,
    /// Rewrites that the check refused.
    pub refused: Vec<RefusedFix>,
}

/// A rewrite that was not applied.
#[derive(Debug, Clone)]
pub struct RefusedFix {
    pub rule: &'static str,
    pub path: String,
    /// Line of the statement, from 1, as the file stood when it was refused.
    pub line: usize,
    pub reason: String,
}

/// Applies the rewrites that are marked [`Safety::Equivalent`]. After each round the files are analysed again, as one
/// rewrite may take away what another rested on, until no more is found.
pub fn fix(
    files: &[Arc<SourceFile>],
    catalog: &Catalog,
    options: &LintOptions,
    check: &mut RewriteCheck<'_>,
) -> FixResult {
    let mut outcome = FixResult::default();
    let mut refused = HashSet::new();
    let first = lint_scope(files, catalog, options, Scope::Statements, None);
    for file in files {
        let has_rewrite = first.findings.iter().any(|finding| {
            in_statement(finding, file, Span::new(0, file.text().len()))
                && finding.fixes.iter().any(|fix| !fix.edits.is_empty())
        });
        if !has_rewrite {
            continue;
        }
        let mut current = Arc::clone(file);
        for _ in 0..MOST_PASSES {
            let alone = std::slice::from_ref(&current);
            let found = lint_scope(alone, catalog, options, Scope::Statements, None);
            let Some(text) = one_pass(&current, &found, check, &mut refused, &mut outcome) else {
                break;
            };
            current = SourceFile::new(file.path(), text);
        }
        if current.text() != file.text() {
            outcome
                .changed
                .push((Arc::clone(file), current.text().to_owned()));
        }
    }
    outcome
}

/// The text after one rewrite for each statement; `None` where nothing was left to do.
fn one_pass(
    file: &Arc<SourceFile>,
    found: &LintResult,
    check: &mut RewriteCheck<'_>,
    refused: &mut HashSet<(&'static str, String)>,
    outcome: &mut FixResult,
) -> Option<String> {
    let mut edits: Vec<Edit> = Vec::new();
    let statements = source::split(file);
    let comments = source::comments(file);
    for statement in &statements {
        let candidates = found
            .findings
            .iter()
            .filter(|finding| in_statement(finding, file, statement.span))
            .flat_map(|finding| finding.fixes.iter().map(move |fix| (finding, fix)))
            .filter(|(_, fix)| is_applicable(fix, statement.span));
        for (finding, fix) in candidates {
            let key = (finding.rule, statement.text().to_owned());
            if refused.contains(&key) {
                continue;
            }
            let Some(tidy) = tidied(file, &comments, statement, &fix.edits) else {
                continue;
            };
            let Some(after) = statement_after(file, statement.span, &tidy) else {
                continue;
            };
            if let Err(reason) = check(statement.text(), &after) {
                refused.insert(key);
                outcome.refused.push(RefusedFix {
                    rule: finding.rule,
                    path: file.path().to_owned(),
                    line: file.position(statement.span.start).line,
                    reason,
                });
                continue;
            }
            outcome.applied += 1;
            edits.extend(tidy);
            break;
        }
    }
    if edits.is_empty() {
        return None;
    }
    apply_edits(file.text(), 0, &edits).filter(|text| text != file.text())
}

fn in_statement(finding: &Finding, file: &Arc<SourceFile>, statement: Span) -> bool {
    finding.location.as_ref().is_some_and(|location| {
        location.file.path() == file.path() && statement.contains(location.span)
    })
}

fn is_applicable(fix: &Fix, statement: Span) -> bool {
    fix.kind == FixKind::Rewrite
        && fix.safety == Safety::Equivalent
        && !fix.edits.is_empty()
        && fix.edits.iter().all(|edit| statement.contains(edit.span))
}

/// The statement once the edits are made; edits may reach over its end to take white space along.
fn statement_after(file: &SourceFile, statement: Span, edits: &[Edit]) -> Option<String> {
    let end = edits
        .iter()
        .map(|edit| edit.span.end)
        .fold(statement.end, usize::max);
    let start = edits
        .iter()
        .map(|edit| edit.span.start)
        .fold(statement.start, usize::min);
    apply_edits(file.slice(Span::new(start, end)), start, edits)
}

/// The edits with the lines that they would leave blank taken along, where that keeps them apart from each other.
fn tidied(
    file: &SourceFile,
    comments: &[Span],
    statement: &StatementText,
    edits: &[Edit],
) -> Option<Vec<Edit>> {
    let wider: Vec<Edit> = edits
        .iter()
        .map(|edit| without_blank_line(file.text(), comments, edit))
        .collect();
    [wider, edits.to_vec()]
        .into_iter()
        .find(|edits| statement_after(file, statement.span, edits).is_some())
}

fn without_blank_line(text: &str, comments: &[Span], edit: &Edit) -> Edit {
    let unchanged = || edit.clone();
    if !edit.replacement.trim().is_empty() || edit.span.is_empty() {
        return unchanged();
    }
    let (Some(before), Some(after)) = (text.get(..edit.span.start), text.get(edit.span.end..))
    else {
        return unchanged();
    };
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    if !before[line_start..].trim().is_empty() {
        return unchanged();
    }
    let line_end = after.find('\n').map_or(after.len(), |at| at + 1);
    if after[..line_end].trim().is_empty() {
        return Edit::delete(Span::new(line_start, edit.span.end + line_end));
    }
    // What follows moves up to the end of the line before, unless a comment there would swallow it.
    let kept = before.trim_end().len();
    let swallowed = comments.iter().any(|comment| {
        comment.start < kept && kept <= comment.end && text[comment.start..].starts_with("--")
    });
    let follows = after.trim_start_matches([' ', '\t']);
    if swallowed || kept == 0 || !follows.starts_with([';', ')', ',']) {
        return unchanged();
    }
    let end = edit.span.end + (after.len() - follows.len());
    Edit::delete(Span::new(kept, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(text: &str, deleted: &str) -> String {
        let start = text.find(deleted).unwrap();
        let file = SourceFile::new("q.sql", text);
        let edit = Edit::delete(Span::new(start, start + deleted.len()));
        let edit = without_blank_line(text, &source::comments(&file), &edit);
        apply_edits(text, 0, &[edit]).unwrap()
    }

    #[test]
    fn no_blank_line_is_left_and_no_comment_swallows_code() {
        assert_eq!(
            without("FROM a\n  JOIN b\nWHERE x", "JOIN b"),
            "FROM a\nWHERE x"
        );
        assert_eq!(
            without("FROM a\r\n  JOIN b\r\nWHERE x", "JOIN b"),
            "FROM a\r\nWHERE x"
        );
        assert_eq!(without("FROM a\n  JOIN b;\n", "JOIN b"), "FROM a;\n");
        assert_eq!(
            without("FROM a -- c\n  JOIN b;\n", "JOIN b"),
            "FROM a -- c\n  ;\n"
        );
        assert_eq!(
            without("FROM a JOIN b WHERE x", "JOIN b"),
            "FROM a  WHERE x"
        );
        assert_eq!(
            without("FROM a\n JOIN b -- d\nWHERE x", "JOIN b"),
            "FROM a\n  -- d\nWHERE x"
        );
    }
}
