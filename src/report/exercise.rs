//! What a candidate or an author sees of an exercise in the terminal.

use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};

use super::{Screen, without_control_characters};
use crate::exercise::{Hint, Pack, RowsVerdict, Verdict, VerifiedPack, WriteCost, bytes};
use crate::plan::units;

/// The table of `exercise list`.
pub fn exercise_list(packs: &[Pack], screen: Screen) -> String {
    let mut table = plain_table(screen);
    table.set_header(["exercise", "title", "level", "minutes"]);
    for pack in packs {
        let manifest = &pack.manifest;
        table.add_row([
            pack.name.clone(),
            without_control_characters(&manifest.title),
            manifest.level.to_string(),
            manifest.minutes.to_string(),
        ]);
    }
    for column in [2, 3] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!("{table}\n\nwhyslow exercise start NAME    opens a prompt on one of them")
}

/// What a candidate is asked to do.
pub fn task_text(pack: &Pack, screen: Screen) -> String {
    let manifest = &pack.manifest;
    let right = format!("{} minutes, level {}", manifest.minutes, manifest.level);
    let title = without_control_characters(&manifest.title);
    let gap = screen
        .width
        .saturating_sub(title.chars().count() + right.chars().count())
        .max(4);
    let mut text = format!("{title}{}{right}\n", " ".repeat(gap));
    for paragraph in [&manifest.goal, &manifest.story] {
        for line in paragraph.trim().lines() {
            let line = without_control_characters(line);
            text.push_str(&textwrap::fill(&line, screen.width));
            text.push('\n');
        }
    }
    text.push('\n');
    text.push_str(&without_control_characters(pack.query.trim()));
    text.push('\n');
    for parameters in &manifest.parameters {
        text.push_str(&without_control_characters(&format!(
            "  {}: {}\n",
            parameters.label,
            parameters.values.join(", ")
        )));
    }
    text
}

/// A step of the ladder of hints.
pub fn hint_text(number: usize, of: usize, hint: &Hint) -> String {
    let text = without_control_characters(hint.text.trim());
    format!("Hint {number} of {of} (-{} points): {text}", hint.points)
}

/// The solution and why it is one.
pub fn solution_text(pack: &Pack, screen: Screen) -> String {
    let manifest = &pack.manifest;
    let prose = |text: &str| {
        let text = without_control_characters(text.trim());
        textwrap::fill(&text, screen.width)
    };
    format!(
        "{}\n\n{}\n\n{}",
        prose(&manifest.explanation),
        without_control_characters(pack.solution.trim()),
        prose(&format!("What it costs: {}", manifest.trade_off.trim()))
    )
}

/// What `exercise check` says to a person.
pub fn write_verdict(verdict: &Verdict, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let rows = match verdict.rows {
        RowsVerdict::Same => "the same",
        RowsVerdict::Different => "different",
        RowsVerdict::Error => "none, a statement failed",
    };
    line(out, "rows", rows)?;
    if let Some(example) = &verdict.counterexample {
        write_counterexample(example, out)?;
    }
    if verdict.rows != RowsVerdict::Error {
        line(
            out,
            "blocks",
            &format!(
                "{} → {}        goal: {}",
                exact(verdict.blocks.before),
                exact(verdict.blocks.after),
                exact(verdict.blocks.goal)
            ),
        )?;
        let indexes = &verdict.indexes;
        if indexes.max_count > 0 || indexes.count > 0 {
            let size = if indexes.max_bytes < 1 << 40 {
                format!(", {} of {}", bytes(indexes.bytes), bytes(indexes.max_bytes))
            } else {
                format!(", {}", bytes(indexes.bytes))
            };
            line(
                out,
                "indexes",
                &match indexes.max_count {
                    0 => format!("{}, none allowed{size}", indexes.count),
                    most => format!("{} of {most} allowed{size}", indexes.count),
                },
            )?;
        }
        for guard in &verdict.guards {
            line(
                out,
                "also",
                &format!(
                    "{} reads {} of at most {} blocks",
                    guard.file,
                    exact(guard.blocks),
                    exact(guard.limit)
                ),
            )?;
        }
        for cost in &verdict.write_cost {
            line(out, "writes", &write_cost(cost))?;
        }
        if let Some(after) = verdict.milliseconds.after {
            line(
                out,
                "time",
                &format!(
                    "{} → {}, not graded",
                    units::milliseconds(verdict.milliseconds.before),
                    units::milliseconds(after)
                ),
            )?;
        }
    }
    write_findings(verdict, out)?;
    for (statement, because) in verdict.left_out.iter().zip(&verdict.left_out_because) {
        line(out, "left out", &format!("{statement}: {because}"))?;
    }
    let message = without_control_characters(&verdict.message);
    for part in message.lines() {
        let wrapped = textwrap::fill(
            part,
            textwrap::Options::new(screen.width)
                .initial_indent("  ")
                .subsequent_indent("  "),
        );
        writeln!(out, "{wrapped}")?;
    }
    write!(out, "  {} of {} points", verdict.points, verdict.max_points)?;
    match verdict.hint_points {
        0 => writeln!(out, " · no hint taken"),
        points => writeln!(out, " · {points} points for hints"),
    }
}

/// Which findings are gone, and which are left: by their names once the answer passes, since the name of a rule often is
/// the solution.
fn write_findings(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let (gone, left) = (&verdict.findings_gone, &verdict.findings_left);
    if verdict.passed {
        for (what, rules) in [("gone", gone), ("left", left)] {
            if !rules.is_empty() {
                line(out, what, &rules.join(", "))?;
            }
        }
    } else if !gone.is_empty() || !left.is_empty() {
        let counts = format!(
            "{} gone, {} left; named once the answer passes",
            gone.len(),
            left.len()
        );
        line(out, "findings", &counts)?;
    }
    Ok(())
}

fn write_cost(cost: &WriteCost) -> String {
    let percent = |before: f64, after: f64| {
        let change = (after / before.max(0.001) - 1.0) * 100.0;
        format!("{change:+.0} %")
    };
    format!(
        "inserting {} rows into {}: {} → {} blocks ({})",
        exact(cost.rows),
        cost.table,
        exact(cost.blocks_before),
        exact(cost.blocks_after),
        percent(cost.blocks_before as f64, cost.blocks_after as f64)
    )
}

fn line(out: &mut dyn Write, label: &str, text: &str) -> io::Result<()> {
    writeln!(out, "  {label:<11} {}", without_control_characters(text))
}

fn write_counterexample(example: &serde_json::Value, out: &mut dyn Write) -> io::Result<()> {
    let text = |key: &str| example.get(key).and_then(serde_json::Value::as_str);
    if let Some(setup) = text("setup") {
        for statement in setup.lines() {
            line(out, "with", statement)?;
        }
    }
    for (key, name) in [("a", "reference"), ("b", "yours")] {
        let rows = example
            .get(key)
            .and_then(|side| side.get("rows"))
            .and_then(serde_json::Value::as_array);
        if let Some(rows) = rows {
            let shown: Vec<String> = rows.iter().take(5).map(ToString::to_string).collect();
            let shown = if shown.is_empty() {
                "no rows".to_owned()
            } else {
                shown.join(" ")
            };
            line(out, name, &shown)?;
        }
    }
    Ok(())
}

/// The table of `exercise verify`: a line for each answer.
pub fn verify_table(pack: &Pack, runs: &[VerifiedPack], screen: Screen) -> String {
    let mut table = plain_table(screen);
    table.set_header([
        "answer",
        "must get",
        "got",
        "blocks",
        "goal",
        "seeds and runs",
    ]);
    let Some(first) = runs.first() else {
        return String::new();
    };
    let mut names: Vec<&str> = Vec::new();
    for answer in &first.answers {
        if !names.contains(&answer.answer.as_str()) {
            names.push(&answer.answer);
        }
    }
    for name in names {
        let all: Vec<_> = runs
            .iter()
            .flat_map(|run| &run.answers)
            .filter(|answer| answer.answer == name)
            .collect();
        let right = all.iter().filter(|answer| answer.is_right()).count();
        let mut got: Vec<&str> = all
            .iter()
            .map(|answer| answer.verdict.outcome.name())
            .collect();
        got.sort_unstable();
        got.dedup();
        let blocks = all.iter().map(|answer| answer.verdict.blocks.after);
        let (low, high) = (
            blocks.clone().min().unwrap_or_default(),
            blocks.max().unwrap_or_default(),
        );
        table.add_row([
            name.to_owned(),
            all.first()
                .and_then(|answer| answer.expected)
                .map_or("not passed", |expected| expected.name())
                .to_owned(),
            got.join(", "),
            if low == high {
                exact(low)
            } else {
                format!("{}–{}", exact(low), exact(high))
            },
            exact(pack.manifest.limits.blocks),
            if right == all.len() {
                format!("{right} of {} right", all.len())
            } else {
                format!("{right} of {} right: WRONG", all.len())
            },
        ]);
    }
    for column in [3, 4] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = table.to_string();
    for run in runs {
        for answer in run.answers.iter().filter(|answer| !answer.is_right()) {
            text.push_str(&format!(
                "\n{}, seed {}: {}",
                answer.answer, run.seed, answer.verdict.message
            ));
        }
    }
    text
}

fn plain_table(screen: Screen) -> Table {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_width(u16::try_from(screen.width).unwrap_or(100));
    table
}

/// A whole number with thousands separated.
pub fn exact(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
