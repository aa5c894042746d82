//! What `advise` chose.

use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table};
use serde_json::{Value, json};

use super::Screen;
use super::text::{counted, without_control_characters};
use crate::advise::{Advice, StatementCost};
use crate::index::readable_bytes;
use crate::plan::units;
use crate::planner::{ServerKind, StatisticsKind};
use crate::source::StatementText;

/// More statements than this are not listed one by one.
const MOST_STATEMENTS: usize = 30;

/// Writes the advice for people.
///
/// # Errors
/// Those of the writer.
pub fn write_advice(out: &mut dyn Write, advice: &Advice, screen: Screen) -> io::Result<()> {
    let statements = advice.statements.len();
    let server = match advice.planner.server {
        ServerKind::Embedded => "embedded",
        ServerKind::Live => "live",
    };
    let statistics = match advice.planner.statistics {
        StatisticsKind::Generated => "statistics of generated rows",
        StatisticsKind::Snapshot => "statistics from a file",
        StatisticsKind::Live => "the live server's statistics",
        StatisticsKind::None => "no statistics",
    };
    writeln!(
        out,
        "Indexes for {}, planned by PostgreSQL {} ({server}), {statistics}; nothing was run or built",
        counted(statements, "statement", "statements"),
        advice.planner.server_version,
    )?;
    if statements == 0 {
        return writeln!(out, "\nThere is no statement to plan.");
    }
    if advice.indexes.is_empty() {
        writeln!(
            out,
            "\nNo index pays: {} were tried, and the planner uses none with a clear gain.",
            counted(advice.candidates, "candidate", "candidates")
        )?;
    } else {
        write_indexes(out, advice, screen)?;
        write_statements(out, advice, screen)?;
        writeln!(out, "\nTo build them on a live table:")?;
        for index in &advice.indexes {
            if let Some(extension) = index.extension {
                writeln!(out, "  CREATE EXTENSION IF NOT EXISTS {extension};")?;
            }
            let sql = index
                .sql
                .replacen("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1);
            writeln!(out, "  {};", without_control_characters(&sql))?;
        }
    }
    write_superfluous(out, advice, screen)
}

fn table(screen: Screen, header: &[&str], numbers: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(screen.width).unwrap_or(100));
    table.set_header(header.to_vec());
    for number in numbers {
        if let Some(column) = table.column_mut(*number) {
            column.set_cell_alignment(CellAlignment::Right);
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table
}

fn print(out: &mut dyn Write, table: &Table) -> io::Result<()> {
    for line in table.to_string().lines() {
        writeln!(out, "{}", without_control_characters(line.trim_end()))?;
    }
    Ok(())
}

fn write_indexes(out: &mut dyn Write, advice: &Advice, screen: Screen) -> io::Result<()> {
    let mut table = table(
        screen,
        &[
            "",
            "Index",
            "size",
            "statements",
            "cost before",
            "after",
            "writes",
        ],
        &[2, 3, 4, 5, 6],
    );
    for (number, index) in advice.indexes.iter().enumerate() {
        let calls = |at: usize| advice.statements.get(at).map_or(0.0, |one| one.calls);
        let sum = |of: fn(&crate::advise::Gain) -> f64| -> f64 {
            index
                .gains
                .iter()
                .map(|gain| of(gain) * calls(gain.statement))
                .sum()
        };
        table.add_row(vec![
            (number + 1).to_string(),
            shown(&index.sql),
            readable_bytes(index.bytes),
            index.gains.len().to_string(),
            units::count(sum(|gain| gain.before).round()),
            units::count(sum(|gain| gain.after).round()),
            if index.write_cost > 0.0 {
                format!("+{}", units::count(index.write_cost.round()))
            } else {
                "–".to_owned()
            },
        ]);
    }
    let writes: f64 = advice.indexes.iter().map(|index| index.write_cost).sum();
    table.add_row(vec![
        String::new(),
        "all statements, with all of them".to_owned(),
        readable_bytes(advice.bytes()),
        advice.statements.len().to_string(),
        units::count(advice.cost_before().round()),
        units::count(advice.cost_after().round()),
        if writes > 0.0 {
            format!("+{}", units::count(writes.round()))
        } else {
            "–".to_owned()
        },
    ]);
    writeln!(out)?;
    print(out, &table)?;
    writeln!(
        out,
        "{}",
        textwrap::fill(
            "Size and cost are the planner's estimates. Cost is that of the statements that gain, times their calls, \
             given the indexes above; writes: what keeping the index up to date costs all statements that write.",
            screen.width
        )
    )
}

fn write_statements(out: &mut dyn Write, advice: &Advice, screen: Screen) -> io::Result<()> {
    let mut order: Vec<&StatementCost> = advice.statements.iter().collect();
    order.sort_by(|a, b| {
        let saved = |one: &StatementCost| (one.before - one.after) * one.calls;
        saved(b).total_cmp(&saved(a))
    });
    let gaining = order
        .iter()
        .filter(|one| one.after < one.before * 0.99)
        .count();
    let mut table = table(
        screen,
        &["Statement", "calls", "cost of one", "with them", "by"],
        &[1, 2, 3],
    );
    for one in order.iter().take(gaining.min(MOST_STATEMENTS)) {
        let by: Vec<String> = advice
            .indexes
            .iter()
            .enumerate()
            .filter(|(_, index)| {
                index
                    .gains
                    .iter()
                    .any(|gain| std::ptr::eq(*one, &raw const advice.statements[gain.statement]))
            })
            .map(|(number, _)| (number + 1).to_string())
            .collect();
        table.add_row(vec![
            place(&one.statement),
            units::count(one.calls),
            units::count(one.before.round()),
            units::count(one.after.round()),
            by.join(", "),
        ]);
    }
    writeln!(out)?;
    print(out, &table)?;
    if gaining > MOST_STATEMENTS {
        writeln!(
            out,
            "and {} more (--format json)",
            gaining - MOST_STATEMENTS
        )?;
    }
    let rest = advice.statements.len() - gaining;
    if rest > 0 {
        writeln!(
            out,
            "{} nothing from an index that pays for its size",
            counted(rest, "statement gains", "statements gain")
        )?;
    }
    Ok(())
}

fn write_superfluous(out: &mut dyn Write, advice: &Advice, screen: Screen) -> io::Result<()> {
    if advice.superfluous.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\nExisting indexes that this workload gives no reason for (other statements may; look before you drop)"
    )?;
    let mut table = table(screen, &["Index", "size", "why"], &[1]);
    for index in &advice.superfluous {
        table.add_row(vec![
            index.index.clone(),
            index.bytes.map_or_else(|| "–".to_owned(), readable_bytes),
            index.reason.clone(),
        ]);
    }
    print(out, &table)
}

/// `ON public.orders (a, b)`.
fn shown(sql: &str) -> String {
    sql.trim_start_matches("CREATE INDEX ON ").to_owned()
}

/// `inbox.sql:3 Inbox`.
fn place(statement: &StatementText) -> String {
    let line = statement.location().start().line;
    match &statement.name {
        Some(name) => format!("{}:{line} {name}", statement.file.path()),
        None => format!("{}:{line}", statement.file.path()),
    }
}

/// The advice as one JSON object.
pub fn advice_json(advice: &Advice) -> Value {
    let statement = |text: &StatementText| {
        json!({
            "file": text.file.path(),
            "line": text.location().start().line,
            "statement": text.number,
            "name": text.name,
        })
    };
    let with = |mut object: Value, fields: Value| {
        if let (Some(object), Value::Object(fields)) = (object.as_object_mut(), fields) {
            object.extend(fields);
        }
        object
    };
    let indexes: Vec<Value> = advice
        .indexes
        .iter()
        .map(|index| {
            let gains: Vec<Value> = index
                .gains
                .iter()
                .filter_map(|gain| {
                    let one = advice.statements.get(gain.statement)?;
                    Some(with(
                        statement(&one.statement),
                        json!({"calls": one.calls, "cost_before": gain.before, "cost_after": gain.after}),
                    ))
                })
                .collect();
            json!({
                "sql": index.sql,
                "extension": index.extension,
                "table": index.table,
                "bytes": index.bytes,
                "write_cost": index.write_cost,
                "statements": gains,
            })
        })
        .collect();
    let statements: Vec<Value> = advice
        .statements
        .iter()
        .map(|one| {
            with(
                statement(&one.statement),
                json!({"calls": one.calls, "cost_before": one.before, "cost_after": one.after}),
            )
        })
        .collect();
    let left_out: Vec<Value> = advice
        .left_out
        .iter()
        .map(|one| with(statement(&one.statement), json!({"reason": one.reason})))
        .collect();
    let superfluous: Vec<Value> = advice
        .superfluous
        .iter()
        .map(|index| {
            json!({
                "index": index.index,
                "table": index.table,
                "sql": index.sql,
                "bytes": index.bytes,
                "reason": index.reason,
            })
        })
        .collect();
    json!({
        "version": 1,
        "indexes": indexes,
        "bytes": advice.bytes(),
        "cost_before": advice.cost_before(),
        "cost_after": advice.cost_after(),
        "statements": statements,
        "left_out": left_out,
        "superfluous": superfluous,
        "candidates": advice.candidates,
        "environment": advice.planner,
    })
}
