//! Which indexes a statement lacks: one for each table of a block, taken one after the other as long as each at least
//! halves what the block reads.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::IndexMethod;
use crate::query::{
    BlockId, BoundSchema, Expr, Facts, Query, QueryBody, QueryExpressionId, RelationId,
    RelationSource,
};

use super::candidates::{Candidate, candidates, column_of};
use super::computed_rows::rows_of_values;
use super::condition::Condition;
use super::definition::KeyDefinition;
use super::estimate::{ExtraIndex, Extras, PlanEstimate};
use super::flat::{FlatBlock, flat_blocks, is_within};
use super::model::{BlockModel, TableModel};
use super::proposal::{Proposal, ProposalKind};
use super::scan::SizedIndex;
use super::size::index_size;
use super::spelling::{create_index_sql, expression_sql};

/// More indexes than this are not proposed for one block.
const MOST_PROPOSALS: usize = 4;

/// Times fewer blocks that a B-tree has to read than the BRIN index that is there.
const BRIN_GAIN: f64 = 50.0;

/// A smaller correlation than this leaves rows of one value all over the table.
const SCATTERED: f64 = 0.3;

/// Times fewer blocks that a block of the statement has to read with the index.
const BLOCKS_GAIN: f64 = 2.0;

/// A part of a table's pages that is little to read.
const FEW_PAGES: f64 = 0.01;

/// As [`BLOCKS_GAIN`], where all figures are assumed ones.
const ASSUMED_GAIN: f64 = 1.2;

/// The part of the cost that a block of the statement may have left with the index.
const COST_GAIN: f64 = 0.8;

/// Rows that each round of a recursion is taken to find, for each row that it starts with. Source:
/// set_cte_size_estimates.
const WORKTABLE_ROWS: f64 = 10.0;

/// Rounds that a recursion is taken to have. Source: cost_recursive_union.
const RECURSIONS: f64 = 10.0;

/// When an index is worth its price.
#[derive(Debug, Clone, Copy)]
pub struct AdviceOptions {
    /// Blocks that an index has to save, for all runs of a block together.
    pub least_saved_blocks: f64,
}

/// What a statement reads, and the indexes that it lacks.
#[derive(Debug, Clone, Default)]
pub struct Advice {
    pub proposals: Vec<Proposal>,
    /// Blocks of 8 kB that the statement reads as it is, all runs of all blocks together.
    pub blocks: f64,
    /// Blocks that reading a table whole takes, in all runs of its block.
    pub whole_reads: BTreeMap<RelationId, f64>,
    /// Rows of the join that a table or a computed relation takes part in.
    pub joined_rows: BTreeMap<RelationId, f64>,
    /// Rows of the relations that are computed before they are joined, where they can be estimated.
    pub computed_rows: BTreeMap<RelationId, f64>,
    /// The block that the planner joins a relation in: of EXISTS and IN, the block around.
    pub joined_in: BTreeMap<RelationId, BlockId>,
}

/// The indexes that a statement lacks.
pub fn advise(facts: &Facts<'_>, options: &AdviceOptions) -> Advice {
    let flats = flat_blocks(facts);
    let relations = facts.query.relations.iter();
    let mut rows: BTreeMap<RelationId, f64> = relations
        .filter_map(|relation| Some((relation.id, rows_of_values(facts.query, relation.id)?)))
        .collect();
    let mut models: BTreeMap<BlockId, BlockModel<'_>> = BTreeMap::new();
    // inner blocks come later in the list; their rows are needed first
    for flat in flats.iter().rev() {
        let readers = readers(facts.query, flat);
        if readers.is_empty() {
            continue;
        }
        let model = BlockModel::new(*facts, flat, &rows, 1.0);
        if let Some(found) = output_rows(&model) {
            for relation in readers {
                let known = rows.entry(relation).or_insert(0.0);
                if !is_self_reference(facts.query, relation) {
                    *known += found;
                } else if !reads_itself(facts.query, flat) {
                    *known += found * WORKTABLE_ROWS;
                }
            }
        }
        // the rows of what is computed first are known only when all blocks have been seen
        if model.computed.is_empty() {
            models.insert(flat.block, model);
        }
    }
    let mut filtered: BTreeMap<RelationId, f64> = BTreeMap::new();
    let mut advice = Advice::default();
    for flat in &flats {
        let relations = flat.relations.iter();
        let joined_in = relations.map(|relation| (relation.id, flat.block));
        advice.joined_in.extend(joined_in);
        let loops = flat
            .parameters
            .iter()
            .filter_map(|relation| filtered.get(relation))
            .fold(1.0, |most: f64, rows| most.max(*rows));
        let loops = if reads_itself(facts.query, flat) {
            loops * RECURSIONS
        } else {
            loops
        };
        let mut model = models
            .remove(&flat.block)
            .unwrap_or_else(|| BlockModel::new(*facts, flat, &rows, loops));
        model.loops = loops;
        for table in &model.tables {
            filtered.insert(table.flat.id, table.filtered_rows());
            advice
                .whole_reads
                .insert(table.flat.id, table.pages * loops);
        }
        for (relation, rows) in &model.computed {
            filtered.insert(relation.id, *rows);
        }
        if let Some(now) = model.estimate(Extras::NONE) {
            advice.blocks += now.blocks * loops;
            for relation in &flat.relations {
                advice.joined_rows.insert(relation.id, now.rows);
            }
            advice.proposals.extend(advise_block(&model, now, options));
        }
    }
    advice.computed_rows = rows;
    advice
}

/// Rows that a block gives to its reader.
fn output_rows(model: &BlockModel<'_>) -> Option<f64> {
    let plan = model.estimate(Extras::NONE)?;
    let flat = model.flat;
    let mut rows = plan.rows;
    if flat.single_group {
        rows = 1.0;
    } else if flat.gathers && !flat.grouping.is_empty() {
        let mut groups = 1.0;
        for expr in &flat.grouping {
            groups *= distinct_of(model, expr).unwrap_or(200.0);
        }
        rows = groups.min(rows);
    }
    if let Some(limit) = flat.wanted.rows {
        rows = rows.min(limit);
    }
    Some(rows.max(1.0))
}

fn distinct_of(model: &BlockModel<'_>, expr: &Expr) -> Option<f64> {
    let relation = expr.relations().into_iter().next()?;
    let table = model
        .tables
        .iter()
        .find(|table| table.flat.id == relation)?;
    Some(
        table
            .estimator
            .distinct(&super::key_form::over_table(model.catalog, expr, relation)),
    )
}

/// Whether a relation stands for the rows of the last round in the recursive part of its own CTE.
fn is_self_reference(query: &Query, relation: RelationId) -> bool {
    let relation = query.relation(relation);
    let RelationSource::Cte(cte) = relation.source else {
        return false;
    };
    let cte = query.cte(cte);
    let around = query.block(relation.block).expression;
    cte.recursive && around.is_some_and(|inner| is_within(query, inner, cte.query))
}

/// Whether a block is the recursive part of a CTE.
fn reads_itself(query: &Query, flat: &FlatBlock) -> bool {
    let mut relations = flat.relations.iter();
    relations.any(|relation| is_self_reference(query, relation.id))
}

/// The relations that read a block's rows.
fn readers(query: &Query, flat: &FlatBlock) -> Vec<RelationId> {
    query
        .relations
        .iter()
        .filter(|relation| {
            query
                .query_of(relation.id)
                .is_some_and(|inner| gives_rows(query, inner, flat.block))
        })
        .map(|relation| relation.id)
        .collect()
}

/// Whether a block's rows are among those of an expression: it is the block, or an arm of the set operation.
fn gives_rows(query: &Query, id: QueryExpressionId, block: BlockId) -> bool {
    match &query.expression(id).body {
        QueryBody::Select(own) | QueryBody::Write(own) => *own == block,
        QueryBody::Nested(inner) => gives_rows(query, *inner, block),
        QueryBody::SetOperation { left, right, .. } => {
            gives_rows(query, *left, block) || gives_rows(query, *right, block)
        }
        QueryBody::Values(_) | QueryBody::Unknown => false,
    }
}

fn advise_block(
    model: &BlockModel<'_>,
    mut now: PlanEstimate,
    options: &AdviceOptions,
) -> Vec<Proposal> {
    if !can_gain(model, &now, options) {
        return Vec::new();
    }
    let mut accepted: Vec<ExtraIndex> = Vec::new();
    let mut proposals: Vec<Proposal> = Vec::new();
    let tried: Vec<(&TableModel<'_>, Vec<(Candidate, ExtraIndex)>)> = model
        .tables
        .iter()
        .filter(|table| table.table.has_storage())
        .filter(|table| table.pages * model.loops >= options.least_saved_blocks)
        .map(|table| (table, sized(model, table)))
        .collect();
    while proposals.len() < MOST_PROPOSALS && can_gain(model, &now, options) {
        let mut best: Option<(usize, Candidate, ExtraIndex, PlanEstimate)> = None;
        for (number, (table, list)) in tried.iter().enumerate() {
            if proposals.iter().any(|known| known.definition_is_for(table)) {
                continue;
            }
            if let Some((candidate, extra, plan)) =
                best_of(model, table, list, &accepted, &now, options)
                && best
                    .as_ref()
                    .is_none_or(|(_, _, _, known)| plan.cost < known.cost)
            {
                best = Some((number, candidate, extra, plan));
            }
        }
        let Some((number, candidate, extra, plan)) = best else {
            break;
        };
        let Some((table, _)) = tried.get(number) else {
            break;
        };
        match proposal(model, table, &candidate, &extra, now, plan) {
            Some(proposal) => proposals.push(proposal),
            None => break,
        }
        accepted.push(extra);
        now = plan;
    }
    proposals
}

/// Whether an index that leaves one block to read would be worth its price; none leaves less.
fn can_gain(model: &BlockModel<'_>, now: &PlanEstimate, options: &AdviceOptions) -> bool {
    now.blocks >= BLOCKS_GAIN && (now.blocks - 1.0) * model.loops >= options.least_saved_blocks
}

impl Proposal {
    fn definition_is_for(&self, table: &TableModel<'_>) -> bool {
        self.relation == table.flat.reported && self.table == table.table.id
    }
}

/// The candidates with their sizes.
fn sized(model: &BlockModel<'_>, table: &TableModel<'_>) -> Vec<(Candidate, ExtraIndex)> {
    candidates(model, table)
        .into_iter()
        .enumerate()
        .map(|(number, candidate)| {
            let size = index_size(
                model.catalog,
                table.table,
                &table.estimator,
                &candidate.definition,
                table.pages,
            );
            let extra = ExtraIndex {
                relation: table.flat.id,
                number,
                index: SizedIndex {
                    definition: candidate.definition.clone(),
                    size,
                },
            };
            (candidate, extra)
        })
        .collect()
}

/// The candidate that helps most, or a simpler one that helps nearly as much.
fn best_of(
    model: &BlockModel<'_>,
    table: &TableModel<'_>,
    list: &[(Candidate, ExtraIndex)],
    accepted: &[ExtraIndex],
    now: &PlanEstimate,
    options: &AdviceOptions,
) -> Option<(Candidate, ExtraIndex, PlanEstimate)> {
    let mut helpful: Vec<(&Candidate, &ExtraIndex, PlanEstimate)> = Vec::new();
    for (candidate, extra) in list {
        let assumed = table.table.statistics.is_none() && candidate.kind != ProposalKind::Covering;
        let gain = if assumed { ASSUMED_GAIN } else { BLOCKS_GAIN };
        let extras = Extras {
            accepted,
            watched: Some(extra),
        };
        let Some(plan) = model.estimate_below(now.cost * COST_GAIN, extras) else {
            continue;
        };
        let saved = (now.blocks - plan.blocks) * model.loops;
        // an index that leads to few rows is not worth another one on the strength of a guess
        let guessed = table.table.statistics.is_some()
            && model.flat.wanted.rows.is_none()
            && table.estimator.has_assumed()
            && now.blocks <= table.pages * FEW_PAGES;
        let helps = plan.uses_extra
            && !guessed
            && plan.cost < now.cost * COST_GAIN
            && plan.blocks * gain <= now.blocks
            && saved >= options.least_saved_blocks
            && (!has_block_ranges(table, candidate) || plan.blocks * BRIN_GAIN <= now.blocks)
            && !is_held_by_predicate(model, table, candidate)
            && create_index_sql(&model.facts, table.table, &candidate.definition).is_some();
        if helps {
            helpful.push((candidate, extra, plan));
        }
    }
    // the primary key leads a partial index only for want of a column that finds or sorts
    let leads_for_want = |candidate: &Candidate| {
        candidate.kind == ProposalKind::Partial && simplicity(model, table, candidate).2 > 0
    };
    if helpful.iter().any(|(candidate, ..)| {
        candidate.kind == ProposalKind::Partial && !leads_for_want(candidate)
    }) {
        helpful.retain(|(candidate, ..)| !leads_for_want(candidate));
    }
    let plain = || {
        let plain = helpful
            .iter()
            .filter(|(candidate, ..)| candidate.kind != ProposalKind::Covering);
        plain.map(|(_, _, plan)| plan)
    };
    let least = plain().map(|plan| plan.cost).fold(f64::INFINITY, f64::min);
    let cheap = |plan: &PlanEstimate| plan.cost <= least * 1.2 + 4.0;
    // of the rows that LIMIT leaves, the planner prices but a part; each may still be a block
    let fewest = plain()
        .filter(|plan| cheap(plan))
        .map(|plan| plan.blocks)
        .fold(f64::INFINITY, f64::min);
    let good_enough = |plan: &PlanEstimate| cheap(plan) && plan.blocks <= fewest * 2.0 + 8.0;
    let (candidate, extra, plan) = helpful
        .iter()
        .filter(|(candidate, _, plan)| {
            candidate.kind != ProposalKind::Covering && good_enough(plan)
        })
        .min_by(|a, b| {
            let effort = |(candidate, extra, _): &(&Candidate, &ExtraIndex, PlanEstimate)| {
                (simplicity(model, table, candidate), extra.index.size.pages)
            };
            let (a_rank, a_pages) = effort(a);
            let (b_rank, b_pages) = effort(b);
            a_rank
                .cmp(&b_rank)
                .then(a_pages.total_cmp(&b_pages))
                .then(a.2.cost.total_cmp(&b.2.cost))
        })
        .or_else(|| helpful.iter().min_by(|a, b| a.2.cost.total_cmp(&b.2.cost)))
        .copied()?;
    Some((candidate.clone(), extra.clone(), plan))
}

/// Whether a BRIN index on the first key is there: somebody chose a few pages of summaries over a B-tree. Where the
/// rows are known not to lie in its order it is of no use.
fn has_block_ranges(table: &TableModel<'_>, candidate: &Candidate) -> bool {
    candidate.definition.keys.first().is_some_and(|key| {
        let scattered = column_of(table, &key.expr)
            .and_then(|column| column.statistics.as_ref()?.correlation)
            .is_some_and(|correlation| correlation.abs() < SCATTERED);
        !scattered
            && table.indexes.iter().any(|index| {
                index.definition.method == IndexMethod::Brin
                    && index.definition.keys.iter().any(|own| own.expr == key.expr)
            })
    })
}

/// Whether all that the candidate finds is what the predicate of a partial index says of each of its rows.
fn is_held_by_predicate(
    model: &BlockModel<'_>,
    table: &TableModel<'_>,
    candidate: &Candidate,
) -> bool {
    let premises: Vec<&Expr> = table.premises.iter().collect();
    table.indexes.iter().any(|index| {
        let predicate: Vec<Expr> = index
            .definition
            .predicate
            .iter()
            .map(|conjunct| BoundSchema::for_relation(conjunct, table.flat.id))
            .collect();
        let held: BTreeSet<usize> = predicate
            .iter()
            .flat_map(|conjunct| conjunct.columns())
            .map(|column| column.column)
            .collect();
        !predicate.is_empty()
            && candidate.definition.keys.iter().all(|key| {
                key.expr
                    .columns()
                    .iter()
                    .all(|column| held.contains(&column.column))
            })
            && model.facts.implies_all(&premises, &predicate)
    })
}

/// Fewer keys first, and those that serve; but a partial index beats a whole one, and an order is kept whole.
fn simplicity(
    model: &BlockModel<'_>,
    table: &TableModel<'_>,
    candidate: &Candidate,
) -> (usize, usize, usize) {
    let order = &model.flat.wanted.order;
    let sorts = |key: &&KeyDefinition| {
        order.iter().any(|wanted| {
            let mut relations = wanted.expr.relations().into_iter();
            relations.any(|relation| {
                super::key_form::over_table(model.catalog, &wanted.expr, relation) == key.expr
            })
        })
    };
    let finds = |key: &&KeyDefinition| {
        let mut conditions = table.constant.iter().chain(&table.joins);
        conditions.any(|condition| condition.key == key.expr)
    };
    let partial = usize::from(candidate.definition.predicate.is_empty());
    let keys = || candidate.definition.keys.iter();
    let rest = keys().filter(|key| !sorts(key)).count();
    let idle = keys().filter(|key| !sorts(key) && !finds(key)).count();
    (partial, rest, idle)
}

fn proposal(
    model: &BlockModel<'_>,
    table: &TableModel<'_>,
    candidate: &Candidate,
    extra: &ExtraIndex,
    before: PlanEstimate,
    after: PlanEstimate,
) -> Option<Proposal> {
    let definition = &candidate.definition;
    let sql = create_index_sql(&model.facts, table.table, definition)?;
    let columns = definition
        .keys
        .iter()
        .filter_map(|key| match key.column() {
            Some(id) => table
                .table
                .columns
                .get(id.0)
                .map(|column| column.name.clone()),
            None => expression_sql(&model.facts, table.table, &key.expr),
        })
        .collect();
    let serves = |condition: &&Condition| {
        definition.keys.iter().any(|key| key.expr == condition.key)
            || definition
                .predicate
                .iter()
                .any(|conjunct| conjunct.columns() == condition.key.columns())
    };
    let mut spans: Vec<_> = table
        .constant
        .iter()
        .chain(&table.joins)
        .filter(serves)
        .map(|condition| condition.span)
        .collect();
    spans.sort_by_key(|span| span.start);
    spans.dedup();
    let serves_join = table.joins.iter().any(|condition| {
        definition
            .keys
            .first()
            .is_some_and(|key| key.expr == condition.key)
            && !table.constant.iter().any(|own| own.key == condition.key)
    });
    let ordering: Vec<Expr> = model
        .flat
        .wanted
        .order
        .iter()
        .map(|key| super::key_form::over_table(model.catalog, &key.expr, table.flat.id))
        .collect();
    let serves_order = definition.keys.iter().any(|key| {
        ordering.contains(&key.expr)
            && key
                .expr
                .columns()
                .iter()
                .all(|column| column.relation == BoundSchema::TABLE)
    }) && definition.method == crate::catalog::IndexMethod::Btree
        && (!model.flat.gathers || model.flat.wanted.extreme);
    Some(Proposal {
        kind: candidate.kind,
        block: model.flat.block,
        relation: table.flat.reported,
        table: table.table.id,
        definition: definition.clone(),
        sql,
        extension: candidate.extension,
        columns,
        before,
        after,
        table_pages: table.pages,
        table_rows: table.estimator.rows(),
        size: extra.index.size,
        loops: model.loops,
        has_statistics: table.table.statistics.is_some(),
        assumed: table.estimator.has_assumed(),
        spans,
        serves_order,
        serves_join,
    })
}
