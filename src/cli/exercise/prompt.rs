use std::fs;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};
use postgres::{Client, SimpleQueryMessage};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use crate::cli::failure::Failure;
use crate::cli::progress::Progress;
use crate::exercise::{
    Answer, Connection, DATABASE, DatabaseState, EventKind, ExerciseError, GradeOptions, Pack,
    Session, Stock, grade, remove_orphaned_files,
};
use crate::plan::{Figures, Plan, PlanTree};
use crate::report::{Screen, task_text, without_control_characters, write_verdict};
use crate::sandbox::{SandboxError, Server};
use crate::source::{SourceFile, split};

/// More rows than this are not shown.
const SHOWN_ROWS: usize = 500;

const HELP: &str = "\
  SQL;              runs it; EXPLAIN (ANALYZE, BUFFERS) works as usual
  \\task             the task again
  \\query            the query that will be graded
  \\save             saves the last query that was run as the rewritten one; \\save SELECT ...; saves that
  \\explain          the plan of the query that will be graded; \\explain SELECT ...; of another one
  \\d, \\d NAME       tables; columns and indexes of one
  \\timing           switches times on and off
  \\check            grades what was done so far
  \\hint             the next hint, which costs points
  \\reset            everything as at the start
  \\q                ends; the session can be continued later";

/// The candidate's terminal.
pub(super) struct Prompt<'a> {
    pub(super) pack: &'a Pack,
    pub(super) stock: &'a Stock,
    pub(super) session: Session,
    pub(super) server: Server,
    pub(super) deadline: Duration,
    pub(super) screen: Screen,
}

/// What goes on between two lines.
struct Dialogue<'a> {
    prompt: Prompt<'a>,
    connection: Connection,
    timing: bool,
    last_query: Option<String>,
}

impl<'a> Prompt<'a> {
    /// Reads and runs lines until the candidate leaves.
    pub(super) fn run(self) -> Result<(), Failure> {
        let doing = "could not open the prompt";
        let mut editor = DefaultEditor::new().map_err(|error| Failure::unable(doing, error))?;
        let history = self.session.history_file();
        let _ = editor.load_history(&history);
        let connection = self
            .connect()
            .map_err(|error| super::failure(doing, &error))?;
        let name = self.pack.name.clone();
        let mut dialogue = Dialogue {
            prompt: self,
            connection,
            timing: false,
            last_query: None,
        };
        let mut buffer = String::new();
        loop {
            let sign = if buffer.trim().is_empty() { "=>" } else { "->" };
            match editor.readline(&format!("{name}{sign} ")) {
                Ok(line) => {
                    if buffer.trim().is_empty() {
                        buffer.clear();
                        if let Some(command) = line.trim().strip_prefix('\\') {
                            let _ = editor.add_history_entry(line.trim());
                            if !dialogue.command(command) {
                                break;
                            }
                            continue;
                        }
                    }
                    buffer.push_str(&line);
                    buffer.push('\n');
                    if is_complete(&buffer) {
                        let _ = editor.add_history_entry(buffer.trim());
                        let text = std::mem::take(&mut buffer);
                        dialogue.run_text(&text);
                    }
                }
                Err(ReadlineError::Interrupted) => buffer.clear(),
                Err(ReadlineError::Eof) => {
                    if !buffer.trim().is_empty() {
                        dialogue.run_text(&buffer);
                    }
                    break;
                }
                Err(error) => return Err(Failure::unable("could not read a line", error)),
            }
            let _ = editor.save_history(&history);
        }
        let _ = editor.save_history(&history);
        dialogue.note_answer();
        Ok(())
    }

    fn connect(&self) -> Result<Connection, ExerciseError> {
        let mut connection = Connection::Embedded(self.server.connect(DATABASE)?);
        connection.within(self.deadline, |client| Ok(client.batch_execute(SESSION)?))?;
        Ok(connection)
    }
}

const SESSION: &str =
    "SET max_parallel_workers_per_gather = 0; SET jit = off; SET TimeZone = 'UTC'";

/// Whether a text ends with a semicolon that ends a statement.
fn is_complete(text: &str) -> bool {
    let file = SourceFile::new("input", text);
    let statements = split(&file);
    match statements.last() {
        Some(last) => {
            last.unterminated.is_none()
                && text
                    .get(last.span.end..)
                    .is_some_and(|rest| rest.trim_start().starts_with(';'))
        }
        None => text.contains(';'),
    }
}

impl Dialogue<'_> {
    /// Whether the dialogue goes on.
    fn command(&mut self, command: &str) -> bool {
        let (word, rest) = command
            .split_once(char::is_whitespace)
            .unwrap_or((command, ""));
        let rest = rest.trim().trim_end_matches(';').trim();
        match word {
            "q" | "quit" => return false,
            "?" | "h" | "help" => say(HELP),
            "task" => say(&task_text(self.prompt.pack, self.prompt.screen)),
            "query" => say(&self.graded_query()),
            "timing" => {
                self.timing = !self.timing;
                say(if self.timing {
                    "Timing is on."
                } else {
                    "Timing is off."
                });
            }
            "save" => self.save(rest),
            "explain" => self.explain(rest),
            "d" | "dt" | "d+" => self.describe(rest),
            "hint" => self.hint(),
            "check" => self.check(),
            "reset" => self.reset(),
            _ => say("unknown command; \\? lists them"),
        }
        true
    }

    fn graded_query(&self) -> String {
        self.prompt
            .session
            .query
            .clone()
            .unwrap_or_else(|| self.prompt.pack.query.trim().to_owned())
    }

    fn run_text(&mut self, text: &str) {
        let file = SourceFile::new("input", text);
        for statement in split(&file) {
            self.run_statement(statement.text());
        }
    }

    fn run_statement(&mut self, sql: &str) {
        let started = Instant::now();
        let result = self
            .connection
            .within(self.prompt.deadline, |client| Ok(client.simple_query(sql)?));
        let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
        let told = match result {
            Ok(messages) => {
                let (rows, text) = messages_text(&messages);
                say(&text);
                if let Some(plan) = plan_text(&messages) {
                    self.note(EventKind::Plan {
                        query: sql.to_owned(),
                        plan,
                    });
                    "plan".to_owned()
                } else if rows {
                    self.last_query = Some(sql.to_owned());
                    "rows".to_owned()
                } else {
                    "done".to_owned()
                }
            }
            Err(error) => {
                let text = explain_error(&error);
                say(&text);
                self.set_up_again(&error);
                text
            }
        };
        if self.timing {
            say(&format!("Time: {milliseconds:.1} ms"));
        }
        self.note(EventKind::Statement {
            sql: sql.to_owned(),
            milliseconds,
            result: told,
        });
        self.note_answer();
    }

    /// After the server was started again, the session's settings are gone.
    fn set_up_again(&mut self, error: &SandboxError) {
        if matches!(
            error,
            SandboxError::DiskLimit { .. } | SandboxError::Deadline { .. }
        ) {
            let data = self.prompt.server.data_directory();
            let _ = self.connection.within(self.prompt.deadline, |client| {
                remove_orphaned_files(client, &data)
            });
        }
        if !matches!(error, SandboxError::Postgres(_)) {
            let _ = self.connection.within(self.prompt.deadline, |client| {
                Ok(client.batch_execute(SESSION)?)
            });
        }
    }

    fn note(&mut self, what: EventKind) {
        if let Err(error) = self.prompt.session.note(what) {
            say(&format!("the session could not be saved: {error}"));
        }
    }

    /// Writes down what would be graded now.
    fn note_answer(&mut self) {
        let state = self
            .connection
            .within(self.prompt.deadline, DatabaseState::read);
        if let (Ok(state), Some(start)) = (state, &self.prompt.session.start) {
            let mut answer = state.since(start);
            if let Some(query) = &self.prompt.session.query {
                answer.push_str(query.trim().trim_end_matches(';'));
                answer.push_str(";\n");
            }
            if answer != self.prompt.session.answer {
                self.prompt.session.answer = answer;
                let _ = self.prompt.session.save();
            }
        }
    }

    fn save(&mut self, text: &str) {
        let query = if text.is_empty() {
            self.last_query.clone()
        } else {
            Some(text.to_owned())
        };
        match query {
            Some(query) => {
                self.prompt.session.query = Some(query.clone());
                self.note(EventKind::Saved { query });
                self.note_answer();
                say("saved: this is the query that \\check grades");
            }
            None => say("run the rewritten query first, then \\save; or \\save SELECT ...;"),
        }
    }

    fn explain(&mut self, text: &str) {
        let query = if text.is_empty() {
            let query = self.graded_query();
            crate::exercise::with_first_parameters(self.prompt.pack, &query)
        } else {
            text.to_owned()
        };
        let result = self
            .connection
            .within(self.prompt.deadline, |client| explained(client, &query));
        match result {
            Ok(plan) => {
                let figures = Figures::of(&plan);
                let plan =
                    PlanTree::of(&plan, &figures, &|_| None).to_text(self.prompt.screen.width);
                say(&plan);
                self.note(EventKind::Plan { query, plan });
            }
            Err(error) => {
                say(&explain_error(&error));
                self.set_up_again(&error);
            }
        }
    }

    fn describe(&mut self, name: &str) {
        let described = self
            .connection
            .within(self.prompt.deadline, |client| describe(client, name));
        match described {
            Ok(text) => say(&text),
            Err(error) => say(&explain_error(&error)),
        }
    }

    fn hint(&mut self) {
        let hints = &self.prompt.pack.manifest.hints;
        match hints.get(self.prompt.session.hints) {
            Some(hint) => {
                let text = format!(
                    "Hint {} of {} (-{} points): {}",
                    self.prompt.session.hints + 1,
                    hints.len(),
                    hint.points,
                    hint.text
                );
                self.prompt.session.hints += 1;
                let number = self.prompt.session.hints;
                self.note(EventKind::Hint { number });
                say(&text);
            }
            None => say("there are no more hints"),
        }
    }

    fn check(&mut self) {
        self.note_answer();
        let session = &self.prompt.session;
        let answer = Answer::read(&session.answer, &self.prompt.pack.manifest.limits);
        let options = GradeOptions {
            deadline: self.prompt.deadline,
            hint_points: session.hint_points(self.prompt.pack),
            ..GradeOptions::default()
        };
        let progress = Progress::start();
        progress.step("replaying what you did in a fresh copy");
        let graded = grade(self.prompt.stock, self.prompt.pack, &answer, &options);
        drop(progress);
        match graded {
            Ok(verdict) => {
                let mut text = Vec::new();
                let _ = write_verdict(&verdict, self.prompt.screen, &mut text);
                say(&String::from_utf8_lossy(&text));
                if let Err(error) = self.prompt.session.note_verdict(&verdict) {
                    say(&format!("the session could not be saved: {error}"));
                }
            }
            Err(error) => say(&format!("could not check: {error}")),
        }
    }

    fn reset(&mut self) {
        self.prompt.session.query = None;
        let progress = Progress::start();
        progress.step("copying the data of the start");
        let result = self.fresh_data();
        drop(progress);
        match result {
            Ok(()) => {
                self.note(EventKind::Reset);
                self.note_answer();
                say("everything is as at the start");
            }
            Err(error) => say(&format!("could not reset: {error}")),
        }
    }

    /// Puts the data of the start in place of the session's; the server's port stays.
    fn fresh_data(&mut self) -> Result<(), ExerciseError> {
        self.prompt.server.kill();
        let data = self.prompt.session.data_folder();
        let _ = fs::remove_dir_all(&data);
        self.prompt.stock.copy_to(&data)?;
        self.connection = self.prompt.connect()?;
        Ok(())
    }
}

fn explained(client: &mut Client, query: &str) -> Result<Plan, SandboxError> {
    let mut transaction = client.transaction()?;
    let row = transaction.query_one(
        &format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}"),
        &[],
    )?;
    transaction.rollback()?;
    let json: serde_json::Value = row.try_get(0)?;
    Plan::from_json(&json).map_err(|error| SandboxError::Unexpected {
        message: error.to_string(),
    })
}

fn explain_error(error: &SandboxError) -> String {
    match error {
        SandboxError::Deadline { after } => format!(
            "stopped after {} s; the data is as it was before this statement",
            after.as_secs()
        ),
        SandboxError::Crashed { .. } => {
            "the server gave up on this statement and was started again; the data is as it was before".to_owned()
        }
        SandboxError::DiskLimit { limit } => format!(
            "this statement took more than the {} MB that an exercise may use, and was stopped; the data is as it was before",
            limit / 1_000_000
        ),
        SandboxError::Postgres(_) => format!("ERROR: {error}"),
        other => other.to_string(),
    }
}

/// The text of a plan, where a statement returned one.
fn plan_text(messages: &[SimpleQueryMessage]) -> Option<String> {
    let mut lines: Vec<&str> = Vec::new();
    let mut plan = false;
    for message in messages {
        match message {
            SimpleQueryMessage::RowDescription(columns) => {
                plan = columns
                    .first()
                    .is_some_and(|column| column.name() == "QUERY PLAN");
            }
            SimpleQueryMessage::Row(row) if plan => lines.push(row.get(0).unwrap_or_default()),
            _ => {}
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Tables of results, and what statements without results say. Whether there were rows.
fn messages_text(messages: &[SimpleQueryMessage]) -> (bool, String) {
    let mut text = String::new();
    let mut table: Option<Table> = None;
    let mut rows = 0;
    let mut any = false;
    for message in messages {
        match message {
            SimpleQueryMessage::RowDescription(columns) => {
                let mut fresh = Table::new();
                fresh.load_style(ASCII_MARKDOWN);
                fresh.set_header(columns.iter().map(|column| column.name()));
                table = Some(fresh);
                any = true;
                rows = 0;
            }
            SimpleQueryMessage::Row(row) => {
                rows += 1;
                if let Some(table) = table.as_mut()
                    && rows <= SHOWN_ROWS
                {
                    table.add_row((0..row.len()).map(|at| row.get(at).unwrap_or("").to_owned()));
                }
            }
            SimpleQueryMessage::CommandComplete(count) => {
                if let Some(mut table) = table.take() {
                    align_numbers(&mut table);
                    text.push_str(&format!("{table}\n"));
                    if rows > SHOWN_ROWS {
                        text.push_str(&format!("(the first {SHOWN_ROWS} are shown)\n"));
                    }
                    text.push_str(&match rows {
                        1 => "(1 row)\n".to_owned(),
                        rows => format!("({rows} rows)\n"),
                    });
                } else {
                    text.push_str(&match count {
                        0 => "done\n".to_owned(),
                        count => format!("done, {count} rows\n"),
                    });
                }
            }
            _ => {}
        }
    }
    (any, text.trim_end().to_owned())
}

fn align_numbers(table: &mut Table) {
    let columns = table.column_count();
    for at in 0..columns {
        let numeric = table.row_iter().all(|row| {
            row.cell_iter().nth(at).is_some_and(|cell| {
                let content = cell.content();
                content.is_empty() || content.parse::<f64>().is_ok()
            })
        });
        if numeric && let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

fn describe(client: &mut Client, name: &str) -> Result<String, SandboxError> {
    if name.is_empty() {
        let sql = "SELECT c.relname AS name, CASE c.relkind WHEN 'r' THEN 'table' WHEN 'm' THEN 'materialized view' \
             ELSE 'view' END AS kind, greatest(c.reltuples, 0)::bigint AS rows, c.relpages AS blocks, \
             pg_size_pretty(pg_total_relation_size(c.oid)) AS size FROM pg_class c \
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'm', 'v') ORDER BY 1";
        return Ok(messages_text(&client.simple_query(sql)?).1);
    }
    let literal = crate::catalog::quote_literal(name);
    let columns = format!(
        "SELECT attname AS column, format_type(atttypid, atttypmod) AS type, \
         CASE WHEN attnotnull THEN 'not null' ELSE '' END AS nullable FROM pg_attribute \
         WHERE attrelid = {literal}::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    );
    let mut text = messages_text(&client.simple_query(&columns)?).1;
    for (title, sql) in [
        (
            "Indexes",
            format!(
                "SELECT pg_get_indexdef(indexrelid), pg_size_pretty(pg_relation_size(indexrelid)) FROM pg_index \
                 WHERE indrelid = {literal}::regclass ORDER BY indexrelid"
            ),
        ),
        (
            "Foreign keys",
            format!(
                "SELECT pg_get_constraintdef(oid), conname FROM pg_constraint WHERE conrelid = {literal}::regclass AND contype = 'f'"
            ),
        ),
        (
            "Referenced by",
            format!(
                "SELECT pg_get_constraintdef(oid), conrelid::regclass::text FROM pg_constraint WHERE confrelid = {literal}::regclass AND contype = 'f'"
            ),
        ),
        (
            "Statistics",
            format!(
                "SELECT pg_get_statisticsobjdef(oid), stxname FROM pg_statistic_ext WHERE stxrelid = {literal}::regclass"
            ),
        ),
    ] {
        let mut first = true;
        for message in client.simple_query(&sql)? {
            if let SimpleQueryMessage::Row(row) = message {
                if first {
                    text.push_str(&format!("\n{title}:"));
                    first = false;
                }
                text.push_str(&format!(
                    "\n  {}  ({})",
                    row.get(0).unwrap_or(""),
                    row.get(1).unwrap_or("")
                ));
            }
        }
    }
    Ok(text)
}

/// Prints to the candidate; a terminal that is gone ends the dialogue at the next line.
fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{}", without_control_characters(text));
}

/// Whether somebody sits in front of it.
pub(super) fn is_interactive() -> bool {
    io::stdin().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_complete_at_its_semicolon() {
        assert!(!is_complete("SELECT 1"));
        assert!(is_complete("SELECT 1;"));
        assert!(is_complete("SELECT 1; -- done\n"));
        assert!(!is_complete("SELECT ';"));
        assert!(!is_complete("SELECT 1; SELECT"));
        assert!(!is_complete("SELECT $$ ;\n"));
        assert!(is_complete(";"));
    }
}
