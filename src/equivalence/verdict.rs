//! From a database on which the results differ to a verdict: a difference, or a query that does not agree with itself.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::checker::{Checker, Prepared};
use super::comparison::{Counterexample, ResultTable, TableRows};
use super::confirm::{Confirmation, confirm};
use super::describe::cause;
use super::engine::Failure;
use super::evaluate::{Rows, Side};
use super::explain::why;
use super::features::Features;
use super::search::{
    Difference, Evidence, Found, Pair, Search, Thoroughness, agrees_with_itself, examine, kinds,
};
use super::shrink::shrink;
use super::space::{ParameterType, Space};
use super::tokens::tokens;
use super::values::{Family, ValueId};

impl<'a> Checker<'a> {
    /// Shrinks a difference and confirms it on the real tables.
    pub(super) fn settle(
        &mut self,
        space: &Space,
        pair: &Pair<'_>,
        parameters: &[ParameterType],
        found: Found,
        until: Instant,
    ) -> Result<Settled, Failure> {
        let original = found.clone();
        let until = until.min(Instant::now() + Duration::from_secs(3));
        let mut smallest = match shrink(&mut self.engine, space, pair, found, until) {
            Ok(found) => found,
            Err(Failure::Deadline) => return Ok(Settled::Unfinished(original)),
            Err(other) => return Err(other),
        };
        // What was found quickly must also stand a thorough look.
        match examine(
            &mut self.engine,
            space,
            pair,
            &smallest.database,
            Thoroughness::Full,
        ) {
            Ok(Evidence::Differs(found)) => smallest = *found,
            Ok(_) | Err(Failure::Statement { .. }) => smallest = original.clone(),
            Err(Failure::Deadline) => return Ok(Settled::Unfinished(original)),
            Err(other) => return Err(other),
        }
        let mut message = String::new();
        for candidate in [smallest, original] {
            match confirm(
                &mut self.engine,
                self.catalog,
                space,
                pair,
                parameters,
                &candidate,
            ) {
                Ok(Confirmation::Differs(rows, difference)) => {
                    return Ok(Settled::Confirmed(Found {
                        database: candidate.database,
                        rows,
                        difference,
                    }));
                }
                Ok(Confirmation::Refused(why)) => message = why,
                Err(Failure::Deadline) => return Ok(Settled::Unfinished(candidate)),
                Err(other) => return Err(other),
            }
        }
        Ok(Settled::Refused(message))
    }

    /// Why a query does not agree with itself, if it does not.
    pub(super) fn instability(
        &mut self,
        prepared: &Prepared,
        pair: &Pair<'_>,
        search: &Search,
        names: [&str; 2],
    ) -> Result<Option<String>, Failure> {
        let reason = |side: usize| {
            let mut features = Features::default();
            features.read(&tokens(&prepared.sides[side].original).unwrap_or_default());
            format!(
                "{} does not agree with itself: {}",
                names[side],
                cause(&features)
            )
        };
        if let Some(side) = (0..2).find(|&side| search.unstable[side] > 0) {
            return Ok(Some(reason(side)));
        }
        let volatile: Vec<&str> = prepared
            .features
            .volatile
            .iter()
            .map(String::as_str)
            .collect();
        if !volatile.is_empty() {
            return Ok(Some(format!(
                "the result depends on {}, which changes from run to run (with one and the same value of it, \
                 no difference was found)",
                volatile.join(", ")
            )));
        }
        if prepared.features.suspicions.is_empty() {
            return Ok(None);
        }
        let kinds = kinds(pair);
        for side in 0..2 {
            for database in search.samples.iter().take(40) {
                let rows = match pair.evaluator.rows(
                    &mut self.engine,
                    &prepared.space,
                    side,
                    pair.sides[side],
                    database,
                ) {
                    Ok(rows) => rows,
                    Err(Failure::Server(error)) => return Err(Failure::Server(error)),
                    Err(_) => return Ok(None),
                };
                let agrees = agrees_with_itself(
                    &mut self.engine,
                    &prepared.space,
                    pair,
                    side,
                    database,
                    &rows,
                    &kinds,
                    false,
                    Thoroughness::Full,
                );
                match agrees {
                    Ok(true) => {}
                    Ok(false) => return Ok(Some(reason(side))),
                    Err(Failure::Server(error)) => return Err(Failure::Server(error)),
                    Err(_) => return Ok(None),
                }
            }
        }
        Ok(None)
    }

    pub(super) fn counterexample(
        &self,
        space: &Space,
        pair: &Pair<'_>,
        parameters: &[ParameterType],
        found: &Found,
        confirmed: bool,
        names: [&str; 2],
    ) -> Counterexample {
        let mut setup = found.database.inserts(space).join(";\n");
        if !setup.is_empty() {
            setup.push(';');
        }
        let (differing_a, differing_b) = match &found.difference {
            Difference::Rows { only_a, only_b } => (only_a.clone(), only_b.clone()),
            Difference::Order => {
                let differing: Vec<usize> = (0..found.rows[0].rows.len())
                    .filter(|&at| found.rows[0].rows.get(at) != found.rows[1].rows.get(at))
                    .collect();
                (differing.clone(), differing)
            }
        };
        Counterexample {
            setup,
            parameters: parameters
                .iter()
                .zip(&found.database.parameters)
                .map(|(parameter, value)| {
                    let family = Family::of(&parameter.data_type);
                    (parameter.name.clone(), json_value(space, *value, &family))
                })
                .collect(),
            a: result_table(pair.sides[0], &found.rows[0], differing_a),
            b: result_table(pair.sides[1], &found.rows[1], differing_b),
            why: why(space, pair, found, (names[0], names[1])),
            tables: space
                .tables
                .iter()
                .zip(&found.database.tables)
                .filter(|(table, rows)| table.read || !rows.is_empty())
                .map(|(table, rows)| TableRows {
                    table: table.name.to_short_sql(),
                    columns: table
                        .columns
                        .iter()
                        .map(|column| column.name.clone())
                        .collect(),
                    rows: rows
                        .iter()
                        .map(|row| {
                            row.iter()
                                .zip(&table.columns)
                                .map(|(value, column)| json_value(space, *value, &column.family))
                                .collect()
                        })
                        .collect(),
                })
                .collect(),
            confirmed,
        }
    }
}

pub(super) enum Settled {
    Confirmed(Found),
    /// There was no time to confirm it.
    Unfinished(Found),
    Refused(String),
}

pub(super) fn error_note(search: &Search, names: [&str; 2]) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some((side, message)) = search.one_sided.first() {
        notes.push(format!(
            "{} ends with an error on some databases where {} does not ({message}); PostgreSQL does not promise \
             when it evaluates what, so this is not counted as a difference",
            names[*side],
            names[1 - *side]
        ));
    } else {
        let message = search
            .first_error
            .as_deref()
            .unwrap_or("it did not end in time");
        notes.push(format!(
            "{} databases were left out: the queries end with an error on them ({message})",
            search.errors
        ));
    }
    notes
}

pub(super) fn json_value(space: &Space, value: ValueId, family: &Family) -> Value {
    match space.values.text(value) {
        None => Value::Null,
        Some(text) => match family {
            Family::Number => text
                .parse::<i64>()
                .map(Value::from)
                .or_else(|_| text.parse::<f64>().map(Value::from))
                .unwrap_or_else(|_| text.into()),
            Family::Bool => (text == "true").into(),
            _ => text.into(),
        },
    }
}

pub(super) fn result_table(side: &Side, rows: &Rows, differing: Vec<usize>) -> ResultTable {
    ResultTable {
        columns: side
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect(),
        rows: rows
            .rows
            .iter()
            .map(|row| {
                row.iter()
                    .zip(&side.columns)
                    .map(|(value, column)| match value {
                        None => Value::Null,
                        Some(text) if column.kind.is_number() => {
                            serde_json::from_str::<serde_json::Number>(text)
                                .map(Value::Number)
                                .unwrap_or_else(|_| text.as_str().into())
                        }
                        Some(text) if column.type_name == "bool" => (text == "true").into(),
                        Some(text) => text.as_str().into(),
                    })
                    .collect()
            })
            .collect(),
        error: None,
        differing,
    }
}
