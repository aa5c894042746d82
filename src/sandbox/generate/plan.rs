//! The formulas of one table's columns.

use std::collections::HashMap;

use postgres::Client;

use super::super::SandboxError;
use super::bounds::{self, Bounds};
use super::formula::Salt;
use super::insert::Filled;
use super::options::GenerateOptions;
use super::partitions::Partitions;
use super::table::{Schema, Table};
use super::value::Maker;
use crate::catalog::ColumnStatistics;

/// How to fill a table.
pub(super) struct Plan {
    pub rows: u64,
    /// By column; `None` where the server computes it.
    pub columns: Vec<Option<String>>,
    /// `LEFT JOIN ...` after the row numbers, in order.
    pub joins: Vec<String>,
    /// Positions of columns that a join gives and that may not be NULL.
    pub required: Vec<usize>,
    pub partitions: Partitions,
    /// Foreign keys, by position, that may refer to nothing.
    pub doubtful: Vec<usize>,
    /// More rows can be made by counting on.
    pub open_ended: bool,
    /// A key is left to chance: rows that repeat one are skipped.
    pub may_repeat: bool,
}

pub(super) struct Planner<'a> {
    pub client: &'a mut Client,
    pub schema: &'a Schema,
    pub position: usize,
    pub sizes: &'a [u64],
    pub options: &'a GenerateOptions<'a>,
    pub today: &'a str,
    pub filled: &'a Filled,
}

/// What is known of one column from outside the schema.
#[derive(Default)]
pub(super) struct Known {
    pub statistics: Option<ColumnStatistics>,
    pub hints: Vec<String>,
}

impl<'a> Planner<'a> {
    pub fn plan(&mut self) -> Result<Plan, SandboxError> {
        let table = self.table();
        let bounds = bounds_of(table);
        let known = self.known()?;
        let mut plan = Plan {
            rows: self.sizes[self.position],
            columns: vec![None; table.columns.len()],
            joins: Vec::new(),
            required: Vec::new(),
            partitions: Partitions::read(self.client, table)?,
            doubtful: Vec::new(),
            open_ended: true,
            may_repeat: false,
        };
        let mut alone = vec![false; table.columns.len()];
        let mut done = vec![false; table.foreign_keys.len()];
        for key in table
            .unique
            .iter()
            .filter(|key| !key.partial && (!key.expressions || key.columns.len() == 1))
        {
            self.plan_key(key, &bounds, &known, &mut plan, &mut alone, &mut done)?;
        }
        let refers = |column: usize| {
            table
                .foreign_keys
                .iter()
                .any(|key| key.columns.contains(&column))
        };
        self.plan_values(&bounds, &known, &mut plan, |column| !refers(column));
        let mut order: Vec<usize> = (0..table.foreign_keys.len())
            .filter(|key| !done[*key])
            .collect();
        // The widest first: the narrower ones mostly follow from it. Those to the table itself need its keys.
        order.sort_by_key(|key| {
            let key = &table.foreign_keys[*key];
            (
                key.parent == self.position,
                std::cmp::Reverse(key.columns.len()),
            )
        });
        for key in order {
            self.plan_reference(key, &known, &mut plan)?;
        }
        self.plan_values(&bounds, &known, &mut plan, |_| true);
        Ok(plan)
    }

    pub(super) fn table(&self) -> &'a Table {
        &self.schema.tables[self.position]
    }

    pub(super) fn salt(&self, purpose: &str) -> Salt {
        let name = &self.table().name;
        Salt::new(self.options.seed, &[&name.schema, &name.name, purpose])
    }

    pub(super) fn maker<'b>(&'b self, column: usize, bounds: &'b [Bounds], rows: u64) -> Maker<'b> {
        let column_of = &self.table().columns[column];
        Maker {
            column: column_of,
            bounds: &bounds[column],
            salt: self.salt(&column_of.name),
            rows,
            today: self.today,
        }
    }

    /// Statistics and hints by column; values that the type does not take are left out.
    fn known(&mut self) -> Result<HashMap<usize, Known>, SandboxError> {
        let table = self.table();
        let described = self
            .options
            .statistics
            .and_then(|catalog| catalog.table_by_name(&table.name));
        let mut known = HashMap::new();
        for (position, column) in table.columns.iter().enumerate() {
            let mut statistics = described
                .and_then(|described| {
                    described
                        .columns
                        .iter()
                        .find(|other| other.name == column.name)
                })
                .and_then(|other| other.statistics.clone());
            let hinted: Vec<String> = self
                .options
                .literals
                .iter()
                .filter(|hint| hint.table == table.name && hint.column == column.name)
                .flat_map(|hint| hint.values.iter().cloned())
                .collect();
            let mut hints = Vec::new();
            if !hinted.is_empty() {
                hints = self.valid(&hinted, &column.base_type)?;
                hints.sort();
                hints.dedup();
            }
            if let Some(statistics) = &mut statistics {
                let values: Vec<String> = statistics
                    .most_common
                    .iter()
                    .map(|(value, _)| value.clone())
                    .collect();
                let valid = self.valid(&values, &column.base_type)?;
                statistics
                    .most_common
                    .retain(|(value, share)| valid.contains(value) && *share > 0.0);
                if self.valid(&statistics.histogram, &column.base_type)?.len()
                    < statistics.histogram.len()
                {
                    statistics.histogram.clear();
                }
                statistics.null_fraction = statistics.null_fraction.clamp(0.0, 1.0);
            }
            if statistics.is_some() || !hints.is_empty() {
                known.insert(position, Known { statistics, hints });
            }
        }
        Ok(known)
    }

    fn valid(&mut self, values: &[String], sql_type: &str) -> Result<Vec<String>, SandboxError> {
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.client.query(
            "SELECT v FROM unnest($1::text[]) v WHERE pg_input_is_valid(v, $2)",
            &[&values, &sql_type],
        )?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    fn plan_values(
        &mut self,
        bounds: &[Bounds],
        known: &HashMap<usize, Known>,
        plan: &mut Plan,
        take: impl Fn(usize) -> bool,
    ) {
        let table = self.table();
        let open: Vec<usize> = (0..table.columns.len())
            .filter(|column| {
                plan.columns[*column].is_none() && !table.columns[*column].computed && take(*column)
            })
            .collect();
        let (above, plain): (Vec<usize>, Vec<usize>) = open
            .into_iter()
            .partition(|column| bounds[*column].above.is_some());
        for column in plain.into_iter().chain(above) {
            let column_of = &table.columns[column];
            let maker = self.maker(column, bounds, plan.rows);
            let inside = match &plan.partitions.key {
                Some((key, inside)) if *key == column => {
                    inside.formula(column_of, maker.salt, plan.rows)
                }
                _ => None,
            };
            let above = bounds[column]
                .above
                .and_then(|other| plan.columns[other].clone())
                .and_then(|other| {
                    let unit = maker.salt.with("above").unit();
                    let more = match column_of.type_name.as_str() {
                        "timestamp" | "timestamptz" => {
                            format!("interval '1 minute' + {unit} * interval '30 days'")
                        }
                        "date" => format!("1 + floor({unit} * 30)::int"),
                        _ if column_of.is_number() => format!("(1 + floor({unit} * 100))::int"),
                        _ => return None,
                    };
                    let known = known.get(&column);
                    let usual = maker.plain(known.and_then(|known| known.statistics.as_ref()), &[]);
                    let raised = format!("(({other}) + {more})::{}", column_of.base_type);
                    // Where the lower one is NULL, the check passes anyhow; where this one is, too.
                    Some(format!(
                        "CASE WHEN ({usual}) IS NOT NULL THEN coalesce({raised}, {usual}) END"
                    ))
                });
            let value = inside.or(above).unwrap_or_else(|| {
                let known = known.get(&column);
                maker.plain(
                    known.and_then(|known| known.statistics.as_ref()),
                    known
                        .map(|known| known.hints.as_slice())
                        .unwrap_or_default(),
                )
            });
            plan.columns[column] = Some(value);
        }
    }
}

/// What the table's checks and its columns' domains say of each column.
pub(super) fn bounds_of(table: &Table) -> Vec<Bounds> {
    let names: Vec<&str> = table
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    let mut bounds = vec![Bounds::default(); names.len()];
    bounds::read(&table.checks, &names, None, &mut bounds);
    for (position, column) in table.columns.iter().enumerate() {
        bounds::read(&column.domain_checks, &names, Some(position), &mut bounds);
    }
    bounds
}
