//! A counterexample made as small and simple as it can be: no row can go, no value can be simpler.

use std::time::Instant;

use super::database::Database;
use super::engine::{Engine, Failure};
use super::generate::is_valid;
use super::search::{Evidence, Found, Pair, Thoroughness, examine};
use super::space::Space;
use super::values::{NULL, ValueId};

/// Values that are tried in place of one.
const SIMPLER: usize = 4;

/// The smallest database that can be reached from `found` with the queries still differing.
pub(super) fn shrink(
    engine: &mut Engine,
    space: &Space,
    pair: &Pair<'_>,
    found: Found,
    until: Instant,
) -> Result<Found, Failure> {
    let mut best = found;
    for _ in 0..200 {
        if Instant::now() >= until {
            break;
        }
        let fewer = without_rows(space, &best.database);
        if let Some(smaller) = first_that_differs(engine, space, pair, fewer)? {
            best = smaller;
            continue;
        }
        let simpler = with_simpler_values(space, &best.database);
        match first_that_differs(engine, space, pair, simpler)? {
            Some(simpler) => best = simpler,
            None => break,
        }
    }
    Ok(best)
}

fn first_that_differs(
    engine: &mut Engine,
    space: &Space,
    pair: &Pair<'_>,
    candidates: Vec<Database>,
) -> Result<Option<Found>, Failure> {
    for part in candidates.chunks(60) {
        let json: Vec<String> = part
            .iter()
            .map(|database| database.to_json(space))
            .collect();
        let decided = match pair.evaluator.decide(engine, &json) {
            Ok(decided) => decided.iter().map(|decided| decided.differ).collect(),
            // One of them raises an error: each is examined by itself.
            Err(Failure::Statement { .. }) => vec![true; part.len()],
            Err(Failure::Deadline) => return Ok(None),
            Err(other) => return Err(other),
        };
        for (database, differs) in part.iter().zip(decided) {
            if !differs {
                continue;
            }
            match examine(engine, space, pair, database, Thoroughness::Quick) {
                Ok(Evidence::Differs(found)) => return Ok(Some(*found)),
                Ok(_) | Err(Failure::Statement { .. }) => {}
                Err(Failure::Deadline) => return Ok(None),
                Err(other) => return Err(other),
            }
        }
    }
    Ok(None)
}

/// All valid databases with one row less (and those that refer to it), most rows gone first; and with an empty table.
fn without_rows(space: &Space, database: &Database) -> Vec<Database> {
    let mut all = Vec::new();
    for table in 0..database.tables.len() {
        let count = database.tables[table].len();
        if count > 2 {
            all.push(without(
                space,
                database,
                table,
                &(0..count).collect::<Vec<_>>(),
            ));
            all.push(without(
                space,
                database,
                table,
                &(0..count / 2).collect::<Vec<_>>(),
            ));
            all.push(without(
                space,
                database,
                table,
                &(count / 2..count).collect::<Vec<_>>(),
            ));
        }
        for row in 0..count {
            all.push(without(space, database, table, &[row]));
            all.push(unlinked(space, database, table, row));
        }
    }
    all.retain(|smaller| smaller.rows() < database.rows() && is_valid(space, smaller));
    all.sort_by_key(Database::rows);
    all
}

/// Without some rows and all that refer to them.
fn without(space: &Space, database: &Database, table: usize, rows: &[usize]) -> Database {
    let mut smaller = database.clone();
    let mut number = 0;
    smaller.tables[table].retain(|_| {
        number += 1;
        !rows.contains(&(number - 1))
    });
    for _ in 0..16 {
        let before = smaller.rows();
        for at in 0..space.tables.len() {
            for key in &space.tables[at].foreign_keys {
                let parents = smaller.tables[key.table].clone();
                smaller.tables[at].retain(|row| {
                    key.columns.iter().any(|&column| row[column] == NULL)
                        || parents.iter().any(|parent| {
                            key.columns
                                .iter()
                                .zip(&key.referenced)
                                .all(|(&column, &referenced)| row[column] == parent[referenced])
                        })
                });
            }
        }
        if smaller.rows() == before {
            break;
        }
    }
    smaller
}

/// Without one row; references to it become NULL.
fn unlinked(space: &Space, database: &Database, table: usize, row: usize) -> Database {
    let mut smaller = database.clone();
    let gone = smaller.tables[table].remove(row);
    for at in 0..space.tables.len() {
        for key in space.tables[at]
            .foreign_keys
            .iter()
            .filter(|key| key.table == table)
        {
            for row in &mut smaller.tables[at] {
                let refers = key
                    .columns
                    .iter()
                    .zip(&key.referenced)
                    .all(|(&column, &referenced)| row[column] == gone[referenced]);
                if refers {
                    for &column in &key.columns {
                        if space.tables[at].columns[column].nullable {
                            row[column] = NULL;
                        }
                    }
                }
            }
        }
    }
    smaller
}

/// All valid databases with one value, or one value everywhere that it stands in joined columns, made simpler.
fn with_simpler_values(space: &Space, database: &Database) -> Vec<Database> {
    // A recursive query may have no end on a row that refers to itself: none is made that was not there.
    let acyclic = !refers_to_itself(space, database);
    let mut all = Vec::new();
    for (table, rows) in database.tables.iter().enumerate() {
        for (number, row) in rows.iter().enumerate() {
            for (column, &value) in row.iter().enumerate() {
                let of = &space.tables[table].columns[column];
                for simpler in simpler(space, &of.distinct, value) {
                    if value != NULL {
                        all.push(replaced(space, database, of.cluster, value, simpler));
                    }
                    let mut other = database.clone();
                    other.tables[table][number][column] = simpler;
                    all.push(other);
                }
            }
        }
    }
    for (at, &value) in database.parameters.iter().enumerate() {
        for simpler in simpler(space, &space.parameters[at].pool, value) {
            all.push(replaced(
                space,
                database,
                space.parameters[at].cluster,
                value,
                simpler,
            ));
            let mut other = database.clone();
            other.parameters[at] = simpler;
            all.push(other);
        }
    }
    all.retain(|other| {
        other != database && is_valid(space, other) && (!acyclic || !refers_to_itself(space, other))
    });
    all
}

/// Whether a row refers to itself.
fn refers_to_itself(space: &Space, database: &Database) -> bool {
    space.tables.iter().enumerate().any(|(at, table)| {
        table
            .foreign_keys
            .iter()
            .filter(|key| key.table == at)
            .any(|key| {
                database.tables[at].iter().any(|row| {
                    key.columns
                        .iter()
                        .zip(&key.referenced)
                        .all(|(&column, &referenced)| row[column] == row[referenced])
                })
            })
    })
}

/// With one value for another in all columns of a cluster.
fn replaced(
    space: &Space,
    database: &Database,
    cluster: usize,
    from: ValueId,
    to: ValueId,
) -> Database {
    let mut other = database.clone();
    for (table, rows) in other.tables.iter_mut().enumerate() {
        for row in rows {
            for (column, value) in row.iter_mut().enumerate() {
                if space.tables[table].columns[column].cluster == cluster && *value == from {
                    *value = to;
                }
            }
        }
    }
    for (value, parameter) in other.parameters.iter_mut().zip(&space.parameters) {
        if parameter.cluster == cluster && *value == from {
            *value = to;
        }
    }
    other
}

/// The simplest values of a column that are simpler than this one.
fn simpler(space: &Space, values: &[ValueId], than: ValueId) -> Vec<ValueId> {
    let own = complexity(space, than);
    let mut ranked: Vec<((usize, usize, &str), ValueId)> = values
        .iter()
        .map(|&value| (complexity(space, value), value))
        .filter(|(rank, _)| *rank < own)
        .collect();
    ranked.sort();
    ranked.dedup();
    ranked.truncate(SIMPLER);
    ranked.into_iter().map(|(_, value)| value).collect()
}

/// Short values are simple; nothing at all, a sign or a fraction is less so; NULL is the least simple.
fn complexity(space: &Space, value: ValueId) -> (usize, usize, &str) {
    match space.values.text(value) {
        None => (3, 0, ""),
        Some("") => (2, 0, ""),
        Some("0") => (0, 2, "0"),
        Some(text) if text.starts_with('-') || text.trim() != text => (1, text.len(), text),
        Some(text) => (0, text.len(), text),
    }
}
