//! The examples in the rules' documentation: each rule reports its own, and the embedded server runs them.

use std::sync::Arc;

use whyslow::catalog::{Catalog, HandWrittenStatistics, load_schema};
use whyslow::rules::{self, Finding, LintOptions, RuleInfo};
use whyslow::source::{SourceFile, split};

/// Judged by figures alone, which the statement to use instead would change and the example's statistics do not show.
const BY_FIGURES: &[&str] = &["bloated-index"];

/// An example, taken apart.
struct Example {
    /// Statements that make or change the schema.
    definitions: String,
    /// The others, with the comments before them.
    queries: Vec<String>,
}

fn example(text: &str) -> Example {
    let file = SourceFile::new("example.sql", text);
    let mut example = Example {
        definitions: String::new(),
        queries: Vec::new(),
    };
    let mut from = 0;
    for statement in split(&file) {
        let whole = &text[from..statement.span.end];
        from = (statement.span.end + 1).min(text.len());
        let first = statement
            .text()
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_uppercase();
        match first.as_str() {
            "CREATE" | "ALTER" | "DROP" | "REINDEX" | "SET" => {
                example.definitions.push_str(whole);
                example.definitions.push_str(";\n");
            }
            _ => example.queries.push(whole.trim().to_owned()),
        }
    }
    example
}

fn catalog(info: &RuleInfo, example: &Example) -> Catalog {
    let documentation = &info.documentation;
    let schema: Vec<Arc<SourceFile>> = [
        ("schema.sql", documentation.example_schema),
        ("example.sql", &example.definitions),
    ]
    .map(|(name, text)| SourceFile::new(name, text))
    .into();
    let mut catalog = load_schema(&schema);
    if !documentation.example_statistics.is_empty() {
        let mut statistics = HandWrittenStatistics::from_toml(documentation.example_statistics)
            .unwrap_or_else(|error| panic!("{}: {error}", info.name));
        // what is used instead may do without an index
        statistics
            .indexes
            .retain(|index| catalog.resolve_index(None, &index.name).is_some());
        catalog
            .apply_statistics(&statistics)
            .unwrap_or_else(|error| panic!("{}: {error}", info.name));
    }
    catalog
}

/// What the rule finds in an example of its documentation.
fn findings(info: &RuleInfo, example: &Example) -> Vec<Finding> {
    let catalog = catalog(info, example);
    let queries = example.queries.join(";\n");
    let file = SourceFile::new("example.sql", queries);
    rules::lint(&[file], &catalog, &LintOptions::default())
        .findings
        .into_iter()
        .filter(|finding| finding.rule == info.name)
        .collect()
}

/// Whether the rule looks at plans, or asks a planner.
fn is_about_plans(info: &RuleInfo) -> bool {
    info.name.starts_with("plan-") || info.name == "parameter-sensitive-plan"
}

#[test]
fn every_rule_reports_its_example_and_not_what_to_use_instead() {
    let mut wrong = Vec::new();
    for info in rules::all().iter().map(|rule| rule.info()) {
        if is_about_plans(info) {
            continue;
        }
        let documentation = &info.documentation;
        if findings(info, &example(documentation.example)).is_empty() {
            wrong.push(format!("{}: finds nothing in its example", info.name));
        }
        let instead = example(documentation.use_instead);
        if !BY_FIGURES.contains(&info.name) && !findings(info, &instead).is_empty() {
            wrong.push(format!(
                "{}: reports what it says to use instead",
                info.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[cfg(feature = "embedded")]
mod embedded {
    use super::*;
    use postgres::{Client, NoTls};
    use std::time::Duration;
    use whyslow::equivalence::{Checker, Options, Verdict};
    use whyslow::rules::{FixKind, Safety};
    use whyslow::sandbox::{Server, ServerOptions};

    /// The server refuses the example of these: that is what they report.
    const REFUSED: &[&str] = &[
        "schema-error",
        "syntax-error",
        "unknown-column",
        "unknown-table",
    ];

    fn server() -> Server {
        // the program that serves the embedded PostgreSQL
        let options = ServerOptions {
            program: Some(env!("CARGO_BIN_EXE_whyslow").into()),
            ..ServerOptions::default()
        };
        Server::start(options).expect("an embedded server")
    }

    /// Runs an example on its schema, and takes everything back. Statements with parameters, and those that write, are
    /// planned only.
    fn run(client: &mut Client, schema: &str, example: &Example) -> Result<(), String> {
        let failed = |error: postgres::Error, sql: &str| {
            let message = error
                .as_db_error()
                .map_or_else(|| error.to_string(), |error| error.message().to_owned());
            format!("{message}: {sql}")
        };
        let run = |client: &mut Client| {
            for sql in [schema, &example.definitions] {
                client
                    .batch_execute(sql)
                    .map_err(|error| failed(error, sql))?;
            }
            for sql in &example.queries {
                let first = sql.split_whitespace().next().unwrap_or_default();
                if ["PREPARE", "EXECUTE", "EXPLAIN", "RESET"].contains(&first) {
                    client
                        .batch_execute(sql)
                        .map_err(|error| failed(error, sql))?;
                    continue;
                }
                client
                    .batch_execute(&format!("EXPLAIN (GENERIC_PLAN) {sql}"))
                    .map_err(|error| failed(error, sql))?;
                let reads = sql.trim_start().to_uppercase().starts_with("SELECT");
                if reads && !sql.contains('$') {
                    client
                        .batch_execute(sql)
                        .map_err(|error| failed(error, sql))?;
                }
            }
            Ok(())
        };
        client
            .batch_execute("BEGIN")
            .map_err(|error| error.to_string())?;
        let outcome = run(client);
        client
            .batch_execute("ROLLBACK")
            .map_err(|error| error.to_string())?;
        outcome
    }

    #[test]
    fn the_server_runs_every_example() {
        let server = server();
        let mut session = server.connect("postgres").expect("a session");
        let mut wrong = Vec::new();
        for info in rules::all().iter().map(|rule| rule.info()) {
            let documentation = &info.documentation;
            let refused = REFUSED.contains(&info.name);
            let outcome = run(
                &mut session,
                documentation.example_schema,
                &example(documentation.example),
            );
            match outcome {
                Err(error) if !refused => wrong.push(format!("{}: example: {error}", info.name)),
                Ok(()) if refused => {
                    wrong.push(format!("{}: the server takes the example", info.name));
                }
                _ => {}
            }
            if let Err(error) = run(
                &mut session,
                documentation.example_schema,
                &example(documentation.use_instead),
            ) {
                wrong.push(format!("{}: use instead: {error}", info.name));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// Where the rule's fix is one that returns the same rows, so must what the documentation says to use instead.
    #[test]
    fn equivalent_examples_return_the_same_rows() {
        let server = server();
        let url = server.url("postgres").expect("an address");
        let mut wrong = Vec::new();
        let mut compared = 0;
        for info in rules::all().iter().map(|rule| rule.info()) {
            if is_about_plans(info) {
                continue;
            }
            let documentation = &info.documentation;
            let slow = example(documentation.example);
            let fast = example(documentation.use_instead);
            let rewrites: Vec<String> = findings(info, &slow)
                .into_iter()
                .flat_map(|finding| finding.fixes)
                .filter(|fix| fix.kind == FixKind::Rewrite && fix.safety == Safety::Equivalent)
                .map(|fix| fix.sql)
                .collect();
            let ([query], [instead]) = (slow.queries.as_slice(), fast.queries.as_slice()) else {
                continue;
            };
            let reads = |sql: &str| {
                let start = sql.trim_start().to_uppercase();
                start.starts_with("SELECT") || start.starts_with("WITH")
            };
            if rewrites.is_empty() || !reads(query) || query.contains('$') {
                continue;
            }
            let catalog = catalog(info, &slow);
            let mut client = Client::connect(&url, NoTls).expect("a session");
            client
                .batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
                .and_then(|()| client.batch_execute(documentation.example_schema))
                .and_then(|()| client.batch_execute(&slow.definitions))
                .unwrap_or_else(|error| panic!("{}: {error}", info.name));
            let mut checker = Checker::on_client(&catalog, client).expect("a checker");
            let options = Options {
                timeout: Duration::from_secs(5),
                max_databases: 2000,
                ..Options::default()
            };
            for other in rewrites.iter().chain([instead]) {
                match checker.compare(query, other, &options) {
                    Ok(comparison) if comparison.verdict == Verdict::Different => {
                        wrong.push(format!("{}: other rows: {other}", info.name));
                    }
                    Ok(_) => compared += 1,
                    Err(error) => wrong.push(format!("{}: {error}: {other}", info.name)),
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(compared >= 20, "only {compared} pairs were compared");
    }
}
