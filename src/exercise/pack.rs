use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::Manifest;

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
        let manifest = Manifest::parse(&name, &take(MANIFEST)?)?;
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
