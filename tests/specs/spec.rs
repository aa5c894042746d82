//! A case starts with comments: what it shows, and `-- expect: found` or `-- expect: silent`, which speaks of the
//! folder's rule. DDL follows, then sections, each behind a line of its own:
//! - `-- query`: the statement;
//! - `-- statistics`: TOML, each line behind `-- `;
//! - `-- data`: statements that fill the tables. Every rewrite that is offered as equivalent must return the same rows;
//! - `-- naive`: the query that a careless reader would write instead; on these rows it must return others;
//! - `-- same`: another query that must return the same rows.

use std::fs;
use std::path::{Path, PathBuf};

/// One case.
#[derive(Default)]
pub struct Spec {
    pub path: PathBuf,
    pub rule: String,
    /// Whether the rule finds something.
    pub expected: bool,
    pub schema: String,
    pub statistics: String,
    pub query: String,
    pub rows: Option<String>,
    pub naive: String,
    pub same: String,
}

/// All cases, sorted by path.
pub fn specs() -> Vec<Spec> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs");
    let mut files: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|folder| folder.unwrap().path())
        .filter(|folder| folder.is_dir())
        .flat_map(|folder| {
            fs::read_dir(folder)
                .unwrap()
                .map(|file| file.unwrap().path())
        })
        .filter(|file| file.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    files.sort();
    files.iter().map(|file| read(file)).collect()
}

fn read(path: &Path) -> Spec {
    let text = fs::read_to_string(path).unwrap();
    let shown = path.display();
    let mut spec = Spec {
        path: path.to_owned(),
        rule: path
            .parent()
            .and_then(Path::file_name)
            .unwrap()
            .to_string_lossy()
            .into_owned(),
        expected: match text
            .lines()
            .find_map(|line| line.strip_prefix("-- expect: "))
        {
            Some("found") => true,
            Some("silent") => false,
            _ => panic!("{shown}: no line `-- expect: found` or `-- expect: silent`"),
        },
        ..Spec::default()
    };
    let mut section = "schema";
    for line in text.lines() {
        match line {
            "-- query" => section = "query",
            "-- statistics" => section = "statistics",
            "-- data" => {
                section = "data";
                spec.rows = Some(String::new());
            }
            "-- naive" => section = "naive",
            "-- same" => section = "same",
            _ => {
                let text = match section {
                    "schema" => &mut spec.schema,
                    "statistics" => &mut spec.statistics,
                    "query" => &mut spec.query,
                    "naive" => &mut spec.naive,
                    "same" => &mut spec.same,
                    _ => spec.rows.get_or_insert_default(),
                };
                let line = match section {
                    "statistics" => line.trim_start_matches("--").trim_start(),
                    _ => line,
                };
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    assert!(!spec.query.is_empty(), "{shown}: no line `-- query`");
    spec
}
