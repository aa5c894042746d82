//! The cases that come with rows, run on PostgreSQL: one server for all, each case in a transaction that is rolled back.

use postgres::SimpleQueryMessage;
use whyslow::rules::{FixKind, Safety};
use whyslow::sandbox::{Server, ServerOptions, Session};

use crate::findings;
use crate::spec::{Spec, specs};

#[test]
fn rewrites_return_the_same_rows_and_naive_ones_others() {
    // the program that serves the embedded PostgreSQL
    let options = ServerOptions {
        program: Some(env!("CARGO_BIN_EXE_whyslow").into()),
        ..ServerOptions::default()
    };
    let server = Server::start(options).expect("an embedded server");
    let mut session = server.connect("postgres").expect("a session");
    let mut wrong = Vec::new();
    for spec in specs() {
        let Some(data) = &spec.rows else { continue };
        session.batch_execute("BEGIN").unwrap();
        if let Err(error) = session
            .batch_execute(&spec.schema)
            .and_then(|()| session.batch_execute(data))
            .map_err(|error| format!("{error:?}"))
            .and_then(|()| check(&spec, &mut session))
        {
            wrong.push(format!("{}: {error}", spec.path.display()));
        }
        session.batch_execute("ROLLBACK").unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(spec: &Spec, session: &mut Session) -> Result<(), String> {
    let expected = rows(session, &spec.query)?;
    for finding in findings(spec) {
        for fix in &finding.fixes {
            if fix.kind == FixKind::Rewrite
                && fix.safety == Safety::Equivalent
                && rows(session, &fix.sql)? != expected
            {
                return Err(format!("the rewrite changes the rows: {}", fix.sql));
            }
        }
    }
    if !spec.naive.is_empty() && rows(session, &spec.naive)? == expected {
        return Err("the naive rewrite returns the same rows".to_owned());
    }
    if !spec.same.is_empty() && rows(session, &spec.same)? != expected {
        return Err("the query under `-- same` returns other rows".to_owned());
    }
    Ok(())
}

/// The rows of a query as text, sorted.
fn rows(session: &mut Session, sql: &str) -> Result<Vec<Vec<Option<String>>>, String> {
    session.batch_execute("SAVEPOINT before").unwrap();
    let messages = session
        .simple_query(sql)
        .map_err(|error| format!("{error:?}\n  {sql}"))?;
    session.batch_execute("ROLLBACK TO before").unwrap();
    let mut rows: Vec<Vec<Option<String>>> = messages
        .into_iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(
                (0..row.len())
                    .map(|column| row.get(column).map(str::to_owned))
                    .collect(),
            ),
            _ => None,
        })
        .collect();
    rows.sort();
    Ok(rows)
}
