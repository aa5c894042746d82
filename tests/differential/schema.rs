//! Random schemas: four tables of one shape whose keys, foreign keys, NULLs and unique indexes differ, and two views.

use std::fmt::Write;

use crate::choices::Choices;

/// Each table has these columns (int), and `code` (text).
pub const COLUMNS: [&str; 4] = ["id", "a", "b", "fk"];

/// A foreign key: columns of the child, columns of the parent.
#[derive(Clone)]
pub struct Reference {
    pub child: &'static str,
    pub parent: &'static str,
    pub pairs: &'static [(&'static str, &'static str)],
}

/// A schema: its DDL, and what a query can name.
pub struct Schema {
    pub ddl: String,
    pub tables: Vec<&'static str>,
    /// With the columns id and a.
    pub views: Vec<&'static str>,
    pub references: Vec<Reference>,
}

const SINGLE: &[(&str, &str)] = &[("fk", "id")];
const COMPOSITE: &[(&str, &str)] = &[("a", "a"), ("b", "b")];

pub fn schema(choices: &mut Choices<'_>) -> Schema {
    let mut schema = Schema {
        ddl: String::new(),
        tables: vec!["red", "green", "blue", "grey"],
        views: vec!["pale", "dark"],
        references: Vec::new(),
    };
    for number in 0..schema.tables.len() {
        table(&mut schema, number, choices);
    }
    for (number, name) in schema.views.clone().into_iter().enumerate() {
        let table = *choices.pick(&schema.tables);
        let other = *choices.pick(&schema.tables);
        let body = match choices.below(5) {
            0 => format!("SELECT x.id, x.a FROM {table} x WHERE x.b > 0"),
            1 => format!("SELECT x.id, y.a FROM {table} x LEFT JOIN {other} y ON y.id = x.fk"),
            2 => format!("SELECT x.id, y.a FROM {table} x JOIN {other} y ON y.id = x.fk"),
            3 => format!("SELECT x.fk AS id, max(x.a) AS a FROM {table} x GROUP BY x.fk"),
            _ => format!("SELECT x.id, x.a FROM {table} x UNION SELECT y.fk, y.b FROM {other} y"),
        };
        debug_assert!(number < 2);
        let _ = writeln!(schema.ddl, "CREATE VIEW {name} AS {body};");
    }
    schema
}

fn table(schema: &mut Schema, number: usize, choices: &mut Choices<'_>) {
    let table = schema.tables[number];
    let key = *choices.pick(&[
        "id int PRIMARY KEY",
        "id int PRIMARY KEY",
        "id int UNIQUE",
        "id int NOT NULL UNIQUE",
        "id int",
        "id int UNIQUE NULLS NOT DISTINCT",
        "id int UNIQUE DEFERRABLE",
    ]);
    let a = *choices.pick(&["a int", "a int NOT NULL", "a int UNIQUE"]);
    let b = *choices.pick(&["b int", "b int NOT NULL"]);
    let code = *choices.pick(&[
        "code text",
        "code text NOT NULL",
        "code text CHECK (code IN ('x', 'y'))",
    ]);
    let mut fk = (*choices.pick(&["fk int", "fk int NOT NULL"])).to_owned();
    let pair = choices.chance(30);
    let mut later = String::new();
    if number > 0 && choices.chance(75) {
        let parent = schema.tables[choices.below(number)];
        let options = *choices.pick(&["", "", "", "", "", " NOT VALID", " DEFERRABLE"]);
        let line = definition(schema, parent);
        // only where the parent has a key to refer to
        if line.contains("PRIMARY KEY")
            || line.contains("id int NOT NULL UNIQUE")
            || line.contains("id int UNIQUE,")
        {
            schema.references.push(Reference {
                child: table,
                parent,
                pairs: SINGLE,
            });
            if options == " NOT VALID" {
                let _ = writeln!(
                    later,
                    "ALTER TABLE {table} ADD FOREIGN KEY (fk) REFERENCES {parent} (id) NOT VALID;"
                );
            } else {
                let _ = write!(fk, " REFERENCES {parent} (id){options}");
            }
        }
    }
    let mut constraints = String::new();
    if pair {
        constraints.push_str(", UNIQUE (a, b)");
    }
    if number > 0 && choices.chance(40) {
        let parent = schema.tables[choices.below(number)];
        if definition(schema, parent).contains("UNIQUE (a, b)") {
            let match_full = *choices.pick(&["", " MATCH FULL"]);
            let _ = write!(
                constraints,
                ", FOREIGN KEY (a, b) REFERENCES {parent} (a, b){match_full}"
            );
            schema.references.push(Reference {
                child: table,
                parent,
                pairs: COMPOSITE,
            });
        }
    }
    let _ = writeln!(
        schema.ddl,
        "CREATE TABLE {table} ({key}, {a}, {b}, {fk}, {code}{constraints});"
    );
    schema.ddl.push_str(&later);
    let index = *choices.pick(&[
        "",
        "(a, b)",
        "(fk) WHERE code = 'x'",
        "(fk) WHERE b IS NULL",
        "(fk) WHERE b > 1",
        "((a + b))",
        "(b, code)",
        "(lower(code))",
        "(fk) WHERE a IS NOT NULL",
        "",
    ]);
    if !index.is_empty() {
        let _ = writeln!(schema.ddl, "CREATE UNIQUE INDEX ON {table} {index};");
    }
}

fn definition<'s>(schema: &'s Schema, table: &str) -> &'s str {
    schema
        .ddl
        .lines()
        .find(|line| line.starts_with(&format!("CREATE TABLE {table} ")))
        .unwrap_or_default()
}
