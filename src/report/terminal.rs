use std::io::{self, Write};

use codespan_reporting::diagnostic::{Diagnostic, Label, Severity as Level};
use codespan_reporting::files::{Error, SimpleFiles};
use codespan_reporting::term::termcolor::{Ansi, NoColor, WriteColor};
use codespan_reporting::term::{self, Config, Styles, StylesWriter};
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use indexmap::IndexMap;

use super::Screen;
use super::excerpt::Excerpt;
use super::fix_text::describe;
use super::summary::summary;
use super::text::{reasons, severity_name, without_control_characters};
use crate::rules::{Finding, LintResult, Severity};

/// The narrowest screen that text is wrapped for.
const NARROWEST: usize = 40;
/// What codespan-reporting puts before a source line or note, for line numbers of up to five digits.
const GUTTER: usize = 10;
/// From so many findings on, they are also counted by rule.
const MANY: usize = 8;

pub(super) fn write(result: &LintResult, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    if screen.colour {
        write_coloured(result, screen, &mut Ansi::new(out))
    } else {
        write_coloured(result, screen, &mut NoColor::new(out))
    }
}

fn write_coloured(result: &LintResult, screen: Screen, out: &mut dyn WriteColor) -> io::Result<()> {
    for finding in &result.findings {
        write_finding(finding, screen, out)?;
    }
    if result.findings.len() >= MANY {
        writeln!(out, "{}\n", counts_by_rule(result))?;
    }
    writeln!(out, "{}", summary(result))
}

/// Writes one finding: what is wrong, where, why, and what to do.
pub(super) fn write_finding(
    finding: &Finding,
    screen: Screen,
    out: &mut dyn WriteColor,
) -> io::Result<()> {
    let width = screen.width.max(NARROWEST);
    let styles = Styles::default();
    let config = Config::default();
    let mut diagnostic = Diagnostic::new(match finding.severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Info => Level::Note,
    })
    .with_code(finding.rule)
    .with_message(wrapped_message(finding, width));
    let mut notes = notes(finding);
    let excerpt = finding
        .location
        .as_ref()
        .map(|location| Excerpt::new(location, width.saturating_sub(GUTTER)));
    let label_text = finding.label.as_deref().map(without_control_characters);
    let mut writer = StylesWriter::new(out, &styles);
    let written = if let Some(excerpt) = &excerpt {
        let mut label = Label::primary((), excerpt.marked.clone());
        if let Some(text) = label_text {
            if excerpt.room_after_mark(width.saturating_sub(GUTTER)) >= text.chars().count() {
                label = label.with_message(text);
            } else {
                notes.insert(0, text);
            }
        }
        diagnostic = diagnostic
            .with_labels(vec![label])
            .with_notes(wrapped(notes, width));
        term::emit_to_write_style(&mut writer, &config, excerpt, &diagnostic)
    } else {
        notes.splice(0..0, label_text);
        let no_files: SimpleFiles<&str, &str> = SimpleFiles::new();
        let diagnostic: Diagnostic<usize> = Diagnostic::new(diagnostic.severity)
            .with_code(finding.rule)
            .with_message(diagnostic.message)
            .with_notes(wrapped(notes, width));
        term::emit_to_write_style(&mut writer, &config, &no_files, &diagnostic)
    };
    written.map_err(|error| match error {
        Error::Io(error) => error,
        other => io::Error::other(other),
    })
}

fn wrapped_message(finding: &Finding, width: usize) -> String {
    let head = severity_name(finding.severity).len() + finding.rule.len() + 4;
    let indent = " ".repeat(head);
    let options = textwrap::Options::new(width)
        .initial_indent(&indent)
        .subsequent_indent("  ")
        .break_words(false);
    textwrap::fill(&without_control_characters(&finding.message), options)
        .trim_start()
        .to_owned()
}

fn notes(finding: &Finding) -> Vec<String> {
    let mut notes = reasons(finding);
    for fix in &finding.fixes {
        notes.extend(describe(
            fix,
            finding.location.as_ref().map(|place| &*place.file),
        ));
    }
    notes
        .iter()
        .map(|note| without_control_characters(note))
        .collect()
}

fn wrapped(notes: Vec<String>, width: usize) -> Vec<String> {
    let options = textwrap::Options::new(width.saturating_sub(GUTTER)).break_words(false);
    notes
        .iter()
        .map(|note| textwrap::fill(note, &options))
        .collect()
}

fn counts_by_rule(result: &LintResult) -> String {
    let mut counts: IndexMap<&str, [usize; 3]> = IndexMap::new();
    for finding in &result.findings {
        let column = match finding.severity {
            Severity::Error => 0,
            Severity::Warning => 1,
            Severity::Info => 2,
        };
        counts.entry(finding.rule).or_default()[column] += 1;
    }
    counts.sort_by(|a, one, b, other| other.cmp(one).then(a.cmp(b)));
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_header(["rule", "errors", "warnings", "notes"]);
    for (rule, numbers) in counts {
        let mut row = vec![rule.to_owned()];
        row.extend(numbers.iter().map(|number| match number {
            0 => "–".to_owned(),
            number => number.to_string(),
        }));
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}
