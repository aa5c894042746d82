//! The space of small databases: tables with their constraints, and the values worth trying in each column.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::catalog::{Catalog, Generated, QualifiedName, Table, TableId, Type, quote_literal};
use indexmap::IndexSet;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::engine::{Engine, Failure};
use super::features::{Features, Hint};
use super::values::{Family, ValueId, Values};

/// How many distinct values a group of joined columns may draw from.
pub(super) const LARGEST_POOL: usize = 64;

/// How many combinations of values are tried against a CHECK.
pub(super) const LARGEST_PRODUCT: usize = 3000;

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
pub(super) fn generation_order(catalog: &Catalog, read: &IndexSet<TableId>) -> Vec<TableId> {
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

pub(super) struct Builder<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) engine: &'a mut Engine,
    pub(super) features: &'a Features,
    pub(super) values: Values,
    /// Literals by column name, of queries and constraints.
    pub(super) hints: BTreeMap<String, BTreeSet<Hint>>,
    pub(super) rng: ChaCha8Rng,
}
