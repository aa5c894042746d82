//! A statement with one join left out, to see what the join is there for.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, quote_identifier};
use crate::query::facts::Place;
use crate::query::{
    Block, BoundSchema, ColumnRef, Expr, ExprKind, Facts, Join, JoinTree, Query, RelationId,
    StatementKind, analyze_text, as_equality,
};
use crate::rewrite::{
    Edit, RemovedSide, apply_edits, remove_conjuncts, remove_from_item, remove_joins,
};
use crate::source::Span;

use super::error::CompareError;

/// A statement without one of its joins.
pub(super) struct WithoutJoin {
    pub alias: String,
    pub sql: String,
    /// What else had to change, one sentence each.
    pub changes: Vec<String>,
}

/// Takes the relation called `alias` out of a statement. Its columns are read from what they are joined with; where
/// nothing stands for one, a condition on it goes and a value becomes NULL.
pub(super) fn without_join(
    statement: &str,
    name: &str,
    alias: &str,
    catalog: &Catalog,
) -> Result<WithoutJoin, CompareError> {
    let query = analyze_text(name, statement, catalog).map_err(|error| CompareError::Query {
        query: name.to_owned(),
        message: error.message,
    })?;
    if !matches!(query.kind, StatementKind::Select(_)) {
        return Err(CompareError::NotASelect {
            query: name.to_owned(),
        });
    }
    let not_removable = |reason: &str| CompareError::NotRemovable {
        alias: alias.to_owned(),
        reason: reason.to_owned(),
    };
    let found = query.own_blocks().find_map(|block| {
        block
            .relations()
            .into_iter()
            .find(|relation| query.relation(*relation).alias.eq_ignore_ascii_case(alias))
            .map(|relation| (block, relation))
    });
    let Some((block, relation)) = found else {
        let known: Vec<&str> = query
            .own_blocks()
            .flat_map(|block| block.relations())
            .map(|relation| query.relation(relation).alias.as_str())
            .collect();
        return Err(not_removable(&format!(
            "{name} reads no relation of that name, only {}",
            known.join(", ")
        )));
    };
    let path = block
        .path_of_relation(relation)
        .ok_or_else(|| not_removable("it is not in FROM"))?;
    let mut edits = Vec::new();
    let join = path.steps.first().copied();
    match join {
        None if block.from.len() < 2 => {
            return Err(not_removable("it is all that its FROM reads"));
        }
        None => edits.extend(remove_from_item(&query, block, path.item)),
        Some((join, side)) => {
            if !matches!(join.side(side), JoinTree::Relation(_)) {
                return Err(not_removable("it is not a side of a join"));
            }
            edits.extend(remove_joins(&query, block, &[RemovedSide { join, side }]));
        }
    }
    if edits.is_empty() {
        return Err(not_removable("its text cannot be taken out of FROM"));
    }
    let mut removal = Removal {
        query: &query,
        relation,
        stand_ins: stand_ins(block, join.map(|(join, _)| join), relation),
        edits,
        changes: Vec::new(),
    };
    removal.conditions(block);
    removal.values(catalog, join.map(|(join, _)| join));
    let sql = apply_edits(query.text(), query.span.start, &removal.edits)
        .ok_or_else(|| not_removable("its text cannot be taken out"))?;
    removal.changes.dedup();
    Ok(WithoutJoin {
        alias: query.relation(relation).alias.clone(),
        sql,
        changes: removal.changes,
    })
}

struct Removal<'q> {
    query: &'q Query,
    relation: RelationId,
    /// Columns of the relation, and the columns of others that they are joined with.
    stand_ins: BTreeMap<usize, ColumnRef>,
    edits: Vec<Edit>,
    changes: Vec<String>,
}

/// For each column of the relation that an equality joins with another relation's column, that column.
fn stand_ins(
    block: &Block,
    join: Option<&Join>,
    relation: RelationId,
) -> BTreeMap<usize, ColumnRef> {
    let mut found = BTreeMap::new();
    let conditions = join
        .into_iter()
        .flat_map(|join| &join.on)
        .chain(&block.filter);
    for condition in conditions {
        let Some((left, right)) = as_equality(condition) else {
            continue;
        };
        let (Some(left), Some(right)) = (left.as_column(), right.as_column()) else {
            continue;
        };
        for (own, other) in [(left, right), (right, left)] {
            if own.relation == relation && other.relation != relation {
                found.entry(own.column).or_insert(other);
            }
        }
    }
    found
}

impl Removal<'_> {
    fn reads(&self, expr: &Expr) -> bool {
        expr.reads(self.relation)
    }

    /// Whether all that an expression reads of the relation has something that stands for it, other than itself.
    fn can_stay(&self, expr: &Expr) -> bool {
        let joins = as_equality(expr).is_some_and(|(left, right)| {
            let sides = [left.as_column(), right.as_column()];
            let of = |side: usize| sides[side].filter(|column| column.relation == self.relation);
            [(0, 1), (1, 0)].into_iter().any(|(own, other)| {
                of(own).is_some_and(|column| {
                    self.stand_ins.get(&column.column).copied() == sides[other]
                })
            })
        });
        !joins
            && expr
                .columns()
                .iter()
                .filter(|column| column.relation == self.relation)
                .all(|column| self.stand_ins.contains_key(&column.column))
    }

    /// Conditions of the block's WHERE that only the relation can answer go with it.
    fn conditions(&mut self, block: &Block) {
        let going: Vec<usize> = block
            .filter
            .iter()
            .enumerate()
            .filter(|(_, condition)| self.reads(condition) && !self.can_stay(condition))
            .map(|(number, _)| number)
            .collect();
        let Some(edits) = remove_conjuncts(self.query, block, &going) else {
            return;
        };
        self.edits.extend(edits);
        for number in going {
            let text = self.query.file.slice(block.filter[number].span);
            self.changes
                .push(format!("the condition {} goes too", one_line(text)));
        }
    }

    /// Values that are read elsewhere are read from the stand-ins, or are NULL.
    fn values(&mut self, catalog: &Catalog, join: Option<&Join>) {
        let schema = BoundSchema::new(catalog);
        let facts = Facts::new(self.query, &schema);
        let mut starred: Vec<Span> = Vec::new();
        for block in self.query.own_blocks() {
            for (place, expr) in facts.placed_expressions(block) {
                let of_the_join = place == Place::JoinCondition
                    && join.is_some_and(|join| join.on.iter().any(|own| std::ptr::eq(own, expr)));
                if of_the_join || !self.reads(expr) || self.is_deleted(expr.span) {
                    continue;
                }
                let Place::Select(number) = place else {
                    self.replace_columns(expr, None);
                    continue;
                };
                let Some(item) = block.select.get(number) else {
                    continue;
                };
                if !item.star {
                    let bare = item.span == expr.span && expr.as_column().is_some();
                    self.replace_columns(expr, bare.then_some(item.name.as_str()));
                } else if !starred.contains(&item.span) {
                    starred.push(item.span);
                    let list: Vec<String> = block
                        .select
                        .iter()
                        .filter(|other| other.star && other.span == item.span)
                        .map(|other| match other.expr.as_column() {
                            Some(column) => format!(
                                "{} AS {}",
                                self.column(column),
                                quote_identifier(&other.name)
                            ),
                            None => "NULL".to_owned(),
                        })
                        .collect();
                    self.edits.push(Edit::replace(item.span, list.join(", ")));
                }
            }
        }
    }

    fn is_deleted(&self, span: Span) -> bool {
        self.edits.iter().any(|edit| edit.span.contains(span))
    }

    fn replace_columns(&mut self, expr: &Expr, name: Option<&str>) {
        let mut found: Vec<(Span, ColumnRef)> = Vec::new();
        expr.walk(&mut |part| {
            if let ExprKind::Column(column) = part.kind
                && column.relation == self.relation
            {
                found.push((part.span, column));
            }
        });
        for (span, column) in found {
            if self.is_deleted(span) {
                continue;
            }
            let mut text = self.column(column);
            if let Some(name) = name {
                text.push_str(&format!(" AS {}", quote_identifier(name)));
            }
            self.edits.push(Edit::replace(span, text));
        }
    }

    /// The text that a column is read by once the relation is gone.
    fn column(&mut self, column: ColumnRef) -> String {
        if column.relation != self.relation {
            return self.qualified(column);
        }
        if let Some(stand_in) = self.stand_ins.get(&column.column).copied() {
            let text = self.qualified(stand_in);
            self.changes
                .push(format!("{} is read as {text}", self.qualified(column)));
            return text;
        }
        self.changes
            .push(format!("{} is read as NULL", self.qualified(column)));
        let data_type = self
            .query
            .relation(column.relation)
            .columns
            .get(column.column)
            .and_then(|column| column.data_type.as_ref());
        match data_type {
            Some(data_type) => format!("NULL::{data_type}"),
            None => "NULL".to_owned(),
        }
    }

    fn qualified(&self, column: ColumnRef) -> String {
        let relation = self.query.relation(column.relation);
        let name = relation
            .columns
            .get(column.column)
            .map_or("", |column| column.name.as_str());
        format!(
            "{}.{}",
            quote_identifier(&relation.alias),
            quote_identifier(name)
        )
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::load_schema;
    use crate::source::SourceFile;

    fn without(sql: &str, alias: &str) -> String {
        let schema = SourceFile::new(
            "schema.sql",
            "CREATE TABLE customers (id int PRIMARY KEY, name text, country text); \
             CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, total int);",
        );
        let catalog = load_schema(&[schema]);
        without_join(sql, "q", alias, &catalog).unwrap().sql
    }

    #[test]
    fn columns_of_the_join_are_read_from_their_equals_or_are_null() {
        assert_eq!(
            without(
                "SELECT o.id, c.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.id > 3",
                "c"
            ),
            "SELECT o.id, o.customer_id AS id FROM orders o WHERE o.customer_id > 3"
        );
        assert_eq!(
            without(
                "SELECT o.id, c.name FROM orders o, customers c WHERE c.id = o.customer_id AND o.total > 3",
                "c"
            ),
            "SELECT o.id, NULL::text AS name FROM orders o WHERE o.total > 3"
        );
        assert_eq!(
            without(
                "SELECT o.id FROM customers c LEFT JOIN orders o ON c.id = o.customer_id WHERE c.country = 'x'",
                "c"
            ),
            "SELECT o.id FROM orders o"
        );
    }

    #[test]
    fn what_cannot_go_is_said() {
        let catalog = load_schema(&[SourceFile::new("s.sql", "CREATE TABLE t (a int);")]);
        for (sql, alias) in [("SELECT a FROM t", "t"), ("SELECT a FROM t", "x")] {
            assert!(matches!(
                without_join(sql, "q", alias, &catalog),
                Err(CompareError::NotRemovable { .. })
            ));
        }
    }
}
