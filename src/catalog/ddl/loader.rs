use std::sync::Arc;

use super::apply::Applier;
use super::error::SchemaError;
use super::search_path::{default_path, search_path_of};
use crate::catalog::{Catalog, LoadProblem, RestoredStatistics, TableId, Type};
use crate::source::{SourceFile, Span, StatementText, split};

/// What a statement of a schema is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementKind {
    /// Changes the catalog: CREATE, ALTER, DROP.
    Definition,
    /// Rows: INSERT, COPY ... FROM, UPDATE, DELETE, setval.
    Data,
    /// Calls of pg_restore_relation_stats and its like, as `pg_dump --statistics` writes them.
    Statistics,
    /// Anything else: settings, grants, comments, transactions.
    Other,
}

/// A statement of a schema, in the order in which it was given.
#[derive(Debug, Clone)]
pub struct SchemaStatement {
    pub text: StatementText,
    pub kind: StatementKind,
}

/// Reads the statements of a schema in order and keeps the catalog that they make.
#[derive(Debug)]
pub struct SchemaLoader {
    catalog: Catalog,
    statements: Vec<SchemaStatement>,
    /// Statements that name what no statement before them makes: the files of a plain folder come in no order.
    waiting: Vec<Waiting>,
    /// The search path that later sessions, and so queries, start with.
    query_path: Option<Vec<String>>,
}

#[derive(Debug)]
struct Waiting {
    statement: StatementText,
    search_path: Vec<String>,
}

/// Loads schema files in order. Statements that cannot be read are in [`Catalog::problems`].
pub fn load_schema(sources: &[Arc<SourceFile>]) -> Catalog {
    let mut loader = SchemaLoader::new();
    for source in sources {
        loader.load(source);
    }
    loader.finish().0
}

impl Default for SchemaLoader {
    fn default() -> Self {
        Self::new()
    }
}

impl SchemaLoader {
    /// With an empty catalog.
    pub fn new() -> Self {
        Self {
            catalog: Catalog::new(),
            statements: Vec::new(),
            waiting: Vec::new(),
            query_path: None,
        }
    }

    /// Applies the statements of one file. Each file starts with the default search path, as a session does.
    pub fn load(&mut self, source: &Arc<SourceFile>) {
        self.catalog.search_path = default_path();
        for statement in split(source) {
            self.load_statement(statement);
        }
    }

    fn load_statement(&mut self, statement: StatementText) {
        let kind = classify(&statement);
        if let Some(path) = search_path_of(&statement) {
            // pg_dump before 10.3 names pg_catalog in the path of each part of a dump, later ones set it empty.
            let of_dump =
                path.schemas.is_empty() || path.schemas.iter().any(|schema| schema == "pg_catalog");
            if path.for_later_sessions || !of_dump {
                self.query_path = Some(path.schemas.clone());
            }
            if !path.for_later_sessions {
                self.catalog.search_path = path.schemas;
            }
        } else if kind == StatementKind::Definition || statement.unterminated.is_some() {
            match self.catalog.apply(&statement) {
                Ok(()) => {}
                Err(SchemaError::Missing { .. }) if creates(&statement) => {
                    self.waiting.push(Waiting {
                        statement: statement.clone(),
                        search_path: self.catalog.search_path.clone(),
                    })
                }
                Err(error) => self.report(&statement, &error),
            }
        }
        self.statements.push(SchemaStatement {
            text: statement,
            kind,
        });
    }

    fn report(&mut self, statement: &StatementText, error: &SchemaError) {
        let end = statement.span.len();
        let offset = error.offset().unwrap_or(0).min(end);
        self.catalog.problems.push(LoadProblem {
            location: statement.location_of(Span::new(offset, end)),
            message: error.to_string(),
        });
    }

    /// Applies what waits for objects of later files, as often as that gets anything further.
    fn apply_waiting(&mut self) {
        loop {
            let waiting = std::mem::take(&mut self.waiting);
            let before = waiting.len();
            for one in waiting {
                self.catalog.search_path.clone_from(&one.search_path);
                match self.catalog.apply(&one.statement) {
                    Ok(()) => {}
                    Err(SchemaError::Missing { .. }) => self.waiting.push(one),
                    Err(error) => self.report(&one.statement, &error),
                }
            }
            if self.waiting.len() == before {
                break;
            }
        }
        for one in std::mem::take(&mut self.waiting) {
            self.catalog.search_path.clone_from(&one.search_path);
            if let Err(error) = self.catalog.apply(&one.statement) {
                self.report(&one.statement, &error);
            }
        }
    }

    /// The catalog, and all statements that made it.
    pub fn finish(mut self) -> (Catalog, Vec<SchemaStatement>) {
        self.apply_waiting();
        let mut path = self.query_path.unwrap_or_default();
        if !path.iter().any(|schema| schema == "public") {
            path.push("public".to_owned());
        }
        self.catalog.search_path = path;
        self.catalog.resolve_late_types();
        self.catalog.report_missing_references();
        let mut restored = RestoredStatistics::default();
        for statement in &self.statements {
            if statement.kind == StatementKind::Statistics {
                let text = statement.text.file.slice(statement.text.span);
                self.catalog.apply_restore_call(text, &mut restored);
            }
        }
        (self.catalog, self.statements)
    }
}

impl Catalog {
    /// Applies one statement of DDL, such as CREATE INDEX; others change nothing.
    ///
    /// # Errors
    /// Where the statement cannot be read, or names what is not there. The catalog is then as it was, but for an
    /// ALTER TABLE of several commands, of which those before the failing one have been applied.
    pub fn apply(&mut self, statement: &StatementText) -> Result<(), SchemaError> {
        if let Some((at, kind)) = statement.unterminated {
            return Err(SchemaError::Syntax(crate::source::SyntaxError {
                message: kind.message().to_owned(),
                offset: at.saturating_sub(statement.span.start),
            }));
        }
        Applier {
            catalog: self,
            statement,
        }
        .apply()
    }

    /// Types that were made after the columns that have them.
    fn resolve_late_types(&mut self) {
        let mut found: Vec<(TableId, usize, Type)> = Vec::new();
        for table in self.tables() {
            for (position, column) in table.columns.iter().enumerate() {
                let name = match &column.data_type {
                    Type::Other(name) => name,
                    Type::Array(element) => match &**element {
                        Type::Other(name) => name,
                        _ => continue,
                    },
                    _ => continue,
                };
                let own_schema = || self.user_type(Some(&table.name.schema), name);
                if let Some(user) = self.user_type(None, name).or_else(own_schema) {
                    let resolved = match &column.data_type {
                        Type::Array(_) => Type::Array(Box::new(user)),
                        _ => user,
                    };
                    found.push((table.id, position, resolved));
                }
            }
        }
        for (table, position, data_type) in found {
            let not_null = self.is_not_null_type(&data_type);
            if let Some(Some(table)) = self.tables.get_mut(table.0)
                && let Some(column) = table.columns.get_mut(position)
            {
                column.data_type = data_type;
                column.not_null |= not_null;
            }
        }
    }

    /// Foreign keys to tables that the schema does not have.
    fn report_missing_references(&mut self) {
        let problems: Vec<LoadProblem> = self
            .tables()
            .filter(|table| table.partition_of.is_none())
            .flat_map(|table| &table.foreign_keys)
            .filter(|key| self.table_by_name(&key.references).is_none())
            .filter_map(|key| {
                Some(LoadProblem {
                    location: key.location.clone()?,
                    message: format!(
                        "foreign key {} refers to table {}, which the schema does not have; nothing is concluded \
                         from this key",
                        key.name, key.references
                    ),
                })
            })
            .collect();
        self.problems.extend(problems);
    }
}

/// Whether a statement makes or adds something, so that it may as well come later. What drops or renames may not.
fn creates(statement: &StatementText) -> bool {
    let words = statement.first_words(2);
    match words.first().map(String::as_str) {
        Some("create") => true,
        Some("alter") => {
            let text = statement.text();
            let start = text
                .get(..text.len().min(300))
                .unwrap_or("")
                .to_ascii_lowercase();
            words
                .get(1)
                .is_some_and(|word| word == "table" || word == "index")
                && [" add ", " attach "]
                    .iter()
                    .any(|command| start.contains(command))
                && ![" drop ", " rename "]
                    .iter()
                    .any(|command| start.contains(command))
        }
        _ => false,
    }
}

/// What a statement is for, by its first words.
fn classify(statement: &StatementText) -> StatementKind {
    let words = statement.first_words(4);
    match words.first().map(String::as_str) {
        Some("create" | "alter" | "drop") => StatementKind::Definition,
        Some("insert" | "copy" | "update" | "delete" | "truncate" | "merge") => StatementKind::Data,
        Some("select") => {
            let start: String = statement.text().chars().take(200).collect();
            let start = start.to_ascii_lowercase();
            if [
                "pg_restore_relation_stats",
                "pg_restore_attribute_stats",
                "pg_restore_extended_stats",
            ]
            .iter()
            .any(|function| start.contains(function))
            {
                StatementKind::Statistics
            } else if start.contains("setval") {
                StatementKind::Data
            } else {
                StatementKind::Other
            }
        }
        _ => StatementKind::Other,
    }
}
