//! Values for each column: those that matter to the queries, shared by the columns that are compared with each other.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::catalog::{Generated, TableId, Type, quote_literal};
use indexmap::IndexSet;

use super::candidates::{Candidates, candidates};
use super::engine::Failure;
use super::space::{
    Builder, Cluster, LARGEST_POOL, ParameterType, Space, SpaceColumn, SpaceParameter, SpaceTable,
    root_of,
};
use super::space_constraints::expanded;
use super::values::{Family, ValueId, Values};

impl Builder<'_> {
    pub(super) fn clusters(
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
                let Some((other, columns)) = self.referenced_place(order, key) else {
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

    pub(super) fn pools(
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
    pub(super) fn accepted(
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
}

/// Number of a cluster for each column of each table, then for each parameter.
pub(super) struct Clusters {
    pub(super) of_column: Vec<Vec<usize>>,
    pub(super) of_parameter: Vec<usize>,
    pub(super) count: usize,
}

/// Disjoint sets of numbers.
#[derive(Default)]
pub(super) struct UnionFind {
    pub(super) parents: Vec<usize>,
}

impl UnionFind {
    pub(super) fn add(&mut self) -> usize {
        self.parents.push(self.parents.len());
        self.parents.len() - 1
    }

    pub(super) fn root(&self, mut item: usize) -> usize {
        while self.parents[item] != item {
            item = self.parents[item];
        }
        item
    }

    pub(super) fn join(&mut self, x: usize, y: usize) {
        let (x, y) = (self.root(x), self.root(y));
        self.parents[x.max(y)] = x.min(y);
    }
}
