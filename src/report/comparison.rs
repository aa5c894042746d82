//! What `compare` found, for people.

use std::io::{self, Write};

use serde_json::Value;

use super::Screen;
use super::text::{counted, without_control_characters};
use crate::equivalence::{Comparison, Counterexample, ResultTable, Verdict, WhyNot};

/// One pair of queries and what came of it.
#[derive(Debug)]
pub struct ComparedPair {
    /// What the two are called, old and new.
    pub names: (String, String),
    /// The comparison, or why there is none.
    pub outcome: Result<Comparison, String>,
}

/// Writes one comparison.
///
/// # Errors
/// Those of the writer.
pub fn write_comparison(out: &mut dyn Write, pair: &ComparedPair, verbose: bool) -> io::Result<()> {
    let comparison = match &pair.outcome {
        Ok(comparison) => comparison,
        Err(message) => return writeln!(out, "error: {}", without_control_characters(message)),
    };
    writeln!(out, "{}", without_control_characters(&headline(comparison)))?;
    if let Some(counterexample) = &comparison.counterexample {
        write_counterexample(out, counterexample, &pair.names)?;
    }
    match comparison.verdict {
        Verdict::Different if comparison.counterexample.is_some() => {
            let confirmed = comparison
                .counterexample
                .as_ref()
                .is_some_and(|example| example.confirmed);
            writeln!(
                out,
                "found after {}, {:.2} s; {}",
                counted(size(comparison.databases), "database", "databases"),
                comparison.seconds,
                if confirmed {
                    "confirmed on real tables"
                } else {
                    "not confirmed on real tables: the time was used up"
                }
            )?;
        }
        Verdict::Equal => {
            let steps = comparison.proof.len();
            if verbose {
                for step in &comparison.proof {
                    writeln!(out, "  {}", without_control_characters(step))?;
                }
            } else if steps > 0 {
                writeln!(
                    out,
                    "  --verbose prints the {}",
                    counted(steps, "step", "steps")
                )?;
            }
        }
        _ => write_search(out, comparison, verbose)?,
    }
    for note in &comparison.notes {
        writeln!(out, "note: {}", without_control_characters(note))?;
    }
    Ok(())
}

/// Writes what a join is there for.
///
/// # Errors
/// Those of the writer.
pub fn write_why_not(out: &mut dyn Write, answer: &WhyNot, screen: Screen) -> io::Result<()> {
    let fill = |text: &str| textwrap::fill(&without_control_characters(text), screen.width);
    writeln!(out, "{}", fill(&answer.sentence()))?;
    if let Some(counterexample) = &answer.comparison.counterexample {
        let names = ("with it".to_owned(), "without".to_owned());
        write_counterexample(out, counterexample, &names)?;
        let searched = counted(size(answer.comparison.databases), "database", "databases");
        writeln!(
            out,
            "found after {searched}, {:.2} s",
            answer.comparison.seconds
        )?;
    }
    if !answer.changes.is_empty() {
        writeln!(out, "What else goes with it:")?;
        for change in &answer.changes {
            writeln!(out, "{}", fill(&format!("  {change}")))?;
        }
    }
    if answer.comparison.verdict == Verdict::Equal {
        writeln!(out, "\nThe query without it:")?;
        for line in without_control_characters(&answer.without).lines() {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

/// Writes several comparisons: those that need a look in full, then a table of verdicts.
///
/// # Errors
/// Those of the writer.
pub fn write_comparisons(
    out: &mut dyn Write,
    pairs: &[ComparedPair],
    verbose: bool,
) -> io::Result<()> {
    for pair in pairs {
        let worth_a_look = verbose
            || match &pair.outcome {
                Ok(comparison) => matches!(
                    comparison.verdict,
                    Verdict::Different | Verdict::Nondeterministic
                ),
                Err(_) => true,
            };
        if worth_a_look {
            writeln!(out, "{}", without_control_characters(&pair.names.1))?;
            write_comparison(out, pair, verbose)?;
            writeln!(out)?;
        }
    }
    let rows: Vec<Vec<String>> = pairs
        .iter()
        .map(|pair| match &pair.outcome {
            Ok(comparison) => vec![
                verdict_name(comparison.verdict).to_owned(),
                pair.names.1.clone(),
                format!("{:.2} s", comparison.seconds),
            ],
            Err(_) => vec!["error".to_owned(), pair.names.1.clone(), "–".to_owned()],
        })
        .collect();
    for line in grid(
        &["verdict".to_owned(), "query".to_owned(), "time".to_owned()],
        &rows,
    ) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn headline(comparison: &Comparison) -> String {
    let name = verdict_name(comparison.verdict);
    if let Some(counterexample) = &comparison.counterexample {
        return format!("{name}: {}", counterexample.why);
    }
    if let Some(reason) = &comparison.reason {
        return format!("{name}: {reason}");
    }
    match comparison.verdict {
        Verdict::Equal => format!("{name}: proved"),
        Verdict::NoDifferenceFound => format!(
            "{name}: the same rows on {}, {:.2} s; this is no proof",
            counted(
                size(comparison.databases),
                "small database",
                "small databases"
            ),
            comparison.seconds
        ),
        _ => name.to_owned(),
    }
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Equal => "equal",
        Verdict::Different => "different",
        Verdict::NoDifferenceFound => "no difference found",
        Verdict::Nondeterministic => "nondeterministic",
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn write_counterexample(
    out: &mut dyn Write,
    example: &Counterexample,
    names: &(String, String),
) -> io::Result<()> {
    let mut tables = Vec::new();
    for table in &example.tables {
        let mut block = vec![table.table.clone()];
        if table.rows.is_empty() {
            block[0].push_str("  (empty)");
        } else {
            let rows: Vec<Vec<String>> = table
                .rows
                .iter()
                .map(|row| row.iter().map(shown).collect())
                .collect();
            block.extend(
                grid(&table.columns, &rows)
                    .into_iter()
                    .map(|line| format!("  {line}")),
            );
        }
        tables.push(block);
    }
    for line in side_by_side(&tables, 96) {
        writeln!(out, "  {}", without_control_characters(&line))?;
    }
    if !example.parameters.is_empty() {
        let list: Vec<String> = example
            .parameters
            .iter()
            .map(|(name, value)| format!("{name} = {}", shown(value)))
            .collect();
        writeln!(
            out,
            "  with {}",
            without_control_characters(&list.join(", "))
        )?;
    }
    let results = [result(&names.0, &example.a), result(&names.1, &example.b)];
    for line in side_by_side(&results, 96) {
        writeln!(out, "  {}", without_control_characters(&line))?;
    }
    Ok(())
}

fn result(name: &str, result: &ResultTable) -> Vec<String> {
    let mut block = vec![name.to_owned()];
    if let Some(error) = &result.error {
        block[0].push_str(&format!("  error: {error}"));
        return block;
    }
    if result.rows.is_empty() {
        block[0].push_str("  (no rows)");
        return block;
    }
    let mut columns = vec![String::new()];
    columns.extend(result.columns.iter().cloned());
    let rows: Vec<Vec<String>> = result
        .rows
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let mark = if result.differing.contains(&at) {
                "→"
            } else {
                ""
            };
            std::iter::once(mark.to_owned())
                .chain(row.iter().map(shown))
                .collect()
        })
        .collect();
    block.extend(
        grid(&columns, &rows)
            .into_iter()
            .map(|line| format!("  {line}")),
    );
    block
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::String(text) if text.is_empty() || text.trim() != text => format!("'{text}'"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// A table without lines, columns two blanks apart.
fn grid(columns: &[String], rows: &[Vec<String>]) -> Vec<String> {
    let widths: Vec<usize> = (0..columns.len())
        .map(|at| {
            rows.iter()
                .map(|row| row.get(at).map_or(0, |cell| width(cell)))
                .chain([width(&columns[at])])
                .max()
                .unwrap_or(0)
        })
        .collect();
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell).min(*wide))))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    std::iter::once(line(columns))
        .chain(rows.iter().map(|row| line(row)))
        .collect()
}

/// Blocks of lines beside each other as far as they fit, else below each other.
fn side_by_side(blocks: &[Vec<String>], limit: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut open: Vec<String> = Vec::new();
    for block in blocks {
        let wide = block.iter().map(|line| width(line)).max().unwrap_or(0);
        let so_far = open.iter().map(|line| width(line)).max().unwrap_or(0);
        if so_far > 0 && so_far + 4 + wide > limit {
            lines.append(&mut open);
        }
        let so_far = open.iter().map(|line| width(line)).max().unwrap_or(0);
        let indent = if so_far == 0 { 0 } else { so_far + 4 };
        for (at, line) in block.iter().enumerate() {
            if open.len() <= at {
                open.push(String::new());
            }
            let pad = indent - width(&open[at]).min(indent);
            open[at].push_str(&" ".repeat(pad));
            open[at].push_str(line);
        }
    }
    lines.append(&mut open);
    lines
        .into_iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

fn write_search(out: &mut dyn Write, comparison: &Comparison, verbose: bool) -> io::Result<()> {
    let Some(search) = &comparison.search else {
        return Ok(());
    };
    let sizes: Vec<String> = search
        .databases_by_rows
        .iter()
        .map(|(rows, count)| format!("{count} of {rows}"))
        .collect();
    writeln!(
        out,
        "  tried, by rows: {}; seed {}",
        sizes.join(", "),
        search.seed
    )?;
    writeln!(out, "  with a result: {}", search.with_result)?;
    if verbose || search.conditions.values().any(|values| values.len() < 2) {
        for (condition, values) in &search.conditions {
            writeln!(
                out,
                "  {}: {}",
                without_control_characters(condition),
                values.join(", ")
            )?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_stand_beside_each_other_while_they_fit() {
        let blocks = vec![vec!["ab".to_owned(), "c".to_owned()], vec!["d".to_owned()]];
        assert_eq!(side_by_side(&blocks, 20), ["ab    d", "c"]);
        assert_eq!(side_by_side(&blocks, 3), ["ab", "c", "d"]);
    }
}
