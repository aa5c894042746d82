//! What constraints ask of rows: CHECK, partition bounds and generated columns, decided by the server for all values.

use std::collections::{BTreeSet, HashMap};

use crate::catalog::{
    Catalog, ColumnId, ForeignKey, Generated, IndexTarget, Table, TableId, TableKind, Type,
    quote_identifier,
};
use indexmap::IndexSet;
use rand::Rng;

use super::engine::Failure;
use super::features::Features;
use super::space::{
    Builder, LARGEST_PRODUCT, RowFunction, Space, SpaceForeignKey, SpaceKey, TupleGroup, root_of,
    stored_columns,
};
use super::tokens::{identifier, tokens};
use super::values::{Family, NULL, ValueId};

impl Builder<'_> {
    /// For each partitioned table, what a row must satisfy to have a partition.
    pub(super) fn partition_checks(
        &mut self,
        order: &[TableId],
    ) -> Result<HashMap<TableId, String>, Failure> {
        let mut checks = HashMap::new();
        for id in order {
            let table = self.catalog.table(*id);
            if matches!(table.kind, TableKind::Partitioned { .. }) {
                let rows = self.engine.query(
                    "SELECT string_agg('(' || coalesce(pg_get_partition_constraintdef(inhrelid), 'true') || ')', ' OR ') \
                     FROM pg_inherits WHERE inhparent = to_regclass($1::text)",
                    &[&table.name.to_sql()],
                )?;
                if let Some(check) = rows.first().and_then(|row| row.get::<_, Option<String>>(0)) {
                    checks.insert(*id, check);
                }
            }
        }
        Ok(checks)
    }

    /// Literals in CHECK constraints, domains, partition bounds and index predicates are worth trying too.
    pub(super) fn read_checks(
        &mut self,
        order: &[TableId],
        partition_checks: &HashMap<TableId, String>,
    ) {
        let mut texts: Vec<String> = partition_checks.values().cloned().collect();
        for id in order {
            let table = self.catalog.table(*id);
            texts.extend(
                table
                    .checks
                    .iter()
                    .map(|check| check.expression.text.clone()),
            );
            for index in self
                .catalog
                .indexes_of(table)
                .filter(|index| index.unique && index.valid)
            {
                texts.extend(
                    index
                        .predicate
                        .iter()
                        .map(|predicate| predicate.text.clone()),
                );
            }
            for column in &table.columns {
                if let Type::Domain(name) = &column.data_type {
                    for check in self
                        .catalog
                        .domains
                        .get(name)
                        .iter()
                        .flat_map(|domain| &domain.checks)
                    {
                        let mut found = Features::default();
                        if let Some(tokens) = tokens(&check.text) {
                            found.read(&tokens);
                        }
                        self.hints
                            .entry(column.name.clone())
                            .or_default()
                            .extend(found.ambient);
                    }
                }
            }
        }
        for text in texts {
            let mut found = Features::default();
            if let Some(tokens) = tokens(&text) {
                found.read(&tokens);
            }
            for (column, hints) in found.columns {
                self.hints.entry(column).or_default().extend(hints);
            }
        }
    }

    /// The place of the table that a foreign key refers to, and the columns there.
    pub(super) fn referenced_place(
        &self,
        order: &[TableId],
        key: &ForeignKey,
    ) -> Option<(usize, Vec<ColumnId>)> {
        let (referenced, columns) = self.catalog.referenced_columns(key)?;
        let root = root_of(self.catalog, referenced.id);
        let place = order.iter().position(|id| *id == root)?;
        Some((place, columns))
    }

    pub(super) fn constraints(
        &mut self,
        space: &mut Space,
        at: usize,
        table: &Table,
        order: &[TableId],
        partition_check: Option<&String>,
    ) -> Result<(), Failure> {
        let stored = stored_columns(table);
        let place = |column: usize| stored.iter().position(|&stored| stored == column);
        for index in self
            .catalog
            .indexes_of(table)
            .filter(|index| index.unique && index.valid)
        {
            let mut key = SpaceKey {
                columns: Vec::new(),
                expressions: Vec::new(),
                predicate: None,
                nulls_not_distinct: index.nulls_not_distinct,
            };
            for part in &index.keys {
                match &part.target {
                    IndexTarget::Column(column) => match place(column.0) {
                        Some(column) => key.columns.push(column),
                        None => {
                            let name = quote_identifier(&table.column(*column).name);
                            key.expressions
                                .push(self.function(space, at, table, &name)?);
                        }
                    },
                    IndexTarget::Expression(expression) => {
                        key.expressions
                            .push(self.function(space, at, table, &expression.text)?);
                    }
                }
            }
            if let Some(predicate) = &index.predicate {
                key.predicate = Some(self.function(space, at, table, &predicate.text)?);
            }
            space.tables[at].keys.push(key);
        }
        for key in table.foreign_keys.iter().filter(|key| key.validated) {
            let Some((other, columns)) = self.referenced_place(order, key) else {
                continue;
            };
            let other_stored = stored_columns(self.catalog.table(order[other]));
            let from: Option<Vec<usize>> =
                key.columns.iter().map(|column| place(column.0)).collect();
            let to: Option<Vec<usize>> = columns
                .iter()
                .map(|column| other_stored.iter().position(|&stored| stored == column.0))
                .collect();
            if let (Some(columns), Some(referenced)) = (from, to) {
                space.tables[at].foreign_keys.push(SpaceForeignKey {
                    columns,
                    table: other,
                    referenced,
                    match_full: key.match_full,
                });
            }
        }
        self.checks(space, at, table, partition_check)
    }

    /// Numbers of the stored columns that an expression uses, those behind generated columns included.
    pub(super) fn columns_used(table: &Table, text: &str) -> Vec<usize> {
        let mut used = BTreeSet::new();
        let mut open = vec![text.to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(text) = open.pop() {
            for token in tokens(&text).unwrap_or_default() {
                if let Some(column) =
                    identifier(&token.token).and_then(|name| table.column_by_name(&name))
                    && seen.insert(column)
                {
                    match &table.column(column).generated {
                        Generated::Expression(expression) => open.push(expression.text.clone()),
                        _ => {
                            used.insert(column.0);
                        }
                    }
                }
            }
        }
        let stored = stored_columns(table);
        used.into_iter()
            .filter_map(|column| stored.iter().position(|&stored| stored == column))
            .collect()
    }

    pub(super) fn checks(
        &mut self,
        space: &mut Space,
        at: usize,
        table: &Table,
        partition_check: Option<&String>,
    ) -> Result<(), Failure> {
        let mut groups: Vec<(BTreeSet<usize>, Vec<String>)> = Vec::new();
        let texts = table
            .checks
            .iter()
            .filter(|check| check.validated)
            .map(|check| check.expression.text.clone())
            .chain(partition_check.cloned());
        for text in texts {
            let mut columns: BTreeSet<usize> =
                Self::columns_used(table, &text).into_iter().collect();
            let mut conditions = vec![text];
            groups.retain(|(other, texts)| {
                let apart = other.is_disjoint(&columns);
                if !apart {
                    columns.extend(other);
                    conditions.extend(texts.iter().cloned());
                }
                apart
            });
            groups.push((columns, conditions));
        }
        for (columns, conditions) in groups {
            let columns: Vec<usize> = columns.into_iter().collect();
            let condition: Vec<String> = conditions
                .iter()
                .map(|text| format!("(({text}) IS NOT FALSE)"))
                .collect();
            let combinations = self.combinations(space, at, &columns);
            let results = self.evaluate(
                space,
                at,
                table,
                &columns,
                &combinations,
                &condition.join(" AND "),
            )?;
            let tuples: Vec<Vec<ValueId>> = combinations
                .into_iter()
                .zip(results)
                .filter(|(_, result)| {
                    result
                        .as_ref()
                        .is_some_and(|text| text.as_deref() == Some("true"))
                })
                .map(|(tuple, _)| tuple)
                .collect();
            let set = tuples.iter().cloned().collect();
            space.tables[at].groups.push(TupleGroup {
                columns,
                tuples,
                set,
            });
        }
        Ok(())
    }

    pub(super) fn function(
        &mut self,
        space: &mut Space,
        at: usize,
        table: &Table,
        expression: &str,
    ) -> Result<usize, Failure> {
        let columns = Self::columns_used(table, expression);
        let combinations = self.combinations(space, at, &columns);
        let results = self.evaluate(space, at, table, &columns, &combinations, expression)?;
        let family = Family::Other("expression".to_owned());
        let truth = self.values.intern(&family, "true");
        let results = combinations
            .into_iter()
            .zip(results)
            .filter_map(|(tuple, result)| {
                let value = match result? {
                    Some(text) => self.values.intern(&family, &text),
                    None => NULL,
                };
                Some((tuple, value))
            })
            .collect();
        space.tables[at].functions.push(RowFunction {
            columns,
            results,
            truth,
        });
        Ok(space.tables[at].functions.len() - 1)
    }

    /// Combinations of the columns' values: all, or a sample.
    pub(super) fn combinations(
        &mut self,
        space: &Space,
        at: usize,
        columns: &[usize],
    ) -> Vec<Vec<ValueId>> {
        let pools: Vec<Vec<ValueId>> = columns
            .iter()
            .map(|&column| {
                let column = &space.tables[at].columns[column];
                let mut pool = column.distinct.clone();
                if column.nullable || pool.is_empty() {
                    pool.push(NULL);
                }
                pool
            })
            .collect();
        let product = pools
            .iter()
            .try_fold(1usize, |product, pool| product.checked_mul(pool.len()));
        if product.is_some_and(|product| product <= LARGEST_PRODUCT) {
            let mut all = vec![Vec::new()];
            for pool in &pools {
                all = all
                    .into_iter()
                    .flat_map(|prefix| {
                        pool.iter().map(move |value| {
                            let mut tuple = prefix.clone();
                            tuple.push(*value);
                            tuple
                        })
                    })
                    .collect();
            }
            return all;
        }
        let mut seen = IndexSet::new();
        for _ in 0..LARGEST_PRODUCT {
            seen.insert(
                pools
                    .iter()
                    .map(|pool| {
                        // The likelier values stand first.
                        let bound = if self.rng.random_bool(0.5) {
                            pool.len().min(6)
                        } else {
                            pool.len()
                        };
                        pool[self.rng.random_range(0..bound)]
                    })
                    .collect::<Vec<_>>(),
            );
        }
        seen.into_iter().collect()
    }

    /// The value of an expression for each combination, as text; `None` where it raises an error.
    pub(super) fn evaluate(
        &mut self,
        space: &Space,
        at: usize,
        table: &Table,
        columns: &[usize],
        combinations: &[Vec<ValueId>],
        expression: &str,
    ) -> Result<Vec<Option<Option<String>>>, Failure> {
        let source = row_source(self.catalog, table, "\"?j\".r");
        let sql = format!(
            "SELECT ({expression}\n)::text FROM jsonb_array_elements($1::text::jsonb) WITH ORDINALITY AS \"?j\"(r, n), \
             LATERAL ({source}) AS {} ORDER BY \"?j\".n",
            quote_identifier(&table.name.name)
        );
        let width = space.tables[at].columns.len();
        let rows: Vec<String> = combinations
            .iter()
            .map(|tuple| {
                let mut row = vec!["null"; width];
                for (column, value) in columns.iter().zip(tuple) {
                    row[*column] = self.values.json(*value);
                }
                format!("[{}]", row.join(","))
            })
            .collect();
        let mut results = Vec::with_capacity(rows.len());
        let mut open = vec![rows.as_slice()];
        while let Some(part) = open.pop() {
            if part.is_empty() {
                continue;
            }
            match self.engine.query(&sql, &[&format!("[{}]", part.join(","))]) {
                Ok(found) => results.extend(
                    found
                        .iter()
                        .map(|row| Some(row.get::<_, Option<String>>(0))),
                ),
                Err(Failure::Statement { .. }) if part.len() == 1 => results.push(None),
                Err(Failure::Statement { .. }) => {
                    let (left, right) = part.split_at(part.len() / 2);
                    open.push(right);
                    open.push(left);
                }
                Err(other) => return Err(other),
            }
        }
        Ok(results)
    }
}

pub(super) fn expanded(weighted: &[(ValueId, u32)]) -> Vec<ValueId> {
    weighted
        .iter()
        .flat_map(|(value, weight)| std::iter::repeat_n(*value, *weight as usize))
        .collect()
}

/// A SELECT of one table's columns from a JSON array of the stored values, generated columns computed.
pub(super) fn row_source(catalog: &Catalog, table: &Table, json: &str) -> String {
    let _ = catalog;
    let stored = stored_columns(table);
    let inner: Vec<String> = stored
        .iter()
        .enumerate()
        .map(|(place, &column)| {
            let column = &table.columns[column];
            format!(
                "({json}->>{place})::{} AS {}",
                column.data_type,
                quote_identifier(&column.name)
            )
        })
        .collect();
    if stored.len() == table.columns.len() {
        return format!("SELECT {}", inner.join(", "));
    }
    let outer: Vec<String> = table
        .columns
        .iter()
        .map(|column| match &column.generated {
            Generated::Expression(expression) => {
                format!(
                    "({})::{} AS {}",
                    expression.text,
                    column.data_type,
                    quote_identifier(&column.name)
                )
            }
            _ => quote_identifier(&column.name),
        })
        .collect();
    format!(
        "SELECT {} FROM (SELECT {}) AS {}",
        outer.join(", "),
        inner.join(", "),
        quote_identifier(&table.name.name)
    )
}
