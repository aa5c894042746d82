use std::io::Write;
use std::sync::Arc;

use postgres::Client;
use postgres::error::SqlState;

use super::SandboxError;
use super::error::postgres_message;
use crate::catalog::quote_identifier;
use crate::source::{Location, SourceFile, StatementText, split};

/// What came of loading schema files.
#[derive(Debug, Default)]
pub struct LoadReport {
    /// Statements that were run.
    pub statements: usize,
    /// Statements that the server refused; the others are loaded.
    pub failures: Vec<LoadFailure>,
    /// What was left out or replaced, and why: one sentence each.
    pub notes: Vec<String>,
}

/// A statement that the server refused.
#[derive(Debug, Clone)]
pub struct LoadFailure {
    pub location: Location,
    /// The server's message.
    pub message: String,
}

/// Runs schema files (DDL, INSERT, pg_dump's output with its COPY blocks) in the session's database, as they are.
/// Owners, grants and roles are passed over. A statement that fails is reported and the rest still loads; one that
/// needs what a later one creates is tried again. Types of extensions that are not there become domains over text.
///
/// # Errors
/// Where the connection breaks.
pub fn load_schema(
    client: &mut Client,
    files: &[Arc<SourceFile>],
) -> Result<LoadReport, SandboxError> {
    let mut loader = Loader {
        client,
        report: LoadReport::default(),
        opaque_types: Vec::new(),
    };
    loader
        .client
        .batch_execute("SET check_function_bodies = off; SET client_min_messages = error")?;
    let mut waiting = Vec::new();
    for file in files {
        for statement in split(file) {
            if let Some(failure) = loader.load(&statement)? {
                waiting.push((statement, failure));
            }
        }
    }
    loader.retry(waiting)?;
    loader.keep_search_path()?;
    loader.client.batch_execute("RESET ALL")?;
    Ok(loader.report)
}

struct Loader<'a> {
    client: &'a mut Client,
    report: LoadReport,
    opaque_types: Vec<String>,
}

/// A refusal, and whether a later statement may make up for it.
struct Refusal {
    message: String,
    later: bool,
}

enum Treatment {
    Run,
    Skip,
    Extension,
}

impl Loader<'_> {
    fn load(&mut self, statement: &StatementText) -> Result<Option<Refusal>, SandboxError> {
        match treatment(statement) {
            Treatment::Skip => Ok(None),
            Treatment::Extension => self.create_extension(statement),
            Treatment::Run => {
                self.report.statements += 1;
                self.run(statement)
            }
        }
    }

    /// Statements that came too early, again and again while that helps.
    fn retry(&mut self, mut waiting: Vec<(StatementText, Refusal)>) -> Result<(), SandboxError> {
        loop {
            let before = waiting.len();
            let mut still = Vec::new();
            for (statement, refusal) in waiting {
                let again = if refusal.later {
                    self.run(&statement)?
                } else {
                    Some(refusal)
                };
                if let Some(refusal) = again {
                    still.push((statement, refusal));
                }
            }
            waiting = still;
            if waiting.len() == before || waiting.is_empty() {
                break;
            }
        }
        let failures = waiting.into_iter().map(|(statement, refusal)| LoadFailure {
            location: statement.location(),
            message: refusal.message,
        });
        self.report.failures.extend(failures);
        Ok(())
    }

    fn run(&mut self, statement: &StatementText) -> Result<Option<Refusal>, SandboxError> {
        let mut text = statement.text().to_owned();
        // Each round makes one missing thing.
        for _ in 0..50 {
            let outcome = match statement.copy_data {
                Some(data) => self.copy(&text, statement.file.slice(data)),
                None => self.client.batch_execute(&text),
            };
            let Err(error) = outcome else { return Ok(None) };
            let Some(db) = error.as_db_error() else {
                return Err(error.into());
            };
            let Some(changed) = self.make_up_for(db, &text)? else {
                let later = [
                    SqlState::UNDEFINED_TABLE,
                    SqlState::UNDEFINED_OBJECT,
                    SqlState::UNDEFINED_FUNCTION,
                    SqlState::UNDEFINED_COLUMN,
                    SqlState::FOREIGN_KEY_VIOLATION,
                    SqlState::INVALID_FOREIGN_KEY,
                ]
                .contains(db.code());
                return Ok(Some(Refusal {
                    message: postgres_message(&error),
                    later,
                }));
            };
            text = changed;
        }
        Ok(Some(Refusal {
            message: "needs too many things that are not there".to_owned(),
            later: false,
        }))
    }

    fn copy(&mut self, statement: &str, data: &str) -> Result<(), postgres::Error> {
        // The client loses count of the server's answers when a COPY is refused at its start: ask for the table first.
        if let Some(target) = copy_target(statement) {
            self.client.batch_execute(&target)?;
        }
        let mut writer = self.client.copy_in(statement)?;
        for chunk in data.as_bytes().chunks(1 << 20) {
            // A refusal shows at the end, with the server's message.
            if writer.write_all(chunk).is_err() {
                break;
            }
        }
        if !data.is_empty() && !data.ends_with('\n') {
            let _ = writer.write_all(b"\n");
        }
        writer.finish().map(drop)
    }

    /// Creates what an error says is missing, where an empty stand-in does. The statement to run again.
    fn make_up_for(
        &mut self,
        error: &postgres::error::DbError,
        text: &str,
    ) -> Result<Option<String>, SandboxError> {
        let message = error.message();
        let quoted = message.split('"').nth(1).unwrap_or_default().to_owned();
        if *error.code() == SqlState::INVALID_SCHEMA_NAME && message.contains("does not exist") {
            let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", quote_identifier(&quoted));
            return Ok(self
                .client
                .batch_execute(&sql)
                .is_ok()
                .then(|| text.to_owned()));
        }
        if *error.code() == SqlState::UNDEFINED_OBJECT && message.starts_with("role \"") {
            let sql = format!("CREATE ROLE {}", quote_identifier(&quoted));
            return Ok(self
                .client
                .batch_execute(&sql)
                .is_ok()
                .then(|| text.to_owned()));
        }
        if *error.code() == SqlState::UNDEFINED_OBJECT && message.starts_with("type \"") {
            if !self.opaque_type(quoted.trim_end_matches("[]"))? {
                return Ok(None);
            }
            return Ok(Some(text.to_owned()));
        }
        let quoted = quoted.trim_end_matches("[]").to_owned();
        let without_modifier = message.starts_with("type modifier is not allowed for type");
        if without_modifier && self.opaque_types.iter().any(|known| known == &quoted) {
            let name = quoted.rsplit('.').next().unwrap_or(&quoted);
            return Ok(strip_modifiers(text, name));
        }
        Ok(None)
    }

    /// A domain over text in the place of a type that only a missing extension has. Types that the files create
    /// themselves come later by the second try, so only names of well-known extensions are taken.
    fn opaque_type(&mut self, written: &str) -> Result<bool, SandboxError> {
        let (schema, name) = written.split_once('.').unwrap_or(("public", written));
        if !EXTENSION_TYPES.contains(&name) {
            return Ok(false);
        }
        let schema = quote_identifier(schema);
        let sql = format!(
            "CREATE SCHEMA IF NOT EXISTS {schema}; CREATE DOMAIN {schema}.{} AS text",
            quote_identifier(name)
        );
        if self.client.batch_execute(&sql).is_err() {
            return Ok(false);
        }
        self.opaque_types.push(written.to_owned());
        self.report.notes.push(format!(
            "type {written}: its extension is not in the embedded PostgreSQL, columns of it are loaded as text"
        ));
        Ok(true)
    }

    fn create_extension(
        &mut self,
        statement: &StatementText,
    ) -> Result<Option<Refusal>, SandboxError> {
        let name = extension_name(statement.text());
        let available = self
            .client
            .query_opt(
                "SELECT 1 FROM pg_available_extensions WHERE name = $1",
                &[&name],
            )?
            .is_some();
        if available {
            let refused = self.run(statement)?;
            if refused.is_none() {
                return Ok(None);
            }
            // Dumps empty the search path.
            let sql = format!(
                "CREATE EXTENSION IF NOT EXISTS {} SCHEMA public CASCADE",
                quote_identifier(&name)
            );
            return Ok(refused.filter(|_| self.client.batch_execute(&sql).is_err()));
        }
        if name == "uuid-ossp" {
            self.client.batch_execute(
                "CREATE OR REPLACE FUNCTION public.uuid_generate_v4() RETURNS uuid LANGUAGE sql \
                 AS 'SELECT pg_catalog.gen_random_uuid()'",
            )?;
        } else if name != "plpgsql" && name != "pgcrypto" {
            self.report.notes.push(format!(
                "extension {name} is not in the embedded PostgreSQL and was left out"
            ));
        }
        Ok(None)
    }

    /// The search path that the files set (not the empty one of pg_dump) becomes the database's.
    fn keep_search_path(&mut self) -> Result<(), SandboxError> {
        let row = self.client.query_one(
            "SELECT current_setting('search_path'), current_database()",
            &[],
        )?;
        let (path, database): (String, String) = (row.get(0), row.get(1));
        let trivial = ["", "\"\"", "public", "\"$user\", public"].contains(&path.as_str());
        if !trivial {
            let sql = format!(
                "ALTER DATABASE {} SET search_path = {path}",
                quote_identifier(&database)
            );
            self.client.batch_execute(&sql)?;
        }
        Ok(())
    }
}

/// Types of extensions that are often found in schemas.
const EXTENSION_TYPES: &[&str] = &[
    "box2d",
    "box3d",
    "citext",
    "cube",
    "geography",
    "geometry",
    "halfvec",
    "hstore",
    "ltree",
    "lquery",
    "raster",
    "semver",
    "seg",
    "sparsevec",
    "topogeometry",
    "vector",
];

fn treatment(statement: &StatementText) -> Treatment {
    let words = statement.first_words(4);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["create", "extension", ..] => Treatment::Extension,
        [
            "grant" | "revoke" | "comment" | "security" | "begin" | "commit" | "rollback" | "start"
            | "end",
            ..,
        ]
        | [
            "create" | "alter" | "drop",
            "role" | "user" | "group" | "database" | "tablespace" | "subscription",
            ..,
        ]
        | [
            "create" | "alter" | "drop",
            "publication" | "server" | "event",
            ..,
        ]
        | ["alter", "default", "privileges", ..]
        | ["alter" | "drop", "extension", ..]
        | [
            "set",
            "role" | "session" | "default_tablespace" | "transaction_timeout",
            ..,
        ]
        | ["vacuum" | "analyze" | "checkpoint" | "cluster", ..] => Treatment::Skip,
        ["alter", ..] if changes_owner(statement.text()) => Treatment::Skip,
        [] if statement.text().trim().is_empty() => Treatment::Skip,
        _ => Treatment::Run,
    }
}

fn changes_owner(text: &str) -> bool {
    let words: Vec<String> = text
        .split_whitespace()
        .map(str::to_ascii_lowercase)
        .collect();
    matches!(words.as_slice(), [.., owner, to, _] if owner == "owner" && to == "to")
}

fn extension_name(text: &str) -> String {
    let lower: Vec<&str> = text
        .split_whitespace()
        .skip(2)
        .filter(|word| !["if", "not", "exists"].contains(&word.to_ascii_lowercase().as_str()))
        .collect();
    lower
        .first()
        .map(|name| name.trim_matches(['"', ';']))
        .unwrap_or_default()
        .to_owned()
}

/// A query that fails where the table or the columns of `COPY table (columns) FROM stdin` are not there.
fn copy_target(statement: &str) -> Option<String> {
    let after = statement.trim_start().get(4..)?;
    let from = after.to_ascii_lowercase().find(" from ")?;
    let target = after.get(..from)?.trim();
    Some(match target.split_once('(') {
        Some((table, columns)) => format!(
            "SELECT {} FROM {table} WHERE false",
            columns.trim_end().strip_suffix(')')?
        ),
        None => format!("SELECT FROM {target} WHERE false"),
    })
}

/// `name(...)` without its parentheses, everywhere in the text; `None` where there is none.
fn strip_modifiers(text: &str, name: &str) -> Option<String> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    let mut changed = false;
    while let Some(at) = rest.to_ascii_lowercase().find(name) {
        let (before, found) = rest.split_at(at);
        let (word, after) = found.split_at(name.len());
        result.push_str(before);
        result.push_str(word);
        rest = after;
        let opening = rest.trim_start_matches(['"', ' ']);
        let whole = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if whole
            && opening.starts_with('(')
            && let Some(end) = opening.find(')')
        {
            result.push_str(if rest.starts_with('"') { "\"" } else { "" });
            rest = &opening[end + 1..];
            changed = true;
        }
    }
    result.push_str(rest);
    changed.then_some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> StatementText {
        split(&SourceFile::new("s.sql", text)).remove(0)
    }

    #[test]
    fn owners_and_grants_are_passed_over() {
        for text in [
            "ALTER TABLE public.orders OWNER TO app;",
            "GRANT SELECT ON orders TO app;",
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app;",
            "BEGIN;",
        ] {
            assert!(matches!(treatment(&only(text)), Treatment::Skip), "{text}");
        }
        let kept = only("ALTER TABLE public.owner ADD COLUMN owner_to int;");
        assert!(matches!(treatment(&kept), Treatment::Run));
    }

    #[test]
    fn names_of_extensions_are_found() {
        assert_eq!(
            extension_name("CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" WITH SCHEMA public"),
            "uuid-ossp"
        );
        assert_eq!(extension_name("create extension postgis"), "postgis");
    }

    #[test]
    fn the_target_of_a_copy_is_found() {
        assert_eq!(
            copy_target("COPY public.cities (id, \"na me\") FROM stdin").as_deref(),
            Some("SELECT id, \"na me\" FROM public.cities  WHERE false")
        );
        assert_eq!(
            copy_target("copy t from stdin with (format csv)").as_deref(),
            Some("SELECT FROM t WHERE false")
        );
    }

    #[test]
    fn modifiers_go_from_opaque_types_alone() {
        assert_eq!(
            strip_modifiers(
                "CREATE TABLE t (a public.vector(3), my_vector int, b numeric(3))",
                "vector"
            )
            .as_deref(),
            Some("CREATE TABLE t (a public.vector, my_vector int, b numeric(3))")
        );
        assert_eq!(strip_modifiers("CREATE TABLE t (a int)", "vector"), None);
    }
}
