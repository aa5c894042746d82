use sqlparser::ast::Ident;

use crate::query::model::{BindProblem, BindProblemKind};
use crate::query::{
    ColumnRef, Expr, ExprKind, Relation, RelationColumn, RelationId, RelationSource,
};
use crate::source::Span;

use super::Binder;
use super::scope::fold;

/// Columns that every table has beside its own (system columns of PostgreSQL).
const SYSTEM_COLUMNS: &[&str] = &["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];

fn has_system_columns(relation: &Relation) -> bool {
    matches!(
        relation.source,
        RelationSource::Table(_) | RelationSource::Unknown { .. }
    )
}

impl Binder<'_> {
    /// What an unqualified name means.
    pub(super) fn unqualified(&mut self, name: &str, span: Span) -> Expr {
        let mut open = Vec::new();
        for level in (0..self.scopes.len()).rev() {
            let scope = &self.scopes[level];
            let mut hits = scope.columns.iter().filter(|column| column.name == name);
            if let Some(column) = hits.next() {
                if hits.any(|other| other.expr != column.expr) {
                    self.report(
                        BindProblemKind::AmbiguousColumn {
                            name: name.to_owned(),
                        },
                        span,
                    );
                    return Expr::new(ExprKind::Unresolved(vec![name.to_owned()]), span);
                }
                let mut expr = column.expr.clone();
                expr.span = span;
                return expr;
            }
            let unknown: Vec<RelationId> = scope
                .relations()
                .filter(|relation| {
                    self.relations
                        .get(relation.0)
                        .is_some_and(|r| !r.columns_known)
                })
                .collect();
            if !unknown.is_empty() {
                // a column added earlier for the same name
                let known_before = unknown.iter().copied().find(|relation| {
                    self.relations[relation.0]
                        .columns
                        .iter()
                        .any(|column| column.name == name)
                });
                if let Some(relation) = known_before.or_else(|| {
                    (unknown.len() == 1 && scope.entries.len() == 1).then(|| unknown[0])
                }) {
                    return self.open_column(relation, name, span);
                }
                open.extend(unknown);
            }
            if let Some(entry) = scope.entry(None, name)
                && let Some(relation) = entry.relation
            {
                return Expr::new(ExprKind::WholeRow(relation), span);
            }
            if SYSTEM_COLUMNS.contains(&name) {
                let tables: Vec<RelationId> = scope
                    .relations()
                    .filter(|relation| has_system_columns(&self.relations[relation.0]))
                    .collect();
                if let [relation] = tables[..] {
                    return self.open_column(relation, name, span);
                }
            }
        }
        if open.is_empty() {
            let nearest = self.nearest_column(name);
            self.report(
                BindProblemKind::UnknownColumn {
                    name: name.to_owned(),
                    relation: None,
                    nearest,
                },
                span,
            );
        }
        Expr::new(ExprKind::Unresolved(vec![name.to_owned()]), span)
    }

    /// What `alias.name` (or `schema.table.name`) means.
    pub(super) fn qualified(
        &mut self,
        schema: Option<&str>,
        alias: &str,
        name: &str,
        span: Span,
    ) -> Expr {
        let mut found = None;
        for scope in self.scopes.iter().rev() {
            if let Some(entry) = scope.entry(schema, alias) {
                if let Some(column) = entry.columns.iter().find(|column| column.name == name) {
                    let mut expr = column.expr.clone();
                    expr.span = span;
                    return expr;
                }
                found = Some((
                    entry.relation,
                    entry
                        .columns
                        .iter()
                        .map(|c| c.name.clone())
                        .collect::<Vec<_>>(),
                ));
                break;
            }
        }
        let unresolved = |name: &str| {
            Expr::new(
                ExprKind::Unresolved(vec![alias.to_owned(), name.to_owned()]),
                span,
            )
        };
        match found {
            Some((Some(relation), _))
                if self.relations.get(relation.0).is_none_or(|relation| {
                    !relation.columns_known
                        || SYSTEM_COLUMNS.contains(&name) && has_system_columns(relation)
                }) =>
            {
                self.open_column(relation, name, span)
            }
            // `p.label` calls label(p) where p is a row
            Some((Some(_), _)) if self.is_user_function(name) => unresolved(name),
            Some((_, columns)) => {
                let nearest = nearest(name, columns.iter().map(String::as_str));
                self.report(
                    BindProblemKind::UnknownColumn {
                        name: name.to_owned(),
                        relation: Some(alias.to_owned()),
                        nearest,
                    },
                    span,
                );
                unresolved(name)
            }
            None => {
                let aliases: Vec<String> = self
                    .scopes
                    .iter()
                    .flat_map(|scope| scope.entries.iter().map(|entry| entry.alias.clone()))
                    .collect();
                let nearest = nearest(alias, aliases.iter().map(String::as_str));
                self.report(
                    BindProblemKind::UnknownTable {
                        name: alias.to_owned(),
                        nearest,
                    },
                    span,
                );
                unresolved(name)
            }
        }
    }

    /// A column of a relation whose columns are not all known: added where it is new.
    fn open_column(&mut self, relation: RelationId, name: &str, span: Span) -> Expr {
        let Some(entry) = self.relations.get_mut(relation.0) else {
            return Expr::new(ExprKind::Unresolved(vec![name.to_owned()]), span);
        };
        let column = match entry.columns.iter().position(|column| column.name == name) {
            Some(at) => at,
            None => {
                entry.columns.push(RelationColumn {
                    name: name.to_owned(),
                    data_type: None,
                    catalog: None,
                });
                entry.columns.len() - 1
            }
        };
        Expr::typed(
            ExprKind::Column(ColumnRef { relation, column }),
            span,
            entry.columns[column].data_type.clone(),
        )
    }

    fn is_user_function(&self, name: &str) -> bool {
        let mut functions = self.catalog.functions.keys();
        functions.any(|function| function.name == name)
    }

    /// Reports a column that is written to and that its table does not have.
    pub(super) fn check_written_column(&mut self, target: RelationId, column: &Ident) {
        let name = fold(column);
        let Some(relation) = self.relations.get(target.0) else {
            return;
        };
        let of_table = matches!(relation.source, RelationSource::Table(_));
        if !of_table || relation.columns.iter().any(|known| known.name == name) {
            return;
        }
        let nearest = nearest(
            &name,
            relation.columns.iter().map(|column| column.name.as_str()),
        );
        let relation = Some(relation.alias.clone());
        let span = self
            .extents
            .place(column.span)
            .unwrap_or_else(|| self.extents.fallback());
        self.report(
            BindProblemKind::UnknownColumn {
                name,
                relation,
                nearest,
            },
            span,
        );
    }

    pub(super) fn report(&mut self, kind: BindProblemKind, span: Span) {
        if self.checks_names() {
            self.problems.push(BindProblem {
                kind,
                span,
                certain: true,
            });
        }
    }

    fn nearest_column(&self, name: &str) -> Option<String> {
        nearest(
            name,
            self.scopes
                .iter()
                .flat_map(|scope| scope.columns.iter().map(|column| column.name.as_str())),
        )
    }

    /// The table of the schema whose name is nearest.
    pub(super) fn nearest_table(&self, name: &str) -> Option<String> {
        let names: Vec<String> = self
            .catalog
            .tables()
            .map(|table| table.name.name.clone())
            .chain(self.visible_ctes.iter().map(|(name, _)| name.clone()))
            .collect();
        nearest(name, names.iter().map(String::as_str))
    }
}

/// The candidate that is most like a name, if any is much like it.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + name.len().min(candidate.len()) / 4)
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}
