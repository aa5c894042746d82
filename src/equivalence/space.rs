//! The space of small databases: tables with their constraints, and the values worth trying in each column.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use indexmap::IndexSet;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::catalog::{
    Catalog, Generated, IndexTarget, QualifiedName, Table, TableId, TableKind, Type,
    quote_identifier, quote_literal,
};

use super::candidates::{Candidates, candidates};
use super::engine::{Engine, Failure};
use super::features::{Features, Hint};
use super::tokens::{identifier, tokens};
use super::values::{Family, NULL, ValueId, Values};

/// How many distinct values a group of joined columns may draw from.
const LARGEST_POOL: usize = 64;
/// How many combinations of values are tried against a CHECK.
const LARGEST_PRODUCT: usize = 3000;

/// All that is needed to make databases.
pub(super) struct Space {
    pub values: Values,
    /// Referenced tables before those that refer to them.
    pub tables: Vec<SpaceTable>,
    pub parameters: Vec<SpaceParameter>,
    pub clusters: Vec<Cluster>,
    /// Counts of rows at which a condition may turn.
    pub thresholds: Vec<usize>,
}

/// A parameter of the queries.
#[derive(Debug)]
pub(super) struct SpaceParameter {
    pub pool: Vec<ValueId>,
    pub cluster: usize,
}

/// A table whose rows are generated.
pub(super) struct SpaceTable {
    pub id: TableId,
    pub name: QualifiedName,
    /// Whether the queries read it; else it only holds rows that others refer to.
    pub read: bool,
    /// Stored columns.
    pub columns: Vec<SpaceColumn>,
    pub keys: Vec<SpaceKey>,
    pub foreign_keys: Vec<SpaceForeignKey>,
    /// Columns under a common CHECK, with the combinations that pass.
    pub groups: Vec<TupleGroup>,
    /// Expressions and predicates of unique indexes.
    pub functions: Vec<RowFunction>,
}

pub(super) struct SpaceColumn {
    pub name: String,
    /// As SQL writes it.
    pub type_sql: String,
    pub nullable: bool,
    pub identity_always: bool,
    pub cluster: usize,
    /// A value stands as often as it weighs.
    pub pool: Vec<ValueId>,
    /// From simple to odd, each once.
    pub distinct: Vec<ValueId>,
    pub members: HashSet<ValueId>,
    pub family: Family,
}

/// A unique index.
#[derive(Debug)]
pub(super) struct SpaceKey {
    pub columns: Vec<usize>,
    /// Numbers of [`SpaceTable::functions`].
    pub expressions: Vec<usize>,
    /// Number of a function that is true for the rows in the index.
    pub predicate: Option<usize>,
    pub nulls_not_distinct: bool,
}

#[derive(Debug)]
pub(super) struct SpaceForeignKey {
    pub columns: Vec<usize>,
    /// Number in [`Space::tables`].
    pub table: usize,
    pub referenced: Vec<usize>,
    pub match_full: bool,
}

/// Columns whose values must fit together.
pub(super) struct TupleGroup {
    pub columns: Vec<usize>,
    pub tuples: Vec<Vec<ValueId>>,
    pub set: HashSet<Vec<ValueId>>,
}

/// An expression over some columns, by table of values.
pub(super) struct RowFunction {
    pub columns: Vec<usize>,
    pub results: HashMap<Vec<ValueId>, ValueId>,
    /// The value `true`.
    pub truth: ValueId,
}

/// Columns that meet in joins and comparisons, and draw from one set of values.
#[derive(Debug, Default)]
pub(super) struct Cluster {
    pub pool: Vec<ValueId>,
}

/// A parameter as the queries declare it.
#[derive(Debug, Clone)]
pub(super) struct ParameterType {
    pub name: String,
    /// As SQL writes it.
    pub type_sql: String,
    pub data_type: Type,
}

impl Space {
    /// For the tables that the queries read and all that those refer to.
    pub fn build(
        catalog: &Catalog,
        engine: &mut Engine,
        read: &IndexSet<TableId>,
        features: &Features,
        parameters: &[ParameterType],
        seed: u64,
    ) -> Result<Self, Failure> {
        let order = generation_order(catalog, read);
        let mut builder = Builder {
            catalog,
            engine,
            features,
            values: Values::default(),
            hints: features.columns.clone(),
            rng: ChaCha8Rng::seed_from_u64(seed),
        };
        let partition_checks = builder.partition_checks(&order)?;
        let stored: Vec<Vec<usize>> = order
            .iter()
            .map(|id| stored_columns(catalog.table(*id)))
            .collect();
        builder.read_checks(&order, &partition_checks);
        let clusters = builder.clusters(&order, &stored, parameters);
        let mut space = builder.pools(&order, &stored, parameters, &clusters, read)?;
        for (at, id) in order.iter().enumerate() {
            builder.constraints(
                &mut space,
                at,
                catalog.table(*id),
                &order,
                partition_checks.get(id),
            )?;
        }
        space.values = builder.values;
        Ok(space)
    }

    /// A value as SQL writes it.
    pub fn literal(&self, value: ValueId) -> String {
        match self.values.text(value) {
            None => "NULL".to_owned(),
            Some(text) if self.values.is_bare(value) => text.to_owned(),
            Some(text) => quote_literal(text),
        }
    }
}

/// Columns that rows bring along; generated ones are computed.
pub(super) fn stored_columns(table: &Table) -> Vec<usize> {
    table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| !matches!(column.generated, Generated::Expression(_)))
        .map(|(at, _)| at)
        .collect()
}

/// The table where the rows of a partition are kept in a small database.
pub(super) fn root_of(catalog: &Catalog, id: TableId) -> TableId {
    let mut root = id;
    for _ in 0..16 {
        match catalog.table(root).partition_of {
            Some(parent) => root = parent,
            None => break,
        }
    }
    root
}

/// The tables that are read and those that they refer to, referenced ones first; cycles are cut somewhere.
fn generation_order(catalog: &Catalog, read: &IndexSet<TableId>) -> Vec<TableId> {
    fn visit(
        catalog: &Catalog,
        id: TableId,
        open: &mut BTreeSet<TableId>,
        order: &mut IndexSet<TableId>,
    ) {
        if order.contains(&id) || !open.insert(id) {
            return;
        }
        for key in &catalog.table(id).foreign_keys {
            if let Some((table, _)) = catalog.referenced_columns(key) {
                visit(catalog, root_of(catalog, table.id), open, order);
            }
        }
        order.insert(id);
    }
    let mut order = IndexSet::new();
    let mut open = BTreeSet::new();
    for id in read {
        visit(catalog, root_of(catalog, *id), &mut open, &mut order);
    }
    order.into_iter().collect()
}

struct Builder<'a> {
    catalog: &'a Catalog,
    engine: &'a mut Engine,
    features: &'a Features,
    values: Values,
    /// Literals by column name, of queries and constraints.
    hints: BTreeMap<String, BTreeSet<Hint>>,
    rng: ChaCha8Rng,
}

/// Number of a cluster for each column of each table, then for each parameter.
struct Clusters {
    of_column: Vec<Vec<usize>>,
    of_parameter: Vec<usize>,
    count: usize,
}

impl Builder<'_> {
    /// For each partitioned table, what a row must satisfy to have a partition.
    fn partition_checks(&mut self, order: &[TableId]) -> Result<HashMap<TableId, String>, Failure> {
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
    fn read_checks(&mut self, order: &[TableId], partition_checks: &HashMap<TableId, String>) {
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

    fn clusters(
        &self,
        order: &[TableId],
        stored: &[Vec<usize>],
        parameters: &[ParameterType],
    ) -> Clusters {
        let mut union = UnionFind::default();
        let mut by_name: HashMap<(String, Family), Vec<usize>> = HashMap::new();
        let mut of_column = Vec::new();
        for (id, stored) in order.iter().zip(stored) {
            let table = self.catalog.table(*id);
            of_column.push(
                stored
                    .iter()
                    .map(|&column| {
                        let column = &table.columns[column];
                        let number = union.add();
                        let family = Family::of(self.catalog.base_type(&column.data_type));
                        by_name
                            .entry((column.name.clone(), family))
                            .or_default()
                            .push(number);
                        number
                    })
                    .collect::<Vec<_>>(),
            );
        }
        let of_parameter: Vec<usize> = parameters
            .iter()
            .map(|parameter| {
                let number = union.add();
                let family = Family::of(&parameter.data_type);
                by_name
                    .entry((parameter.name.clone(), family))
                    .or_default()
                    .push(number);
                number
            })
            .collect();
        for group in by_name.values() {
            for pair in group.windows(2) {
                union.join(pair[0], pair[1]);
            }
        }
        let families: HashSet<Family> = by_name.keys().map(|(_, family)| family.clone()).collect();
        for (x, y) in &self.features.together {
            for family in &families {
                if let (Some(x), Some(y)) = (
                    by_name.get(&(x.clone(), family.clone())),
                    by_name.get(&(y.clone(), family.clone())),
                ) {
                    union.join(x[0], y[0]);
                }
            }
        }
        for (at, id) in order.iter().enumerate() {
            let table = self.catalog.table(*id);
            for key in &table.foreign_keys {
                let Some((referenced, columns)) = self.catalog.referenced_columns(key) else {
                    continue;
                };
                let Some(other) = order
                    .iter()
                    .position(|id| *id == root_of(self.catalog, referenced.id))
                else {
                    continue;
                };
                for (from, to) in key.columns.iter().zip(columns) {
                    let from = stored[at].iter().position(|&column| column == from.0);
                    let to = stored[other].iter().position(|&column| column == to.0);
                    if let (Some(from), Some(to)) = (from, to) {
                        union.join(of_column[at][from], of_column[other][to]);
                    }
                }
            }
        }
        let mut numbers: HashMap<usize, usize> = HashMap::new();
        let mut number = |item: usize| {
            let root = union.root(item);
            let next = numbers.len();
            *numbers.entry(root).or_insert(next)
        };
        let of_column = of_column
            .into_iter()
            .map(|columns| columns.into_iter().map(&mut number).collect())
            .collect();
        let of_parameter = of_parameter.into_iter().map(&mut number).collect();
        Clusters {
            of_column,
            of_parameter,
            count: numbers.len(),
        }
    }

    fn pools(
        &mut self,
        order: &[TableId],
        stored: &[Vec<usize>],
        parameters: &[ParameterType],
        clusters: &Clusters,
        read: &IndexSet<TableId>,
    ) -> Result<Space, Failure> {
        let nothing = BTreeSet::new();
        let mut merged = vec![Candidates::new(); clusters.count];
        let merge = |into: &mut Candidates, from: Candidates| {
            for (text, weight) in from {
                let entry = into.entry(text).or_insert(0);
                *entry = (*entry).max(weight);
            }
        };
        for (at, id) in order.iter().enumerate() {
            let table = self.catalog.table(*id);
            for (place, &column) in stored[at].iter().enumerate() {
                let column = &table.columns[column];
                let near = self.hints.get(&column.name).unwrap_or(&nothing);
                let found = candidates(
                    &column.data_type,
                    self.catalog,
                    near,
                    &self.features.ambient,
                );
                merge(&mut merged[clusters.of_column[at][place]], found);
            }
        }
        for (at, parameter) in parameters.iter().enumerate() {
            let near = self.hints.get(&parameter.name).unwrap_or(&nothing);
            let found = candidates(
                &parameter.data_type,
                self.catalog,
                near,
                &self.features.ambient,
            );
            merge(&mut merged[clusters.of_parameter[at]], found);
        }
        for candidates in &mut merged {
            candidates.sort_by(|_, x, _, y| y.cmp(x));
            candidates.truncate(LARGEST_POOL);
        }
        let mut cluster_pools: Vec<BTreeMap<ValueId, u32>> = vec![BTreeMap::new(); clusters.count];
        let mut known: HashMap<(usize, String), Vec<(ValueId, u32)>> = HashMap::new();
        let mut tables = Vec::new();
        for (at, id) in order.iter().enumerate() {
            let table = self.catalog.table(*id);
            let mut columns = Vec::new();
            for (place, &number) in stored[at].iter().enumerate() {
                let column = &table.columns[number];
                let cluster = clusters.of_column[at][place];
                let type_sql = column.data_type.to_string();
                let family = Family::of(self.catalog.base_type(&column.data_type));
                let weighted =
                    self.accepted(cluster, &type_sql, &family, &merged[cluster], &mut known)?;
                for (value, weight) in &weighted {
                    cluster_pools[cluster].insert(*value, *weight);
                }
                let not_null_domain = matches!(&column.data_type, Type::Domain(name)
                    if self.catalog.domains.get(name).is_some_and(|domain| domain.not_null));
                columns.push(SpaceColumn {
                    name: column.name.clone(),
                    type_sql,
                    nullable: !column.not_null && !not_null_domain,
                    identity_always: matches!(
                        column.generated,
                        Generated::Identity { always: true }
                    ),
                    cluster,
                    pool: expanded(&weighted),
                    distinct: weighted.iter().map(|(value, _)| *value).collect(),
                    members: weighted.iter().map(|(value, _)| *value).collect(),
                    family,
                });
            }
            let is_read = read.iter().any(|read| root_of(self.catalog, *read) == *id);
            tables.push(SpaceTable {
                id: *id,
                name: table.name.clone(),
                read: is_read,
                columns,
                keys: Vec::new(),
                foreign_keys: Vec::new(),
                groups: Vec::new(),
                functions: Vec::new(),
            });
        }
        let mut space_parameters = Vec::new();
        for (at, parameter) in parameters.iter().enumerate() {
            let cluster = clusters.of_parameter[at];
            let family = Family::of(&parameter.data_type);
            let weighted = self.accepted(
                cluster,
                &parameter.type_sql,
                &family,
                &merged[cluster],
                &mut known,
            )?;
            for (value, weight) in &weighted {
                cluster_pools[cluster].insert(*value, *weight);
            }
            space_parameters.push(SpaceParameter {
                pool: expanded(&weighted),
                cluster,
            });
        }
        Ok(Space {
            values: Values::default(),
            tables,
            parameters: space_parameters,
            clusters: cluster_pools
                .into_iter()
                .map(|pool| Cluster {
                    pool: expanded(&pool.into_iter().collect::<Vec<_>>()),
                })
                .collect(),
            thresholds: self.features.thresholds.iter().copied().collect(),
        })
    }

    /// Those of the candidates that the type accepts, as the server prints them.
    fn accepted(
        &mut self,
        cluster: usize,
        type_sql: &str,
        family: &Family,
        candidates: &Candidates,
        known: &mut HashMap<(usize, String), Vec<(ValueId, u32)>>,
    ) -> Result<Vec<(ValueId, u32)>, Failure> {
        if let Some(found) = known.get(&(cluster, type_sql.to_owned())) {
            return Ok(found.clone());
        }
        let sql = format!(
            "SELECT CASE WHEN pg_input_is_valid(t, {}) THEN (t::{type_sql})::text END \
             FROM unnest($1::text[]) WITH ORDINALITY u(t, n) ORDER BY n",
            quote_literal(type_sql)
        );
        let texts: Vec<&String> = candidates.keys().collect();
        let rows = self.engine.query(&sql, &[&texts])?;
        let mut accepted: Vec<(ValueId, u32)> = Vec::new();
        for (row, weight) in rows.iter().zip(candidates.values()) {
            if let Some(text) = row.get::<_, Option<String>>(0) {
                let value = self.values.intern(family, &text);
                if !accepted.iter().any(|(known, _)| *known == value) {
                    accepted.push((value, *weight));
                }
            }
        }
        known.insert((cluster, type_sql.to_owned()), accepted.clone());
        Ok(accepted)
    }

    fn constraints(
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
            let Some((referenced, columns)) = self.catalog.referenced_columns(key) else {
                continue;
            };
            let Some(other) = order
                .iter()
                .position(|id| *id == root_of(self.catalog, referenced.id))
            else {
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
    fn columns_used(table: &Table, text: &str) -> Vec<usize> {
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

    fn checks(
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

    fn function(
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
    fn combinations(&mut self, space: &Space, at: usize, columns: &[usize]) -> Vec<Vec<ValueId>> {
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
    fn evaluate(
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

fn expanded(weighted: &[(ValueId, u32)]) -> Vec<ValueId> {
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

/// Disjoint sets of numbers.
#[derive(Default)]
struct UnionFind {
    parents: Vec<usize>,
}

impl UnionFind {
    fn add(&mut self) -> usize {
        self.parents.push(self.parents.len());
        self.parents.len() - 1
    }

    fn root(&self, mut item: usize) -> usize {
        while self.parents[item] != item {
            item = self.parents[item];
        }
        item
    }

    fn join(&mut self, x: usize, y: usize) {
        let (x, y) = (self.root(x), self.root(y));
        self.parents[x.max(y)] = x.min(y);
    }
}
