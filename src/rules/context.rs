use std::cell::OnceCell;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::ColumnUsage;
use super::joins::RedundantSide;
use super::unusable_index::comparison::{Comparison, PlacedCondition};
use crate::catalog::Catalog;
use crate::index::{Advice, AdviceOptions, advise};
use crate::plan::{Observation, Plan};
use crate::query::{BlockId, BoundSchema, Facts, Query};
use crate::source::StatementText;

/// What a rule sees of one statement.
pub struct StatementContext<'a> {
    pub catalog: &'a Catalog,
    /// The catalog with its expressions bound.
    pub schema: &'a BoundSchema<'a>,
    /// The statement, understood.
    pub query: &'a Query,
    /// What follows from the statement and the schema.
    pub facts: Facts<'a>,
    pub thresholds: &'a Thresholds,
    advice: OnceCell<Advice>,
    /// The conditions of each block, by its number.
    pub(super) placed_conditions: OnceCell<Vec<Vec<PlacedCondition<'a>>>>,
    pub(super) comparisons: OnceCell<Vec<Comparison<'a>>>,
    /// Those that are arms of an OR over one column.
    pub(super) arms_over_one_key: OnceCell<Vec<Vec<Comparison<'a>>>>,
    pub(super) redundant_sides: OnceCell<HashMap<BlockId, Vec<RedundantSide<'a>>>>,
}

impl<'a> StatementContext<'a> {
    /// For one statement over one schema.
    pub fn new(schema: &'a BoundSchema<'a>, query: &'a Query, thresholds: &'a Thresholds) -> Self {
        Self {
            catalog: schema.catalog(),
            schema,
            query,
            facts: Facts::new(query, schema),
            thresholds,
            advice: OnceCell::new(),
            placed_conditions: OnceCell::new(),
            comparisons: OnceCell::new(),
            arms_over_one_key: OnceCell::new(),
            redundant_sides: OnceCell::new(),
        }
    }

    /// What the statement reads, and the indexes that it lacks; worked out once for all rules.
    pub fn advice(&self) -> &Advice {
        self.advice.get_or_init(|| {
            let options = AdviceOptions {
                least_saved_blocks: self.thresholds.small_table_pages,
            };
            advise(&self.facts, &options)
        })
    }
}

/// What a rule sees of the schema.
pub struct SchemaContext<'a> {
    pub catalog: &'a Catalog,
    /// The catalog with its expressions bound.
    pub schema: &'a BoundSchema<'a>,
    /// What follows from the schema, without a statement.
    pub facts: Facts<'a>,
    /// How the statements that were read ask for the columns of its indexes.
    pub usage: &'a ColumnUsage,
    pub thresholds: &'a Thresholds,
}

/// What a rule sees of a plan.
pub struct PlanContext<'a> {
    pub catalog: &'a Catalog,
    /// The statement as written; `None` where only the plan is at hand.
    pub statement: Option<&'a StatementText>,
    pub plan: &'a Plan,
    /// The symptoms seen in the plan, those with the largest share of the whole first.
    pub observations: &'a [Observation],
}

/// Numbers that decide when a rule speaks; set in whyslow.toml.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Thresholds {
    /// Tables with fewer pages (8 kB) than this are read whole without regret.
    pub small_table_pages: f64,
    /// A value held by a larger fraction of the rows than this is not selective.
    pub selective_fraction: f64,
    /// OFFSET beyond this is deep.
    pub deep_offset: u64,
    /// IN lists longer than this are huge.
    pub huge_in_list: usize,
    /// Strings wider than this (bytes, on average) make a large index.
    pub wide_text_bytes: f64,
    /// Tables with more indexes than this have many.
    pub many_indexes: usize,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            small_table_pages: 32.0,
            selective_fraction: 0.1,
            deep_offset: 1000,
            huge_in_list: 200,
            wide_text_bytes: 32.0,
            many_indexes: 8,
        }
    }
}
