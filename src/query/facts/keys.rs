use std::cell::LazyCell;
use std::collections::BTreeSet;

use crate::catalog::{
    Index, IndexConstraint, IndexId, IndexTarget, TableId, is_deterministic_collation,
};
use crate::query::{
    Block, ColumnRef, Distinct, Expr, ExprKind, GroupBy, JoinKind, JoinTree, Literal, QueryBody,
    QueryExpressionId, RelationId, RelationSource,
};

use super::{Facts, NullSet};

/// Why a set of columns is unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyProof {
    PrimaryKey {
        constraint: String,
        deferrable: bool,
    },
    UniqueConstraint {
        constraint: String,
        deferrable: bool,
    },
    UniqueIndex {
        index: String,
        partial: bool,
        expressions: bool,
    },
    /// SELECT DISTINCT.
    Distinct,
    GroupBy,
    /// UNION, INTERSECT or EXCEPT without ALL.
    SetOperation,
    /// Aggregates without GROUP BY.
    SingleGroup,
    /// LIMIT 1 / FETCH FIRST ROW ONLY.
    LimitOne,
    /// One row of VALUES, or a SELECT without FROM.
    OneRow,
    /// A function that returns one row.
    OneCall,
    /// row_number(), counted for each value of some columns.
    RowNumber,
    /// Through a derived table, CTE, view or join, from the named relation's key.
    Inherited {
        from: String,
        proof: Box<KeyProof>,
    },
}

impl KeyProof {
    /// The proof at the end of the chain.
    pub fn origin(&self) -> &KeyProof {
        match self {
            Self::Inherited { proof, .. } => proof.origin(),
            other => other,
        }
    }
}

/// In words, to follow "because": `primary key customers_pkey`.
impl std::fmt::Display for KeyProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::PrimaryKey { constraint, .. } => write!(f, "primary key {constraint}"),
            Self::UniqueConstraint { constraint, .. } => {
                write!(f, "unique constraint {constraint}")
            }
            Self::UniqueIndex {
                index,
                partial: false,
                ..
            } => write!(f, "unique index {index}"),
            Self::UniqueIndex {
                index,
                partial: true,
                ..
            } => write!(
                f,
                "partial unique index {index}, whose predicate holds here"
            ),
            Self::Distinct => f.write_str("DISTINCT"),
            Self::GroupBy => f.write_str("GROUP BY"),
            Self::SetOperation => f.write_str("a set operation without ALL"),
            Self::SingleGroup => f.write_str("aggregates without GROUP BY give one row"),
            Self::LimitOne => f.write_str("LIMIT 1"),
            Self::OneRow => f.write_str("it has one row"),
            Self::OneCall => f.write_str("the function gives one row"),
            Self::RowNumber => f.write_str("row_number() within its partition"),
            Self::Inherited { from, proof } => write!(f, "{proof} of {from}"),
        }
    }
}

/// Columns (or expressions) of a relation, or of a join of several, that no two rows share.
#[derive(Debug, Clone)]
pub struct UniqueKey {
    /// Empty: at most one row.
    pub columns: Vec<Expr>,
    /// Must hold of the rows (a partial unique index's predicate).
    pub condition: Vec<Expr>,
    /// Rows with a NULL in one of the columns may repeat.
    pub nulls_repeat: bool,
    pub proof: KeyProof,
}

/// Output columns of a query expression that no two of its rows share.
#[derive(Debug, Clone)]
pub struct OutputKey {
    /// Empty: at most one row.
    pub columns: Vec<usize>,
    pub nulls_repeat: bool,
    pub proof: KeyProof,
}

/// How many keys of a join are kept.
const MOST_KEYS: usize = 24;

impl Facts<'_> {
    /// The keys of a relation, over its own columns.
    pub fn relation_keys(&self, relation: RelationId) -> Vec<UniqueKey> {
        let item = self.query.relation(relation);
        if item.sampled {
            // a sample of unique rows is unique still
        }
        match &item.source {
            RelationSource::Table(table) => self.table_keys(*table, relation),
            RelationSource::Derived(query) | RelationSource::View { query, .. } => {
                self.derived_keys(relation, *query)
            }
            RelationSource::Cte(cte) => {
                let cte = self.query.cte(*cte);
                if cte.recursive {
                    self.recursive_keys(relation, cte.query)
                } else {
                    self.derived_keys(relation, cte.query)
                }
            }
            RelationSource::Function { calls, .. } => {
                let one_row = calls.iter().all(|call| {
                    matches!(&call.kind, ExprKind::Function(call)
                        if !crate::query::functions::is_set_returning(&call.name)
                            && crate::query::functions::volatility(&call.name).is_some())
                });
                if one_row {
                    vec![UniqueKey {
                        columns: Vec::new(),
                        condition: Vec::new(),
                        nulls_repeat: false,
                        proof: KeyProof::OneCall,
                    }]
                } else {
                    Vec::new()
                }
            }
            RelationSource::Unknown { .. } => Vec::new(),
        }
    }

    fn table_keys(&self, table: TableId, relation: RelationId) -> Vec<UniqueKey> {
        let catalog = self.schema.catalog();
        // an inheritance parent also shows its children's rows, which its keys do not cover
        if catalog.is_inherited(table) {
            return Vec::new();
        }
        let definition = catalog.table(table);
        let mut keys = Vec::new();
        for index in catalog.indexes_of(definition) {
            if !index.unique || !index.valid {
                continue;
            }
            keys.extend(self.index_key(index.id, relation));
        }
        // constraints come before plain indexes, few columns before many
        keys.sort_by_key(|key| {
            let rank = match key.proof.origin() {
                KeyProof::PrimaryKey { .. } => 0,
                KeyProof::UniqueConstraint { .. } => 1,
                _ => 2,
            };
            (rank, key.columns.len())
        });
        keys
    }

    fn index_key(&self, index: IndexId, relation: RelationId) -> Option<UniqueKey> {
        let catalog = self.schema.catalog();
        let definition = catalog.index(index);
        let bound = self.schema.index(index)?;
        if self.is_of_other_collation(definition) {
            return None;
        }
        let columns: Vec<Expr> = bound
            .keys
            .iter()
            .map(|key| crate::query::BoundSchema::for_relation(key, relation))
            .collect();
        let condition: Vec<Expr> = bound
            .predicate
            .iter()
            .map(|conjunct| crate::query::BoundSchema::for_relation(conjunct, relation))
            .collect();
        let nullable = columns.iter().any(|key| match key.as_column() {
            Some(column) => {
                self.column_may_be_null(column)
                    && !condition
                        .iter()
                        .any(|conjunct| self.rejects(conjunct, &NullSet::Column(column)))
            }
            None => true,
        });
        let name = definition.name.name.clone();
        let proof = match definition.constraint {
            Some(IndexConstraint::PrimaryKey { deferrable }) => KeyProof::PrimaryKey {
                constraint: name,
                deferrable,
            },
            Some(IndexConstraint::Unique { deferrable }) => KeyProof::UniqueConstraint {
                constraint: name,
                deferrable,
            },
            Some(IndexConstraint::Exclusion) => return None,
            None => KeyProof::UniqueIndex {
                index: name,
                partial: !condition.is_empty(),
                expressions: columns.iter().any(|key| key.as_column().is_none()),
            },
        };
        Some(UniqueKey {
            columns,
            condition,
            nulls_repeat: nullable && !definition.nulls_not_distinct,
            proof,
        })
    }

    /// Whether an index tells strings apart that their column's own collation may call equal.
    fn is_of_other_collation(&self, index: &Index) -> bool {
        let table = self.schema.catalog().table(index.table);
        index.keys.iter().any(|key| {
            let IndexTarget::Column(column) = &key.target else {
                return false;
            };
            let own = &table.column(*column).collation;
            key.collation.is_some()
                && key.collation != *own
                && own
                    .as_deref()
                    .is_some_and(|name| !is_deterministic_collation(name))
        })
    }

    fn derived_keys(&self, relation: RelationId, query: QueryExpressionId) -> Vec<UniqueKey> {
        self.output_keys(query)
            .into_iter()
            .map(|key| UniqueKey {
                columns: key
                    .columns
                    .iter()
                    .map(|column| self.column_expr(relation, *column))
                    .collect(),
                condition: Vec::new(),
                nulls_repeat: key.nulls_repeat,
                proof: key.proof,
            })
            .collect()
    }

    /// A recursive CTE is unique only by its UNION without ALL.
    fn recursive_keys(&self, relation: RelationId, query: QueryExpressionId) -> Vec<UniqueKey> {
        match self.query.expression(query).body {
            QueryBody::SetOperation { all: false, .. } => vec![UniqueKey {
                columns: (0..self.query.expression(query).output.len())
                    .map(|column| self.column_expr(relation, column))
                    .collect(),
                condition: Vec::new(),
                nulls_repeat: false,
                proof: KeyProof::SetOperation,
            }],
            _ => Vec::new(),
        }
    }

    /// A column of a relation as an expression.
    pub fn column_expr(&self, relation: RelationId, column: usize) -> Expr {
        let item = self.query.relation(relation);
        Expr::typed(
            ExprKind::Column(ColumnRef { relation, column }),
            item.span,
            item.columns
                .get(column)
                .and_then(|column| column.data_type.clone()),
        )
    }

    /// Whether a query expression has at most one row, and why.
    pub fn at_most_one_row(&self, query: QueryExpressionId) -> Option<KeyProof> {
        self.output_keys(query)
            .into_iter()
            .find(|key| key.columns.is_empty())
            .map(|key| key.proof)
    }

    /// The keys of a query expression's output.
    pub fn output_keys(&self, query: QueryExpressionId) -> Vec<OutputKey> {
        let expression = self.query.expression(query);
        let one_row = |proof| OutputKey {
            columns: Vec::new(),
            nulls_repeat: false,
            proof,
        };
        if let Some(limit) = &expression.limit {
            let one = limit.count.as_ref().is_some_and(|count| {
                matches!(&count.kind, ExprKind::Literal(Literal::Number(number)) if number == "1" || number == "0")
            });
            if one && !limit.with_ties {
                return vec![one_row(KeyProof::LimitOne)];
            }
        }
        match &expression.body {
            QueryBody::Select(block) => self.block_keys(self.query.block(*block)),
            QueryBody::SetOperation {
                all,
                left,
                operator,
                ..
            } => {
                let mut keys = match operator {
                    crate::query::SetOperator::Union => Vec::new(),
                    // a part of the left arm's rows
                    _ => self.output_keys(*left),
                };
                if !all {
                    keys.push(OutputKey {
                        columns: (0..expression.output.len()).collect(),
                        nulls_repeat: false,
                        proof: KeyProof::SetOperation,
                    });
                }
                keys
            }
            QueryBody::Nested(inner) => self.output_keys(*inner),
            QueryBody::Values(rows) if rows.len() == 1 => vec![one_row(KeyProof::OneRow)],
            QueryBody::Values(_) | QueryBody::Write(_) | QueryBody::Unknown => Vec::new(),
        }
    }

    /// The keys of a block's output.
    pub fn block_keys(&self, block: &Block) -> Vec<OutputKey> {
        let mut keys = Vec::new();
        let all_columns: Vec<usize> = (0..block.select.len()).collect();
        let multiplies = block
            .select
            .iter()
            .any(|item| item.expr.has_set_returning());
        if !multiplies {
            keys.extend(self.undistinct_keys(block));
        }
        match &block.distinct {
            Distinct::No => {}
            Distinct::All => keys.push(OutputKey {
                columns: all_columns,
                nulls_repeat: false,
                proof: KeyProof::Distinct,
            }),
            Distinct::On(exprs) => {
                let columns: Option<Vec<usize>> = exprs
                    .iter()
                    .map(|expr| self.output_position(block, expr))
                    .collect();
                keys.extend(columns.map(|columns| OutputKey {
                    columns,
                    nulls_repeat: false,
                    proof: KeyProof::Distinct,
                }));
            }
        }
        keys
    }

    /// The keys of a block's output as it were without DISTINCT.
    pub fn undistinct_keys(&self, block: &Block) -> Vec<OutputKey> {
        let mut keys = Vec::new();
        if block.is_single_group() {
            return vec![OutputKey {
                columns: Vec::new(),
                nulls_repeat: false,
                proof: KeyProof::SingleGroup,
            }];
        }
        if block.is_grouped() {
            if let GroupBy::Expressions(list) = &block.group_by {
                let mut columns = BTreeSet::new();
                let complete = list
                    .iter()
                    .all(|expr| match self.output_position(block, expr) {
                        Some(column) => {
                            columns.insert(column);
                            true
                        }
                        None => self.is_fixed(block, expr),
                    });
                if complete {
                    keys.push(OutputKey {
                        columns: columns.into_iter().collect(),
                        nulls_repeat: false,
                        proof: KeyProof::GroupBy,
                    });
                }
                // a key of the rows that lies within the grouping columns tells the groups apart as well
                let mut within = self.from_keys(block);
                within.retain(|key| key.columns.iter().all(|column| list.contains(column)));
                keys.extend(self.as_output_keys(block, &within));
            }
            keys.extend(self.row_number_keys(block));
            return keys;
        }
        if block.from.is_empty() {
            return vec![OutputKey {
                columns: Vec::new(),
                nulls_repeat: false,
                proof: KeyProof::OneRow,
            }];
        }
        keys.extend(self.as_output_keys(block, &self.from_keys(block)));
        keys.extend(self.row_number_keys(block));
        keys
    }

    /// row_number() counts from 1 in each partition: with the partition's columns it tells all rows apart.
    fn row_number_keys(&self, block: &Block) -> Vec<OutputKey> {
        let numbers = block.select.iter().enumerate().filter_map(|(at, item)| {
            let ExprKind::Function(call) = &item.expr.kind else {
                return None;
            };
            let window = call
                .over
                .as_ref()
                .filter(|window| call.name == "row_number" && window.frame.is_none())?;
            let mut columns: BTreeSet<usize> = window
                .partition_by
                .iter()
                .map(|expr| self.output_position(block, expr))
                .collect::<Option<_>>()?;
            columns.insert(at);
            Some(OutputKey {
                columns: columns.into_iter().collect(),
                nulls_repeat: false,
                proof: KeyProof::RowNumber,
            })
        });
        numbers.collect()
    }

    /// Keys of FROM's rows as keys of the output, where the output shows their columns.
    fn as_output_keys(&self, block: &Block, keys: &[UniqueKey]) -> Vec<OutputKey> {
        if keys.is_empty() {
            return Vec::new();
        }
        let fixed = self.fixed_expressions(block);
        keys.iter()
            .filter_map(|key| self.as_output_key(block, key, &fixed))
            .collect()
    }

    fn as_output_key(&self, block: &Block, key: &UniqueKey, fixed: &[Expr]) -> Option<OutputKey> {
        let mut columns = BTreeSet::new();
        for column in &key.columns {
            // what is fixed (by a lateral reference, say) tells no rows apart
            if self.is_fixed_beside(column, || fixed.contains(column)) {
                continue;
            }
            columns.insert(self.output_position(block, column)?);
        }
        let passed: Vec<&Expr> = self.passed_conditions(block).collect();
        let nulls_repeat = key.nulls_repeat
            && key.columns.iter().any(|column| match column.as_column() {
                Some(column) => !passed
                    .iter()
                    .any(|conjunct| self.rejects(conjunct, &NullSet::Column(column))),
                None => true,
            });
        Some(OutputKey {
            columns: columns.into_iter().collect(),
            nulls_repeat,
            proof: key.proof.clone(),
        })
    }

    /// The output column that shows an expression, or one that is always equal to it.
    pub fn output_position(&self, block: &Block, expr: &Expr) -> Option<usize> {
        if let Some(position) = block.select.iter().position(|item| item.expr == *expr) {
            return Some(position);
        }
        let column = expr.as_column()?;
        self.equal_columns(block, column)
            .into_iter()
            .find_map(|equal| {
                block
                    .select
                    .iter()
                    .position(|item| item.expr.as_column() == Some(equal))
            })
    }

    /// Columns of a block that have the same value as `column` in every row that passed its conditions.
    pub fn equal_columns(&self, block: &Block, column: ColumnRef) -> BTreeSet<ColumnRef> {
        let equalities: Vec<(ColumnRef, ColumnRef)> = self
            .passed_conditions(block)
            .filter_map(|conjunct| {
                let (left, right) = crate::query::as_equality(conjunct)?;
                let same_type = super::comparable_by_key(left.data_type.as_ref(), right);
                same_type.then_some((left.as_column()?, right.as_column()?))
            })
            .collect();
        let mut equal = BTreeSet::from([column]);
        loop {
            let before = equal.len();
            for (left, right) in &equalities {
                if equal.contains(left) {
                    equal.insert(*right);
                } else if equal.contains(right) {
                    equal.insert(*left);
                }
            }
            if equal.len() == before {
                equal.remove(&column);
                return equal;
            }
        }
    }

    /// Whether an expression has one value in all rows that passed the block's conditions.
    pub fn is_fixed(&self, block: &Block, expr: &Expr) -> bool {
        self.is_fixed_beside(expr, || self.fixed_expressions(block).contains(expr))
    }

    /// Whether the rows of FROM that passed the block's conditions are one at most: the conditions fix a key of them.
    pub fn has_fixed_key(&self, block: &Block) -> bool {
        let fixed = LazyCell::new(|| self.fixed_expressions(block));
        self.from_keys(block).iter().any(|key| {
            key.columns
                .iter()
                .all(|column| self.is_fixed_beside(column, || fixed.contains(column)))
        })
    }

    /// Whether the conditions of a block leave at most one row of one of its relations by constants alone: its other
    /// relations count as unknown.
    pub fn is_one_row_by_constants(&self, block: &Block, relation: RelationId) -> bool {
        let passed: Vec<&Expr> = self.passed_conditions(block).collect();
        let fixed = self.fixed_expressions(block);
        self.relation_keys(relation).iter().any(|key| {
            key.columns.iter().all(|column| fixed.contains(column))
                && self.implies_all(&passed, &key.condition)
        })
    }

    /// Whether an expression is a constant that does not change, or otherwise `fixed`.
    fn is_fixed_beside(&self, expr: &Expr, fixed: impl FnOnce() -> bool) -> bool {
        if expr.is_constant() {
            !self.is_volatile(expr)
        } else {
            fixed()
        }
    }

    /// The expressions whose values the block's conditions fix.
    fn fixed_expressions(&self, block: &Block) -> Vec<Expr> {
        let own: BTreeSet<RelationId> = block.relations().into_iter().collect();
        let passed: Vec<&Expr> = self.passed_conditions(block).collect();
        super::determined(self, &own, &passed)
    }

    /// The keys of the rows that FROM makes (WHERE taken into account only where it picks one row of a relation).
    pub fn from_keys(&self, block: &Block) -> Vec<UniqueKey> {
        let passed: Vec<&Expr> = self.passed_conditions(block).collect();
        let scope: BTreeSet<RelationId> = block.relations().into_iter().collect();
        let mut result: Option<(Vec<UniqueKey>, BTreeSet<RelationId>)> = None;
        for tree in &block.from {
            let keys = self.tree_keys(tree, &passed, &scope);
            let relations: BTreeSet<RelationId> = tree.relations().into_iter().collect();
            result = Some(match result {
                None => (keys, relations),
                Some((left, left_relations)) => {
                    let combined = self.combine(
                        JoinKind::Inner,
                        (&left, &left_relations),
                        (&keys, &relations),
                        &passed,
                        &scope,
                    );
                    (
                        combined,
                        left_relations.union(&relations).copied().collect(),
                    )
                }
            });
        }
        result.map(|(keys, _)| keys).unwrap_or_default()
    }

    /// The keys of a join tree's rows. `passed` are conditions that hold of the rows that come out at the end; the relations
    /// in `scope` are not fixed yet, all others are.
    pub(super) fn tree_keys(
        &self,
        tree: &JoinTree,
        passed: &[&Expr],
        scope: &BTreeSet<RelationId>,
    ) -> Vec<UniqueKey> {
        match tree {
            JoinTree::Relation(relation) => self
                .relation_keys(*relation)
                .into_iter()
                .filter(|key| key.condition.is_empty() || self.implies_all(passed, &key.condition))
                .collect(),
            JoinTree::Join(join) => {
                let on: Vec<&Expr> = join.on.iter().collect();
                let both: Vec<&Expr> = on.iter().chain(passed).copied().collect();
                // below a nullable side only the join's own condition speaks of the rows
                let (left_passed, right_passed): (&[&Expr], &[&Expr]) = match join.kind {
                    JoinKind::Inner | JoinKind::Cross => (&both, &both),
                    JoinKind::Left => (passed, &on),
                    JoinKind::Right => (&on, passed),
                    JoinKind::Full => (&[], &[]),
                };
                let left = self.tree_keys(&join.left, left_passed, scope);
                let right = self.tree_keys(&join.right, right_passed, scope);
                let left_relations = join.left.relations().into_iter().collect();
                let right_relations = join.right.relations().into_iter().collect();
                let matching: &[&Expr] = match join.kind {
                    JoinKind::Inner | JoinKind::Cross => &both,
                    _ => &on,
                };
                self.combine(
                    join.kind,
                    (&left, &left_relations),
                    (&right, &right_relations),
                    matching,
                    scope,
                )
            }
        }
    }

    fn combine(
        &self,
        kind: JoinKind,
        left: (&[UniqueKey], &BTreeSet<RelationId>),
        right: (&[UniqueKey], &BTreeSet<RelationId>),
        matching: &[&Expr],
        scope: &BTreeSet<RelationId>,
    ) -> Vec<UniqueKey> {
        let mut keys = Vec::new();
        // a condition on a relation that joins later fixes nothing for the rows of these two
        let later: BTreeSet<RelationId> = scope
            .iter()
            .filter(|relation| !left.1.contains(relation) && !right.1.contains(relation))
            .copied()
            .collect();
        let matching: Vec<&Expr> = matching
            .iter()
            .copied()
            .filter(|conjunct| !conjunct.reads_any(&later))
            .collect();
        let right_once = self.unique_match(right.0, right.1, &matching).is_some();
        // a lateral item is unique for each row of the left side, not by itself
        let left_once = !right.1.iter().any(|relation| self.is_lateral(*relation))
            && self.unique_match(left.0, left.1, &matching).is_some();
        if right_once {
            // under RIGHT and FULL the left columns of unmatched rows are all NULL
            let repeats = matches!(kind, JoinKind::Right | JoinKind::Full);
            keys.extend(
                left.0
                    .iter()
                    .map(|key| UniqueKey {
                        nulls_repeat: key.nulls_repeat || repeats,
                        ..key.clone()
                    })
                    .filter(|key| !(repeats && key.columns.is_empty())),
            );
        }
        if left_once {
            let repeats = matches!(kind, JoinKind::Left | JoinKind::Full);
            keys.extend(
                right
                    .0
                    .iter()
                    .map(|key| UniqueKey {
                        nulls_repeat: key.nulls_repeat || repeats,
                        ..key.clone()
                    })
                    .filter(|key| !(repeats && key.columns.is_empty())),
            );
        }
        for a in left.0 {
            for b in right.0 {
                if keys.len() >= MOST_KEYS {
                    return keys;
                }
                let mut columns = a.columns.clone();
                columns.extend(
                    b.columns
                        .iter()
                        .filter(|column| !a.columns.contains(column))
                        .cloned(),
                );
                let proof = if b.columns.is_empty() || !a.columns.is_empty() {
                    a.proof.clone()
                } else {
                    b.proof.clone()
                };
                if kind == JoinKind::Full && columns.is_empty() {
                    continue;
                }
                keys.push(UniqueKey {
                    columns,
                    condition: Vec::new(),
                    nulls_repeat: a.nulls_repeat || b.nulls_repeat || kind == JoinKind::Full,
                    proof,
                });
            }
        }
        keys.dedup_by(|a, b| a.columns == b.columns && a.nulls_repeat == b.nulls_repeat);
        keys
    }

    /// Whether a relation may read others of its FROM.
    fn is_lateral(&self, relation: RelationId) -> bool {
        let item = self.query.relation(relation);
        item.lateral
            || matches!(&item.source, RelationSource::Function { calls, .. }
                if calls.iter().any(|call| !call.relations().is_empty() || call.has_subquery()))
    }
}
