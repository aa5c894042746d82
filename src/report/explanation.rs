//! What `explain` found: plan, findings, what was tried.

use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table};
use serde_json::{Value, json};

use super::Screen;
use super::json::FindingRecord;
use super::text::{place, reasons, without_control_characters};
use crate::explain::{Attempt, AttemptRows, Explanation, Figures, ServerName, StatisticsSource};
use crate::plan::{Figures as PlanFigures, Plan, PlanTree, units};
use crate::rules::{FixKind, Severity};

/// Writes an explanation for people. `apply` is the label of the attempt whose plan is shown as well.
///
/// # Errors
/// Those of the writer.
pub fn write_explanation(
    out: &mut dyn Write,
    explanation: &Explanation,
    screen: Screen,
    apply: Option<&str>,
    table_rows: &dyn Fn(&str, &str) -> Option<f64>,
) -> io::Result<()> {
    writeln!(out, "{}", heading(explanation))?;
    write_plan(out, &explanation.plan, screen, table_rows)?;
    write_findings(out, explanation, screen)?;
    write_attempts(out, explanation, screen)?;
    if let Some(label) = apply
        && let Some(Attempt {
            outcome: Ok(tried),
            sql,
            ..
        }) = explanation
            .attempts
            .iter()
            .find(|attempt| attempt.label == label)
    {
        writeln!(
            out,
            "\nPlan with {label}: {}",
            shortened(sql, screen.width.saturating_sub(14))
        )?;
        write_plan(out, &tried.plan, screen, table_rows)?;
    }
    Ok(())
}

fn heading(explanation: &Explanation) -> String {
    let environment = &explanation.environment;
    if environment.server == ServerName::File {
        let run =
            if explanation.figures.milliseconds.is_some() || explanation.figures.blocks.is_some() {
                "run where it was made"
            } else {
                "planned, not run"
            };
        return format!("Plan from a file, {run}");
    }
    let server = match environment.server {
        ServerName::Embedded => "embedded",
        ServerName::Live => "live",
        ServerName::File => "file",
    };
    let rest = match (environment.statistics, explanation.figures.blocks.is_some()) {
        (StatisticsSource::Generated, true) => "run on generated rows".to_owned(),
        (StatisticsSource::Generated, false) => {
            "planned on generated rows, not run to its end".to_owned()
        }
        (StatisticsSource::Snapshot, _) => "statistics from a file, nothing was run".to_owned(),
        (StatisticsSource::Live, true) => {
            "run on the live server in a read-only transaction".to_owned()
        }
        (StatisticsSource::Live, false) => {
            "the live server's statistics, nothing was run".to_owned()
        }
    };
    format!(
        "Plan, PostgreSQL {} ({server}), {rest}",
        environment.server_version
    )
}

fn write_plan(
    out: &mut dyn Write,
    plan: &Value,
    screen: Screen,
    table_rows: &dyn Fn(&str, &str) -> Option<f64>,
) -> io::Result<()> {
    match Plan::from_json(plan) {
        Ok(plan) => {
            let figures = PlanFigures::of(&plan);
            let tree = PlanTree::of(&plan, &figures, &|node| {
                let table = node.relation.as_deref()?;
                table_rows(node.schema.as_deref().unwrap_or("public"), table)
            });
            for line in tree.to_text(screen.width.saturating_sub(2)).lines() {
                writeln!(out, "  {}", without_control_characters(line))?;
            }
            Ok(())
        }
        Err(error) => writeln!(out, "  the plan cannot be shown: {error}"),
    }
}

fn write_findings(
    out: &mut dyn Write,
    explanation: &Explanation,
    screen: Screen,
) -> io::Result<()> {
    let shown: Vec<_> = explanation.findings.iter().collect();
    if shown.is_empty() {
        return writeln!(
            out,
            "\nNothing stands out: no rule has anything to say about this query."
        );
    }
    let slow = shown
        .iter()
        .any(|finding| finding.severity > Severity::Info);
    writeln!(
        out,
        "\n{}",
        if slow {
            "Why it is slow"
        } else {
            "Worth knowing"
        }
    )?;
    for (number, finding) in shown.iter().enumerate() {
        let head = format!("{:>3}. ", number + 1);
        let indent = " ".repeat(head.len());
        let fill = |text: &str, first: &str| {
            let options = textwrap::Options::new(screen.width)
                .initial_indent(first)
                .subsequent_indent(&indent)
                .word_splitter(textwrap::WordSplitter::NoHyphenation)
                .break_words(false);
            textwrap::fill(&without_control_characters(text), options)
        };
        writeln!(
            out,
            "{}",
            fill(
                &format!("{} ({}, {})", finding.message, place(finding), finding.rule),
                &head
            )
        )?;
        for reason in reasons(finding) {
            writeln!(out, "{}", fill(&reason, &indent))?;
        }
        let tried = |sql: &str| {
            explanation
                .attempts
                .iter()
                .any(|attempt| attempt.sql == sql)
        };
        for fix in finding.fixes.iter().filter(|fix| !tried(&fix.sql)) {
            let sql = format!("not tried: {}", shortened(&fix.sql, 300));
            writeln!(out, "{}", fill(&sql, &indent))?;
        }
    }
    Ok(())
}

fn write_attempts(
    out: &mut dyn Write,
    explanation: &Explanation,
    screen: Screen,
) -> io::Result<()> {
    if explanation.attempts.is_empty() {
        return Ok(());
    }
    let measured = explanation.figures.blocks.is_some();
    let best = best(explanation);
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(screen.width).unwrap_or(100));
    let mut header = vec!["", "What was tried", "cost"];
    if measured {
        header.extend(["blocks", "time"]);
    }
    header.extend(["index size", ""]);
    table.set_header(header);
    let width = table.column_count();
    for column in 2..width - 1 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let mut row = vec![String::new(), "as it is".to_owned()];
    row.extend(cells(explanation.figures, measured));
    row.extend(["–".to_owned(), String::new()]);
    table.add_row(row);
    for attempt in &explanation.attempts {
        let mut row = vec![
            attempt.label.clone(),
            without_control_characters(&change(attempt)),
        ];
        match &attempt.outcome {
            Ok(tried) => {
                row.extend(cells(tried.figures, measured));
                row.push(tried.index_bytes.map_or_else(|| "–".to_owned(), bytes));
                let mark = if best == Some(attempt.label.as_str()) {
                    "← best"
                } else {
                    ""
                };
                row.push(match (&tried.rows, tried.index_used) {
                    (AttemptRows::Same(rows), _) => {
                        format!("same {} {mark}", units::rows(*rows as f64))
                    }
                    (AttemptRows::Different(how), _) => format!("other rows: {how}"),
                    (AttemptRows::NotCompared, Some(false)) => "not used".to_owned(),
                    _ => mark.to_owned(),
                });
            }
            Err(error) => {
                row.extend(vec!["–".to_owned(); if measured { 4 } else { 2 }]);
                row.push(without_control_characters(&shortened(error, 60)));
            }
        }
        table.add_row(row);
    }
    writeln!(out)?;
    for line in table.to_string().lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    let sized = explanation
        .attempts
        .iter()
        .any(|attempt| matches!(&attempt.outcome, Ok(tried) if tried.index_bytes.is_some()));
    let source = match (measured, sized) {
        (true, true) => {
            "Cost is the planner's estimate; blocks of 8 kB, time and index size are measured."
        }
        (true, false) => "Cost is the planner's estimate; blocks of 8 kB and time are measured.",
        (false, true) => "Cost and index size are the planner's estimates; nothing was run.",
        (false, false) => "Cost is the planner's estimate; nothing was run.",
    };
    writeln!(out, "{}", textwrap::fill(source, screen.width))?;
    let Some(attempt) = best.and_then(|label| {
        explanation
            .attempts
            .iter()
            .find(|attempt| attempt.label == label)
    }) else {
        return Ok(());
    };
    write_best(out, explanation, attempt, screen)
}

/// What to type for the best change, and what it costs.
fn write_best(
    out: &mut dyn Write,
    explanation: &Explanation,
    attempt: &Attempt,
    screen: Screen,
) -> io::Result<()> {
    let label = &attempt.label;
    writeln!(out, "\nTo do {label}:")?;
    let sql = without_control_characters(attempt.sql.trim_end().trim_end_matches(';'));
    for line in sql.lines() {
        writeln!(out, "    {line}")?;
    }
    let fix = attempt
        .finding
        .and_then(|number| explanation.findings.get(number))
        .and_then(|finding| finding.fixes.iter().find(|fix| fix.sql == attempt.sql))
        .filter(|fix| !fix.tradeoff.starts_with("none"));
    if let Some(fix) = fix {
        // the size stands in the table
        let mut parts: Vec<&str> = fix.tradeoff.split("; ").collect();
        if attempt.kind == FixKind::CreateIndex && parts.len() > 1 {
            parts.retain(|part| !part.starts_with("about "));
        }
        let mut text = format!(
            "Trade-off of {label}: {}.",
            parts.join("; ").trim_end_matches('.')
        );
        if attempt.kind == FixKind::CreateIndex && !text.contains("CONCURRENTLY") {
            text.push_str(" On a live table use CREATE INDEX CONCURRENTLY.");
        }
        writeln!(
            out,
            "{}",
            textwrap::fill(&without_control_characters(&text), screen.width)
        )?;
    }
    writeln!(out, "--apply {label} shows the plan with it")
}

/// A change in a few words; what to type for the best one stands below the table.
fn change(attempt: &Attempt) -> String {
    let statement = match attempt.sql.split_once(";\n") {
        Some((first, rest)) if first.starts_with("CREATE EXTENSION") => rest,
        _ => &attempt.sql,
    };
    match attempt.kind {
        FixKind::Rewrite => match attempt.finding {
            Some(number) => format!("the query rewritten as in {}", number + 1),
            None => shortened(statement, 80),
        },
        _ => shortened(statement.trim_end_matches(';'), 120),
    }
}

/// The attempt that costs least, if one costs clearly less than the query as it is.
fn best(explanation: &Explanation) -> Option<&str> {
    let figure = |figures: Figures| figures.blocks.map(|blocks| blocks as f64).or(figures.cost);
    let before = figure(explanation.figures)?;
    explanation
        .attempts
        .iter()
        .filter_map(|attempt| {
            let tried = attempt.outcome.as_ref().ok()?;
            let right = !matches!(tried.rows, AttemptRows::Different(_));
            let after = figure(tried.figures)?;
            (right && after < before * 0.9).then_some((after, attempt.label.as_str()))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, label)| label)
}

fn cells(figures: Figures, measured: bool) -> Vec<String> {
    let mut cells = vec![
        figures
            .cost
            .map_or_else(|| "–".to_owned(), |cost| units::count(cost.round())),
    ];
    if measured {
        cells.push(
            figures
                .blocks
                .map_or_else(|| "–".to_owned(), |blocks| units::count(blocks as f64)),
        );
        cells.push(
            figures
                .milliseconds
                .map_or_else(|| "–".to_owned(), units::milliseconds),
        );
    }
    cells
}

fn bytes(size: u64) -> String {
    units::kilobytes(size as f64 / 1024.0)
}

/// SQL on one line, cut in the middle where it is longer than `width`.
fn shortened(text: &str, width: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let count = line.chars().count();
    if count <= width {
        return line;
    }
    let head: String = line.chars().take(width.saturating_sub(1)).collect();
    format!("{head}…")
}

/// The JSON object of the contract.
pub fn explanation_json(explanation: &Explanation) -> Value {
    let findings: Vec<FindingRecord> = explanation
        .findings
        .iter()
        .map(FindingRecord::from)
        .collect();
    let after: Vec<Value> = explanation
        .attempts
        .iter()
        .map(|attempt| match &attempt.outcome {
            Ok(tried) => json!({
                "sql": attempt.sql,
                "plan": tried.plan,
                "cost": tried.figures.cost,
                "blocks": tried.figures.blocks,
                "milliseconds": tried.figures.milliseconds,
                "index_bytes": tried.index_bytes,
            }),
            Err(error) => json!({
                "sql": attempt.sql,
                "plan": null,
                "cost": null,
                "blocks": null,
                "milliseconds": null,
                "index_bytes": null,
                "error": error,
            }),
        })
        .collect();
    json!({
        "version": 1,
        "findings": findings,
        "statements": 1,
        "unparsed": 0,
        "plan": explanation.plan,
        "cost": explanation.figures.cost,
        "blocks": explanation.figures.blocks,
        "milliseconds": explanation.figures.milliseconds,
        "after": after,
        "environment": explanation.environment,
        "notes": explanation.notes,
    })
}
