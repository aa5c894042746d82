use sqlparser::tokenizer::Token;

use super::apply::{Applied, Applier};
use super::apply_view::parse_view;
use super::cursor::Cursor;
use super::definition::{ObjectReference, TableDefinition};
use super::error::SchemaError;
use super::parse_alter::table_commands;
use super::parse_index::create_index;
use super::parse_table::{table_elements, table_options};
use super::reference_of;
use crate::catalog::{Catalog, QualifiedName, TableKind, Type};
use crate::source::{Span, StatementText};
use sqlparser::ast::{Expr, ObjectName, Query, SetExpr, Statement};

/// The table that `SELECT ... INTO` makes, and the query; `None` for any other statement.
fn select_into(statement: &StatementText) -> Option<(ObjectReference, Box<Query>)> {
    let text = statement.text();
    if !text.contains("INTO") && !text.contains("into") {
        return None;
    }
    let Statement::Query(query) = statement.parse().ok()?.ast else {
        return None;
    };
    let SetExpr::Select(select) = &*query.body else {
        return None;
    };
    let parts = match select.into.as_ref()?.targets.as_slice() {
        [Expr::Identifier(name)] => vec![name.clone()],
        [Expr::CompoundIdentifier(parts)] => parts.clone(),
        _ => return None,
    };
    let target = reference_of(&ObjectName::from(parts))?;
    Some((target, query))
}

impl Catalog {
    /// Whether a statement is `SELECT ... INTO`, which makes a table.
    pub fn is_select_into(statement: &StatementText) -> bool {
        let words = statement.first_words(1);
        words.first().is_some_and(|word| word == "select") && select_into(statement).is_some()
    }
}

impl<'a> Applier<'a> {
    /// Reads the statement and applies it. Statements that do not concern the catalog are passed over.
    pub(super) fn apply(&mut self) -> Applied<()> {
        let words = self.statement.first_words(6);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["create", "table", ..]
            | [
                "create",
                "temp" | "temporary" | "unlogged" | "foreign",
                "table",
                ..,
            ]
            | [
                "create",
                "global" | "local",
                "temp" | "temporary",
                "table",
                ..,
            ] => self.table_statement(),
            ["create", "index", ..] | ["create", "unique", "index", ..] => {
                let (table, definition) = create_index(&mut self.cursor()?)?;
                self.create_index(&table, &definition)
            }
            ["create", "view", ..]
            | [
                "create",
                "materialized" | "recursive" | "temp" | "temporary",
                "view",
                ..,
            ]
            | ["create", "temp" | "temporary", "recursive", "view", ..]
            | ["create", "or", "replace", "view", ..]
            | [
                "create",
                "or",
                "replace",
                "recursive" | "temp" | "temporary",
                "view",
                ..,
            ] => {
                let mut cursor = self.cursor_behind(1)?;
                let view = parse_view(&mut cursor)?;
                self.create_view(view)
            }
            ["create", "type", ..] => self.create_type(&mut self.cursor_behind(2)?),
            ["create", "domain", ..] => self.create_domain(&mut self.cursor_behind(2)?),
            ["create", "function", ..] => self.create_function(&mut self.cursor_behind(2)?),
            ["create", "or", "replace", "function", ..] => {
                self.create_function(&mut self.cursor_behind(4)?)
            }
            ["create", "extension", ..] => self.create_extension(&mut self.cursor_behind(2)?),
            ["alter", "table", ..] => self.alter_table_statement(2),
            ["alter", "foreign", "table", ..] => self.alter_table_statement(3),
            ["alter", "view", ..] => self.alter_table_statement(2),
            ["alter", "materialized", "view", ..] => self.alter_table_statement(3),
            ["alter", "index", ..] => self.alter_index_statement(),
            ["alter", "type", ..] => self.alter_type(&mut self.cursor_behind(2)?),
            ["alter", "domain", ..] => self.alter_domain(&mut self.cursor_behind(2)?),
            ["alter", "schema", ..] => self.alter_schema_statement(),
            [
                "drop",
                kind @ ("table" | "view" | "index" | "type" | "domain" | "schema" | "extension"),
                ..,
            ] => self.drop_statement(kind, 2),
            ["drop", "materialized" | "foreign", "view" | "table", ..] => {
                self.drop_statement("table", 3)
            }
            ["select", ..] => self.select_into(),
            _ => Ok(()),
        }
    }

    /// `SELECT ... INTO name FROM ...` makes a table as CREATE TABLE ... AS does.
    fn select_into(&mut self) -> Applied<()> {
        let Some((target, query)) = select_into(self.statement) else {
            return Ok(());
        };
        let name = self.creation_name(&target);
        self.expect_free(&name)?;
        let columns = self.query_columns(&query);
        self.new_query_table(name, columns);
        Ok(())
    }

    fn cursor(&self) -> Applied<Cursor<'a>> {
        Ok(Cursor::new(self.statement.text())?)
    }

    fn cursor_behind(&self, words: usize) -> Applied<Cursor<'a>> {
        let mut cursor = self.cursor()?;
        (0..words).for_each(|_| cursor.advance());
        Ok(cursor)
    }

    fn table_statement(&mut self) -> Applied<()> {
        let mut cursor = self.cursor_behind(1)?;
        let mut foreign = false;
        while !cursor.take_word("table") {
            foreign |= cursor.at_word("foreign");
            cursor.advance();
        }
        let if_not_exists = cursor.take_words(&["if", "not", "exists"]);
        let name = self.creation_name(&cursor.object_reference()?);
        if if_not_exists && self.catalog.table_by_name(&name).is_some() {
            return Ok(());
        }
        let kind = if foreign {
            TableKind::Foreign
        } else {
            TableKind::Ordinary
        };
        let mut table = TableDefinition::default();
        if cursor.take_words(&["partition", "of"]) {
            let parent = cursor.object_reference()?;
            if *cursor.peek() == Token::LParen {
                table_elements(&mut cursor, true, &mut table)?;
            }
            let start = cursor.offset();
            if !cursor.take_word("default") {
                cursor.expect_word("for")?;
                cursor.expect_word("values")?;
                // The bound of a hash partition is WITH (...), as storage parameters are.
                let mut bound = true;
                const OPTIONS: &[&str] = &["partition", "tablespace", "using", "server", "options"];
                while !cursor.at_end() {
                    if cursor.at_any_word(OPTIONS) || (cursor.at_word("with") && !bound) {
                        break;
                    }
                    if cursor.skip_parentheses().is_ok() {
                        bound = false;
                    } else {
                        bound |= cursor.at_word("to");
                        cursor.advance();
                    }
                }
            }
            let bound = cursor.slice(Span::new(start, cursor.previous_end()));
            table_options(&mut cursor, &mut table)?;
            cursor.expect_end()?;
            let partition = self.create_partition(name, kind, &parent, &table)?;
            if let Some(partition) = self.table_mut(partition) {
                partition.partition_bound = Some(bound);
            }
            return Ok(());
        }
        if cursor.take_word("of") {
            return self.typed_table(name, kind, &mut cursor, table);
        }
        if self.at_column_aliases(&cursor) {
            let aliases = cursor.identifiers_in_parentheses()?;
            return self.table_as(name, aliases, &mut cursor, &mut table);
        }
        if *cursor.peek() == Token::LParen {
            table_elements(&mut cursor, false, &mut table)?;
            table_options(&mut cursor, &mut table)?;
            cursor.expect_end()?;
            return self.create_table(name, kind, &table).map(drop);
        }
        self.table_as(name, Vec::new(), &mut cursor, &mut table)
    }

    /// Whether `(a, b, c) AS` follows, as of CREATE TABLE ... AS: names alone, where columns would have types.
    fn at_column_aliases(&self, cursor: &Cursor<'_>) -> bool {
        *cursor.peek() == Token::LParen
            && matches!(cursor.peek_nth(1), Token::Word(_))
            && matches!(cursor.peek_nth(2), Token::Comma | Token::RParen)
    }

    /// `CREATE TABLE name AS query`.
    fn table_as(
        &mut self,
        name: QualifiedName,
        aliases: Vec<String>,
        cursor: &mut Cursor<'_>,
        table: &mut TableDefinition,
    ) -> Applied<()> {
        table_options(cursor, table)?;
        cursor.expect_word("as")?;
        if cursor.at_any_word(&["execute", "table"]) {
            return Err(SchemaError::Unsupported(
                "the columns of CREATE TABLE ... AS EXECUTE or TABLE are not known; write them out",
            ));
        }
        let query = cursor.query()?;
        self.expect_free(&name)?;
        let mut columns = self.query_columns(&query);
        for ((column, _), alias) in columns.iter_mut().zip(aliases) {
            *column = alias;
        }
        self.new_query_table(name, columns);
        Ok(())
    }

    fn new_query_table(&mut self, name: QualifiedName, columns: Vec<(String, Type)>) {
        let columns = Self::columns_of_query(columns);
        self.new_table(name, TableKind::Ordinary, columns, Vec::new());
    }

    /// `CREATE TABLE name OF type`.
    fn typed_table(
        &mut self,
        name: QualifiedName,
        kind: TableKind,
        cursor: &mut Cursor<'_>,
        mut table: TableDefinition,
    ) -> Applied<()> {
        let reference = cursor.object_reference()?;
        if *cursor.peek() == Token::LParen {
            table_elements(cursor, true, &mut table)?;
        }
        table_options(cursor, &mut table)?;
        cursor.expect_end()?;
        let of_type = QualifiedName::new(
            reference
                .schema
                .clone()
                .unwrap_or_else(|| name.schema.clone()),
            reference.name.clone(),
        );
        let Some(fields) = self.catalog.composites.get(&of_type).cloned() else {
            return Err(SchemaError::missing("type", &of_type));
        };
        let id = self.create_table(name, kind, &TableDefinition::default())?;
        if let Some(created) = self.table_mut(id) {
            created.columns = Self::columns_of_query(fields);
        }
        self.fill_table(id, &table)
    }

    fn alter_table_statement(&mut self, words: usize) -> Applied<()> {
        let mut cursor = self.cursor_behind(words)?;
        if cursor.at_words(&["all", "in"]) {
            return Ok(());
        }
        let if_exists = cursor.take_words(&["if", "exists"]);
        let only = cursor.take_word("only");
        let reference = cursor.object_reference()?;
        cursor.take(&Token::Mul);
        let commands = table_commands(&mut cursor)?;
        let concerns_catalog = commands
            .iter()
            .any(|command| !matches!(command, super::parse_alter::TableCommand::Other));
        let table = match self.find_table(&reference) {
            Ok(table) => table,
            Err(_) if if_exists || !concerns_catalog => return Ok(()),
            Err(error) => return Err(error),
        };
        commands
            .iter()
            .try_for_each(|command| self.alter_table(table, command, only))
    }

    fn alter_index_statement(&mut self) -> Applied<()> {
        let mut cursor = self.cursor_behind(2)?;
        if cursor.at_words(&["all", "in"]) {
            return Ok(());
        }
        let if_exists = cursor.take_words(&["if", "exists"]);
        let reference = cursor.object_reference()?;
        let attaches = cursor.take_words(&["attach", "partition"]);
        let renames = !attaches && cursor.take_words(&["rename", "to"]);
        if !attaches && !renames {
            return Ok(());
        }
        let index = match self.find_index(&reference) {
            Ok(index) => index,
            Err(_) if if_exists => return Ok(()),
            Err(error) => return Err(error),
        };
        if attaches {
            let child = self.find_index(&cursor.object_reference()?)?;
            self.attach_index(index, child);
        } else {
            let schema = self.catalog.index(index).name.schema.clone();
            let to = cursor.identifier()?;
            self.rename_index(index, QualifiedName::new(schema, to));
            if let Some(index) = self.index_mut(index) {
                // The statement as written would make another name.
                index.definition = None;
            }
        }
        Ok(())
    }

    fn alter_schema_statement(&mut self) -> Applied<()> {
        let mut cursor = self.cursor_behind(2)?;
        let from = cursor.identifier()?;
        if cursor.take_words(&["rename", "to"]) {
            let to = cursor.identifier()?;
            let tables: Vec<_> = self
                .catalog
                .tables()
                .filter(|table| table.name.schema == from)
                .map(|table| table.id)
                .collect();
            for table in tables {
                self.alter_table(
                    table,
                    &super::parse_alter::TableCommand::SetSchema { schema: to.clone() },
                    true,
                )?;
            }
        }
        Ok(())
    }

    fn drop_statement(&mut self, kind: &str, words: usize) -> Applied<()> {
        let mut cursor = self.cursor_behind(words)?;
        cursor.take_word("concurrently");
        let if_exists = cursor.take_words(&["if", "exists"]);
        let mut references = vec![cursor.object_reference()?];
        while cursor.take(&Token::Comma) {
            references.push(cursor.object_reference()?);
        }
        if matches!(kind, "table" | "view") {
            return self.drop_tables(&references, if_exists, cursor.take_word("cascade"));
        }
        for reference in references {
            match kind {
                "index" => self.drop_index(&reference, if_exists)?,
                "type" | "domain" => self.drop_type(&reference),
                "schema" => self.drop_schema(&reference.name),
                _ => self.catalog.extensions.retain(|own| *own != reference.name),
            }
        }
        Ok(())
    }

    fn drop_schema(&mut self, schema: &str) {
        let tables: Vec<_> = self
            .catalog
            .tables()
            .filter(|table| table.name.schema == schema)
            .map(|table| table.id)
            .collect();
        for table in tables {
            // A partition may have gone with its parent.
            if self
                .catalog
                .tables
                .get(table.0)
                .is_some_and(Option::is_some)
            {
                self.remove_table(table);
            }
        }
        self.catalog.enums.retain(|name, _| name.schema != schema);
        self.catalog.domains.retain(|name, _| name.schema != schema);
        self.catalog
            .composites
            .retain(|name, _| name.schema != schema);
        self.catalog
            .functions
            .retain(|name, _| name.schema != schema);
    }
}
