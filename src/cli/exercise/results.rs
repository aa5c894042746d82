use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};
use postgres::{Client, SimpleQueryMessage};

use crate::catalog::quote_literal;
use crate::sandbox::SandboxError;

/// More rows than this are not shown.
const SHOWN_ROWS: usize = 500;

/// The text of a plan, where a statement returned one.
pub(super) fn plan_text(messages: &[SimpleQueryMessage]) -> Option<String> {
    let mut lines: Vec<&str> = Vec::new();
    let mut plan = false;
    for message in messages {
        match message {
            SimpleQueryMessage::RowDescription(columns) => {
                plan = columns
                    .first()
                    .is_some_and(|column| column.name() == "QUERY PLAN");
            }
            SimpleQueryMessage::Row(row) if plan => lines.push(row.get(0).unwrap_or_default()),
            _ => {}
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Tables of results, and what statements without results say. Whether there were rows.
pub(super) fn messages_text(messages: &[SimpleQueryMessage]) -> (bool, String) {
    let mut text = String::new();
    let mut table: Option<Table> = None;
    let mut rows = 0;
    let mut any = false;
    for message in messages {
        match message {
            SimpleQueryMessage::RowDescription(columns) => {
                let mut fresh = Table::new();
                fresh.load_style(ASCII_MARKDOWN);
                fresh.set_header(columns.iter().map(|column| column.name()));
                table = Some(fresh);
                any = true;
                rows = 0;
            }
            SimpleQueryMessage::Row(row) => {
                rows += 1;
                if let Some(table) = table.as_mut()
                    && rows <= SHOWN_ROWS
                {
                    table.add_row((0..row.len()).map(|at| row.get(at).unwrap_or("").to_owned()));
                }
            }
            SimpleQueryMessage::CommandComplete(count) => {
                if let Some(mut table) = table.take() {
                    align_numbers(&mut table);
                    text.push_str(&format!("{table}\n"));
                    if rows > SHOWN_ROWS {
                        text.push_str(&format!("(the first {SHOWN_ROWS} are shown)\n"));
                    }
                    text.push_str(&match rows {
                        1 => "(1 row)\n".to_owned(),
                        rows => format!("({rows} rows)\n"),
                    });
                } else {
                    text.push_str(&match count {
                        0 => "done\n".to_owned(),
                        count => format!("done, {count} rows\n"),
                    });
                }
            }
            _ => {}
        }
    }
    (any, text.trim_end().to_owned())
}

fn align_numbers(table: &mut Table) {
    let columns = table.column_count();
    for at in 0..columns {
        let numeric = table.row_iter().all(|row| {
            row.cell_iter().nth(at).is_some_and(|cell| {
                let content = cell.content();
                content.is_empty() || content.parse::<f64>().is_ok()
            })
        });
        if numeric && let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// The tables, or the columns, indexes and keys of one.
pub(super) fn describe(client: &mut Client, name: &str) -> Result<String, SandboxError> {
    if name.is_empty() {
        let sql = "SELECT c.relname AS name, CASE c.relkind WHEN 'r' THEN 'table' WHEN 'm' THEN 'materialized view' \
             ELSE 'view' END AS kind, greatest(c.reltuples, 0)::bigint AS rows, c.relpages AS blocks, \
             pg_size_pretty(pg_total_relation_size(c.oid)) AS size FROM pg_class c \
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'm', 'v') ORDER BY 1";
        return Ok(messages_text(&client.simple_query(sql)?).1);
    }
    let literal = quote_literal(name);
    let columns = format!(
        "SELECT attname AS column, format_type(atttypid, atttypmod) AS type, \
         CASE WHEN attnotnull THEN 'not null' ELSE '' END AS nullable FROM pg_attribute \
         WHERE attrelid = {literal}::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    );
    let mut text = messages_text(&client.simple_query(&columns)?).1;
    for (title, sql) in [
        (
            "Indexes",
            format!(
                "SELECT pg_get_indexdef(indexrelid), pg_size_pretty(pg_relation_size(indexrelid)) FROM pg_index \
                 WHERE indrelid = {literal}::regclass ORDER BY indexrelid"
            ),
        ),
        (
            "Foreign keys",
            format!(
                "SELECT pg_get_constraintdef(oid), conname FROM pg_constraint WHERE conrelid = {literal}::regclass AND contype = 'f'"
            ),
        ),
        (
            "Referenced by",
            format!(
                "SELECT pg_get_constraintdef(oid), conrelid::regclass::text FROM pg_constraint WHERE confrelid = {literal}::regclass AND contype = 'f'"
            ),
        ),
        (
            "Statistics",
            format!(
                "SELECT pg_get_statisticsobjdef(oid), stxname FROM pg_statistic_ext WHERE stxrelid = {literal}::regclass"
            ),
        ),
    ] {
        let mut first = true;
        for message in client.simple_query(&sql)? {
            if let SimpleQueryMessage::Row(row) = message {
                if first {
                    text.push_str(&format!("\n{title}:"));
                    first = false;
                }
                text.push_str(&format!(
                    "\n  {}  ({})",
                    row.get(0).unwrap_or(""),
                    row.get(1).unwrap_or("")
                ));
            }
        }
    }
    Ok(text)
}
