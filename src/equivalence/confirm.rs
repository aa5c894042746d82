//! The last word: a counterexample's rows in the real tables, with every constraint in place.

use sqlparser::tokenizer::Token;

use crate::catalog::{Catalog, TableKind};
use crate::rewrite::{Edit, apply_edits};

use super::database::Database;
use super::engine::{Engine, Failure};
use super::evaluate::{Rows, Side};
use super::search::{Difference, Found, Pair, difference, kinds};
use super::space::{ParameterType, Space};
use super::tokens::tokens;

/// What the real tables say of a counterexample.
pub(super) enum Confirmation {
    /// The two results, as the original queries returned them.
    Differs([Rows; 2], Difference),
    /// The rows break a constraint, or the queries agree.
    Refused(String),
}

/// Fills the real tables in a transaction, runs both queries as written, and takes everything back.
pub(super) fn confirm(
    engine: &mut Engine,
    catalog: &Catalog,
    space: &Space,
    pair: &Pair<'_>,
    parameters: &[ParameterType],
    found: &Found,
) -> Result<Confirmation, Failure> {
    engine.run("BEGIN")?;
    let outcome = within_transaction(engine, catalog, space, pair, parameters, found);
    let ended = engine.run("ROLLBACK");
    match outcome {
        Ok(confirmation) => {
            ended?;
            Ok(confirmation)
        }
        Err(Failure::Statement { message, .. }) => {
            ended?;
            Ok(Confirmation::Refused(message))
        }
        Err(other) => Err(other),
    }
}

fn within_transaction(
    engine: &mut Engine,
    catalog: &Catalog,
    space: &Space,
    pair: &Pair<'_>,
    parameters: &[ParameterType],
    found: &Found,
) -> Result<Confirmation, Failure> {
    for statement in fill(catalog, space, &found.database) {
        engine.run(&statement)?;
    }
    let mut rows = [Rows::default(), Rows::default()];
    for (side, rows) in rows.iter_mut().enumerate() {
        *rows = run(engine, space, pair.sides[side], parameters, &found.database)?;
    }
    let kinds = kinds(pair);
    // Ties were looked at when the database was examined: here the real rows must differ as found.
    let real = match difference(&rows[0], &rows[1], &kinds, pair.ordered) {
        Some(difference) => difference,
        None => {
            return Ok(Confirmation::Refused(
                "on the real tables both queries return the same rows".to_owned(),
            ));
        }
    };
    Ok(Confirmation::Differs(rows, real))
}

/// The statements that bring a database into the real tables.
fn fill(catalog: &Catalog, space: &Space, database: &Database) -> Vec<String> {
    let mut statements = Vec::new();
    for (table, rows) in space.tables.iter().zip(&database.tables) {
        let real = catalog.table(table.id);
        let no_partitions = matches!(real.kind, TableKind::Partitioned { .. })
            && !catalog
                .tables()
                .any(|other| other.partition_of == Some(real.id));
        if no_partitions && !rows.is_empty() {
            statements.push(format!(
                "CREATE TABLE pg_temp.whyslow_rows_{} PARTITION OF {} DEFAULT",
                table.id.0,
                table.name.to_sql()
            ));
        }
    }
    statements.extend(database.inserts(space));
    statements
}

fn run(
    engine: &mut Engine,
    space: &Space,
    query: &Side,
    parameters: &[ParameterType],
    database: &Database,
) -> Result<Rows, Failure> {
    let text = with_values(&query.original, space, parameters, database);
    let names: Vec<String> = (1..=query.columns.len())
        .map(|number| format!("\"{number}\""))
        .collect();
    let texts: Vec<String> = names.iter().map(|name| format!("({name})::text")).collect();
    let alias = if names.is_empty() {
        String::new()
    } else {
        format!("({})", names.join(", "))
    };
    let sql = format!(
        "SELECT ARRAY[{}]::text[] FROM ({text}\n) AS \"?q\"{alias}",
        texts.join(", ")
    );
    let found = engine.query(&sql, &[])?;
    Ok(Rows {
        rows: found.iter().map(|row| row.get(0)).collect(),
        keys: None,
    })
}

/// A query with its parameters' values in their places.
pub(super) fn with_values(
    text: &str,
    space: &Space,
    parameters: &[ParameterType],
    database: &Database,
) -> String {
    let Some(tokens) = tokens(text) else {
        return text.to_owned();
    };
    let mut edits = Vec::new();
    for token in &tokens {
        if let Token::Placeholder(name) = &token.token
            && let Some(at) = name
                .strip_prefix('$')
                .and_then(|number| number.parse::<usize>().ok())
            && let Some((parameter, value)) = at
                .checked_sub(1)
                .and_then(|at| Some((parameters.get(at)?, *database.parameters.get(at)?)))
        {
            edits.push(Edit::replace(
                token.span,
                format!("({}::{})", space.literal(value), parameter.type_sql),
            ));
        }
    }
    if let Some(last) = tokens.last().filter(|last| last.token == Token::SemiColon) {
        edits.push(Edit::delete(last.span));
    }
    apply_edits(text, 0, &edits).unwrap_or_else(|| text.to_owned())
}
