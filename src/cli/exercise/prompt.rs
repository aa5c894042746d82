use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use postgres::Client;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use super::error_text::error_text;
use super::results::{describe, messages_text, plan_text};
use super::signals::Signals;
use crate::cli::failure::Failure;
use crate::cli::progress::Progress;
use crate::exercise::{
    Answer, CandidateServer, Connection, DatabaseState, EventKind, GradeOptions, Pack, Session,
    Stock, grade,
};
use crate::plan::{Figures, Plan, PlanTree};
use crate::report::{Screen, hint_text, task_text, without_control_characters, write_verdict};
use crate::sandbox::SandboxError;
use crate::source::{SourceFile, split};

const HELP: &str = "  SQL;              runs it; EXPLAIN (ANALYZE, BUFFERS) works as usual
  \\task             the task again
  \\query            the query that will be graded
  \\save             saves the last query that was run as the rewritten one; \\save SELECT ...; saves that
  \\unsave           back to the query as it was given
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
    pub(super) server: CandidateServer,
    pub(super) signals: Signals,
    pub(super) deadline: Duration,
    pub(super) screen: Screen,
}

/// What goes on between two lines.
struct Dialogue<'a> {
    prompt: Prompt<'a>,
    connection: Connection,
    timing: bool,
    last_query: Option<String>,
    /// The last thing that was done was ended by Ctrl-C.
    interrupted: bool,
}

impl<'a> Prompt<'a> {
    /// Reads and runs lines until the candidate leaves.
    pub(super) fn run(self, mut editor: DefaultEditor) -> Result<(), Failure> {
        let doing = "could not open the prompt";
        let history = self.session.history_file();
        let _ = editor.load_history(&history);
        let connection = self
            .server
            .connect()
            .map_err(|error| super::failure(doing, &error))?;
        let name = self.pack.name.clone();
        let mut dialogue = Dialogue {
            prompt: self,
            connection,
            timing: false,
            last_query: None,
            interrupted: false,
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
}

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
            "unsave" => self.unsave(),
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
        let result = self.work(|client| Ok(client.simple_query(sql)?));
        let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
        let mut failed = false;
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
                let text = self.recovered(&error, sql);
                say(&text);
                failed = true;
                text.lines().next().unwrap_or_default().to_owned()
            }
        };
        if self.timing {
            say(&format!("Time: {milliseconds:.1} ms"));
        }
        self.note(EventKind::Statement {
            sql: sql.to_owned(),
            milliseconds,
            result: told,
            failed,
        });
        self.note_answer();
    }

    /// Does what the candidate asked for, until the deadline or Ctrl-C.
    fn work<T>(
        &mut self,
        work: impl FnOnce(&mut Client) -> Result<T, SandboxError>,
    ) -> Result<T, SandboxError> {
        let interrupt = self.prompt.server.interrupter(&self.connection);
        let running = self.prompt.signals.interrupting(interrupt);
        let result = self.connection.within(self.prompt.deadline, work);
        self.interrupted = running.end();
        result
    }

    /// What to say of an error in a statement, after the session is in order again.
    fn recovered(&mut self, error: &SandboxError, sql: &str) -> String {
        let recovered = self.prompt.server.recover(&mut self.connection, error);
        let mut text = if self.interrupted {
            "stopped; the data is as it was before this statement".to_owned()
        } else {
            error_text(error, sql)
        };
        if let Err(problem) = recovered {
            text.push_str(&format!("\n{problem}; \\reset makes everything anew"));
        }
        text
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
                say(&format!("saved; \\check grades this query:\n{query}"));
                self.prompt.session.query = Some(query.clone());
                self.note(EventKind::Saved { query });
                self.note_answer();
            }
            None => say("run the rewritten query first, then \\save; or \\save SELECT ...;"),
        }
    }

    fn unsave(&mut self) {
        self.prompt.session.query = None;
        self.note_answer();
        say("\\check grades the query as it was given");
    }

    fn explain(&mut self, text: &str) {
        let query = if text.is_empty() {
            let query = self.graded_query();
            crate::exercise::with_first_parameters(self.prompt.pack, &query)
        } else {
            text.to_owned()
        };
        let result = self.work(|client| explained(client, &query));
        match result {
            Ok(plan) => {
                let figures = Figures::of(&plan);
                let plan =
                    PlanTree::of(&plan, &figures, &|_| None).to_text(self.prompt.screen.width);
                say(&plan);
                self.note(EventKind::Plan { query, plan });
            }
            Err(error) => {
                let text = self.recovered(&error, "");
                say(&text);
            }
        }
    }

    fn describe(&mut self, name: &str) {
        match self.work(|client| describe(client, name)) {
            Ok(text) => say(&text),
            Err(error) => {
                let text = self.recovered(&error, "");
                say(&text);
            }
        }
    }

    fn hint(&mut self) {
        let hints = &self.prompt.pack.manifest.hints;
        match hints.get(self.prompt.session.hints) {
            Some(hint) => {
                let text = hint_text(self.prompt.session.hints + 1, hints.len(), hint);
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
        let limits = &self.prompt.pack.manifest.limits;
        let mut answer = Answer::read(&session.answer, limits);
        answer.left_out.extend(session.left_out(limits));
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
        let result = self.prompt.server.reset(self.prompt.stock);
        drop(progress);
        match result {
            Ok(connection) => {
                self.connection = connection;
                self.note(EventKind::Reset);
                self.note_answer();
                say("everything is as at the start");
            }
            Err(error) => say(&format!("could not reset: {error}")),
        }
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
