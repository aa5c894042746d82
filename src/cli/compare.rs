use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;

use serde_json::{Value, json};

use super::arguments::{CompareArguments, GlobalArguments};
use super::configuration::Configuration;
use super::failure::Failure;
use super::knowledge::Knowledge;
use super::{knowledge, output};
use crate::equivalence::{Checker, Comparison, Options, OrderMode, Verdict};
use crate::report::{ComparedPair, write_comparison, write_comparisons};
use crate::source::{SourceFile, StatementText, split};

/// Two statements that belong together.
struct Pair {
    file: String,
    statement: usize,
    names: (String, String),
    old: String,
    new: String,
}

/// Compares two queries, two folders of queries, or files with what they were at a revision.
pub(super) fn run(
    global: &GlobalArguments,
    arguments: &CompareArguments,
) -> Result<ExitCode, Failure> {
    let configuration = Configuration::load(global)?;
    let Knowledge { catalog, schema } = Knowledge::load(&arguments.knowledge, &configuration)?;
    let mut notes = Vec::new();
    let pairs = match &arguments.since {
        Some(revision) => pairs_since(revision, &arguments.paths, &mut notes)?,
        None => pairs_of_paths(&arguments.paths, &mut notes)?,
    };
    for note in notes {
        output::note(note);
    }
    let alone = pairs.len() == 1;
    let (mut checker, notes) = Checker::embedded(&catalog, &schema)
        .map_err(|error| Failure::unable("could not start the comparison", error))?;
    for note in notes {
        output::note(format_args!("note: {note}"));
    }
    let mut compared = Vec::new();
    for pair in &pairs {
        let options = Options {
            timeout: arguments.timeout,
            seed: arguments.seed,
            order: match (arguments.ordered, arguments.unordered) {
                (true, _) => OrderMode::Ordered,
                (_, true) => OrderMode::Unordered,
                _ => OrderMode::Automatic,
            },
            names: pair.names.clone(),
            max_databases: arguments.databases,
            ..Options::default()
        };
        let outcome = checker.compare(&pair.old, &pair.new, &options);
        if alone && let Err(error) = &outcome {
            return Err(Failure::unable("could not compare the queries", error));
        }
        compared.push(ComparedPair {
            names: pair.names.clone(),
            outcome: outcome.map_err(|error| error.to_string()),
        });
    }
    if let Some(path) = &arguments.save {
        save(path, &compared)?;
    }
    output::write_to_stdout(|out| match (arguments.json(), compared.as_slice()) {
        (true, [only]) if alone => match &only.outcome {
            Ok(comparison) => writeln!(out, "{}", serde_json::to_string_pretty(comparison)?),
            Err(_) => Ok(()),
        },
        (true, _) => writeln!(
            out,
            "{}",
            serde_json::to_string_pretty(&as_json(&pairs, &compared))?
        ),
        (false, [only]) if alone => write_comparison(out, only, arguments.verbose),
        (false, []) => writeln!(out, "nothing to compare: no statement has changed"),
        (false, _) => write_comparisons(out, &compared, arguments.verbose),
    })?;
    let verdict = |wanted: Verdict| {
        compared.iter().any(|pair| {
            pair.outcome
                .as_ref()
                .is_ok_and(|comparison| comparison.verdict == wanted)
        })
    };
    Ok(if verdict(Verdict::Different) {
        ExitCode::from(1)
    } else if compared.iter().any(|pair| pair.outcome.is_err()) {
        ExitCode::from(3)
    } else {
        ExitCode::SUCCESS
    })
}

fn as_json(pairs: &[Pair], compared: &[ComparedPair]) -> Value {
    let list: Vec<Value> = pairs
        .iter()
        .zip(compared)
        .map(|(pair, compared)| {
            let mut value = match &compared.outcome {
                Ok(comparison) => serde_json::to_value(comparison).unwrap_or(Value::Null),
                Err(message) => json!({ "version": 1, "verdict": null, "error": message }),
            };
            if let Value::Object(object) = &mut value {
                object.insert("file".to_owned(), pair.file.clone().into());
                object.insert("statement".to_owned(), pair.statement.into());
            }
            value
        })
        .collect();
    json!({ "version": 1, "pairs": list })
}

fn save(path: &Path, compared: &[ComparedPair]) -> Result<(), Failure> {
    let mut text = String::new();
    for pair in compared {
        if let Ok(Comparison {
            counterexample: Some(example),
            ..
        }) = &pair.outcome
        {
            text.push_str(&format!(
                "-- {}: {}\n",
                pair.names.1,
                example.why.replace(['\n', '\r'], " ")
            ));
            for (name, value) in &example.parameters {
                text.push_str(&format!(
                    "-- {name} = {}\n",
                    value.to_string().replace(['\n', '\r'], " ")
                ));
            }
            text.push_str(&example.setup);
            text.push_str("\n\n");
        }
    }
    std::fs::write(path, text).map_err(|error| {
        Failure::unable(
            format!("could not write the counterexample to {}", path.display()),
            error,
        )
    })
}

fn pairs_of_paths(paths: &[PathBuf], notes: &mut Vec<String>) -> Result<Vec<Pair>, Failure> {
    let [old, new] = paths else {
        return Err(Failure::usage(
            "could not tell what to compare",
            "two files or two folders are needed",
        )
        .remedy("write whyslow compare OLD NEW, or whyslow compare --since REVISION PATHS"));
    };
    if !old.is_dir() && !new.is_dir() {
        let files = knowledge::queries(&[old.clone(), new.clone()])?;
        if let Some(empty) = files.iter().find(|file| split(file).is_empty()) {
            return Err(Failure::usage(
                "could not tell what to compare",
                format!("{} holds no statement", empty.path()),
            )
            .remedy("name two files that each hold a query"));
        }
        return Ok(paired(&files[0], &files[1], notes));
    }
    let mut names = BTreeSet::new();
    for folder in [old, new] {
        for file in sql_files(folder)? {
            if let Ok(relative) = file.strip_prefix(folder) {
                names.insert(relative.to_owned());
            }
        }
    }
    let mut pairs = Vec::new();
    for name in names {
        let (left, right) = (old.join(&name), new.join(&name));
        match (left.is_file(), right.is_file()) {
            (true, true) => {
                let files = knowledge::queries(&[left, right])?;
                pairs.extend(paired(&files[0], &files[1], notes));
            }
            (true, false) => notes.push(format!(
                "note: {} is only in {}",
                name.display(),
                old.display()
            )),
            _ => notes.push(format!(
                "note: {} is only in {}",
                name.display(),
                new.display()
            )),
        }
    }
    Ok(pairs)
}

fn pairs_since(
    revision: &str,
    paths: &[PathBuf],
    notes: &mut Vec<String>,
) -> Result<Vec<Pair>, Failure> {
    if paths.is_empty() {
        return Err(Failure::usage(
            "could not tell what to compare",
            "--since needs files or folders",
        )
        .remedy("write whyslow compare --since REVISION PATHS"));
    }
    if revision.starts_with('-') {
        return Err(Failure::usage(
            "could not read the old queries",
            format!("{revision} is no revision"),
        ));
    }
    let mut pairs = Vec::new();
    for path in paths {
        for file in sql_files(path)? {
            let folder = file
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
                .unwrap_or(Path::new("."));
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let shown = Command::new("git")
                .arg("-C")
                .arg(folder)
                .arg("show")
                .arg(format!("{revision}:./{name}"))
                .output()
                .map_err(|error| {
                    Failure::unable(
                        "could not read the old queries",
                        format!("git could not be run: {error}"),
                    )
                })?;
            if !shown.status.success() {
                let message = String::from_utf8_lossy(&shown.stderr);
                if message.contains("exists on disk, but not in")
                    || message.contains("does not exist in")
                {
                    notes.push(format!("note: {} is new since {revision}", file.display()));
                    continue;
                }
                return Err(
                    Failure::unable("could not read the old queries", message.trim())
                        .remedy("name a revision that git knows, such as HEAD or main"),
                );
            }
            let old = SourceFile::new(
                format!("{revision}:{}", file.display()),
                String::from_utf8_lossy(&shown.stdout).into_owned(),
            );
            let new = knowledge::queries(std::slice::from_ref(&file))?;
            pairs.extend(paired(&old, &new[0], notes));
        }
    }
    Ok(pairs)
}

fn sql_files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in ignore::WalkBuilder::new(path)
        .sort_by_file_path(Path::cmp)
        .build()
    {
        let entry = entry.map_err(|error| {
            Failure::unable(format!("could not read {}", path.display()), error)
        })?;
        if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "sql")
            && entry.path().is_file()
        {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// Statements of two texts that belong together: by name, else by order. Those that have not changed are left out,
/// unless there is but one.
fn paired(old: &Arc<SourceFile>, new: &Arc<SourceFile>, notes: &mut Vec<String>) -> Vec<Pair> {
    let (old_statements, new_statements) = (split(old), split(new));
    let (old_named, old_plain): (Vec<_>, Vec<_>) =
        old_statements.iter().partition(|s| s.name.is_some());
    let (new_named, new_plain): (Vec<_>, Vec<_>) =
        new_statements.iter().partition(|s| s.name.is_some());
    let mut together: Vec<(&StatementText, &StatementText)> = Vec::new();
    for statement in &new_named {
        match old_named.iter().find(|other| other.name == statement.name) {
            Some(other) => together.push((other, statement)),
            None => notes.push(format!(
                "note: {} has {}, {} has not",
                new.path(),
                statement.name.as_deref().unwrap_or(""),
                old.path()
            )),
        }
    }
    if old_plain.len() != new_plain.len() {
        notes.push(format!(
            "note: {} has {} statements, {} has {}: paired by order as far as they go",
            old.path(),
            old_plain.len(),
            new.path(),
            new_plain.len()
        ));
    }
    together.extend(old_plain.iter().copied().zip(new_plain.iter().copied()));
    together.sort_by_key(|(_, statement)| statement.number);
    let only = together.len() == 1;
    together
        .into_iter()
        .filter(|(old, new)| only || old.text() != new.text())
        .map(|(old_statement, new_statement)| {
            let label = |file: &Arc<SourceFile>, statement: &StatementText| {
                if only {
                    return file.path().to_owned();
                }
                match &statement.name {
                    Some(name) => format!("{} {name}", file.path()),
                    None => format!("{} #{}", file.path(), statement.number),
                }
            };
            Pair {
                file: new.path().to_owned(),
                statement: new_statement.number,
                names: (label(old, old_statement), label(new, new_statement)),
                old: old_statement.text().to_owned(),
                new: new_statement.text().to_owned(),
            }
        })
        .collect()
}
