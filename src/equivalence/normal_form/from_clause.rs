//! FROM: joins, derived tables, and full joins of which conditions leave less.

use std::collections::BTreeSet;

use crate::query::{Block, Expr, JoinConstraint, JoinKind, JoinTree, RelationId, RelationSource};

use super::convert::{Columns, Converted, Converter, NotUnderstood, Scope};
use super::expression::conjuncts;
use super::model::{AtomId, AtomKind, Relation, Select, Source, is_null_with, rejects};

impl<'a> Converter<'a> {
    /// A full join of which a condition rejects the rows that one side lacks is a left, right or inner join.
    pub(super) fn decide_full_joins(&mut self, block: &Block, outer: &Scope) -> Converted<()> {
        let full: Vec<_> = block
            .joins()
            .into_iter()
            .filter(|join| join.kind == JoinKind::Full)
            .collect();
        // Merged columns of USING are the one or the other.
        if full
            .iter()
            .any(|join| !matches!(join.constraint, JoinConstraint::On | JoinConstraint::None))
        {
            return Err(NotUnderstood);
        }
        let [join] = full.as_slice() else {
            return Ok(());
        };
        let place = join.span.start;
        let known = (self.steps.len(), self.outer_joined.clone());
        self.full_joins.insert(place, JoinKind::Inner);
        let mut scope = outer.clone();
        let mut source = Source::default();
        for tree in &block.from {
            self.tree(tree, &mut source, &mut scope, true)?;
        }
        let side = |relations: Vec<RelationId>| -> BTreeSet<AtomId> {
            relations
                .into_iter()
                .filter_map(|relation| match scope.relations.get(&relation) {
                    Some(Columns::Of(atom)) => Some(BTreeSet::from([*atom])),
                    Some(Columns::Terms(terms)) => {
                        let mut atoms = BTreeSet::new();
                        terms.iter().for_each(|term| term.atoms(&mut atoms));
                        Some(atoms)
                    }
                    None => None,
                })
                .flatten()
                .collect()
        };
        let (left, right) = (side(join.left.relations()), side(join.right.relations()));
        let every: BTreeSet<AtomId> = left.union(&right).copied().collect();
        let mut needs = [false, false];
        for condition in &block.filter {
            let term = self.condition(condition, &scope, &every)?;
            needs[0] |= rejects(&term, &left);
            needs[1] |= rejects(&term, &right);
        }
        self.steps.truncate(known.0);
        self.outer_joined = known.1;
        let kind = match needs {
            [true, true] => JoinKind::Inner,
            [true, false] => JoinKind::Left,
            [false, true] => JoinKind::Right,
            [false, false] => {
                self.full_joins.remove(&place);
                return Ok(());
            }
        };
        self.step(
            "a full join is one-sided: a condition rejects the rows that the other side adds",
        );
        self.full_joins.insert(place, kind);
        Ok(())
    }

    /// `outer`: whether an outer join may fill its columns up with NULL.
    pub(super) fn tree(
        &mut self,
        tree: &JoinTree,
        source: &mut Source,
        scope: &mut Scope,
        outer: bool,
    ) -> Converted<()> {
        let join = match tree {
            JoinTree::Relation(relation) => {
                return self.add_relation(*relation, source, scope, outer);
            }
            JoinTree::Join(join) => join,
        };
        let kind = match join.kind {
            JoinKind::Full => self
                .full_joins
                .get(&join.span.start)
                .copied()
                .unwrap_or(JoinKind::Full),
            kind => kind,
        };
        match kind {
            JoinKind::Inner | JoinKind::Cross => {
                self.tree(&join.left, source, scope, outer)?;
                self.tree(&join.right, source, scope, outer)?;
                self.on(&join.on, source, scope)
            }
            JoinKind::Left | JoinKind::Right => {
                let (kept, other) = if kind == JoinKind::Left {
                    (&join.left, &join.right)
                } else {
                    self.step("a right join is a left join with its sides exchanged");
                    (&join.right, &join.left)
                };
                self.tree(kept, source, scope, outer)?;
                let mut right = Source::default();
                self.tree(other, &mut right, scope, true)?;
                self.on(&join.on, &mut right, scope)?;
                // From here on its columns can be NULL, also for conditions of later joins and in subqueries.
                self.outer_joined.extend(right.all_atoms());
                source.lefts.push(right);
                Ok(())
            }
            JoinKind::Full => self.full_join(join, source, scope),
        }
    }

    pub(super) fn on(&mut self, on: &[Expr], source: &mut Source, scope: &Scope) -> Converted<()> {
        let nullable = source.nullable_atoms();
        for condition in on {
            let term = self.condition(condition, scope, &nullable)?;
            source.conditions.extend(conjuncts(term));
        }
        Ok(())
    }

    pub(super) fn add_relation(
        &mut self,
        id: RelationId,
        source: &mut Source,
        scope: &mut Scope,
        outer: bool,
    ) -> Converted<()> {
        let relation = self.query.relation(id);
        if relation.sampled {
            return Err(NotUnderstood);
        }
        let alias = relation.alias.clone();
        let kind = match &relation.source {
            RelationSource::Table(table) => AtomKind::Table(*table),
            RelationSource::Function {
                calls,
                with_ordinality,
            } => {
                let terms = calls
                    .iter()
                    .map(|call| self.value(call, scope, &BTreeSet::new()))
                    .collect::<Converted<Vec<_>>>()?;
                AtomKind::Function(terms, *with_ordinality)
            }
            RelationSource::Unknown { .. } => return Err(NotUnderstood),
            RelationSource::Derived(_) | RelationSource::View { .. } | RelationSource::Cte(_) => {
                if let RelationSource::Cte(cte) = &relation.source
                    && self.query.cte(*cte).recursive
                {
                    return Err(NotUnderstood);
                }
                let query = self.query.query_of(id).ok_or(NotUnderstood)?;
                let inner_scope = if matches!(relation.source, RelationSource::Derived(_)) {
                    scope.clone()
                } else {
                    Scope::default()
                };
                match self.relation(query, &inner_scope)? {
                    Relation::Select(select)
                        if select.is_plain() && (!outer || mergeable(&select)) =>
                    {
                        self.step(format!("{alias} is merged into the query around it"));
                        let Select {
                            source: inner,
                            output,
                            ..
                        } = *select;
                        source.atoms.extend(inner.atoms);
                        source.lefts.extend(inner.lefts);
                        source.conditions.extend(inner.conditions);
                        scope.relations.insert(id, Columns::Terms(output));
                        return Ok(());
                    }
                    other => AtomKind::Query(Box::new(other)),
                }
            }
        };
        let atom = self.new_atom(&alias, kind);
        for (number, column) in relation.columns.iter().enumerate() {
            if matches!(atom.kind, AtomKind::Table(_))
                && column.catalog.is_none_or(|column| column.0 != number)
            {
                return Err(NotUnderstood);
            }
            if let Some(data_type) = &column.data_type {
                self.types.insert((atom.id, number), data_type.clone());
            }
            if let (AtomKind::Table(table), Some(catalog)) = (&atom.kind, column.catalog)
                && self.catalog.table(*table).column(catalog).not_null
            {
                self.not_null.insert((atom.id, number));
            }
        }
        scope.relations.insert(id, Columns::Of(atom.id));
        source.atoms.push(atom);
        Ok(())
    }
}

/// Whether a query's output may stand for its columns even where an outer join fills them up with NULL.
pub(super) fn mergeable(select: &Select) -> bool {
    let atoms = select.source.all_atoms();
    !select.source.atoms.is_empty() && select.output.iter().all(|term| is_null_with(term, &atoms))
}
