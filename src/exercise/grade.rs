use std::collections::BTreeMap;
use std::time::Duration;

use postgres::Client;

use super::advice;
use super::answer::{Answer, ChangeKind};
use super::baseline::{first_statement, worst};
use super::measure::{Measured, forms, is_query, measure};
use super::points::{outcome, points};
use super::rows::ResultRows;
use super::small::{Agreement, small_databases};
use super::stock::{AUTHOR_DEADLINE, Stock};
use super::verdict::{
    BlocksVerdict, GuardVerdict, IndexesVerdict, MAX_POINTS, Milliseconds, RowsVerdict, Verdict,
    WriteCost,
};
use super::write_cost::{INSERTED_ROWS, insert_costs};
use super::{Connection, ExerciseError, Outcome, Pack, ReferenceRows, findings};
use crate::sandbox::SandboxError;

/// How an answer is graded.
#[derive(Debug, Clone)]
pub struct GradeOptions {
    /// For each statement of the answer.
    pub deadline: Duration,
    /// Points that hints have cost.
    pub hint_points: u32,
    /// Whether findings and the cost on writes are worked out too; `verify` needs neither.
    pub explain: bool,
}

impl Default for GradeOptions {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(30),
            hint_points: 0,
            explain: true,
        }
    }
}

/// Replays an answer in a fresh copy of the pack's database and grades what it finds there.
///
/// # Errors
/// Where the server fails for a reason that is not the answer's.
pub fn grade(
    stock: &Stock,
    pack: &Pack,
    answer: &Answer,
    options: &GradeOptions,
) -> Result<Verdict, ExerciseError> {
    let workplace = stock.fresh_copy()?;
    let mut connection = workplace.connect()?;
    let mut replay = Replay::new(stock, pack, answer, options);
    replay.run(&mut connection)?;
    drop(connection);
    let rewritten =
        answer.query.is_some() || pack.manifest.reference.rows == ReferenceRows::Solution;
    if replay.verdict.outcome != Outcome::Error
        && replay.verdict.rows == RowsVerdict::Same
        && rewritten
        && pack.manifest.reference.small_databases
        && let Some((server, _folder)) = workplace.into_server()?
        && let Agreement::Differs {
            why,
            counterexample,
        } = small_databases(pack, &replay.query, server)?
    {
        replay.verdict.rows = RowsVerdict::Different;
        replay.verdict.counterexample = counterexample;
        replay.rows_problem = Some(why);
    }
    Ok(replay.finish())
}

struct Replay<'a> {
    stock: &'a Stock,
    pack: &'a Pack,
    answer: &'a Answer,
    options: &'a GradeOptions,
    /// The answer's query, or the pack's.
    query: String,
    verdict: Verdict,
    rows_problem: Option<String>,
    error: Option<String>,
    measured: Option<Measured>,
}

impl<'a> Replay<'a> {
    fn new(
        stock: &'a Stock,
        pack: &'a Pack,
        answer: &'a Answer,
        options: &'a GradeOptions,
    ) -> Self {
        let limits = &pack.manifest.limits;
        let unsolved = &stock.baseline.unsolved;
        let left_out = answer.left_out.iter();
        Self {
            stock,
            pack,
            answer,
            options,
            query: answer
                .query
                .clone()
                .unwrap_or_else(|| first_statement(&pack.query)),
            verdict: Verdict {
                exercise: pack.name.clone(),
                passed: false,
                points: 0,
                max_points: MAX_POINTS,
                rows: RowsVerdict::Same,
                counterexample: None,
                blocks: BlocksVerdict {
                    before: unsolved.blocks,
                    after: unsolved.blocks,
                    goal: limits.blocks,
                },
                indexes: IndexesVerdict {
                    count: 0,
                    bytes: 0,
                    max_count: limits.indexes,
                    max_bytes: limits.index_bytes,
                },
                left_out: left_out.clone().map(|one| one.sql.clone()).collect(),
                findings_gone: Vec::new(),
                findings_left: Vec::new(),
                message: String::new(),
                outcome: Outcome::Passed,
                milliseconds: Milliseconds {
                    before: unsolved.milliseconds,
                    after: None,
                },
                guards: Vec::new(),
                write_cost: Vec::new(),
                hint_points: options.hint_points,
                left_out_because: left_out.map(|one| one.reason.to_owned()).collect(),
                plan: None,
            },
            rows_problem: None,
            error: None,
            measured: None,
        }
    }

    fn run(&mut self, connection: &mut Connection) -> Result<(), ExerciseError> {
        let deadline = self.options.deadline;
        let indexes_before = connection.within(deadline, list_indexes)?;
        let tables = if self.options.explain {
            connection.within(deadline, |client| self.tables_with_changed_indexes(client))?
        } else {
            Vec::new()
        };
        let writes_before = insert_costs(connection, deadline, &tables);
        for change in &self.answer.changes {
            let done = connection.within(deadline, |client| Ok(client.batch_execute(&change.sql)?));
            if let Err(error) = done {
                self.fail(&change.sql, &error);
                return Ok(());
            }
        }
        if let Some(sql) = self.pack.manifest.measure.maintenance() {
            connection.within(Duration::from_secs(120), |client| {
                Ok(client.batch_execute(sql)?)
            })?;
        }
        let indexes_after = connection.within(deadline, list_indexes)?;
        let new = indexes_after.iter().filter(|(name, index)| {
            indexes_before
                .get(*name)
                .is_none_or(|before| before.definition != index.definition)
        });
        for (_, index) in new {
            self.verdict.indexes.count += 1;
            self.verdict.indexes.bytes += index.bytes;
        }
        if !self.measure_query(connection)? {
            return Ok(());
        }
        self.measure_guards(connection)?;
        let writes_after = insert_costs(connection, deadline, &tables);
        for ((table, before), (_, after)) in writes_before.into_iter().zip(writes_after) {
            self.verdict.write_cost.push(WriteCost {
                table,
                rows: INSERTED_ROWS,
                blocks_before: before.blocks,
                blocks_after: after.blocks,
                milliseconds_before: before.milliseconds,
                milliseconds_after: after.milliseconds,
            });
        }
        Ok(())
    }

    fn fail(&mut self, sql: &str, error: &SandboxError) {
        self.verdict.outcome = Outcome::Error;
        self.verdict.rows = RowsVerdict::Error;
        self.error = Some(format!("{error}\n  in: {}", super::answer::one_line(sql)));
    }

    /// Blocks and rows; whether the query ran.
    fn measure_query(&mut self, connection: &mut Connection) -> Result<bool, ExerciseError> {
        let deadline = self.options.deadline;
        let forms = forms(&self.query, &self.pack.manifest.parameters);
        let mut worst: Option<Measured> = None;
        for form in &forms {
            match connection.within(deadline, |client| measure(client, form)) {
                Ok(measured) => {
                    if worst
                        .as_ref()
                        .is_none_or(|before| measured.blocks > before.blocks)
                    {
                        worst = Some(measured);
                    }
                }
                Err(error) => {
                    let query = self.query.clone();
                    self.fail(&query, &error);
                    return Ok(false);
                }
            }
        }
        if let Some(worst) = worst {
            self.verdict.blocks.after = worst.blocks;
            self.verdict.milliseconds.after = Some(worst.milliseconds);
            self.verdict.plan = worst.plan.clone();
            self.measured = Some(worst);
        }
        if is_query(&self.query) {
            self.compare_rows(connection, &forms)?;
        }
        Ok(true)
    }

    fn compare_rows(
        &mut self,
        connection: &mut Connection,
        forms: &[String],
    ) -> Result<(), ExerciseError> {
        let baseline = &self.stock.baseline;
        for (at, (form, right)) in forms.iter().zip(&baseline.rows).enumerate() {
            let rows = match connection.within(self.options.deadline, |client| {
                read_only(client, |client| ResultRows::fetch(client, form))
            }) {
                Ok(rows) => rows,
                Err(error) => {
                    let query = self.query.clone();
                    self.fail(&query, &error);
                    return Ok(());
                }
            };
            if rows.digest(baseline.ordered) != *right {
                self.verdict.rows = RowsVerdict::Different;
                self.rows_problem = Some(self.what_differs(at, &rows)?);
                return Ok(());
            }
        }
        Ok(())
    }

    /// The reference is run again, in a copy of its own, only to show what is wrong.
    fn what_differs(&self, set: usize, rows: &ResultRows) -> Result<String, ExerciseError> {
        let workplace = self.stock.fresh_copy()?;
        let mut connection = workplace.connect()?;
        let limits = &self.pack.manifest.limits;
        let reference = match self.pack.manifest.reference.rows {
            ReferenceRows::Query => first_statement(&self.pack.query),
            ReferenceRows::Solution => Answer::read(&self.pack.solution, limits)
                .query
                .unwrap_or_else(|| first_statement(&self.pack.query)),
        };
        let forms = forms(&reference, &self.pack.manifest.parameters);
        let form = forms.get(set).map_or(reference.as_str(), String::as_str);
        let right = connection.within(Duration::from_secs(120), |client| {
            ResultRows::fetch(client, form)
        })?;
        let difference = right
            .difference(rows, self.stock.baseline.ordered)
            .unwrap_or_else(|| "it differs from run to run".to_owned());
        Ok(match self.pack.manifest.parameters.get(set) {
            Some(parameters) => format!("for {}: {difference}", parameters.label),
            None => difference,
        })
    }

    fn measure_guards(&mut self, connection: &mut Connection) -> Result<(), ExerciseError> {
        for (guard, text) in self.pack.manifest.guards.iter().zip(&self.pack.guards) {
            let measured = worst(connection, AUTHOR_DEADLINE, &[first_statement(text)])?;
            self.verdict.guards.push(GuardVerdict {
                file: guard.file.clone(),
                blocks: measured.blocks,
                limit: guard.blocks,
            });
        }
        Ok(())
    }

    fn tables_with_changed_indexes(
        &self,
        client: &mut Client,
    ) -> Result<Vec<String>, SandboxError> {
        let changes = self.answer.changes.iter().filter(|change| {
            matches!(change.kind, ChangeKind::CreateIndex | ChangeKind::DropIndex)
        });
        let text: String = changes
            .map(|change| format!(" {} ", change.sql.to_lowercase()))
            .collect();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let rows = client.query(
            "SELECT c.relname::text, array_agg(i.relname::text) FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid \
             JOIN pg_class i ON i.oid = x.indexrelid WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' \
             GROUP BY c.relname ORDER BY c.relname",
            &[],
        )?;
        let mentions = |word: &str| {
            text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
                .any(|other| other == word)
        };
        let mut tables = Vec::new();
        for row in rows {
            let table: String = row.try_get(0)?;
            let indexes: Vec<String> = row.try_get(1)?;
            if mentions(&table) || indexes.iter().any(|index| mentions(index)) {
                tables.push(table);
            }
        }
        Ok(tables)
    }

    fn finish(mut self) -> Verdict {
        if self.options.explain {
            let (gone, left) = findings::gone_and_left(self.pack, self.answer);
            self.verdict.findings_gone = gone;
            self.verdict.findings_left = left;
        }
        let verdict = &mut self.verdict;
        if verdict.outcome != Outcome::Error {
            verdict.outcome = outcome(verdict);
        }
        if !self.answer.left_out.is_empty()
            && self.answer.is_empty()
            && verdict.outcome != Outcome::Passed
        {
            verdict.outcome = Outcome::LeftOut;
        }
        verdict.passed = verdict.outcome == Outcome::Passed;
        verdict.points = points(verdict).saturating_sub(self.options.hint_points);
        verdict.message = advice::message(
            self.pack,
            verdict,
            self.rows_problem.as_deref(),
            self.error.as_deref(),
            self.measured.as_ref(),
        );
        self.verdict
    }
}

struct IndexAtHand {
    definition: String,
    bytes: u64,
}

fn list_indexes(client: &mut Client) -> Result<BTreeMap<String, IndexAtHand>, SandboxError> {
    let rows = client.query(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), pg_relation_size(i.indexrelid) \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace",
        &[],
    )?;
    rows.iter()
        .map(|row| {
            let bytes: i64 = row.try_get(2)?;
            let index = IndexAtHand {
                definition: row.try_get(1)?,
                bytes: u64::try_from(bytes).unwrap_or_default(),
            };
            Ok((row.try_get(0)?, index))
        })
        .collect()
}

/// Whatever the query calls, nothing of it stays.
fn read_only<T>(
    client: &mut Client,
    work: impl FnOnce(&mut Client) -> Result<T, SandboxError>,
) -> Result<T, SandboxError> {
    client.batch_execute("BEGIN READ ONLY")?;
    let result = work(client);
    let undone = client.batch_execute("ROLLBACK");
    let value = result?;
    undone?;
    Ok(value)
}
