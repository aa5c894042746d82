use std::collections::HashMap;

use super::super::SandboxError;
use super::formula::{ROW, Salt, at, pick};
use super::plan::{Known, Plan, Planner, bounds_of};
use super::table::{ForeignKey, Table};
use super::value::Maker;
use crate::catalog::{ColumnStatistics, quote_identifier};

/// Some parents have no children, as in life: outer joins then differ from inner ones.
const PARENTS_WITH_CHILDREN: f64 = 0.95;
const NULL_REFERENCES: f64 = 0.05;

/// The rows of a parent that can be referred to.
pub(super) enum Parent {
    /// Formulas of the referenced columns, complete for rows 0 to `rows`.
    Formulas {
        rows: u64,
        columns: Vec<String>,
        certain: bool,
    },
    /// A temporary table of keys, numbered from 0.
    Keys {
        rows: u64,
        table: String,
    },
    Nothing,
}

impl Planner<'_> {
    pub(super) fn plan_reference(
        &mut self,
        at: usize,
        known: &HashMap<usize, Known>,
        plan: &mut Plan,
    ) -> Result<(), SandboxError> {
        let table = self.table();
        let reference = &table.foreign_keys[at];
        let given: Vec<usize> = (0..reference.columns.len())
            .filter(|n| plan.columns[reference.columns[*n]].is_some())
            .collect();
        if given.len() == reference.columns.len() {
            plan.doubtful.push(at);
            return Ok(());
        }
        if !given.is_empty() {
            return self.refer_within_group(at, &given, plan);
        }
        let statistics = match reference.columns.as_slice() {
            [column] => known.get(column).and_then(|known| known.statistics.clone()),
            _ => None,
        };
        let parent = self.parent(reference, plan)?;
        let salt = self.salt(&format!("reference {at}"));
        let rows = parent.rows();
        let mut used = if rows > 20 {
            (rows as f64 * PARENTS_WITH_CHILDREN) as u64
        } else {
            rows
        };
        if let Some(distinct) = statistics
            .as_ref()
            .and_then(|statistics| statistics.distinct_values(plan.rows as f64))
        {
            used = (distinct.round() as u64).clamp(1, rows.max(1));
        }
        let skew = statistics
            .as_ref()
            .and_then(|statistics| statistics.skew)
            .unwrap_or(0.0)
            .max(0.0);
        let row = if reference.parent == self.position {
            // An earlier row, so that there are no cycles; the first refers to itself or to nothing.
            format!("floor({} * {ROW})::bigint", salt.unit())
        } else if skew > 0.0 {
            format!(
                "floor(power({}, {}) * {used})::bigint",
                salt.unit(),
                1.0 + skew
            )
        } else {
            salt.below(used)
        };
        self.refer(at, parent, &row, plan, statistics.as_ref());
        Ok(())
    }

    /// Sets the columns of a foreign key to the parent's row that `row` numbers.
    pub(super) fn refer(
        &self,
        at: usize,
        parent: Parent,
        row: &str,
        plan: &mut Plan,
        statistics: Option<&ColumnStatistics>,
    ) {
        let table = self.table();
        let reference = &table.foreign_keys[at];
        let in_key = |column: &usize| {
            table
                .unique
                .iter()
                .any(|key| key.primary && key.columns.contains(column))
        };
        let nullable = reference
            .columns
            .iter()
            .any(|column| !table.columns[*column].not_null);
        let all_nullable = reference
            .columns
            .iter()
            .all(|column| !table.columns[*column].not_null && !in_key(column));
        let null_share = statistics.map_or(NULL_REFERENCES, |statistics| statistics.null_fraction);
        let from_key = statistics.is_none() && plan.columns.iter().all(Option::is_none);
        let present = self.salt(&format!("null {at}")).unit();
        let own = reference.parent == self.position;
        let wrap = |value: String| {
            let first = (own && nullable).then(|| format!("{ROW} > 0"));
            let some = (all_nullable && null_share > 0.0 && !from_key)
                .then(|| format!("{present} >= {null_share:.9}"));
            match (first, some) {
                (None, None) => value,
                (Some(one), None) | (None, Some(one)) => {
                    format!("CASE WHEN {one} THEN {value} END")
                }
                (Some(one), Some(other)) => format!("CASE WHEN {one} AND {other} THEN {value} END"),
            }
        };
        match parent {
            Parent::Formulas {
                columns,
                certain,
                rows,
            } => {
                for (column, formula) in reference.columns.iter().zip(&columns) {
                    let value = at_row(formula, row);
                    let value = match statistics {
                        Some(statistics) => {
                            self.common_references(*column, value, statistics, rows)
                        }
                        None => value,
                    };
                    plan.columns[*column] = Some(wrap(value));
                }
                if !certain {
                    plan.doubtful.push(at);
                }
            }
            Parent::Keys { table: keys, .. } => {
                let alias = format!("k{at}");
                plan.joins
                    .push(format!("LEFT JOIN {keys} {alias} ON {alias}.rn = {row}"));
                for (n, column) in reference.columns.iter().enumerate() {
                    plan.columns[*column] = Some(wrap(format!("{alias}.c{n}")));
                    if table.columns[*column].not_null {
                        plan.required.push(*column);
                    }
                }
            }
            Parent::Nothing => {
                if !nullable {
                    plan.rows = 0;
                }
                for column in &reference.columns {
                    plan.columns[*column] =
                        Some(format!("NULL::{}", table.columns[*column].base_type));
                }
            }
        }
    }

    /// The most common parents by their share, where the parents' keys count from 1.
    fn common_references(
        &self,
        column: usize,
        value: String,
        statistics: &ColumnStatistics,
        rows: u64,
    ) -> String {
        let column = &self.table().columns[column];
        let present = (1.0 - statistics.null_fraction).max(1e-9);
        let common: Vec<(String, f64)> = statistics
            .most_common
            .iter()
            .filter(|(value, _)| {
                value
                    .parse::<u64>()
                    .is_ok_and(|number| (1..=rows).contains(&number))
            })
            .map(|(value, share)| (value.clone(), share / present))
            .collect();
        if common.is_empty() || !column.is_integer() {
            return value;
        }
        let covered = common.iter().map(|(_, share)| share).sum::<f64>().min(1.0);
        let unit = self.salt(&format!("common {}", column.name)).unit();
        let among = pick(
            &format!("({unit} / {covered:.9})"),
            &common,
            &column.base_type,
        );
        format!("CASE WHEN {unit} < {covered:.9} THEN {among} ELSE {value} END")
    }

    pub(super) fn parent(
        &mut self,
        reference: &ForeignKey,
        plan: &Plan,
    ) -> Result<Parent, SandboxError> {
        let parent = &self.schema.tables[reference.parent];
        if reference.parent == self.position {
            let own: Option<Vec<String>> = reference
                .parent_columns
                .iter()
                .map(|column| plan.columns[*column].clone())
                .collect();
            return Ok(match own {
                Some(columns) if plan.joins.is_empty() => Parent::Formulas {
                    rows: plan.rows,
                    columns,
                    certain: true,
                },
                _ => Parent::Nothing,
            });
        }
        match self.filled.tables.get(&reference.parent) {
            Some(filled) => {
                let formulas: Option<Vec<String>> = filled.formulas.as_ref().and_then(|formulas| {
                    reference
                        .parent_columns
                        .iter()
                        .map(|column| formulas[*column].clone())
                        .collect()
                });
                match formulas {
                    Some(columns) => Ok(Parent::Formulas {
                        rows: filled.rows,
                        columns,
                        certain: true,
                    }),
                    None => self.keys_of(parent, reference),
                }
            }
            // In a cycle: the parent comes later. What its key will be is known where it is a plain counter.
            None => {
                let bounds = bounds_of(parent);
                let rows = self.sizes[reference.parent];
                let [column] = reference.parent_columns.as_slice() else {
                    return Ok(Parent::Nothing);
                };
                let refers = parent
                    .foreign_keys
                    .iter()
                    .any(|key| key.columns.contains(column));
                let salt = Salt::new(
                    self.options.seed,
                    &[
                        &parent.name.schema,
                        &parent.name.name,
                        &parent.columns[*column].name,
                    ],
                );
                let maker = Maker {
                    column: &parent.columns[*column],
                    bounds: &bounds[*column],
                    salt,
                    rows,
                    today: self.today,
                };
                Ok(match maker.injective(ROW) {
                    Some((formula, capacity))
                        if !refers && capacity >= rows && rows > 0 && !parent.has_rows =>
                    {
                        Parent::Formulas {
                            rows,
                            columns: vec![formula],
                            certain: false,
                        }
                    }
                    _ => Parent::Nothing,
                })
            }
        }
    }

    fn keys_of(&mut self, parent: &Table, reference: &ForeignKey) -> Result<Parent, SandboxError> {
        let table = format!(
            "pg_temp.whyslow_keys_{}_{}",
            self.table().oid,
            reference_name(reference)
        );
        let names: Vec<String> = reference
            .parent_columns
            .iter()
            .map(|column| quote_identifier(&parent.columns[*column].name))
            .collect();
        let listed: Vec<String> = names
            .iter()
            .enumerate()
            .map(|(n, name)| format!("{name} AS c{n}"))
            .collect();
        let present: Vec<String> = names
            .iter()
            .map(|name| format!("{name} IS NOT NULL"))
            .collect();
        self.client.batch_execute(&format!(
            "DROP TABLE IF EXISTS {table}; CREATE TEMP TABLE {} AS \
             SELECT row_number() OVER (ORDER BY {}) - 1 AS rn, {} FROM {} WHERE {}; ANALYZE {table}",
            table.trim_start_matches("pg_temp."),
            names.join(", "),
            listed.join(", "),
            parent.name.to_sql(),
            present.join(" AND ")
        ))?;
        let rows: i64 = self
            .client
            .query_one(&format!("SELECT count(*) FROM {table}"), &[])?
            .get(0);
        Ok(match u64::try_from(rows) {
            Ok(rows) if rows > 0 => Parent::Keys { rows, table },
            _ => Parent::Nothing,
        })
    }

    /// A foreign key some of whose columns are given (the tenant, mostly): one of the parent's rows that have the same.
    fn refer_within_group(
        &mut self,
        at: usize,
        given: &[usize],
        plan: &mut Plan,
    ) -> Result<(), SandboxError> {
        let table = self.table();
        let reference = &table.foreign_keys[at];
        let is_filled = self.filled.tables.contains_key(&reference.parent);
        let keys = if is_filled {
            self.keys_of(&self.schema.tables[reference.parent], reference)?
        } else {
            Parent::Nothing
        };
        let Parent::Keys { table: keys, .. } = keys else {
            for column in &reference.columns {
                plan.columns[*column]
                    .get_or_insert_with(|| format!("NULL::{}", table.columns[*column].base_type));
            }
            return Ok(());
        };
        let group: Vec<String> = given.iter().map(|n| format!("c{n}")).collect();
        let group = group.join(", ");
        let grouped = format!("{keys}_grouped");
        let columns: Vec<String> = (0..reference.columns.len())
            .map(|n| format!("c{n}"))
            .collect();
        self.client.batch_execute(&format!(
            "DROP TABLE IF EXISTS {grouped}; CREATE TEMP TABLE {} AS \
             SELECT {}, row_number() OVER (PARTITION BY {group} ORDER BY rn) - 1 AS rn, count(*) OVER (PARTITION BY {group}) AS n \
             FROM {keys}; ANALYZE {grouped}",
            grouped.trim_start_matches("pg_temp."),
            columns.join(", ")
        ))?;
        let same = |alias: &str| {
            given
                .iter()
                .filter_map(|n| {
                    Some(format!(
                        "{alias}.c{n} = ({})",
                        plan.columns[reference.columns[*n]].as_ref()?
                    ))
                })
                .collect::<Vec<_>>()
                .join(" AND ")
        };
        let unit = self.salt(&format!("reference {at}")).unit();
        let (first, second) = (format!("g{at}"), format!("k{at}"));
        let joins = [
            format!(
                "LEFT JOIN {grouped} {first} ON {first}.rn = 0 AND {}",
                same(&first)
            ),
            format!(
                "LEFT JOIN {grouped} {second} ON {second}.rn = floor({unit} * {first}.n)::bigint AND {}",
                same(&second)
            ),
        ];
        plan.joins.extend(joins);
        for (n, column) in reference.columns.iter().enumerate() {
            if !given.contains(&n) {
                plan.columns[*column] = Some(format!("{second}.c{n}"));
                if table.columns[*column].not_null {
                    plan.required.push(*column);
                }
            }
        }
        Ok(())
    }
}

impl Parent {
    pub fn rows(&self) -> u64 {
        match self {
            Self::Formulas { rows, .. } | Self::Keys { rows, .. } => *rows,
            Self::Nothing => 0,
        }
    }
}

fn reference_name(reference: &ForeignKey) -> String {
    reference
        .columns
        .iter()
        .map(usize::to_string)
        .collect::<Vec<_>>()
        .join("_")
}

fn at_row(formula: &str, row: &str) -> String {
    format!("({})", at(formula, &format!("({row})")))
}
