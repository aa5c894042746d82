use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::attempt::{AttemptRows, Candidate, Tried};
use super::investigate::{AsItIs, investigate};
use super::{
    Environment, ExplainError, Explanation, Figures, ServerName, StatisticsSource, WhatIf,
};
use crate::catalog::{Catalog, QualifiedName, TableId, quote_identifier, quote_literal};
use crate::query::{ExprKind, Literal, Query, StatementKind, analyze};
use crate::rewrite::{NumberedQuery, numbered};
use crate::rules::{FixKind, LintOptions, RewriteCheck};
use crate::sandbox::generate::{GenerateOptions, LiteralHint, Progress, generate};
use crate::sandbox::{
    Measurement, RowComparison, SandboxError, Server, ServerOptions, Session, build_index,
    compare_rows, drop_index, load_schema, measure, plan,
};
use crate::source::{SourceFile, StatementText};

/// The database that the schema is loaded into.
const DATABASE: &str = "explained";

/// How a query is explained on generated rows.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Row counts by table.
    pub rows: Vec<(QualifiedName, u64)>,
    pub seed: u64,
    /// For each statement that is run.
    pub deadline: Duration,
    pub what_if: Vec<WhatIf>,
    /// Values for `$1`, `$2`, ... as text.
    pub parameters: Vec<String>,
    pub lint: LintOptions,
    pub server: ServerOptions,
}

/// What is being done, for progress.
#[derive(Debug, Clone, Copy)]
pub enum Stage<'a> {
    Starting,
    LoadingSchema,
    Generating(Progress<'a>),
    Running,
    Trying { number: usize, of: usize },
}

/// Explains a statement on the embedded PostgreSQL: loads the schema, fills its tables, runs the statement, and tries each
/// fix. `check` gives a second opinion on rewrites before they are tried.
///
/// # Errors
/// The statement cannot be read or fails, the server cannot be started.
pub fn explain_in_sandbox(
    statement: &StatementText,
    schema: &[Arc<SourceFile>],
    catalog: &Catalog,
    options: &SandboxOptions,
    check: &mut RewriteCheck<'_>,
    progress: &mut dyn FnMut(Stage<'_>),
) -> Result<Explanation, ExplainError> {
    let query = analyze(statement, catalog)?;
    let mut notes = Vec::new();
    progress(Stage::Starting);
    let server = Server::start(options.server.clone())?;
    server.create_database(DATABASE, Some("en_US.UTF-8"))?;
    let mut session = server.connect(DATABASE)?;
    progress(Stage::LoadingSchema);
    let loaded = load_schema(&mut session, schema)?;
    for failure in &loaded.failures {
        let start = failure.location.start();
        notes.push(format!(
            "{}:{}: left out of the sandbox: {}",
            failure.location.file.path(),
            start.line,
            failure.message
        ));
    }
    notes.extend(loaded.notes);
    let generated = generate(
        &mut session,
        &GenerateOptions {
            seed: options.seed,
            rows: options.rows.clone(),
            statistics: Some(catalog),
            literals: literals(&query, catalog),
            ..GenerateOptions::default()
        },
        &mut |step| progress(Stage::Generating(step)),
    )?;
    notes.extend(generated.notes.into_iter().filter(|note| {
        // of tables that the query has nothing to do with
        catalog
            .tables()
            .all(|table| !note.starts_with(&format!("{}: ", table.name)) || reads(&query, table.id))
    }));
    let sizes: Vec<String> = generated
        .tables
        .iter()
        .filter(|table| {
            catalog
                .table_by_name(&table.name)
                .is_some_and(|known| reads(&query, known.id))
        })
        .map(|table| {
            let how = if table.loaded { "given" } else { "generated" };
            format!(
                "{} {how} rows in {}",
                crate::plan::units::count(table.rows as f64),
                table.name
            )
        })
        .collect();
    if !sizes.is_empty() {
        notes.insert(0, format!("{} (seed {})", sizes.join(", "), options.seed));
    }
    drop(session);
    let with_statistics = with_generated_statistics(&server, catalog);
    let catalog = with_statistics.as_ref().unwrap_or(catalog);
    let mut session = server.connect(DATABASE)?;

    let numbered = numbered(&query, catalog);
    let values = parameter_values(
        &mut session,
        &numbered,
        &options.parameters,
        catalog,
        &mut notes,
    );
    progress(Stage::Running);
    let (before, refused) =
        measure_or_plan(&mut session, &numbered.sql, &values, options.deadline)?;
    if let Some(error) = &refused {
        notes.push(format!(
            "the statement fails on the generated rows, so it was planned and not run: {error}"
        ));
    }
    if before.run.is_none() && refused.is_none() {
        notes.push(format!(
            "the query ran longer than {} s and was ended: the plan is the planner's, nothing was measured",
            options.deadline.as_secs()
        ));
    }
    let figures = figures_of(&before);
    let as_it_is = AsItIs {
        statement,
        query: &query,
        catalog,
        plan: &before.plan,
        figures,
        run: before.run.is_some(),
    };
    let (findings, attempts) = investigate(
        &as_it_is,
        &options.what_if,
        &options.lint,
        check,
        &mut |candidate, number, of| {
            progress(Stage::Trying { number, of });
            attempt(
                &mut session,
                &query,
                &numbered,
                &values,
                candidate,
                catalog,
                options,
            )
            .map_err(|error| error.to_string())
        },
    );
    let version: String = session
        .query_one("SHOW server_version", &[])
        .map_err(SandboxError::from)?
        .get(0);
    Ok(Explanation {
        environment: Environment {
            server_version: version,
            server: ServerName::Embedded,
            statistics: StatisticsSource::Generated,
            settings: Environment::settings_of(&before.plan),
        },
        plan: before.plan,
        figures,
        findings,
        attempts,
        notes,
    })
}

/// Runs a statement; one that fails on the rows (a key that its rows break, a division by zero) is planned only, and the
/// error is told.
fn measure_or_plan(
    session: &mut Session,
    sql: &str,
    values: &[String],
    deadline: Duration,
) -> Result<(Measurement, Option<SandboxError>), ExplainError> {
    match measure(session, sql, values, deadline) {
        Ok(measured) => Ok((measured, None)),
        Err(error) => match session.within(deadline, |client| plan(client, sql, values)) {
            Ok(plan) => Ok((Measurement { plan, run: None }, Some(error))),
            Err(_) => Err(error.into()),
        },
    }
}

fn reads(query: &Query, table: TableId) -> bool {
    query
        .relations
        .iter()
        .any(|relation| query.table_of(relation.id) == Some(table))
}

fn figures_of(measured: &Measurement) -> Figures {
    Figures {
        cost: measured.cost(),
        blocks: measured.run.map(|run| run.blocks),
        milliseconds: measured.run.map(|run| run.milliseconds),
    }
}

fn attempt(
    session: &mut Session,
    query: &Query,
    numbered: &NumberedQuery,
    values: &[String],
    candidate: &Candidate,
    catalog: &Catalog,
    options: &SandboxOptions,
) -> Result<Tried, ExplainError> {
    match candidate.kind {
        FixKind::CreateIndex => {
            let index = build_index(session, &candidate.sql, options.deadline)?;
            let measured = measure_or_plan(session, &numbered.sql, values, options.deadline);
            drop_index(session, &index)?;
            let (measured, _) = measured?;
            let name = index
                .name
                .rsplit('.')
                .next()
                .unwrap_or_default()
                .trim_matches('"')
                .to_owned();
            Ok(Tried {
                figures: figures_of(&measured),
                index_bytes: Some(index.bytes),
                index_used: Some(mentions_index(&measured.plan, &name)),
                rows: AttemptRows::NotCompared,
                plan: measured.plan,
            })
        }
        FixKind::DropIndex => {
            // the definition brings the index back afterwards
            let name = crate::planner::HypotheticalChange::parse(&candidate.sql)
                .ok()
                .and_then(|changes| {
                    changes.into_iter().find_map(|change| match change {
                        crate::planner::HypotheticalChange::DropIndex { schema, name } => {
                            Some((schema, name))
                        }
                        crate::planner::HypotheticalChange::CreateIndex { .. } => None,
                    })
                });
            let regclass = match name {
                Some((Some(schema), name)) => {
                    format!("{}.{}", quote_identifier(&schema), quote_identifier(&name))
                }
                Some((None, name)) => quote_identifier(&name),
                None => String::new(),
            };
            let definition: String = session
                .query_one("SELECT pg_get_indexdef($1::text::regclass)", &[&regclass])
                .map_err(SandboxError::from)?
                .get(0);
            session
                .batch_execute(&candidate.sql)
                .map_err(SandboxError::from)?;
            let measured = measure_or_plan(session, &numbered.sql, values, options.deadline);
            session
                .batch_execute(&definition)
                .map_err(SandboxError::from)?;
            let (measured, _) = measured?;
            Ok(Tried {
                figures: figures_of(&measured),
                index_bytes: None,
                index_used: None,
                rows: AttemptRows::NotCompared,
                plan: measured.plan,
            })
        }
        FixKind::Rewrite | FixKind::AlterTable => {
            let rewritten = crate::query::analyze_text("rewrite", &candidate.sql, catalog)?;
            let sql = crate::rewrite::numbered(&rewritten, catalog).sql;
            let (measured, _) = measure_or_plan(session, &sql, values, options.deadline)?;
            let selects = matches!(query.kind, StatementKind::Select(_));
            let rows = if selects && values.is_empty() && measured.run.is_some() {
                let ordered = matches!(query.kind, StatementKind::Select(id) if !query.expression(id).order_by.is_empty()
                    && query.expression(id).limit.is_none());
                match compare_rows(session, &numbered.sql, &sql, ordered, options.deadline)? {
                    RowComparison::Same { rows } => AttemptRows::Same(rows),
                    // ties may come in any order
                    RowComparison::OtherOrder => AttemptRows::NotCompared,
                    RowComparison::Different { .. } if limited(query) => AttemptRows::NotCompared,
                    RowComparison::Different {
                        only_in_first,
                        only_in_second,
                    } => AttemptRows::Different(format!(
                        "{only_in_first} rows are missing, {only_in_second} are new"
                    )),
                }
            } else {
                AttemptRows::NotCompared
            };
            Ok(Tried {
                figures: figures_of(&measured),
                index_bytes: None,
                index_used: None,
                rows,
                plan: measured.plan,
            })
        }
    }
}

/// Whether which rows come may hang on how they are found.
fn limited(query: &Query) -> bool {
    query
        .expressions
        .iter()
        .any(|expression| expression.limit.is_some() || expression.offset.is_some())
}

/// Whether a plan reads an index.
pub(super) fn mentions_index(plan: &Value, index: &str) -> bool {
    match plan {
        Value::Object(fields) => {
            fields.get("Index Name").and_then(Value::as_str) == Some(index)
                || fields.values().any(|value| mentions_index(value, index))
        }
        Value::Array(items) => items.iter().any(|item| mentions_index(item, index)),
        _ => false,
    }
}

/// The literals that a query compares columns with: they must be found among the generated rows.
fn literals(query: &Query, catalog: &Catalog) -> Vec<LiteralHint> {
    let schema = crate::query::BoundSchema::new(catalog);
    let facts = crate::query::Facts::new(query, &schema);
    let mut hints: Vec<LiteralHint> = Vec::new();
    for block in &query.blocks {
        for expr in query.expressions_of(block) {
            expr.walk(&mut |part| {
                let children = part.children();
                let Some(column) = children.iter().find_map(|child| child.as_column()) else {
                    return;
                };
                let Some((table, id)) = facts.base_column(column) else {
                    return;
                };
                let values: Vec<String> = children
                    .iter()
                    .filter_map(|child| literal_text(child))
                    .collect();
                if values.is_empty() {
                    return;
                }
                let table = catalog.table(table);
                let name = table.column(id).name.clone();
                match hints
                    .iter_mut()
                    .find(|hint| hint.table == table.name && hint.column == name)
                {
                    Some(hint) => hint.values.extend(values),
                    None => hints.push(LiteralHint {
                        table: table.name.clone(),
                        column: name,
                        values,
                    }),
                }
            });
        }
    }
    hints
}

fn literal_text(expr: &crate::query::Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(text.clone()),
        ExprKind::Literal(Literal::Number(text)) => Some(text.clone()),
        ExprKind::Literal(Literal::Boolean(value)) => Some(value.to_string()),
        ExprKind::Cast { operand, .. } => literal_text(operand),
        _ => None,
    }
}

/// SQL expressions for the parameters: given ones, else values that the tables hold.
fn parameter_values(
    session: &mut Session,
    query: &NumberedQuery,
    given: &[String],
    catalog: &Catalog,
    notes: &mut Vec<String>,
) -> Vec<String> {
    let mut values = Vec::new();
    for (number, parameter) in query.parameters.iter().enumerate() {
        if let Some(value) = given.get(number) {
            values.push(quote_literal(value));
            continue;
        }
        let (value, told) = if parameter.counts_rows {
            ("20".to_owned(), "20".to_owned())
        } else {
            let found = parameter.column.and_then(|(table, column)| {
                let table = catalog.table(table);
                let name = quote_identifier(&table.column(column).name);
                // two bounds of one column must leave rows between them
                let same = |other: &&crate::rewrite::QueryParameter| other.column == parameter.column;
                let before = query.parameters.iter().take(number).filter(same).count();
                let among = query.parameters.iter().filter(same).count();
                let place = 0.5 + (before as f64 + 0.5 - among as f64 / 2.0) * 0.02;
                let sql = format!(
                    "SELECT {name}::text FROM {} WHERE {name} IS NOT NULL ORDER BY {name} OFFSET (SELECT (count({name}) * {place})::bigint FROM {}) LIMIT 1",
                    table.name.to_sql(),
                    table.name.to_sql()
                );
                session.query_opt(&sql, &[]).ok().flatten().and_then(|row| row.try_get::<_, String>(0).ok())
            });
            match found {
                Some(found) => (quote_literal(&found), format!("'{found}'")),
                None => ("NULL".to_owned(), "NULL".to_owned()),
            }
        };
        notes.push(format!(
            "{} was run as {told}; give another value with --param",
            parameter.written
        ));
        values.push(value);
    }
    values
}

/// The catalog with the statistics that ANALYZE gathered from the generated rows. The server takes one session at a time,
/// so nobody may be connected.
fn with_generated_statistics(server: &Server, catalog: &Catalog) -> Option<Catalog> {
    let mut connection = crate::catalog::live::connect(&server.url(DATABASE).ok()?).ok()?;
    let snapshot = crate::catalog::live::take_snapshot(
        &mut connection,
        &crate::catalog::live::SnapshotFilter::default(),
        |_| {},
    )
    .ok()?;
    let mut with_statistics = catalog.clone();
    with_statistics.adopt_statistics(&snapshot.into_catalog());
    Some(with_statistics)
}
