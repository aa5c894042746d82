//! Compares queries over one schema.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::catalog::{Catalog, TableKind, quote_identifier};
use crate::sandbox::{Server, ServerOptions, Session, load_schema};
use crate::source::SourceFile;

use super::adapt::{Adapted, adapt, is_ordered, number_parameters, sort_keys};
use super::comparison::{Comparison, Options, OrderMode, SearchSummary, Verdict};
use super::coverage::measure;
use super::describe::{different_columns, is_query};
use super::engine::{Engine, Failure};
use super::error::CompareError;
use super::evaluate::{Evaluator, OutputColumn, Shadow, Side, parameter_expression};
use super::features::{Features, Hint};
use super::normal_form::prove;
use super::search::{Pair, Search, USUAL_PLANS};
use super::space::{ParameterType, Space};
use super::tokens::tokens;
use super::verdict::{Settled, error_note};

/// A statement over small databases that takes longer is stopped and taken apart.
pub(super) const STATEMENT_LIMIT: Duration = Duration::from_secs(2);

/// The same, where a query may recurse without end.
pub(super) const RECURSION_LIMIT: Duration = Duration::from_millis(400);

/// How long, and on how many databases, a difference is looked for where there is a proof.
pub(super) const AFTER_PROOF: Duration = Duration::from_millis(600);

pub(super) const DATABASES_AFTER_PROOF: u64 = 3000;

/// Compares queries on a PostgreSQL that holds the schema and no rows.
pub struct Checker<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) engine: Engine,
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

    pub(super) fn compare_until(
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

    pub(super) fn prepare_pair(
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
}

pub(super) struct Prepared {
    pub(super) features: Features,
    pub(super) sides: Vec<Side>,
    pub(super) space: Space,
    pub(super) evaluator: Evaluator,
    pub(super) ordered: bool,
}

pub(super) fn setup(catalog: &Catalog) -> String {
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

pub(super) fn server_error(failure: Failure) -> CompareError {
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
pub(super) fn ordered(texts: &[String; 2], options: &Options) -> bool {
    match options.order {
        OrderMode::Ordered => true,
        OrderMode::Unordered => false,
        OrderMode::Automatic => texts.iter().all(|text| is_ordered(text)),
    }
}

/// Whether a text calls functions whose value changes from run to run.
pub(super) fn is_volatile(text: &str) -> bool {
    let mut features = Features::default();
    features.read(&tokens(text).unwrap_or_default());
    !features.volatile.is_empty()
}

pub(super) fn outcome(verdict: Verdict, reason: Option<String>) -> Comparison {
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
