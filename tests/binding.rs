//! What names mean, judged by PostgreSQL: each statement of tests/binding is put before the embedded server and before
//! lint.
#![cfg(feature = "embedded")]

use std::path::Path;
use std::sync::Arc;

use postgres::error::SqlState;
use whyslow::catalog::load_schema;
use whyslow::rules::{LintOptions, lint};
use whyslow::sandbox::{Server, ServerOptions, Session};
use whyslow::source::{SourceFile, split};

fn file(name: &str) -> Arc<SourceFile> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/binding")
        .join(name);
    SourceFile::new(name, std::fs::read_to_string(path).unwrap())
}

fn server_with_schema() -> (Server, Session) {
    let server = Server::start(ServerOptions {
        program: Some(env!("CARGO_BIN_EXE_whyslow").into()),
        ..ServerOptions::default()
    })
    .unwrap();
    server.create_database("names", None).unwrap();
    let mut session = server.connect("names").unwrap();
    session.batch_execute(file("schema.sql").text()).unwrap();
    (server, session)
}

/// What lint says of the names in each statement, in order.
fn told(queries: &Arc<SourceFile>) -> Vec<Vec<String>> {
    let catalog = load_schema(&[file("schema.sql")]);
    assert_eq!(catalog.problems.len(), 0, "{:?}", catalog.problems);
    let result = lint(
        std::slice::from_ref(queries),
        &catalog,
        &LintOptions::default(),
    );
    let mut told = vec![Vec::new(); result.statements];
    for finding in result.findings {
        if ["syntax-error", "unknown-column", "unknown-table"].contains(&finding.rule) {
            told[finding.statement.unwrap() - 1]
                .push(format!("{}: {}", finding.rule, finding.message));
        }
    }
    told
}

fn explain(session: &mut Session, statement: &str) -> Result<(), postgres::Error> {
    session.batch_execute(&format!("EXPLAIN {statement}"))
}

#[test]
fn what_postgresql_accepts_has_no_unknown_names() {
    let (_server, mut session) = server_with_schema();
    let queries = file("accepted.sql");
    let mut wrong = Vec::new();
    for (statement, told) in split(&queries).iter().zip(told(&queries)) {
        if let Err(error) = explain(&mut session, statement.text()) {
            wrong.push(format!(
                "PostgreSQL rejects {}: {error:?}",
                statement.text()
            ));
        }
        if !told.is_empty() {
            wrong.push(format!("{}\n    {told:?}", statement.text()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_postgresql_does_not_know_is_found() {
    let (_server, mut session) = server_with_schema();
    let queries = file("rejected.sql");
    let mut wrong = Vec::new();
    for (statement, told) in split(&queries).iter().zip(told(&queries)) {
        let error = explain(&mut session, statement.text()).expect_err(statement.text());
        let expected = [
            SqlState::UNDEFINED_COLUMN,
            SqlState::UNDEFINED_TABLE,
            SqlState::AMBIGUOUS_COLUMN,
        ];
        if !error.code().is_some_and(|code| expected.contains(code)) {
            wrong.push(format!("{}: {error:?}", statement.text()));
        }
        let name = queries
            .slice(statement.leading)
            .lines()
            .find_map(|line| line.strip_prefix("-- missing: "))
            .unwrap();
        let named = |text: &String| text.split([' ', ',']).any(|word| word == name);
        if told.len() != 1 || !told.iter().any(named) {
            wrong.push(format!("{}\n    {told:?}, not {name}", statement.text()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
