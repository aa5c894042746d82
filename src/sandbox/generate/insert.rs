use std::collections::HashMap;

use postgres::Client;

use super::super::SandboxError;
use super::super::error::postgres_message;
use super::formula::at;
use super::options::{GenerateOptions, GeneratedTable, GenerationReport, Progress};
use super::plan::{Plan, Planner};
use super::table::{Schema, Table};
use crate::catalog::quote_identifier;

/// Rows of one INSERT: progress is shown between them.
const BATCH: u64 = 200_000;
/// Partitions whose constraints are checked for each row.
const CHECKED_PARTITIONS: usize = 64;

/// What the tables hold so far, by their position.
#[derive(Default)]
pub(super) struct Filled {
    pub tables: HashMap<usize, FilledTable>,
}

pub(super) struct FilledTable {
    pub rows: u64,
    /// By column, where every row from 0 to `rows` is there as its formulas say; none for columns that joins gave.
    pub formulas: Option<Vec<Option<String>>>,
    /// Generated here, not loaded.
    pub generated: bool,
    /// Foreign keys, by position, that may refer to nothing.
    pub doubtful: Vec<usize>,
}

/// Fills one table, or takes note of the rows that it has.
#[expect(
    clippy::too_many_arguments,
    reason = "what all tables share is borrowed in different ways"
)]
pub(super) fn fill(
    client: &mut Client,
    schema: &Schema,
    position: usize,
    sizes: &[u64],
    options: &GenerateOptions<'_>,
    filled: &mut Filled,
    report: &mut GenerationReport,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(), SandboxError> {
    let table = &schema.tables[position];
    if table.has_rows {
        let sql = format!("SELECT count(*) FROM {}", table.name.to_sql());
        let rows = u64::try_from(client.query_one(&sql, &[])?.get::<_, i64>(0)).unwrap_or(0);
        report.tables.push(GeneratedTable {
            name: table.name.clone(),
            rows,
            loaded: true,
        });
        let loaded = FilledTable {
            rows,
            formulas: None,
            generated: false,
            doubtful: Vec::new(),
        };
        filled.tables.insert(position, loaded);
        return Ok(());
    }
    let today = match &options.today {
        Some(today) => today.clone(),
        None => client
            .query_one("SELECT (now() AT TIME ZONE 'UTC')::date::text", &[])?
            .get(0),
    };
    let plan = Planner {
        client: &mut *client,
        schema,
        position,
        sizes,
        options,
        today: &today,
        filled,
    }
    .plan()?;
    let outcome = insert(client, table, &plan, progress)?;
    if let Some(message) = &outcome.refused {
        report
            .notes
            .push(format!("{}: rows were refused: {message}", table.name));
    } else if outcome.inserted < sizes[position] {
        report.notes.push(format!(
            "{}: {} of {} rows: its keys and checks leave no room for more",
            table.name, outcome.inserted, sizes[position]
        ));
    }
    report.tables.push(GeneratedTable {
        name: table.name.clone(),
        rows: outcome.inserted,
        loaded: false,
    });
    let joined = |formula: &Option<String>| formula.clone().filter(|_| plan.joins.is_empty());
    let formulas = outcome
        .complete
        .then(|| plan.columns.iter().map(joined).collect());
    let done = FilledTable {
        rows: outcome.inserted,
        formulas,
        generated: true,
        doubtful: plan.doubtful,
    };
    filled.tables.insert(position, done);
    Ok(())
}

struct Outcome {
    inserted: u64,
    /// Every row that was planned is there.
    complete: bool,
    refused: Option<String>,
}

fn insert(
    client: &mut Client,
    table: &Table,
    plan: &Plan,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Outcome, SandboxError> {
    let mut inserted = 0;
    let mut next = 0;
    let mut careful = plan.may_repeat || table.may_conflict();
    // Rows that checks drop are made up for by later ones, within reason.
    let last = if plan.open_ended {
        plan.rows.saturating_mul(4)
    } else {
        plan.rows
    };
    while inserted < plan.rows && next < last {
        progress(Progress::Filling {
            table: &table.name,
            done: inserted,
            rows: plan.rows,
        });
        let count = BATCH.min(plan.rows - inserted).min(last - next);
        match client.execute(&statement(table, plan, next, next + count, careful), &[]) {
            Ok(rows) => {
                inserted += rows;
                if rows == 0 && next >= plan.rows {
                    break;
                }
                next += count;
            }
            Err(error) if error.as_db_error().is_none() => return Err(error.into()),
            Err(_) if !careful => careful = true,
            Err(error) => {
                return Ok(Outcome {
                    inserted,
                    complete: false,
                    refused: Some(postgres_message(&error)),
                });
            }
        }
    }
    Ok(Outcome {
        inserted,
        complete: inserted == next,
        refused: None,
    })
}

fn statement(table: &Table, plan: &Plan, from: u64, to: u64, careful: bool) -> String {
    let mut names = Vec::new();
    let mut values = Vec::new();
    for (column, formula) in table.columns.iter().zip(&plan.columns) {
        if let Some(formula) = formula {
            let name = quote_identifier(&column.name);
            values.push(format!(
                "({})::{} AS {name}",
                at(formula, "g.i"),
                column.base_type
            ));
            names.push(name);
        }
    }
    let joins: String = plan
        .joins
        .iter()
        .map(|join| format!(" {}", at(join, "g.i")))
        .collect();
    let mut filters: Vec<String> = table
        .checks
        .iter()
        .map(|check| format!("({check}) IS NOT FALSE"))
        .collect();
    for column in &table.columns {
        let name = quote_identifier(&column.name);
        filters.extend(
            column
                .domain_checks
                .iter()
                .map(|check| format!("({}) IS NOT FALSE", with_value(check, &format!("q.{name}")))),
        );
    }
    filters.extend(plan.required.iter().map(|column| {
        format!(
            "{} IS NOT NULL",
            quote_identifier(&table.columns[*column].name)
        )
    }));
    let leaves = &plan.partitions.leaf_constraints;
    if table.partitioned && leaves.len() <= CHECKED_PARTITIONS {
        let inside: Vec<String> = leaves.iter().map(|leaf| format!("({leaf})")).collect();
        filters.push(if inside.is_empty() {
            "false".to_owned()
        } else {
            format!("({})", inside.join(" OR "))
        });
    }
    let filter = if filters.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", filters.join(" AND "))
    };
    let conflict = if careful {
        " ON CONFLICT DO NOTHING"
    } else {
        ""
    };
    if names.is_empty() {
        // A table without columns, or with computed ones alone.
        return format!(
            "INSERT INTO {} SELECT FROM generate_series({from}::bigint, {}::bigint){conflict}",
            table.name.to_sql(),
            to - 1
        );
    }
    let columns = names.join(", ");
    // In the order of the row numbers, whatever the joins do.
    format!(
        "INSERT INTO {} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM (SELECT g.i AS whyslow_row, {} \
         FROM generate_series({from}::bigint, {}::bigint) AS g(i){joins}) AS q{filter}{}{conflict}",
        table.name.to_sql(),
        values.join(", "),
        to - 1,
        if plan.joins.is_empty() {
            ""
        } else {
            " ORDER BY whyslow_row"
        }
    )
}

/// A domain's check over a column: VALUE, outside of quotes, is the column.
fn with_value(check: &str, column: &str) -> String {
    let mut result = String::with_capacity(check.len());
    for (n, part) in check.split('\'').enumerate() {
        if n > 0 {
            result.push('\'');
        }
        // Every second part lies in quotes; a doubled quote makes an empty part and keeps the count right.
        if n % 2 == 0 {
            result.push_str(&part.replace("VALUE", column))
        } else {
            result.push_str(part)
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_is_replaced_outside_of_quotes() {
        assert_eq!(
            with_value("(VALUE ~ 'VALUE''s'::text)", "q.a"),
            "(q.a ~ 'VALUE''s'::text)"
        );
    }
}
