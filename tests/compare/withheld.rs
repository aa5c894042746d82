//! A wrong fix is not offered. The rules are made to err: they read a schema that promises a foreign key, the check reads
//! the schema as it is, without one.

use std::sync::Arc;
use std::time::Duration;

use whyslow::catalog::{Catalog, load_schema};
use whyslow::equivalence::SecondLook;
use whyslow::explain::{Explanation, SandboxOptions, explain_in_sandbox};
use whyslow::rules::{FixKind, FixResult, LintOptions, Safety, fix};
use whyslow::sandbox::ServerOptions;
use whyslow::source::{SourceFile, split};

const PROMISED: &str = "CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL);
    CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer);";
const REAL: &str = "CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL);
    CREATE TABLE orders (id int PRIMARY KEY, customer_id int);";
const QUERY: &str =
    "SELECT o.id FROM orders AS o JOIN customer AS c ON c.id = o.customer_id WHERE o.id > 5";

struct Schema {
    files: Vec<Arc<SourceFile>>,
    catalog: Catalog,
}

impl Schema {
    fn new(text: &str) -> Self {
        let files = vec![SourceFile::new("schema.sql", text)];
        Self {
            catalog: load_schema(&files),
            files,
        }
    }
}

fn objection(look: &mut SecondLook<'_>, before: &str, after: &str) -> Result<(), String> {
    look.checker().expect("an embedded server");
    match look
        .check(before, after, Duration::from_secs(20))
        .objection()
    {
        Some(objection) => Err(objection),
        None => Ok(()),
    }
}

/// The query fixed by what `believed` promises, each rewrite checked on `real`.
fn fixed(believed: &Schema, real: &Schema) -> FixResult {
    let mut look = SecondLook::new(&real.catalog, &real.files);
    fix(
        &[SourceFile::new("query.sql", QUERY)],
        &believed.catalog,
        &LintOptions::default(),
        &mut |before, after| objection(&mut look, before, after),
    )
}

#[test]
fn lint_writes_no_refuted_fix_and_says_with_which_rows() {
    let (promised, real) = (Schema::new(PROMISED), Schema::new(REAL));
    let right = fixed(&promised, &promised);
    assert_eq!((right.applied, right.refused.len()), (1, 0), "{right:?}");
    let wrong = fixed(&promised, &real);
    assert_eq!((wrong.applied, wrong.changed.len()), (0, 0), "{wrong:?}");
    let [refused] = wrong.refused.as_slice() else {
        panic!("one refused fix: {wrong:?}");
    };
    assert_eq!(refused.rule, "redundant-inner-join");
    assert!(
        refused.reason.contains("please report this")
            && refused.reason.contains("INSERT INTO orders"),
        "{}",
        refused.reason
    );
}

/// The query explained by what `believed` promises, each rewrite checked on `real`.
fn explained(believed: &Schema, real: &Schema) -> Explanation {
    let file = SourceFile::new("query.sql", QUERY);
    let statement = split(&file).into_iter().next().expect("a statement");
    let mut look = SecondLook::new(&real.catalog, &real.files);
    let options = SandboxOptions {
        rows: believed
            .catalog
            .tables()
            .map(|table| (table.name.clone(), 200))
            .collect(),
        seed: 1,
        deadline: Duration::from_secs(30),
        what_if: Vec::new(),
        parameters: Vec::new(),
        lint: LintOptions::default(),
        server: ServerOptions::default(),
    };
    explain_in_sandbox(
        &statement,
        &believed.files,
        &believed.catalog,
        &options,
        &mut |before, after| objection(&mut look, before, after),
        &mut |_| {},
    )
    .expect("explained")
}

#[test]
fn explain_withholds_a_refuted_fix_and_says_why() {
    let (promised, real) = (Schema::new(PROMISED), Schema::new(REAL));
    let rewrites = |explanation: &Explanation| {
        let finding = explanation
            .findings
            .iter()
            .find(|finding| finding.rule == "redundant-inner-join")
            .expect("the join is found");
        let offered = finding
            .fixes
            .iter()
            .filter(|fix| fix.kind == FixKind::Rewrite && fix.safety == Safety::Equivalent)
            .count();
        (offered, finding.why.join("\n"))
    };
    let (offered, why) = rewrites(&explained(&promised, &promised));
    assert_eq!(offered, 1, "{why}");
    let (offered, why) = rewrites(&explained(&promised, &real));
    assert_eq!(offered, 0, "{why}");
    assert!(
        why.contains("its rewrite is withheld") && why.contains("INSERT INTO orders"),
        "{why}"
    );
}
