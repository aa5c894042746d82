//! The formulas of one table's columns.

use std::collections::HashMap;

use postgres::Client;

use super::super::SandboxError;
use super::bounds::{self, Bounds};
use super::formula::{ROW, Salt, at, pick};
use super::insert::Filled;
use super::keys::{Digit, spread};
use super::options::GenerateOptions;
use super::partitions::Partitions;
use super::table::{ForeignKey, Schema, Table, Unique};
use super::value::{Maker, UNLIMITED};
use crate::catalog::{ColumnStatistics, quote_identifier, quote_literal};

/// Some parents have no children, as in life: outer joins then differ from inner ones.
const PARENTS_WITH_CHILDREN: f64 = 0.95;
const NULL_REFERENCES: f64 = 0.05;

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
struct Known {
    statistics: Option<ColumnStatistics>,
    hints: Vec<String>,
}

/// The rows of a parent that can be referred to.
enum Parent {
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

enum Unit {
    Column(usize),
    Reference { key: usize, parent: Parent },
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

    fn table(&self) -> &'a Table {
        &self.schema.tables[self.position]
    }

    fn salt(&self, purpose: &str) -> Salt {
        let name = &self.table().name;
        Salt::new(self.options.seed, &[&name.schema, &name.name, purpose])
    }

    fn maker<'b>(&'b self, column: usize, bounds: &'b [Bounds], rows: u64) -> Maker<'b> {
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

    fn plan_key(
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
                if let Some((formula, capacity)) =
                    self.maker(column, bounds, plan.rows).injective(ROW)
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
                .maker(*column, bounds, plan.rows)
                .injective(ROW)
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
                        .maker(column, bounds, plan.rows)
                        .injective(&formula)
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

    fn plan_reference(
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
    fn refer(
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

    fn parent(&mut self, reference: &ForeignKey, plan: &Plan) -> Result<Parent, SandboxError> {
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
    fn rows(&self) -> u64 {
        match self {
            Self::Formulas { rows, .. } | Self::Keys { rows, .. } => *rows,
            Self::Nothing => 0,
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
