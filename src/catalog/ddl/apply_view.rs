use sqlparser::ast::{
    Expr, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, TableFactor,
    TableWithJoins,
};

use super::apply::{Applied, Applier};
use super::cursor::{Cursor, Parsed};
use super::definition::ObjectReference;
use super::names::expression_name;
use crate::catalog::{TableKind, Type, fold_identifier};

/// The relations of a FROM by their aliases, each with its columns.
type Relations = Vec<(String, Vec<(String, Type)>)>;

/// CREATE [MATERIALIZED] VIEW.
pub(super) struct ViewDefinition {
    pub(super) name: ObjectReference,
    pub(super) columns: Vec<String>,
    pub(super) query: Box<Query>,
    pub(super) materialized: bool,
    pub(super) or_replace: bool,
    pub(super) if_not_exists: bool,
}

impl Applier<'_> {
    pub(super) fn create_view(&mut self, view: ViewDefinition) -> Applied<()> {
        let name = self.creation_name(&view.name);
        if let Some(existing) = self.catalog.table_by_name(&name).map(|table| table.id) {
            if view.if_not_exists {
                return Ok(());
            }
            if view.or_replace {
                self.remove_table(existing);
            }
        }
        self.expect_free(&name)?;
        let mut columns = self.query_columns(&view.query);
        for (n, alias) in view.columns.into_iter().enumerate() {
            match columns.get_mut(n) {
                Some((name, _)) => *name = alias,
                None => columns.push((alias, unknown())),
            }
        }
        let kind = if view.materialized {
            TableKind::MaterializedView { query: view.query }
        } else {
            TableKind::View { query: view.query }
        };
        self.new_table(name, kind, Self::columns_of_query(columns), Vec::new());
        Ok(())
    }

    /// The names of a query's columns, and their types where a plain column of a table gives one. An `*` over
    /// something that is no table of the schema yields nothing.
    pub(super) fn query_columns(&self, query: &Query) -> Vec<(String, Type)> {
        self.set_columns(&query.body)
    }

    fn set_columns(&self, body: &SetExpr) -> Vec<(String, Type)> {
        match body {
            SetExpr::Select(select) => self.select_columns(select),
            SetExpr::Query(query) => self.query_columns(query),
            SetExpr::SetOperation { left, .. } => self.set_columns(left),
            SetExpr::Values(values) => values
                .rows
                .first()
                .map(|row| {
                    (1..=row.len())
                        .map(|n| (format!("column{n}"), unknown()))
                        .collect()
                })
                .unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    fn select_columns(&self, select: &Select) -> Vec<(String, Type)> {
        let relations = self.relations(select);
        let mut columns = Vec::new();
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(expression) => {
                    let name = expression_name(expression).unwrap_or_else(|| "?column?".to_owned());
                    columns.push((name, self.expression_type(expression, &relations)));
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    let name = fold_identifier(&alias.value, alias.quote_style.is_some());
                    columns.push((name, self.expression_type(expr, &relations)));
                }
                SelectItem::Wildcard(_) => {
                    columns.extend(relations.iter().flat_map(|(_, columns)| columns.clone()));
                }
                SelectItem::QualifiedWildcard(kind, _) => {
                    let SelectItemQualifiedWildcardKind::ObjectName(name) = kind else {
                        continue;
                    };
                    let wanted = super::last_part(name);
                    if let Some((_, own)) = relations
                        .iter()
                        .find(|(alias, _)| Some(alias) == wanted.as_ref())
                    {
                        columns.extend(own.clone());
                    }
                }
                SelectItem::ExprWithAliases { .. } => {}
            }
        }
        columns
    }

    fn relations(&self, select: &Select) -> Relations {
        let mut relations = Vec::new();
        for table in &select.from {
            self.add_relations(table, &mut relations);
        }
        relations
    }

    fn add_relations(&self, table: &TableWithJoins, relations: &mut Relations) {
        let joined = table.joins.iter().map(|join| &join.relation);
        for factor in std::iter::once(&table.relation).chain(joined) {
            match factor {
                TableFactor::NestedJoin {
                    table_with_joins,
                    alias: None,
                } => {
                    self.add_relations(table_with_joins, relations);
                }
                factor => relations.push(self.relation(factor)),
            }
        }
    }

    fn relation(&self, factor: &TableFactor) -> (String, Vec<(String, Type)>) {
        let fold = |alias: &sqlparser::ast::TableAlias| {
            fold_identifier(&alias.name.value, alias.name.quote_style.is_some())
        };
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } => {
                let reference = super::reference_of(name);
                let table = reference.as_ref().and_then(|name| {
                    self.catalog
                        .resolve_table(name.schema.as_deref(), &name.name)
                });
                let columns = table.map(|table| {
                    table
                        .columns
                        .iter()
                        .map(|column| (column.name.clone(), column.data_type.clone()))
                        .collect()
                });
                let name = alias.as_ref().map(fold).or(reference.map(|name| name.name));
                (name.unwrap_or_default(), columns.unwrap_or_default())
            }
            TableFactor::Derived {
                subquery, alias, ..
            } => (
                alias.as_ref().map(fold).unwrap_or_default(),
                self.query_columns(subquery),
            ),
            _ => (String::new(), Vec::new()),
        }
    }

    fn expression_type(&self, expression: &Expr, relations: &Relations) -> Type {
        let (alias, column) = match expression {
            Expr::Identifier(column) => (None, column),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., alias, column] => (Some(alias), column),
                _ => return unknown(),
            },
            Expr::Cast { data_type, .. } => return self.resolve_type(data_type),
            Expr::Nested(inner) => return self.expression_type(inner, relations),
            _ => return unknown(),
        };
        let column = fold_identifier(&column.value, column.quote_style.is_some());
        let alias = alias.map(|alias| fold_identifier(&alias.value, alias.quote_style.is_some()));
        relations
            .iter()
            .filter(|(name, _)| alias.as_ref().is_none_or(|alias| alias == name))
            .flat_map(|(_, columns)| columns)
            .find(|(name, _)| *name == column)
            .map_or_else(unknown, |(_, data_type)| data_type.clone())
    }
}

fn unknown() -> Type {
    Type::Other("unknown".to_owned())
}

/// `[OR REPLACE] [TEMP] [RECURSIVE | MATERIALIZED] VIEW ...`, from behind CREATE.
pub(super) fn parse_view(cursor: &mut Cursor<'_>) -> Parsed<ViewDefinition> {
    let or_replace = cursor.take_words(&["or", "replace"]);
    if !cursor.take_word("temp") {
        cursor.take_word("temporary");
    }
    cursor.take_word("recursive");
    let materialized = cursor.take_word("materialized");
    cursor.expect_word("view")?;
    let if_not_exists = cursor.take_words(&["if", "not", "exists"]);
    let name = cursor.object_reference()?;
    let columns = if *cursor.peek() == sqlparser::tokenizer::Token::LParen {
        cursor.identifiers_in_parentheses()?
    } else {
        Vec::new()
    };
    if cursor.take_word("using") || cursor.take_word("tablespace") {
        cursor.identifier()?;
    }
    if cursor.take_word("with") {
        cursor.skip_parentheses()?;
    }
    cursor.expect_word("as")?;
    let query = cursor.query()?;
    if cursor.take_word("with") {
        // WITH [LOCAL | CASCADED] CHECK OPTION, WITH [NO] DATA
        while !cursor.at_end() {
            cursor.advance();
        }
    }
    cursor.expect_end()?;
    Ok(ViewDefinition {
        name,
        columns,
        query,
        materialized,
        or_replace,
        if_not_exists,
    })
}
