//! Folders of migrations as one schema: which files count, in which order, and which part of each.

use std::cmp::Ordering;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::SourceFile;
use super::input::{Input, InputError, find_inputs, sql_files_below};

/// Reads what `--schema` names: files as they are, folders as migrations in the order in which their tool would apply
/// them (sqlx, Flyway, refinery, goose, dbmate, golang-migrate, Diesel, Prisma, Sqitch), sections that undo a
/// migration left out.
///
/// # Errors
/// At the first word that means nothing, or file that cannot be read.
pub fn read_schema(words: &[impl AsRef<Path>]) -> Result<Vec<Arc<SourceFile>>, InputError> {
    let mut sources = Vec::new();
    for word in words {
        let path = word.as_ref();
        let inputs = if path.is_dir() {
            let files = migration_order(path, sql_files_below(path));
            if files.is_empty() {
                return Err(InputError::EmptyFolder {
                    path: path.display().to_string(),
                });
            }
            files.into_iter().map(Input::File).collect()
        } else {
            find_inputs(&[path])?
        };
        for input in inputs {
            sources.push(without_undo(&input.read()?));
        }
    }
    Ok(sources)
}

/// The files of a folder that build the schema, in order.
fn migration_order(folder: &Path, mut files: Vec<PathBuf>) -> Vec<PathBuf> {
    if let Some(planned) = sqitch_order(folder) {
        return planned;
    }
    if files.iter().any(|file| file_name(file) == "migration.sql") {
        files.retain(|file| file_name(file) == "migration.sql");
    }
    files.retain(|file| !undoes(file_name(file)));
    files.sort_by(|a, b| natural_order(folder, a, b));
    if files
        .iter()
        .any(|file| matches!(FlywayName::of(file_name(file)), Some(name) if name.prefix == 'V'))
    {
        return flyway_order(files);
    }
    files
}

fn file_name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("")
}

/// Whether the file takes a migration back: `1_x.down.sql`, `down.sql`.
fn undoes(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "down.sql"
        || [
            ".down.sql",
            ".undo.sql",
            "_down.sql",
            ".rollback.sql",
            "_rollback.sql",
        ]
        .iter()
        .any(|end| name.ends_with(end))
}

/// By path, part by part; numbers at the start of a name count as numbers.
fn natural_order(folder: &Path, a: &Path, b: &Path) -> Ordering {
    let parts = |path: &Path| -> Vec<String> {
        path.strip_prefix(folder)
            .unwrap_or(path)
            .components()
            .filter_map(|part| match part {
                Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
                _ => None,
            })
            .collect()
    };
    let (a, b) = (parts(a), parts(b));
    a.iter()
        .zip(&b)
        .map(|(a, b)| natural_part_order(a, b))
        .find(|order| order.is_ne())
        .unwrap_or_else(|| a.len().cmp(&b.len()))
}

fn natural_part_order(a: &str, b: &str) -> Ordering {
    let number = |name: &str| -> Option<String> {
        let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty()).then(|| digits.trim_start_matches('0').to_owned())
    };
    match (number(a), number(b)) {
        (Some(x), Some(y)) => number_order(&x, &y).then_with(|| a.cmp(b)),
        _ => a.cmp(b),
    }
}

/// Order of two whole numbers of any length, without leading zeros.
fn number_order(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// `V1.2__name.sql` in its parts.
#[derive(Debug, PartialEq, Eq)]
struct FlywayName<'a> {
    prefix: char,
    /// The numbers of the version, without leading zeros; empty for `R`.
    version: Vec<&'a str>,
    description: &'a str,
}

impl<'a> FlywayName<'a> {
    fn of(name: &'a str) -> Option<Self> {
        let stem = name.get(..name.len().checked_sub(4)?)?;
        let (version, description) = stem.split_once("__")?;
        let prefix = version.chars().next()?;
        let numbers: Vec<&str> = version
            .get(1..)?
            .split(['.', '_'])
            .filter(|number| !number.is_empty())
            .collect();
        let numeric = numbers
            .iter()
            .all(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let fits = match prefix {
            'V' | 'U' | 'B' => !numbers.is_empty(),
            'R' => numbers.is_empty(),
            _ => false,
        };
        (numeric && fits).then(|| Self {
            prefix,
            version: numbers
                .iter()
                .map(|number| number.trim_start_matches('0'))
                .collect(),
            description,
        })
    }

    fn version_order(&self, other: &Self) -> Ordering {
        let length = self.version.len().max(other.version.len());
        (0..length)
            .map(|n| {
                let number = |name: &Self| name.version.get(n).copied().unwrap_or("").to_owned();
                number_order(&number(self), &number(other))
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

/// Versioned migrations by version, repeatable ones (`R__`) last. A baseline (`B`) stands for all up to its version. An
/// undo migration (`U`) has the version of another; one that has not is refinery's, and applied.
fn flyway_order(files: Vec<PathBuf>) -> Vec<PathBuf> {
    let named: Vec<(&PathBuf, FlywayName<'_>)> = files
        .iter()
        .filter_map(|file| Some((file, FlywayName::of(file_name(file))?)))
        .collect();
    let baseline = named
        .iter()
        .filter(|(_, name)| name.prefix == 'B')
        .max_by(|(_, a), (_, b)| a.version_order(b));
    let has_version = |version: &FlywayName<'_>| {
        named
            .iter()
            .any(|(_, name)| name.prefix == 'V' && name.version_order(version).is_eq())
    };
    let mut applied: Vec<&(&PathBuf, FlywayName<'_>)> = named
        .iter()
        .filter(|(file, name)| match (name.prefix, baseline) {
            ('R', _) => true,
            ('B', Some((latest, _))) => file == latest,
            ('U', _) if has_version(name) => false,
            (_, Some((_, baseline))) => name.version_order(baseline).is_gt(),
            _ => true,
        })
        .collect();
    applied.sort_by(|(_, a), (_, b)| {
        (a.prefix == 'R')
            .cmp(&(b.prefix == 'R'))
            .then_with(|| a.version_order(b))
            .then_with(|| a.description.cmp(b.description))
    });
    applied
        .into_iter()
        .map(|(file, _)| (*file).clone())
        .collect()
}

/// The deploy scripts of a Sqitch project, in the order of its plan.
fn sqitch_order(folder: &Path) -> Option<Vec<PathBuf>> {
    let plan = std::fs::read_to_string(folder.join("sqitch.plan")).ok()?;
    let deploy = folder.join("deploy");
    let changes = plan
        .lines()
        .filter(|line| !line.starts_with(['%', '#', '@']))
        .filter_map(|line| line.split_whitespace().next())
        .map(|change| deploy.join(format!("{change}.sql")))
        .filter(|file| file.is_file())
        .collect();
    Some(changes)
}

/// Markers of the sections of a migration, in lower case and without spaces.
const UP: &[&str] = &[
    "+gooseup",
    "+migrateup",
    "migrate:up",
    "upmigration",
    "ramblerup",
    "====up====",
];
const DOWN: &[&str] = &[
    "+goosedown",
    "+migratedown",
    "migrate:down",
    "downmigration",
    "ramblerdown",
    "====down====",
    "//@undo",
];

/// A text whose sections that undo the migration are blank; positions stay as they are.
fn without_undo(source: &Arc<SourceFile>) -> Arc<SourceFile> {
    let text = source.text();
    let mut undoing = false;
    let mut kept = String::new();
    let mut blanked = false;
    for line in text.split_inclusive('\n') {
        if let Some(comment) = line.trim_start().strip_prefix("--") {
            let marker: String = comment
                .chars()
                .filter(|character| !character.is_whitespace())
                .flat_map(char::to_lowercase)
                .collect();
            if UP.iter().any(|up| marker.starts_with(up)) {
                undoing = false;
            } else if DOWN.iter().any(|down| marker.starts_with(down)) {
                undoing = true;
            }
        }
        if undoing {
            blanked = true;
            kept.extend(
                line.bytes()
                    .map(|byte| if byte == b'\n' { '\n' } else { ' ' }),
            );
        } else {
            kept.push_str(line);
        }
    }
    if blanked {
        SourceFile::new(source.path(), kept)
    } else {
        Arc::clone(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(names: &[&str]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "SELECT 1;").unwrap();
        }
        migration_order(folder.path(), sql_files_below(folder.path()))
            .iter()
            .map(|file| {
                file.strip_prefix(folder.path())
                    .unwrap()
                    .display()
                    .to_string()
            })
            .collect()
    }

    #[test]
    fn flyway_goes_by_version() {
        assert_eq!(
            order(&[
                "V1.10__c.sql",
                "V1.9__b.sql",
                "R__views.sql",
                "V2__d.sql",
                "V1__a.sql",
                "U2__d.sql",
                "V002.1__e.sql"
            ]),
            [
                "V1__a.sql",
                "V1.9__b.sql",
                "V1.10__c.sql",
                "V2__d.sql",
                "V002.1__e.sql",
                "R__views.sql"
            ]
        );
        assert_eq!(
            order(&["V1__a.sql", "B2__b.sql", "V2__c.sql", "V3__d.sql"]),
            ["B2__b.sql", "V3__d.sql"]
        );
        assert_eq!(
            order(&["V1__a.sql", "U2__b.sql", "V10__c.sql"]),
            ["V1__a.sql", "U2__b.sql", "V10__c.sql"]
        );
    }

    #[test]
    fn numbers_order_and_undo_files_are_left_out() {
        assert_eq!(
            order(&[
                "10_c.up.sql",
                "10_c.down.sql",
                "9_b.up.sql",
                "0001_a.up.sql"
            ]),
            ["0001_a.up.sql", "9_b.up.sql", "10_c.up.sql"]
        );
        assert_eq!(
            order(&[
                "20240102_b/migration.sql",
                "20240101_a/migration.sql",
                "seed.sql"
            ]),
            ["20240101_a/migration.sql", "20240102_b/migration.sql"]
        );
        assert_eq!(
            order(&["2_b/up.sql", "2_b/down.sql", "10_c/up.sql"]),
            ["2_b/up.sql", "10_c/up.sql"]
        );
    }

    #[test]
    fn sections_that_undo_are_blank() {
        for (up, down) in [
            ("-- +goose Up", "-- +goose Down"),
            ("-- migrate:up transaction:false", "-- migrate:down"),
            ("-- Up Migration", "-- Down Migration"),
        ] {
            let text =
                format!("{up}\nCREATE TABLE ü (a int);\n{down}\nDROP TABLE ü;\n{up}\nSELECT 2;\n");
            let cut = without_undo(&SourceFile::new("m.sql", text.clone()));
            assert_eq!(cut.text().len(), text.len());
            assert!(!cut.text().contains("DROP"));
            assert_eq!(cut.text().find("SELECT 2"), text.find("SELECT 2"));
        }
    }

    #[test]
    fn a_folder_of_migrations_is_read_in_order() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("sqitch.plan"),
            "%project=x\n\nz 2024-01-01T00:00:00Z A <a> # z\na [z] 2024 A <a>\n",
        )
        .unwrap();
        for (name, text) in [
            ("deploy/a.sql", "SELECT 2"),
            ("deploy/z.sql", "SELECT 1"),
            ("revert/a.sql", "SELECT 3"),
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let sources = read_schema(&[folder.path().display().to_string()]).unwrap();
        assert_eq!(
            sources
                .iter()
                .map(|source| source.text())
                .collect::<Vec<_>>(),
            ["SELECT 1", "SELECT 2"]
        );
    }
}
