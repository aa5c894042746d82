//! Blocks as the planner plans them: simple derived tables, views, CTEs that are read once, and EXISTS and IN
//! subqueries are pulled up into the block that reads them; conditions on the others are pushed down into them.
//! Source: prepjointree.c (pull_up_subqueries, pull_up_sublinks) and allpaths.c (subquery_push_qual).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::catalog::TableId;
use crate::query::facts::NullSet;
use crate::query::{
    BinaryOp, Block, BlockId, ColumnRef, CteId, Distinct, Expr, ExprKind, Facts, FunctionKind,
    GroupBy, JoinKind, JoinTree, Query, QueryBody, QueryExpressionId, Reader, RelationId,
    RelationSource, SetOperator, SortKey,
};

use super::value::literal_text;

/// LIMIT whose number is not known before it runs.
const ASSUMED_LIMIT: f64 = 100.0;

/// How rows of a relation pair up with those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairing {
    Inner,
    /// The nullable side of an outer join: drops no row of the other side.
    Outer,
    /// EXISTS and IN: at most one partner counts.
    Semi,
    /// NOT EXISTS.
    Anti,
}

/// A relation of a flat block.
#[derive(Debug, Clone)]
pub struct FlatRelation {
    pub id: RelationId,
    /// `None` for what is computed first: a materialized CTE, a grouped derived table, a function.
    pub table: Option<TableId>,
    /// What it reads, where it is computed first.
    pub query: Option<QueryExpressionId>,
    pub pairing: Pairing,
    /// The relation by which the user knows it: the reference to the view where it is inside of one.
    pub reported: RelationId,
}

/// A condition of a flat block.
#[derive(Debug, Clone)]
pub struct FlatCondition {
    /// Over the relations of the flat block, and of blocks around it.
    pub expr: Expr,
    /// The relations whose rows it may pick, where not all: ON of an outer join, NOT EXISTS.
    pub reach: Option<BTreeSet<RelationId>>,
    /// Relations that it sees only after an outer join has filled them up.
    pub late: BTreeSet<RelationId>,
}

impl FlatCondition {
    /// Whether it may pick the rows that are read of a relation.
    pub fn picks(&self, relation: RelationId) -> bool {
        self.reach
            .as_ref()
            .is_none_or(|reach| reach.contains(&relation))
            && !self.late.contains(&relation)
    }
}

/// The order in which a block's rows are wanted, with a number of rows after which the reader stops.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub order: Vec<SortKey>,
    /// `None`: all.
    pub rows: Option<f64>,
    /// Whether `rows` was not written as a number.
    pub rows_assumed: bool,
    /// `min(x)` or `max(x)`: the first row in that order is the answer.
    pub extreme: bool,
}

/// A block with everything that the planner pulls up into it.
#[derive(Debug, Clone)]
pub struct FlatBlock {
    pub block: BlockId,
    pub relations: Vec<FlatRelation>,
    pub conditions: Vec<FlatCondition>,
    pub wanted: Wanted,
    /// Whether grouping, DISTINCT or a window needs all rows before the first comes out.
    pub gathers: bool,
    /// Columns read of each relation, conditions included.
    pub columns: BTreeMap<RelationId, BTreeSet<usize>>,
    /// Columns of outer blocks that it reads: it is computed for each of their rows.
    pub parameters: BTreeSet<RelationId>,
    pub grouping: Vec<Expr>,
    pub single_group: bool,
}

/// All flat blocks of a statement, those that others read first.
pub fn flat_blocks(facts: &Facts<'_>) -> Vec<FlatBlock> {
    let mut flattener = Flattener {
        facts: *facts,
        query: facts.query,
        seen: BTreeSet::new(),
        done: Vec::new(),
    };
    let query = facts.query;
    // outermost first: conditions come down from them
    let mut order: Vec<(usize, BlockId)> = query
        .blocks
        .iter()
        .map(|block| (depth(query, block.id), block.id))
        .collect();
    order.sort();
    for (_, block) in order {
        flattener.root(block, Vec::new());
    }
    flattener.done
}

/// How many blocks are around a block.
fn depth(query: &Query, block: BlockId) -> usize {
    let mut depth = 0;
    let mut at = block;
    while depth < query.blocks.len() {
        let Some(expression) = query.block(at).expression else {
            break;
        };
        let expression = query.expression(expression);
        let mut reader = expression.reader;
        let mut parent = expression.parent;
        let mut hops = 0;
        while let Reader::SetOperation { parent: above } = reader {
            reader = query.expression(above).reader;
            parent = parent.or(query.expression(above).parent);
            hops += 1;
            if hops > query.expressions.len() {
                break;
            }
        }
        let next = match reader {
            Reader::Relation(relation) => Some(query.relation(relation).block),
            Reader::Cte(cte) => query
                .cte(cte)
                .references
                .iter()
                .map(|relation| query.relation(*relation).block)
                .find(|reading| *reading != at && reading.0 != block.0),
            _ => parent,
        };
        match next {
            Some(next) if next != at => at = next,
            _ => break,
        }
        depth += 1;
    }
    depth
}

struct Flattener<'a> {
    facts: Facts<'a>,
    query: &'a Query,
    seen: BTreeSet<BlockId>,
    done: Vec<FlatBlock>,
}

/// What is gathered while a block is flattened.
struct Gathering {
    relations: Vec<FlatRelation>,
    conditions: Vec<FlatCondition>,
    /// What the columns of a pulled-up relation stand for.
    shown: HashMap<RelationId, Vec<Expr>>,
    extra: Vec<Expr>,
}

impl Gathering {
    fn resolve(&self, expr: &Expr) -> Expr {
        expr.map_columns(&|column| match self.shown.get(&column.relation) {
            Some(exprs) => exprs
                .get(column.column)
                .map_or(ExprKind::Column(column), |expr| expr.kind.clone()),
            None => ExprKind::Column(column),
        })
    }
}

impl<'a> Flattener<'a> {
    fn root(&mut self, id: BlockId, inherited: Vec<Expr>) {
        if !self.seen.insert(id) {
            return;
        }
        let query = self.query;
        let block = query.block(id);
        let mut gathering = Gathering {
            relations: Vec::new(),
            conditions: Vec::new(),
            shown: HashMap::new(),
            extra: Vec::new(),
        };
        self.gather(block, None, Pairing::Inner, None, &mut gathering);
        for expr in inherited {
            let expr = gathering.resolve(&expr);
            gathering.conditions.push(FlatCondition {
                expr,
                reach: None,
                late: BTreeSet::new(),
            });
        }
        let wanted = self.wanted(block, &gathering);
        let gathers = block.is_grouped()
            || block.distinct != Distinct::No
            || block.select.iter().any(|item| item.expr.has_window());
        let mut read: Vec<Expr> = block
            .select
            .iter()
            .map(|item| gathering.resolve(&item.expr))
            .collect();
        let exists = block
            .expression
            .is_some_and(|expression| query.expression(expression).reader == Reader::Exists);
        if exists {
            read.clear();
        }
        read.extend(block.having.iter().map(|expr| gathering.resolve(expr)));
        read.extend(block.other.iter().map(|expr| gathering.resolve(expr)));
        if let Distinct::On(list) = &block.distinct {
            read.extend(list.iter().map(|expr| gathering.resolve(expr)));
        }
        let grouping: Vec<Expr> = block
            .group_by
            .expressions()
            .iter()
            .map(|expr| gathering.resolve(expr))
            .collect();
        read.extend(grouping.iter().cloned());
        read.extend(wanted.order.iter().map(|key| key.expr.clone()));
        read.extend(
            gathering
                .conditions
                .iter()
                .map(|condition| condition.expr.clone()),
        );
        read.append(&mut gathering.extra);
        let mut columns: BTreeMap<RelationId, BTreeSet<usize>> = BTreeMap::new();
        for expr in &read {
            for column in expr.columns() {
                columns
                    .entry(column.relation)
                    .or_default()
                    .insert(column.column);
            }
            for subquery in expr.subqueries() {
                self.columns_of_subquery(subquery, &gathering, &mut columns, 0);
            }
            expr.walk(&mut |part| {
                if let ExprKind::WholeRow(relation) = part.kind {
                    let all = query
                        .relations
                        .get(relation.0)
                        .map_or(0, |r| r.columns.len());
                    columns.entry(relation).or_default().extend(0..all);
                }
            });
        }
        let own: BTreeSet<RelationId> = gathering
            .relations
            .iter()
            .map(|relation| relation.id)
            .collect();
        let parameters = columns
            .keys()
            .copied()
            .filter(|relation| !own.contains(relation) && !gathering.shown.contains_key(relation))
            .collect();
        let pushed = self.pushed_down(&gathering);
        let relations = gathering.relations.clone();
        self.done.push(FlatBlock {
            block: id,
            relations: gathering.relations,
            conditions: gathering.conditions,
            wanted,
            gathers,
            columns,
            parameters,
            grouping,
            single_group: block.is_single_group(),
        });
        for relation in &relations {
            if let Some(inner) = relation.query {
                let conditions = pushed.get(&relation.id).cloned().unwrap_or_default();
                self.inner_roots(inner, relation.id, &conditions, 0);
            }
        }
    }

    /// Columns of this block's relations that a subquery reads.
    fn columns_of_subquery(
        &self,
        id: QueryExpressionId,
        gathering: &Gathering,
        columns: &mut BTreeMap<RelationId, BTreeSet<usize>>,
        depth: usize,
    ) {
        if depth > 32 {
            return;
        }
        for block in &self.query.blocks {
            let inside = block
                .expression
                .is_some_and(|expression| self.is_within(expression, id));
            if !inside {
                continue;
            }
            for expr in self.query.expressions_of(block) {
                for column in gathering.resolve(expr).columns() {
                    columns
                        .entry(column.relation)
                        .or_default()
                        .insert(column.column);
                }
            }
        }
    }

    fn is_within(&self, expression: QueryExpressionId, outer: QueryExpressionId) -> bool {
        let mut at = expression;
        for _ in 0..=self.query.expressions.len() {
            if at == outer {
                return true;
            }
            let one = self.query.expression(at);
            let above = match one.reader {
                Reader::SetOperation { parent } => Some(parent),
                _ => one
                    .parent
                    .and_then(|block| self.query.block(block).expression),
            };
            match above {
                Some(above) if above != at => at = above,
                _ => return false,
            }
        }
        false
    }

    /// The blocks of a query expression that is computed by itself, with the conditions that can come down.
    fn inner_roots(
        &mut self,
        id: QueryExpressionId,
        relation: RelationId,
        conditions: &[Expr],
        depth: usize,
    ) {
        if depth > 64 {
            return;
        }
        let expression = self.query.expression(id);
        let stops = expression.limit.is_some() || expression.offset.is_some();
        let conditions = if stops { &[] } else { conditions };
        match &expression.body {
            QueryBody::Select(block) | QueryBody::Write(block) => {
                let block = self.query.block(*block);
                let inherited = conditions
                    .iter()
                    .filter_map(|condition| come_down(block, relation, condition))
                    .collect();
                self.root(block.id, inherited);
            }
            QueryBody::SetOperation {
                operator,
                left,
                right,
                ..
            } => {
                let conditions = if *operator == SetOperator::Except {
                    &[]
                } else {
                    conditions
                };
                self.inner_roots(*left, relation, conditions, depth + 1);
                self.inner_roots(*right, relation, conditions, depth + 1);
            }
            QueryBody::Nested(inner) => self.inner_roots(*inner, relation, conditions, depth + 1),
            QueryBody::Values(_) | QueryBody::Unknown => {}
        }
    }

    /// For each relation that is computed first, the conditions on it alone.
    fn pushed_down(&self, gathering: &Gathering) -> HashMap<RelationId, Vec<Expr>> {
        let mut pushed: HashMap<RelationId, Vec<Expr>> = HashMap::new();
        for relation in &gathering.relations {
            if relation.query.is_none() || !self.may_push_into(relation.id) {
                continue;
            }
            for condition in &gathering.conditions {
                let reaches = condition.picks(relation.id);
                if reaches
                    && condition.expr.relations().iter().eq([&relation.id])
                    && condition.expr.subqueries().is_empty()
                    && !self.facts.is_volatile(&condition.expr)
                {
                    pushed
                        .entry(relation.id)
                        .or_default()
                        .push(condition.expr.clone());
                }
            }
        }
        pushed
    }

    /// Whether conditions on a relation can become conditions inside of it.
    fn may_push_into(&self, relation: RelationId) -> bool {
        match self.query.relation(relation).source {
            RelationSource::Derived(_) | RelationSource::View { .. } => true,
            RelationSource::Cte(cte) => self.is_inlined(cte),
            _ => false,
        }
    }

    /// Source: the conditions under which SS_process_ctes inlines a CTE.
    fn is_inlined(&self, cte: CteId) -> bool {
        let cte = self.query.cte(cte);
        !cte.recursive
            && match cte.materialized {
                Some(materialized) => !materialized,
                None => cte.references.len() <= 1,
            }
            && !matches!(self.query.expression(cte.query).body, QueryBody::Write(_))
            && !self.facts.is_volatile_query(cte.query)
    }

    fn gather(
        &mut self,
        block: &'a Block,
        reach: Option<&BTreeSet<RelationId>>,
        pairing: Pairing,
        reported: Option<RelationId>,
        gathering: &mut Gathering,
    ) {
        let before = gathering.relations.len();
        for tree in &block.from {
            self.gather_tree(block, tree, reach, pairing, reported, gathering);
        }
        let late = gathering.relations[before..]
            .iter()
            .filter(|relation| relation.pairing == Pairing::Outer && pairing != Pairing::Outer)
            .map(|relation| relation.id)
            .collect();
        for conjunct in &block.filter {
            self.gather_condition(conjunct, reach, &late, pairing, reported, gathering);
        }
    }

    fn gather_tree(
        &mut self,
        block: &'a Block,
        tree: &'a JoinTree,
        reach: Option<&BTreeSet<RelationId>>,
        pairing: Pairing,
        reported: Option<RelationId>,
        gathering: &mut Gathering,
    ) {
        match tree {
            JoinTree::Relation(relation) => {
                self.gather_relation(*relation, reach, pairing, reported, gathering);
            }
            JoinTree::Join(join) => {
                let rejected = |side: &JoinTree| {
                    let nulls = NullSet::Relations(side.relations().into_iter().collect());
                    block.filter.iter().any(|conjunct| {
                        !conjunct.is_constant() && self.facts.rejects(conjunct, &nulls)
                    })
                };
                let kind = match join.kind {
                    JoinKind::Left if rejected(&join.right) => JoinKind::Inner,
                    JoinKind::Right if rejected(&join.left) => JoinKind::Inner,
                    JoinKind::Full => match (rejected(&join.left), rejected(&join.right)) {
                        (true, true) => JoinKind::Inner,
                        (true, false) => JoinKind::Left,
                        (false, true) => JoinKind::Right,
                        (false, false) => JoinKind::Full,
                    },
                    kind => kind,
                };
                let before = gathering.relations.len();
                let outer = |nullable: bool| {
                    if nullable && pairing == Pairing::Inner {
                        Pairing::Outer
                    } else {
                        pairing
                    }
                };
                let (left_nullable, right_nullable) = match kind {
                    JoinKind::Inner | JoinKind::Cross => (false, false),
                    JoinKind::Left => (false, true),
                    JoinKind::Right => (true, false),
                    JoinKind::Full => (true, true),
                };
                self.gather_tree(
                    block,
                    &join.left,
                    reach,
                    outer(left_nullable),
                    reported,
                    gathering,
                );
                let middle = gathering.relations.len();
                self.gather_tree(
                    block,
                    &join.right,
                    reach,
                    outer(right_nullable),
                    reported,
                    gathering,
                );
                let ids = |range: std::ops::Range<usize>| -> BTreeSet<RelationId> {
                    gathering.relations[range]
                        .iter()
                        .map(|relation| relation.id)
                        .collect()
                };
                let reach = match kind {
                    JoinKind::Inner | JoinKind::Cross => reach.cloned(),
                    JoinKind::Left => Some(ids(middle..gathering.relations.len())),
                    JoinKind::Right => Some(ids(before..middle)),
                    JoinKind::Full => Some(BTreeSet::new()),
                };
                let none = BTreeSet::new();
                for conjunct in &join.on {
                    self.gather_condition(
                        conjunct,
                        reach.as_ref(),
                        &none,
                        pairing,
                        reported,
                        gathering,
                    );
                }
            }
        }
    }

    fn gather_relation(
        &mut self,
        id: RelationId,
        reach: Option<&BTreeSet<RelationId>>,
        pairing: Pairing,
        reported: Option<RelationId>,
        gathering: &mut Gathering,
    ) {
        let query = self.query;
        let relation = query.relation(id);
        let mut flat = FlatRelation {
            id,
            table: None,
            query: None,
            pairing,
            reported: reported.unwrap_or(id),
        };
        let inner = match &relation.source {
            RelationSource::Table(table) => {
                flat.table = (!relation.sampled).then_some(*table);
                None
            }
            RelationSource::Derived(inner) => Some(*inner),
            RelationSource::View { query, .. } => {
                flat.reported = reported.unwrap_or(id);
                Some(*query)
            }
            RelationSource::Cte(cte) if self.is_inlined(*cte) => Some(query.cte(*cte).query),
            RelationSource::Cte(cte) => {
                flat.query = Some(query.cte(*cte).query);
                None
            }
            RelationSource::Function { calls, .. } => {
                gathering.extra.extend(calls.iter().cloned());
                None
            }
            RelationSource::Unknown { .. } => None,
        };
        if let Some(inner) = inner {
            let simple = self
                .simple_block(inner)
                .filter(|block| !self.seen.contains(&block.id));
            if let Some(block) = simple {
                self.seen.insert(block.id);
                let inside_view = matches!(relation.source, RelationSource::View { .. });
                let reported = reported.or(inside_view.then_some(id));
                let nested_reach = reach.cloned();
                self.gather(block, nested_reach.as_ref(), pairing, reported, gathering);
                let shown = block
                    .select
                    .iter()
                    .map(|item| gathering.resolve(&item.expr))
                    .collect();
                gathering.shown.insert(id, shown);
                return;
            }
            flat.query = Some(inner);
        }
        gathering.relations.push(flat);
    }

    fn gather_condition(
        &mut self,
        conjunct: &Expr,
        reach: Option<&BTreeSet<RelationId>>,
        late: &BTreeSet<RelationId>,
        pairing: Pairing,
        reported: Option<RelationId>,
        gathering: &mut Gathering,
    ) {
        let pulled = match &conjunct.kind {
            ExprKind::Exists(inner) => Some((*inner, None, Pairing::Semi)),
            ExprKind::Not(operand) => match &operand.kind {
                ExprKind::Exists(inner) => Some((*inner, None, Pairing::Anti)),
                _ => None,
            },
            ExprKind::InSubquery {
                operand,
                query,
                negated: false,
            } => Some((*query, Some(operand), Pairing::Semi)),
            ExprKind::QuantifiedSubquery {
                op: BinaryOp::Eq,
                operand,
                query,
                all: false,
            } => Some((*query, Some(operand), Pairing::Semi)),
            _ => None,
        };
        if let Some((inner, operand, inner_pairing)) = pulled
            && let Some(block) = self.semi_join_block(inner, operand.is_some())
            && !self.seen.contains(&block.id)
        {
            self.seen.insert(block.id);
            let before = gathering.relations.len();
            let first_condition = gathering.conditions.len();
            let inner_pairing = if pairing == Pairing::Anti {
                pairing
            } else {
                inner_pairing
            };
            self.gather(block, reach, inner_pairing, reported, gathering);
            if let Some(operand) = operand {
                let operands: Vec<&Expr> = match &operand.kind {
                    ExprKind::Row(list) => list.iter().collect(),
                    _ => vec![operand],
                };
                for (operand, item) in operands.into_iter().zip(&block.select) {
                    let expr = Expr::new(
                        ExprKind::Binary {
                            op: BinaryOp::Eq,
                            left: Box::new(gathering.resolve(operand)),
                            right: Box::new(gathering.resolve(&item.expr)),
                        },
                        conjunct.span,
                    );
                    gathering.conditions.push(FlatCondition {
                        expr,
                        reach: reach.cloned(),
                        late: late.clone(),
                    });
                }
            }
            if inner_pairing == Pairing::Anti {
                let inside: BTreeSet<RelationId> = gathering.relations[before..]
                    .iter()
                    .map(|relation| relation.id)
                    .collect();
                for condition in &mut gathering.conditions[first_condition..] {
                    let narrowed = match &condition.reach {
                        Some(reach) => reach.intersection(&inside).copied().collect(),
                        None => inside.clone(),
                    };
                    condition.reach = Some(narrowed);
                }
            }
            return;
        }
        let expr = gathering.resolve(conjunct);
        gathering.conditions.push(FlatCondition {
            expr,
            reach: reach.cloned(),
            late: late.clone(),
        });
    }

    /// The block of a query expression that can be pulled up. Source: is_simple_subquery.
    fn simple_block(&self, id: QueryExpressionId) -> Option<&'a Block> {
        let expression = self.query.expression(id);
        if expression.limit.is_some()
            || expression.offset.is_some()
            || expression.locks
            || expression.ctes.iter().any(|cte| !self.is_inlined(*cte))
        {
            return None;
        }
        match &expression.body {
            QueryBody::Select(block) => {
                let block = self.query.block(*block);
                let plain = !block.is_grouped()
                    && block.distinct == Distinct::No
                    && !block.from.is_empty()
                    && !block.select.iter().any(|item| {
                        item.expr.has_window()
                            || self.facts.is_volatile(&item.expr)
                            || item.expr.any(&|part| {
                                matches!(&part.kind, ExprKind::Function(call) if call.kind == FunctionKind::SetReturning)
                            })
                    });
                plain.then_some(block)
            }
            QueryBody::Nested(inner) => self.simple_block(*inner),
            _ => None,
        }
    }

    /// As [`Self::simple_block`], for EXISTS and IN: EXISTS does not mind LIMIT, DISTINCT and the select list.
    fn semi_join_block(&self, id: QueryExpressionId, membership: bool) -> Option<&'a Block> {
        let expression = self.query.expression(id);
        if membership {
            if let QueryBody::Select(block) = &expression.body {
                let block = self.query.block(*block);
                // DISTINCT inside of IN changes nothing
                if block.distinct == Distinct::All
                    && !block.is_grouped()
                    && expression.limit.is_none()
                    && expression.offset.is_none()
                    && !block.from.is_empty()
                {
                    return Some(block);
                }
            }
            return self.simple_block(id);
        }
        if expression.offset.is_some() {
            return None;
        }
        match &expression.body {
            QueryBody::Select(block) => {
                let block = self.query.block(*block);
                (!block.is_grouped() && !block.from.is_empty() && expression.ctes.is_empty())
                    .then_some(block)
            }
            _ => None,
        }
    }

    fn wanted(&self, block: &Block, gathering: &Gathering) -> Wanted {
        if let Some(extreme) = self.extreme(block, gathering) {
            return extreme;
        }
        let Some(expression) = block.expression else {
            return Wanted::default();
        };
        let expression = self.query.expression(expression);
        let order = expression
            .order_by
            .iter()
            .map(|key| {
                let expr = match key.output.and_then(|output| block.select.get(output)) {
                    Some(item) => gathering.resolve(&item.expr),
                    None => gathering.resolve(&key.expr),
                };
                SortKey {
                    expr,
                    ..key.clone()
                }
            })
            .collect();
        let mut wanted = Wanted {
            order,
            ..Wanted::default()
        };
        if let Some(count) = expression
            .limit
            .as_ref()
            .and_then(|limit| limit.count.as_ref())
        {
            let number = |expr: &Expr| literal_text(expr).and_then(|text| text.parse::<f64>().ok());
            wanted.rows_assumed = number(count).is_none();
            let skipped = expression
                .offset
                .as_ref()
                .map_or(0.0, |offset| number(offset).unwrap_or(0.0));
            wanted.rows = Some(number(count).unwrap_or(ASSUMED_LIMIT) + skipped);
        } else if expression.reader == Reader::Exists {
            wanted.rows = Some(1.0);
        }
        wanted
    }

    /// `SELECT min(x)`: the first row in the order of x. Source: preprocess_minmax_aggregates.
    fn extreme(&self, block: &Block, gathering: &Gathering) -> Option<Wanted> {
        if block.group_by != GroupBy::None || !block.having.is_empty() || block.select.is_empty() {
            return None;
        }
        let mut calls = Vec::new();
        for item in &block.select {
            item.expr.walk(&mut |part| {
                if let ExprKind::Function(call) = &part.kind
                    && call.kind == FunctionKind::Aggregate
                {
                    calls.push(call);
                }
            });
        }
        let first = calls.first()?;
        let argument = first.arguments.first()?;
        let fits = calls.iter().all(|call| {
            matches!(call.name.as_str(), "min" | "max")
                && call.filter.is_none()
                && call.arguments.first() == Some(argument)
        });
        if !fits || argument.columns().is_empty() {
            return None;
        }
        Some(Wanted {
            order: vec![SortKey {
                expr: gathering.resolve(argument),
                descending: first.name == "max",
                nulls_first: first.name == "max",
                nulls_written: false,
                output: None,
            }],
            rows: Some(1.0),
            rows_assumed: false,
            extreme: true,
        })
    }
}

/// A condition on a derived table as one inside of its block, where it holds there just as well.
fn come_down(block: &Block, relation: RelationId, condition: &Expr) -> Option<Expr> {
    if block.select.iter().any(|item| item.expr.has_window())
        || matches!(block.distinct, Distinct::On(_))
    {
        return None;
    }
    let grouped = block.is_grouped();
    let mut possible = true;
    for column in condition.columns() {
        if column.relation != relation {
            continue;
        }
        let fits = block.select.get(column.column).is_some_and(|item| {
            !item.expr.has_aggregate()
                && item.expr.subqueries().is_empty()
                && (!grouped
                    || matches!(&block.group_by, GroupBy::Expressions(keys) if keys.contains(&item.expr)))
        });
        possible &= fits;
    }
    possible.then(|| {
        condition.map_columns(&|column: ColumnRef| {
            if column.relation == relation {
                block
                    .select
                    .get(column.column)
                    .map_or(ExprKind::Column(column), |item| item.expr.kind.clone())
            } else {
                ExprKind::Column(column)
            }
        })
    })
}
