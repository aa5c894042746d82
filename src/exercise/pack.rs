use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::Outcome;

/// The file that describes a pack.
pub const MANIFEST: &str = "exercise.toml";

const SCHEMA: &str = "schema.sql";
const DATA: &str = "data.toml";
const DATA_SQL: &str = "data.sql";
const QUERY: &str = "query.sql";
const SOLUTION: &str = "solution.sql";

/// No file of a pack is larger than this; more is a mistake.
const LARGEST_FILE: u64 = 1 << 20;

/// Why a folder is no exercise pack.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error("could not read {path}: {problem}")]
    Unreadable { path: PathBuf, problem: String },
    #[error(
        "{pack}: there is no {file}; a pack has exercise.toml, schema.sql, data.toml, query.sql and solution.sql"
    )]
    MissingFile { pack: String, file: String },
    #[error("{pack}/{file}, line {line}: {message}")]
    Toml {
        pack: String,
        file: String,
        line: usize,
        message: String,
    },
    #[error("{pack}/{file}: {key}: {problem}")]
    Invalid {
        pack: String,
        file: String,
        key: String,
        problem: String,
    },
}

/// The texts of a pack's folder, by path within it (`wrong/status.sql`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackFiles(pub BTreeMap<String, String>);

impl PackFiles {
    /// Reads a folder: its TOML and SQL files, one level of folders deep.
    ///
    /// # Errors
    /// Where the folder or a file in it cannot be read as text.
    pub fn read(folder: &Path) -> Result<Self, PackError> {
        let mut files = BTreeMap::new();
        read_folder(folder, "", &mut files)?;
        Ok(Self(files))
    }
}

fn read_folder(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, String>,
) -> Result<(), PackError> {
    let unreadable = |path: &Path, problem: String| PackError::Unreadable {
        path: path.to_owned(),
        problem,
    };
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, error.to_string()))?;
    for entry in entries {
        let path = entry
            .map_err(|error| unreadable(folder, error.to_string()))?
            .path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if path.is_dir() && prefix.is_empty() {
            read_folder(&path, &format!("{name}/"), files)?;
        } else if matches!(
            path.extension().and_then(|end| end.to_str()),
            Some("sql" | "toml")
        ) {
            let length = fs::metadata(&path).map_or(0, |metadata| metadata.len());
            if length > LARGEST_FILE {
                return Err(unreadable(
                    &path,
                    format!("it has {length} bytes, a pack's files have at most {LARGEST_FILE}"),
                ));
            }
            let text =
                fs::read_to_string(&path).map_err(|error| unreadable(&path, error.to_string()))?;
            files.insert(format!("{prefix}{name}"), text);
        }
    }
    Ok(())
}

/// A puzzle: a slow query on a schema with data, limits for a good answer, and the words around it.
#[derive(Debug, Clone)]
pub struct Pack {
    /// The folder's name.
    pub name: String,
    pub manifest: Manifest,
    pub schema: String,
    /// Statistics by hand, from which the rows are generated.
    pub data: String,
    /// Statements that make the rows, where statistics cannot express what they have to be like.
    pub data_sql: Option<String>,
    pub query: String,
    pub solution: String,
    /// In the order of the manifest's `wrong`.
    pub wrong: Vec<String>,
    /// In the order of the manifest's `guards`.
    pub guards: Vec<String>,
}

/// `exercise.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub title: String,
    /// From 1 (easy) to 5.
    pub level: u8,
    pub minutes: u16,
    /// What has to be reached, in one line; shown to the candidate.
    pub goal: String,
    /// More for the candidate.
    #[serde(default)]
    pub story: String,
    /// What it is about; never shown to the candidate.
    #[serde(default)]
    pub topics: Vec<String>,
    /// The rules whose findings it is about.
    #[serde(default)]
    pub rules: Vec<String>,
    /// What the interviewer asks.
    pub questions: Vec<String>,
    /// What a good answer mentions.
    pub good_answer: Vec<String>,
    pub follow_ups: Vec<String>,
    /// What is seen at 0, 1, 2, 3 and 4 points.
    pub rubric: Vec<String>,
    /// Why it is slow, and what helps; shown by `reveal` and in the key.
    pub explanation: String,
    /// What the solution costs.
    pub trade_off: String,
    pub limits: Limits,
    #[serde(default)]
    pub measure: Measure,
    #[serde(default)]
    pub reference: Reference,
    #[serde(default)]
    pub database: Database,
    /// Values for the query's `$1`, `$2`, ...; the worst of them counts.
    #[serde(default)]
    pub parameters: Vec<Parameters>,
    /// Statements that must stay as quick as they are.
    #[serde(default)]
    pub guards: Vec<Guard>,
    pub hints: Vec<Hint>,
    #[serde(default)]
    pub wrong: Vec<WrongAnswer>,
    #[serde(default)]
    pub variant: VariantNames,
}

/// What an answer may cost.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Blocks (8 kB) that the query may read.
    pub blocks: u64,
    /// Number of new indexes.
    #[serde(default = "many")]
    pub indexes: usize,
    /// Size of the new indexes together.
    #[serde(default = "unlimited")]
    pub index_bytes: u64,
    /// Whether the query may be changed.
    #[serde(default = "yes")]
    pub rewrite: bool,
    /// What is allowed beside indexes, extended statistics, ANALYZE and VACUUM.
    #[serde(default)]
    pub allow: Vec<Allowance>,
}

fn many() -> usize {
    16
}

fn unlimited() -> u64 {
    1 << 40
}

fn yes() -> bool {
    true
}

/// DDL that a pack allows beside the usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Allowance {
    /// `ALTER TABLE ... ALTER COLUMN ... TYPE`.
    AlterColumnType,
    /// `CREATE MATERIALIZED VIEW`.
    MaterializedView,
}

/// What is run on the tables before blocks are counted.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Measure {
    pub vacuum: bool,
    pub analyze: bool,
}

impl Default for Measure {
    fn default() -> Self {
        Self {
            vacuum: true,
            analyze: true,
        }
    }
}

impl Measure {
    /// The statement to run, if any.
    pub fn maintenance(self) -> Option<&'static str> {
        match (self.vacuum, self.analyze) {
            (true, true) => Some("VACUUM (ANALYZE)"),
            (true, false) => Some("VACUUM"),
            (false, true) => Some("ANALYZE"),
            (false, false) => None,
        }
    }
}

/// What the rows of an answer are compared with.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reference {
    pub rows: ReferenceRows,
    /// Whether the answer has to agree on small databases of any content, too.
    pub small_databases: bool,
}

impl Default for Reference {
    fn default() -> Self {
        Self {
            rows: ReferenceRows::Query,
            small_databases: true,
        }
    }
}

/// Whose rows are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceRows {
    /// Those of the query as it is.
    Query,
    /// Those of the solution: the query is slow and wrong.
    Solution,
}

/// What the database has to be like.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// Its locale, where it is not C.
    pub locale: Option<String>,
}

/// One set of values for the query's placeholders.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    pub label: String,
    pub values: Vec<String>,
}

/// A statement that an answer must not make slow.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    pub file: String,
    /// Blocks that it may read.
    pub blocks: u64,
}

/// A step of the ladder of hints.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hint {
    pub text: String,
    /// Points that it costs.
    pub points: u32,
}

/// An answer that must not pass.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongAnswer {
    pub file: String,
    /// What `check` must say.
    pub verdict: Outcome,
    /// Why it is wrong, for the interviewer.
    pub why: String,
}

/// Other names for a variant of the pack, each with its alternatives.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VariantNames {
    /// Tables, columns, indexes.
    pub names: IndexMap<String, Vec<String>>,
    /// Values in quotes.
    pub values: IndexMap<String, Vec<String>>,
}

impl Pack {
    /// Reads a pack from its folder.
    ///
    /// # Errors
    /// Where files are missing or say what makes no sense; the error names file and key.
    pub fn read(folder: &Path) -> Result<Self, PackError> {
        let name = fs::canonicalize(folder)
            .ok()
            .as_deref()
            .unwrap_or(folder)
            .file_name()
            .map_or_else(
                || "exercise".to_owned(),
                |name| name.to_string_lossy().into_owned(),
            );
        Self::from_files(name, PackFiles::read(folder)?)
    }

    /// A pack from its texts.
    ///
    /// # Errors
    /// As [`Pack::read`].
    pub fn from_files(name: String, files: PackFiles) -> Result<Self, PackError> {
        let mut files = files.0;
        let mut take = |file: &str| {
            files.remove(file).ok_or_else(|| PackError::MissingFile {
                pack: name.clone(),
                file: file.to_owned(),
            })
        };
        let manifest = parse_manifest(&name, &take(MANIFEST)?)?;
        let schema = take(SCHEMA)?;
        let data = take(DATA)?;
        let data_sql = take(DATA_SQL).ok();
        let query = take(QUERY)?;
        let solution = take(SOLUTION)?;
        let wrong = manifest
            .wrong
            .iter()
            .map(|wrong| take(&wrong.file))
            .collect::<Result<Vec<_>, _>>()?;
        let guards = manifest
            .guards
            .iter()
            .map(|guard| take(&guard.file))
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(stray) = files.keys().find(|file| file.starts_with("wrong/")) {
            return Err(PackError::Invalid {
                pack: name,
                file: MANIFEST.to_owned(),
                key: "wrong".to_owned(),
                problem: format!("{stray} has no entry that says which verdict it must get"),
            });
        }
        Ok(Self {
            name,
            manifest,
            schema,
            data,
            data_sql,
            query,
            solution,
            wrong,
            guards,
        })
    }

    /// The texts again, as they would lie in its folder (without the manifest).
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        [
            (SCHEMA, self.schema.as_str()),
            (DATA, &self.data),
            (QUERY, &self.query),
            (SOLUTION, &self.solution),
        ]
        .into_iter()
        .chain(self.data_sql.as_deref().map(|text| (DATA_SQL, text)))
        .chain(
            self.manifest
                .wrong
                .iter()
                .zip(&self.wrong)
                .map(|(wrong, text)| (wrong.file.as_str(), text.as_str())),
        )
        .chain(
            self.manifest
                .guards
                .iter()
                .zip(&self.guards)
                .map(|(guard, text)| (guard.file.as_str(), text.as_str())),
        )
    }
}

fn parse_manifest(pack: &str, text: &str) -> Result<Manifest, PackError> {
    let manifest: Manifest = toml::from_str(text).map_err(|error| PackError::Toml {
        pack: pack.to_owned(),
        file: MANIFEST.to_owned(),
        line: error
            .span()
            .and_then(|span| text.get(..span.start))
            .map_or(1, |before| before.matches('\n').count() + 1),
        message: error.message().to_owned(),
    })?;
    match manifest.problem() {
        Some((key, problem)) => Err(PackError::Invalid {
            pack: pack.to_owned(),
            file: MANIFEST.to_owned(),
            key,
            problem,
        }),
        None => Ok(manifest),
    }
}

impl Manifest {
    /// The first key whose value makes no sense, and why.
    fn problem(&self) -> Option<(String, String)> {
        let problem = |key: &str, problem: &str| Some((key.to_owned(), problem.to_owned()));
        if !(1..=5).contains(&self.level) {
            return problem("level", "must be from 1 to 5");
        }
        if !(1..=480).contains(&self.minutes) {
            return problem("minutes", "must be from 1 to 480");
        }
        if self.goal.trim().is_empty() || self.goal.contains('\n') {
            return problem("goal", "must be one line of text");
        }
        if !(3..=5).contains(&self.hints.len()) {
            return problem("hints", "there must be 3 to 5 of them");
        }
        if self.hints.iter().map(|hint| hint.points).sum::<u32>() > 100 {
            return problem("hints", "together they cost more than 100 points");
        }
        if self.rubric.len() != 5 {
            return problem(
                "rubric",
                "needs five lines: what is seen at 0, 1, 2, 3 and 4",
            );
        }
        for (key, lines) in [
            ("questions", &self.questions),
            ("good_answer", &self.good_answer),
            ("follow_ups", &self.follow_ups),
        ] {
            if lines.is_empty() {
                return problem(key, "needs at least one line");
            }
        }
        if self.limits.blocks == 0 {
            return problem("limits.blocks", "must be at least 1");
        }
        if let Some(first) = self.parameters.first()
            && self
                .parameters
                .iter()
                .any(|set| set.values.len() != first.values.len())
        {
            return problem("parameters", "each set needs the same number of values");
        }
        let files = self
            .wrong
            .iter()
            .map(|wrong| &wrong.file)
            .chain(self.guards.iter().map(|guard| &guard.file));
        for file in files {
            if Path::new(file).is_absolute() || file.contains("..") {
                return Some((
                    "file".to_owned(),
                    format!("{file} is outside of the pack's folder"),
                ));
            }
        }
        if self
            .wrong
            .iter()
            .any(|wrong| wrong.verdict == Outcome::Passed)
        {
            return problem("wrong.verdict", "an answer that passes is not wrong");
        }
        None
    }
}
