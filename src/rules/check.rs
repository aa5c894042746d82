//! Checking the statements of one file, those that change the schema for the following ones included.

use std::sync::Arc;

use rayon::prelude::*;

use super::engine::{LevelsByFile, LintOptions, problem, read_ignores};
use super::ignores::Ignores;
use super::one_cause::merge_causes;
use super::planner_trial::PlannerTrial;
use super::share_of_statement::weigh;
use super::{ColumnUsage, Finding, Severity, StatementContext, all};
use crate::catalog::{Catalog, SchemaError};
use crate::query::{BoundSchema, Query, analyze};
use crate::source::{self, SourceFile, Span, StatementClass, StatementText, SyntaxError};

/// Statements whose understanding is held at a time.
const CHUNK: usize = 1000;

/// What checking one or several statements gave.
#[derive(Default)]
pub(super) struct Checked {
    pub(super) findings: Vec<Finding>,
    pub(super) usage: ColumnUsage,
    pub(super) unparsed: usize,
}

impl Checked {
    /// Both, those of `self` first.
    pub(super) fn merge(mut self, other: Self) -> Self {
        if self.findings.is_empty() {
            self.findings = other.findings;
        } else {
            self.findings.extend(other.findings);
        }
        Self {
            findings: self.findings,
            usage: self.usage.merge(other.usage),
            unparsed: self.unparsed + other.unparsed,
        }
    }
}

/// What checking one file gave.
pub(super) struct CheckedFile {
    pub(super) checked: Checked,
    pub(super) statements: usize,
    pub(super) ignores: Option<Ignores>,
}

/// What statements are checked against.
pub(super) struct Linter<'a> {
    pub(super) schema: &'a BoundSchema<'a>,
    pub(super) options: &'a LintOptions,
    pub(super) levels: &'a LevelsByFile<'a>,
}

impl Linter<'_> {
    /// `trial` has the findings judged by a planner.
    pub(super) fn file(
        &self,
        file: &Arc<SourceFile>,
        mut trial: Option<&mut PlannerTrial<'_>>,
    ) -> CheckedFile {
        let statements = source::split(file);
        let is_script = |one: &StatementText| changes_names(one) || may_create_out_of_sight(one);
        let checked = if statements.iter().any(is_script) {
            self.script(&statements)
        } else {
            statements
                .chunks(CHUNK)
                .map(|chunk| match &mut trial {
                    None => self.all(chunk.par_iter(), self.schema),
                    Some(trial) => self.judged(chunk, trial),
                })
                .fold(Checked::default(), Checked::merge)
        };
        CheckedFile {
            checked,
            ignores: read_ignores(file, &statements),
            statements: statements.len(),
        }
    }

    /// Checks statements some of which change the schema, each against the schema as it is at that point. A planner
    /// that knows the schema of the run alone cannot judge them.
    fn script(&self, statements: &[StatementText]) -> Checked {
        let mut catalog = self.schema.catalog().clone();
        let mut result = Checked::default();
        let mut pending: Vec<&StatementText> = Vec::new();
        // a statement has made something that is not known
        let mut hidden = false;
        for statement in statements {
            hidden |= may_create_out_of_sight(statement);
            if changes_names(statement) {
                let depend_on_order = |one: &&StatementText| one.class() == StatementClass::Query;
                if !creates(statement) || pending.iter().any(depend_on_order) {
                    result = result.merge(self.checked_against(&mut pending, &catalog));
                }
                match apply(&mut catalog, statement) {
                    Applied::Known => {}
                    Applied::Unknown => hidden = true,
                    Applied::Unreadable(error) => {
                        result.findings.push(syntax_error(statement, &error));
                        result.unparsed += 1;
                    }
                }
            }
            pending.push(statement);
        }
        let mut result = result.merge(self.checked_against(&mut pending, &catalog));
        if hidden {
            let about_names =
                |finding: &Finding| ["unknown-column", "unknown-table"].contains(&finding.rule);
            result.findings.retain(|finding| !about_names(finding));
        }
        result
    }

    fn checked_against(&self, pending: &mut Vec<&StatementText>, catalog: &Catalog) -> Checked {
        if pending.is_empty() {
            return Checked::default();
        }
        let checked = self.all(
            pending.par_iter().map(|statement| *statement),
            &BoundSchema::new(catalog),
        );
        pending.clear();
        checked
    }

    fn all<'s>(
        &self,
        statements: impl IndexedParallelIterator<Item = &'s StatementText>,
        schema: &BoundSchema<'_>,
    ) -> Checked {
        statements
            .map(|statement| self.statement(statement, schema).0)
            .reduce(Checked::default, Checked::merge)
    }

    /// Checks statements, and puts what was found before the planner.
    fn judged(&self, statements: &[StatementText], trial: &mut PlannerTrial<'_>) -> Checked {
        let checked: Vec<(Checked, Option<Query>)> = statements
            .par_iter()
            .map(|statement| self.statement(statement, self.schema))
            .collect();
        let judged = checked.into_iter().map(|(mut checked, query)| {
            if let Some(query) = query {
                let levels = self.levels.known(query.file.path());
                trial.judge(&query, levels, &mut checked.findings);
            }
            checked
        });
        judged.fold(Checked::default(), Checked::merge)
    }

    /// What is found, and the statement as it was understood. `schema` is that of the run, or as the statement's own
    /// file has changed it.
    pub(super) fn statement(
        &self,
        statement: &StatementText,
        schema: &BoundSchema<'_>,
    ) -> (Checked, Option<Query>) {
        let class = statement.class();
        let whole = statement.unterminated.is_none();
        if class == StatementClass::Utility && whole {
            return (Checked::default(), None);
        }
        let mut query = match analyze(statement, schema.catalog()) {
            Ok(query) => query,
            // the reader of DDL has judged it; sqlparser does not know all that PostgreSQL can create
            Err(_) if class == StatementClass::Definition && whole => {
                return (Checked::default(), None);
            }
            Err(error) => {
                let checked = Checked {
                    findings: vec![syntax_error(statement, &error)],
                    unparsed: 1,
                    ..Checked::default()
                };
                return (checked, None);
            }
        };
        if self.schema.catalog().tables().next().is_none() {
            // no schema was given; what the file makes is hardly all that there is
            for problem in &mut query.problems {
                problem.certain = false;
            }
        }
        let context = StatementContext::new(schema, &query, &self.options.thresholds);
        let levels = self.levels.known(statement.file.path());
        let mut findings = Vec::new();
        for rule in all() {
            if !levels.is_some_and(|levels| levels.is_off(rule.info().name)) {
                rule.check_statement(&context, &mut findings);
            }
        }
        merge_causes(&mut findings);
        weigh(&context, &mut findings);
        for finding in &mut findings {
            finding.statement.get_or_insert(statement.number);
        }
        let mut usage = ColumnUsage::default();
        usage.add(&query, &context.facts, self.schema.catalog());
        let checked = Checked {
            findings,
            usage,
            unparsed: 0,
        };
        (checked, Some(query))
    }
}

/// Whether the names that the following statements can use are others behind it.
fn changes_names(statement: &StatementText) -> bool {
    match statement.class() {
        StatementClass::Definition => true,
        StatementClass::Utility => Catalog::is_search_path_change(statement),
        StatementClass::Query => {
            let text = statement.text();
            let sets_path = (text.contains("set_config") || text.contains("SET_CONFIG"))
                && Catalog::is_search_path_change(statement);
            sets_path || Catalog::is_select_into(statement)
        }
        StatementClass::Unknown => false,
    }
}

fn creates(statement: &StatementText) -> bool {
    let words = statement.first_words(1);
    words.first().is_some_and(|word| word == "create")
}

/// Whether a statement runs code that may create tables: DO with CREATE TABLE in its body.
fn may_create_out_of_sight(statement: &StatementText) -> bool {
    let text = statement.text();
    text.get(..2)
        .is_some_and(|start| start.eq_ignore_ascii_case("do"))
        && text.to_ascii_lowercase().contains("create ")
}

/// What came of a statement that changes names.
enum Applied {
    /// The catalog shows it, or had it already.
    Known,
    /// It rests on what the schema does not have: what it makes is not known.
    Unknown,
    Unreadable(SyntaxError),
}

fn apply(catalog: &mut Catalog, statement: &StatementText) -> Applied {
    if statement.class() == StatementClass::Utility || Catalog::is_search_path_change(statement) {
        catalog.apply_search_path(statement);
        return Applied::Known;
    }
    if statement.unterminated.is_some() {
        // told when the statement is checked
        return Applied::Known;
    }
    match catalog.apply(statement) {
        Ok(()) | Err(SchemaError::Exists { .. }) => Applied::Known,
        Err(SchemaError::Syntax(error)) => Applied::Unreadable(error),
        Err(_) if creates(statement) => Applied::Unknown,
        // what it alters or drops is not there: the schema is as it is behind it
        Err(_) => Applied::Known,
    }
}

fn syntax_error(statement: &StatementText, error: &SyntaxError) -> Finding {
    let text = statement.text();
    let start = text.floor_char_boundary(error.offset.min(text.len()));
    let word = text[start..]
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len() - start);
    let one_character = text[start..].chars().next().map_or(0, char::len_utf8);
    let mut finding = problem(
        "syntax-error",
        Severity::Error,
        statement.location_of(Span::new(start, start + word.max(one_character))),
        format!("this statement cannot be read: {error}"),
    );
    finding.statement = Some(statement.number);
    finding
}
