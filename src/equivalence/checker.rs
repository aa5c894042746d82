//! Compares queries over one schema.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

use crate::catalog::{Catalog, TableKind, quote_identifier};
use crate::sandbox::{Server, ServerOptions, Session, load_schema};
use crate::source::SourceFile;

use super::adapt::{Adapted, adapt, is_ordered, number_parameters, sort_keys};
use super::comparison::{
    Comparison, Counterexample, Options, OrderMode, ResultTable, SearchSummary, TableRows, Verdict,
};
use super::confirm::{Confirmation, confirm};
use super::coverage::measure;
use super::engine::{Engine, Failure};
use super::error::CompareError;
use super::evaluate::{
    Evaluator, OutputColumn, OutputKind, Rows, Shadow, Side, parameter_expression, type_by_name,
};
use super::explain::why;
use super::features::{Features, Hint, Suspicion};
use super::normal_form::prove;
use super::search::{
    Difference, Evidence, Found, Pair, Search, Thoroughness, USUAL_PLANS, agrees_with_itself,
    examine, kinds,
};
use super::shrink::shrink;
use super::space::{ParameterType, Space};
use super::tokens::{keyword, tokens};
use super::values::{Family, ValueId};

/// A statement over small databases that takes longer is stopped and taken apart.
const STATEMENT_LIMIT: Duration = Duration::from_secs(2);
/// The same, where a query may recurse without end.
const RECURSION_LIMIT: Duration = Duration::from_millis(400);
/// How long, and on how many databases, a difference is looked for where there is a proof.
const AFTER_PROOF: Duration = Duration::from_millis(600);
const DATABASES_AFTER_PROOF: u64 = 3000;

/// Compares queries on a PostgreSQL that holds the schema and no rows.
pub struct Checker<'a> {
    catalog: &'a Catalog,
    engine: Engine,
}

impl<'a> Checker<'a> {
    /// Starts an embedded server and loads the schema files that made the catalog; rows that they insert are
    /// taken out again.
    ///
    /// # Errors
    /// Where the server does not start.
    pub fn embedded(
        catalog: &'a Catalog,
        schema: &[Arc<SourceFile>],
    ) -> Result<(Self, Vec<String>), CompareError> {
        let server = Server::start(ServerOptions::default())?;
        let mut session = server.connect("postgres")?;
        let report = load_schema(&mut session, schema)?;
        let stored: Vec<String> = catalog
            .tables()
            .filter(|table| {
                matches!(
                    table.kind,
                    TableKind::Ordinary | TableKind::Partitioned { .. }
                )
            })
            .map(|table| table.name.to_sql())
            .collect();
        if !stored.is_empty() {
            // A table that did not load is none of the server's.
            let _ = session.batch_execute(&format!("TRUNCATE {} CASCADE", stored.join(", ")));
        }
        let notes = report
            .failures
            .iter()
            .map(|failure| {
                let position = failure.location.start();
                format!(
                    "{}:{}:{}: left out of the comparison: {}",
                    failure.location.file.path(),
                    position.line,
                    position.column,
                    failure.message
                )
            })
            .chain(report.notes.iter().cloned())
            .collect();
        drop(session);
        let session = server.connect("postgres")?;
        Ok((Self::on_session(catalog, server, session)?, notes))
    }

    /// On an embedded server, connected to a database that holds the catalog's schema and no rows.
    ///
    /// # Errors
    /// Where the session does not take the settings.
    pub fn on_session(
        catalog: &'a Catalog,
        server: Server,
        session: Session,
    ) -> Result<Self, CompareError> {
        let engine = Engine::embedded(server, session, setup(catalog)).map_err(server_error)?;
        Ok(Self { catalog, engine })
    }

    /// On any server of version 16 or later whose database holds the catalog's schema and no rows.
    ///
    /// # Errors
    /// Where the session does not take the settings.
    pub fn on_client(catalog: &'a Catalog, client: postgres::Client) -> Result<Self, CompareError> {
        let engine = Engine::direct(client, setup(catalog)).map_err(server_error)?;
        Ok(Self { catalog, engine })
    }

    pub(super) fn catalog(&self) -> &'a Catalog {
        self.catalog
    }

    /// Whether two queries return the same rows for every database that satisfies the schema.
    ///
    /// # Errors
    /// Where one of them cannot be run on the schema, or the server fails.
    pub fn compare(
        &mut self,
        a: &str,
        b: &str,
        options: &Options,
    ) -> Result<Comparison, CompareError> {
        let started = Instant::now();
        let deadline = started + options.timeout;
        self.engine.set_deadline(deadline);
        let mut comparison = self.compare_until(a, b, options, deadline)?;
        comparison.seconds = (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        Ok(comparison)
    }

    /// One query against several rewrites of it, each within the timeout.
    pub fn compare_any<'q>(
        &mut self,
        query: &str,
        rewrites: impl IntoIterator<Item = &'q str>,
        options: &Options,
    ) -> Vec<Result<Comparison, CompareError>> {
        rewrites
            .into_iter()
            .map(|rewrite| self.compare(query, rewrite, options))
            .collect()
    }

    fn compare_until(
        &mut self,
        a: &str,
        b: &str,
        options: &Options,
        deadline: Instant,
    ) -> Result<Comparison, CompareError> {
        let names = [options.names.0.as_str(), options.names.1.as_str()];
        let mut parameter_names = Vec::new();
        let texts = [a, b].map(|text| number_parameters(text, &mut parameter_names));
        for (text, name) in texts.iter().zip(names) {
            if !is_query(text) {
                return Err(CompareError::NotASelect {
                    query: name.to_owned(),
                });
            }
        }
        let mut parameters = Vec::new();
        let mut columns = Vec::new();
        for (text, name) in texts.iter().zip(names) {
            columns.push(self.describe(text, name, &parameter_names, &mut parameters)?);
        }
        let [columns_a, columns_b] = [&columns[0], &columns[1]];
        if let Some(reason) = different_columns(columns_a, columns_b, names) {
            return Ok(outcome(Verdict::Different, Some(reason)));
        }
        let proof = if options.prove && !texts.iter().any(|text| is_volatile(text)) {
            prove(
                self.catalog,
                [texts[0].as_str(), texts[1].as_str()],
                names,
                ordered(&texts, options),
            )
        } else {
            None
        };
        let prepared = self.prepare_pair(&texts, &columns, &parameters, names, options);
        let mut prepared = match prepared {
            Ok(prepared) => prepared,
            // The time is up: what is proved stays proved.
            Err(_) if Instant::now() >= deadline => {
                let mut comparison = outcome(Verdict::NoDifferenceFound, None);
                if let Some(proof) = proof {
                    comparison.verdict = Verdict::Equal;
                    comparison.proof = proof;
                }
                comparison.notes.push(
                    "the time was used up before a database was tried: raise --timeout".to_owned(),
                );
                return Ok(comparison);
            }
            Err(error) => return Err(error),
        };
        let proof = proof.filter(|_| prepared.features.volatile.is_empty());
        let pair = Pair {
            evaluator: &prepared.evaluator,
            sides: [&prepared.sides[0], &prepared.sides[1]],
            ordered: prepared.ordered,
        };
        let mut search = Search::new(options.seed);
        search.generator.cycles = !prepared.features.recursive;
        let mut notes = Vec::new();
        let reserve = (options.timeout / 6).min(Duration::from_secs(1));
        let mut search_until = deadline.checked_sub(reserve).unwrap_or(deadline);
        let mut limit = options.max_databases;
        if proof.is_some() {
            // A proof is looked at twice: what a short search refutes is no proof.
            search_until = search_until.min(Instant::now() + AFTER_PROOF);
            limit = limit.min(DATABASES_AFTER_PROOF);
        }
        let mut refused = 0;
        let found = loop {
            let next = search.next(
                &mut self.engine,
                &mut prepared.space,
                &pair,
                limit,
                search_until,
            );
            let found = match next {
                Ok(Some(found)) => found,
                Ok(None) | Err(Failure::Deadline) => break None,
                Err(Failure::Statement { message, .. }) => {
                    notes.push(format!("the search stopped: {message}"));
                    break None;
                }
                Err(other) => return Err(server_error(other)),
            };
            let confirmed = self.settle(&prepared.space, &pair, &parameters, found, search_until);
            match confirmed.map_err(server_error)? {
                Settled::Confirmed(found) => break Some((found, true)),
                Settled::Unfinished(found) => break Some((found, false)),
                Settled::Refused(message) => {
                    refused += 1;
                    if refused == 1 {
                        notes.push(format!(
                            "a difference was not confirmed on the real tables: {message}"
                        ));
                    }
                    if refused > 20 {
                        break None;
                    }
                }
            }
        };
        if search.errors > 0 {
            notes.extend(error_note(&search, names));
        }
        let mut comparison = outcome(Verdict::NoDifferenceFound, None);
        // A database on which the queries raise an error tells nothing.
        comparison.databases = search.databases.saturating_sub(search.errors);
        if let Some((found, confirmed)) = found {
            comparison.verdict = Verdict::Different;
            comparison.counterexample = Some(self.counterexample(
                &prepared.space,
                &pair,
                &parameters,
                &found,
                confirmed,
                names,
            ));
        } else {
            let instability = self
                .instability(&prepared, &pair, &search, names)
                .map_err(server_error)?;
            if let Some(reason) = instability {
                comparison.verdict = Verdict::Nondeterministic;
                comparison.reason = Some(reason);
            } else if let Some(proof) = proof {
                comparison.verdict = Verdict::Equal;
                comparison.proof = proof;
            } else {
                let by_rows = std::mem::take(&mut search.by_rows);
                let mut classes: Vec<(String, u64)> = by_rows.into_iter().collect();
                classes.sort_by_key(|(class, _)| {
                    class
                        .split(['-', '+'])
                        .next()
                        .and_then(|text| text.parse::<u32>().ok())
                        .unwrap_or(0)
                });
                comparison.search = Some(SearchSummary {
                    seed: options.seed,
                    databases_by_rows: classes.into_iter().collect(),
                    with_result: search.with_result,
                    conditions: measure(
                        &mut self.engine,
                        self.catalog,
                        &prepared.space,
                        &parameters,
                        [texts[0].as_str(), texts[1].as_str()],
                        &search.looked_at,
                    )
                    .map_err(server_error)?,
                });
            }
        }
        comparison.notes = notes;
        Ok(comparison)
    }

    /// The output columns of a query; adds the types of its parameters.
    fn describe(
        &mut self,
        text: &str,
        name: &str,
        parameter_names: &[String],
        parameters: &mut Vec<ParameterType>,
    ) -> Result<Vec<OutputColumn>, CompareError> {
        let statement = match self.engine.prepare(text) {
            Ok(statement) => statement,
            Err(Failure::Statement { message, .. }) => {
                return Err(CompareError::Query {
                    query: name.to_owned(),
                    message,
                });
            }
            Err(other) => return Err(server_error(other)),
        };
        for (at, data_type) in statement.params().iter().enumerate().skip(parameters.len()) {
            let type_name = data_type.name();
            parameters.push(ParameterType {
                name: parameter_names
                    .get(at)
                    .cloned()
                    .unwrap_or_else(|| format!("${}", at + 1)),
                type_sql: if data_type.schema() == "pg_catalog" {
                    quote_identifier(type_name)
                } else {
                    format!(
                        "{}.{}",
                        quote_identifier(data_type.schema()),
                        quote_identifier(type_name)
                    )
                },
                data_type: type_by_name(type_name),
            });
        }
        Ok(statement
            .columns()
            .iter()
            .map(|column| OutputColumn {
                name: column.name().to_owned(),
                type_name: column.type_().name().to_owned(),
                kind: OutputKind::of(column.type_().name()),
            })
            .collect())
    }

    fn prepare_pair(
        &mut self,
        texts: &[String; 2],
        columns: &[Vec<OutputColumn>],
        parameters: &[ParameterType],
        names: [&str; 2],
        options: &Options,
    ) -> Result<Prepared, CompareError> {
        let mut features = Features::default();
        let mut adapted: Vec<Adapted> = Vec::new();
        for (text, name) in texts.iter().zip(names) {
            let unreadable = || CompareError::Query {
                query: name.to_owned(),
                message: "its text cannot be read".to_owned(),
            };
            features.read(&tokens(text).ok_or_else(unreadable)?);
            let expression = |name: &str| parameter_expression(parameters, name);
            adapted.push(adapt(text, self.catalog, &expression).ok_or_else(unreadable)?);
        }
        let shadow = Shadow::resolve(
            self.catalog,
            &mut self.engine,
            &[&adapted[0].reads, &adapted[1].reads],
        )?;
        for text in shadow.view_texts() {
            if let Some(tokens) = tokens(text) {
                features.read(&tokens);
            }
        }
        if features.volatile.iter().any(|name| name != "random()") {
            // Conditions on the current date need dates around it.
            let today = jiff::Zoned::now()
                .with_time_zone(jiff::tz::TimeZone::UTC)
                .date();
            features.ambient.insert(Hint::Text(today.to_string()));
        }
        let ordered = ordered(texts, options);
        let sides: Vec<Side> = texts
            .iter()
            .zip(&adapted)
            .zip(columns)
            .map(|((original, adapted), columns)| {
                let output: Vec<String> =
                    columns.iter().map(|column| column.name.clone()).collect();
                Side {
                    original: original.clone(),
                    keys: if ordered {
                        sort_keys(&adapted.text, &output)
                    } else {
                        None
                    },
                    text: adapted.text.clone(),
                    columns: columns.clone(),
                }
            })
            .collect();
        let space = Space::build(
            self.catalog,
            &mut self.engine,
            &shadow.tables,
            &features,
            parameters,
            options.seed,
        )
        .map_err(server_error)?;
        let limit = if features.recursive {
            RECURSION_LIMIT
        } else {
            STATEMENT_LIMIT
        };
        let evaluator = Evaluator::new(
            self.catalog,
            &space,
            &shadow,
            &sides[0],
            &sides[1],
            ordered,
            limit,
        );
        Ok(Prepared {
            features,
            sides,
            space,
            evaluator,
            ordered,
        })
    }

    /// Shrinks a difference and confirms it on the real tables.
    fn settle(
        &mut self,
        space: &Space,
        pair: &Pair<'_>,
        parameters: &[ParameterType],
        found: Found,
        until: Instant,
    ) -> Result<Settled, Failure> {
        let original = found.clone();
        let until = until.min(Instant::now() + Duration::from_secs(3));
        let mut smallest = match shrink(&mut self.engine, space, pair, found, until) {
            Ok(found) => found,
            Err(Failure::Deadline) => return Ok(Settled::Unfinished(original)),
            Err(other) => return Err(other),
        };
        // What was found quickly must also stand a thorough look.
        match examine(
            &mut self.engine,
            space,
            pair,
            &smallest.database,
            Thoroughness::Full,
        ) {
            Ok(Evidence::Differs(found)) => smallest = *found,
            Ok(_) | Err(Failure::Statement { .. }) => smallest = original.clone(),
            Err(Failure::Deadline) => return Ok(Settled::Unfinished(original)),
            Err(other) => return Err(other),
        }
        let mut message = String::new();
        for candidate in [smallest, original] {
            match confirm(
                &mut self.engine,
                self.catalog,
                space,
                pair,
                parameters,
                &candidate,
            ) {
                Ok(Confirmation::Differs(rows, difference)) => {
                    return Ok(Settled::Confirmed(Found {
                        database: candidate.database,
                        rows,
                        difference,
                    }));
                }
                Ok(Confirmation::Refused(why)) => message = why,
                Err(Failure::Deadline) => return Ok(Settled::Unfinished(candidate)),
                Err(other) => return Err(other),
            }
        }
        Ok(Settled::Refused(message))
    }

    /// Why a query does not agree with itself, if it does not.
    fn instability(
        &mut self,
        prepared: &Prepared,
        pair: &Pair<'_>,
        search: &Search,
        names: [&str; 2],
    ) -> Result<Option<String>, Failure> {
        let reason = |side: usize| {
            let mut features = Features::default();
            features.read(&tokens(&prepared.sides[side].original).unwrap_or_default());
            format!(
                "{} does not agree with itself: {}",
                names[side],
                cause(&features)
            )
        };
        if let Some(side) = (0..2).find(|&side| search.unstable[side] > 0) {
            return Ok(Some(reason(side)));
        }
        let volatile: Vec<&str> = prepared
            .features
            .volatile
            .iter()
            .map(String::as_str)
            .collect();
        if !volatile.is_empty() {
            return Ok(Some(format!(
                "the result depends on {}, which changes from run to run (with one and the same value of it, \
                 no difference was found)",
                volatile.join(", ")
            )));
        }
        if prepared.features.suspicions.is_empty() {
            return Ok(None);
        }
        let kinds = kinds(pair);
        for side in 0..2 {
            for database in search.samples.iter().take(40) {
                let rows = match pair.evaluator.rows(
                    &mut self.engine,
                    &prepared.space,
                    side,
                    pair.sides[side],
                    database,
                ) {
                    Ok(rows) => rows,
                    Err(Failure::Server(error)) => return Err(Failure::Server(error)),
                    Err(_) => return Ok(None),
                };
                let agrees = agrees_with_itself(
                    &mut self.engine,
                    &prepared.space,
                    pair,
                    side,
                    database,
                    &rows,
                    &kinds,
                    false,
                    Thoroughness::Full,
                );
                match agrees {
                    Ok(true) => {}
                    Ok(false) => return Ok(Some(reason(side))),
                    Err(Failure::Server(error)) => return Err(Failure::Server(error)),
                    Err(_) => return Ok(None),
                }
            }
        }
        Ok(None)
    }

    fn counterexample(
        &self,
        space: &Space,
        pair: &Pair<'_>,
        parameters: &[ParameterType],
        found: &Found,
        confirmed: bool,
        names: [&str; 2],
    ) -> Counterexample {
        let mut setup = found.database.inserts(space).join(";\n");
        if !setup.is_empty() {
            setup.push(';');
        }
        let (differing_a, differing_b) = match &found.difference {
            Difference::Rows { only_a, only_b } => (only_a.clone(), only_b.clone()),
            Difference::Order => {
                let differing: Vec<usize> = (0..found.rows[0].rows.len())
                    .filter(|&at| found.rows[0].rows.get(at) != found.rows[1].rows.get(at))
                    .collect();
                (differing.clone(), differing)
            }
        };
        Counterexample {
            setup,
            parameters: parameters
                .iter()
                .zip(&found.database.parameters)
                .map(|(parameter, value)| {
                    let family = Family::of(&parameter.data_type);
                    (parameter.name.clone(), json_value(space, *value, &family))
                })
                .collect(),
            a: result_table(pair.sides[0], &found.rows[0], differing_a),
            b: result_table(pair.sides[1], &found.rows[1], differing_b),
            why: why(space, pair, found, (names[0], names[1])),
            tables: space
                .tables
                .iter()
                .zip(&found.database.tables)
                .filter(|(table, rows)| table.read || !rows.is_empty())
                .map(|(table, rows)| TableRows {
                    table: table.name.to_short_sql(),
                    columns: table
                        .columns
                        .iter()
                        .map(|column| column.name.clone())
                        .collect(),
                    rows: rows
                        .iter()
                        .map(|row| {
                            row.iter()
                                .zip(&table.columns)
                                .map(|(value, column)| json_value(space, *value, &column.family))
                                .collect()
                        })
                        .collect(),
                })
                .collect(),
            confirmed,
        }
    }
}

struct Prepared {
    features: Features,
    sides: Vec<Side>,
    space: Space,
    evaluator: Evaluator,
    ordered: bool,
}

enum Settled {
    Confirmed(Found),
    /// There was no time to confirm it.
    Unfinished(Found),
    Refused(String),
}

fn setup(catalog: &Catalog) -> String {
    let path: Vec<String> = catalog
        .search_path
        .iter()
        .map(|schema| quote_identifier(schema))
        .collect();
    let path = if path.is_empty() {
        "public".to_owned()
    } else {
        path.join(", ")
    };
    format!(
        "SET search_path = {path}; SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; \
         SET jit = off; SET client_min_messages = 'error'; {USUAL_PLANS}"
    )
}

fn server_error(failure: Failure) -> CompareError {
    match failure {
        Failure::Server(error) => CompareError::Server(error),
        Failure::Statement { message, .. } => {
            CompareError::Server(crate::sandbox::SandboxError::Unexpected { message })
        }
        Failure::Deadline => CompareError::Server(crate::sandbox::SandboxError::Unexpected {
            message: "the time was used up before the search began: raise --timeout".to_owned(),
        }),
    }
}

/// Whether the order of the rows counts.
fn ordered(texts: &[String; 2], options: &Options) -> bool {
    match options.order {
        OrderMode::Ordered => true,
        OrderMode::Unordered => false,
        OrderMode::Automatic => texts.iter().all(|text| is_ordered(text)),
    }
}

/// Whether a text calls functions whose value changes from run to run.
fn is_volatile(text: &str) -> bool {
    let mut features = Features::default();
    features.read(&tokens(text).unwrap_or_default());
    !features.volatile.is_empty()
}

fn outcome(verdict: Verdict, reason: Option<String>) -> Comparison {
    Comparison {
        version: 1,
        verdict,
        proof: Vec::new(),
        counterexample: None,
        reason,
        databases: 0,
        seconds: 0.0,
        search: None,
        notes: Vec::new(),
    }
}

/// Whether a text begins as a query does, and changes nothing.
fn is_query(text: &str) -> bool {
    let tokens = tokens(text).unwrap_or_default();
    let first = tokens.iter().find(|token| token.token != Token::LParen);
    let starts = first
        .and_then(|token| keyword(&token.token))
        .is_some_and(|word| {
            matches!(
                word,
                Keyword::SELECT | Keyword::WITH | Keyword::VALUES | Keyword::TABLE
            )
        });
    let depths = super::tokens::depths(&tokens);
    let writes = tokens
        .iter()
        .zip(&depths)
        .enumerate()
        .any(|(at, (token, depth))| {
            let opens = at > 0 && tokens[at - 1].token == Token::LParen;
            match keyword(&token.token) {
                Some(Keyword::INSERT | Keyword::DELETE | Keyword::MERGE) => *depth == 0 || opens,
                // FOR UPDATE at the top locks rows and changes none.
                Some(Keyword::UPDATE) => opens,
                Some(Keyword::INTO) => *depth == 0,
                _ => false,
            }
        });
    starts && !writes
}

/// What tells the columns of two results apart.
fn different_columns(a: &[OutputColumn], b: &[OutputColumn], names: [&str; 2]) -> Option<String> {
    if a.len() != b.len() {
        let columns = |count: usize| {
            if count == 1 {
                "1 column".to_owned()
            } else {
                format!("{count} columns")
            }
        };
        return Some(format!(
            "{} returns {}, {} returns {}",
            names[0],
            columns(a.len()),
            names[1],
            columns(b.len())
        ));
    }
    a.iter().zip(b).enumerate().find_map(|(at, (a, b))| {
        let alike = a.type_name == b.type_name
            || (a.kind.is_number() && b.kind.is_number())
            || (a.kind == OutputKind::Text && b.kind == OutputKind::Text);
        (!alike).then(|| {
            format!(
                "column {} ({}) is {} in {} and {} in {}",
                at + 1,
                a.name,
                a.type_name,
                names[0],
                b.type_name,
                names[1]
            )
        })
    })
}

fn error_note(search: &Search, names: [&str; 2]) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some((side, message)) = search.one_sided.first() {
        notes.push(format!(
            "{} ends with an error on some databases where {} does not ({message}); PostgreSQL does not promise \
             when it evaluates what, so this is not counted as a difference",
            names[*side],
            names[1 - *side]
        ));
    } else {
        let message = search
            .first_error
            .as_deref()
            .unwrap_or("it did not end in time");
        notes.push(format!(
            "{} databases were left out: the queries end with an error on them ({message})",
            search.errors
        ));
    }
    notes
}

fn cause(features: &Features) -> String {
    if let Some(name) = features.volatile.iter().next() {
        return format!("{name} changes from run to run");
    }
    let known = features
        .suspicions
        .iter()
        .next()
        .map(|suspicion| match suspicion {
            Suspicion::Limit => {
                "LIMIT keeps some of several rows that its ORDER BY does not tell apart"
            }
            Suspicion::DistinctOn => {
                "DISTINCT ON keeps one of several rows that its ORDER BY does not tell apart"
            }
            Suspicion::RowNumber => {
                "a window function numbers rows that its ORDER BY does not tell apart"
            }
            Suspicion::WindowOrder => {
                "a window frame counts rows that its ORDER BY does not tell apart"
            }
            Suspicion::OrderedAggregate => "an aggregate strings together rows in no fixed order",
            Suspicion::TableSample => "TABLESAMPLE takes rows at random",
        });
    known
        .unwrap_or("its rows depend on the physical order of the tables' rows")
        .to_owned()
}

fn json_value(space: &Space, value: ValueId, family: &Family) -> Value {
    match space.values.text(value) {
        None => Value::Null,
        Some(text) => match family {
            Family::Number => text
                .parse::<i64>()
                .map(Value::from)
                .or_else(|_| text.parse::<f64>().map(Value::from))
                .unwrap_or_else(|_| text.into()),
            Family::Bool => (text == "true").into(),
            _ => text.into(),
        },
    }
}

fn result_table(side: &Side, rows: &Rows, differing: Vec<usize>) -> ResultTable {
    ResultTable {
        columns: side
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect(),
        rows: rows
            .rows
            .iter()
            .map(|row| {
                row.iter()
                    .zip(&side.columns)
                    .map(|(value, column)| match value {
                        None => Value::Null,
                        Some(text) if column.kind.is_number() => {
                            serde_json::from_str::<serde_json::Number>(text)
                                .map(Value::Number)
                                .unwrap_or_else(|_| text.as_str().into())
                        }
                        Some(text) if column.type_name == "bool" => (text == "true").into(),
                        Some(text) => text.as_str().into(),
                    })
                    .collect()
            })
            .collect(),
        error: None,
        differing,
    }
}
