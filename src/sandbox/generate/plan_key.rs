use std::collections::HashMap;

use super::super::SandboxError;
use super::bounds::Bounds;
use super::formula::ROW;
use super::keys::{Digit, spread};
use super::plan::{Known, Plan, Planner};
use super::reference::Parent;
use super::table::Unique;
use super::value::UNLIMITED;
use crate::catalog::quote_literal;

enum Unit {
    Column(usize),
    Reference { key: usize, parent: Parent },
}

impl Planner<'_> {
    pub(super) fn plan_key(
        &mut self,
        key: &Unique,
        bounds: &[Bounds],
        known: &HashMap<usize, Known>,
        plan: &mut Plan,
        alone: &mut [bool],
        done: &mut [bool],
    ) -> Result<(), SandboxError> {
        let table = self.table();
        if key.columns.iter().any(|column| alone[*column])
            || key
                .columns
                .iter()
                .any(|column| table.columns[*column].computed)
        {
            return Ok(());
        }
        let free = key
            .columns
            .iter()
            .all(|column| plan.columns[*column].is_none());
        let refers = |column: usize| {
            table
                .foreign_keys
                .iter()
                .any(|key| key.columns.contains(&column))
        };
        let without_reference = !key.columns.iter().any(|column| refers(*column));
        if !free || without_reference {
            // One column that differs in every row is enough.
            let mut candidates: Vec<usize> = key
                .columns
                .iter()
                .copied()
                .filter(|column| plan.columns[*column].is_none() && !refers(*column))
                .collect();
            candidates.sort_by_key(|column| !table.columns[*column].serial);
            for column in candidates {
                if let Some((formula, capacity)) = self.injective(column, ROW, bounds, plan)
                    && capacity >= plan.rows
                {
                    let is_partition_key = plan
                        .partitions
                        .key
                        .as_ref()
                        .is_some_and(|(key, _)| *key == column);
                    if is_partition_key && key.columns.len() > 1 {
                        continue;
                    }
                    plan.columns[column] = Some(self.with_hints(column, formula, plan.rows, known));
                    alone[column] = true;
                    return Ok(());
                }
            }
            if !free {
                plan.may_repeat = true;
                return Ok(());
            }
        }
        let mut units = Vec::new();
        for column in &key.columns {
            let covered = units.iter().any(|unit| match unit {
                Unit::Column(other) => other == column,
                Unit::Reference { key, .. } => table.foreign_keys[*key].columns.contains(column),
            });
            if covered {
                continue;
            }
            let free_in_key = |column: &usize| {
                key.columns.contains(column)
                    && plan.columns[*column].is_none()
                    && !units.iter().any(|unit| match unit {
                        Unit::Column(other) => other == column,
                        Unit::Reference { key, .. } => {
                            table.foreign_keys[*key].columns.contains(column)
                        }
                    })
            };
            let reference = (0..table.foreign_keys.len())
                .filter(|at| {
                    let reference = &table.foreign_keys[*at];
                    reference.parent != self.position
                        && reference.columns.contains(column)
                        && reference.columns.iter().all(free_in_key)
                })
                .max_by_key(|at| table.foreign_keys[*at].columns.len());
            units.push(match reference {
                Some(at) => Unit::Reference {
                    key: at,
                    parent: self.parent(&table.foreign_keys[at], plan)?,
                },
                None if refers(*column) => {
                    plan.may_repeat = true;
                    return Ok(());
                }
                None => Unit::Column(*column),
            });
        }
        let values = |unit: &Unit| match unit {
            Unit::Column(column) => self
                .injective(*column, ROW, bounds, plan)
                .map_or(0, |(_, values)| values),
            Unit::Reference { parent, .. } => parent.rows(),
        };
        // What has the most values runs fastest; the order of the key decides among the rest.
        if let Some(widest) = (0..units.len())
            .max_by_key(|at| values(&units[*at]))
            .filter(|_| units.len() > 1)
        {
            let widest = units.remove(widest);
            units.push(widest);
            let last_is_limited = units
                .last()
                .map(values)
                .is_some_and(|values| values < UNLIMITED / 2);
            if last_is_limited
                && units
                    .iter()
                    .all(|unit| matches!(unit, Unit::Reference { .. }))
            {
                // Two parents: the one that the key names first lies together.
                units.sort_by_key(|unit| match unit {
                    Unit::Reference { key: at, .. } => key
                        .columns
                        .iter()
                        .position(|column| table.foreign_keys[*at].columns.contains(column)),
                    Unit::Column(_) => None,
                });
            }
        }
        let digits: Vec<Digit> = units
            .iter()
            .map(|unit| Digit {
                values: values(unit),
            })
            .collect();
        if digits.iter().any(|digit| digit.values == 0) {
            plan.rows = 0;
            return Ok(());
        }
        let (formulas, rows) = spread(&digits, plan.rows);
        plan.rows = rows;
        plan.open_ended = false;
        let single = units.len() == 1;
        for (unit, formula) in units.into_iter().zip(formulas) {
            match unit {
                Unit::Column(column) => {
                    let value = self
                        .injective(column, &formula, bounds, plan)
                        .map(|(value, _)| value);
                    plan.columns[column] = value;
                    alone[column] = single;
                }
                Unit::Reference { key: at, parent } => {
                    done[at] = true;
                    let reference = &table.foreign_keys[at];
                    if single && let [column] = reference.columns.as_slice() {
                        alone[*column] = true;
                    }
                    self.refer(at, parent, &formula, plan, None);
                }
            }
        }
        Ok(())
    }

    fn injective(
        &self,
        column: usize,
        v: &str,
        bounds: &[Bounds],
        plan: &Plan,
    ) -> Option<(String, u64)> {
        let inside = match &plan.partitions.key {
            Some((key, inside)) if *key == column => {
                inside.injective(&self.table().columns[column], v, plan.rows)
            }
            _ => None,
        };
        inside.or_else(|| self.maker(column, bounds, plan.rows).injective(v))
    }

    /// A key whose hinted literals are there: each takes the place of one row's value.
    fn with_hints(
        &self,
        column: usize,
        formula: String,
        rows: u64,
        known: &HashMap<usize, Known>,
    ) -> String {
        let Some(known) = known.get(&column).filter(|_| rows > 0) else {
            return formula;
        };
        let column = &self.table().columns[column];
        let sql_type = &column.base_type;
        let absent = |hint: &&String| {
            // A counter has the numbers up to its rows already.
            !(column.is_number()
                && hint
                    .parse::<u64>()
                    .is_ok_and(|number| (1..=rows).contains(&number)))
        };
        let hints: Vec<&String> = known.hints.iter().filter(absent).take(100).collect();
        if hints.is_empty() {
            return formula;
        }
        let step = (rows / (hints.len() as u64 + 1)).max(1);
        let cases: String = hints
            .iter()
            .zip(1_u64..)
            .map(|(hint, n)| {
                format!(
                    " WHEN {ROW} = {} THEN {}::{sql_type}",
                    (n * step).min(rows - 1),
                    quote_literal(hint)
                )
            })
            .collect();
        format!("(CASE{cases} ELSE {formula} END)")
    }
}
