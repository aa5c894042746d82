use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::Value;

use super::arguments::KnowledgeArguments;
use super::configuration::{Configuration, with_threshold};
use super::failure::Failure;
use super::output;
use crate::catalog::{Catalog, HandWrittenStatistics, RestoredStatistics, Snapshot, load_schema};
use crate::rules::{Level, LintOptions};
use crate::source::{InputError, PathPatterns, SourceFile, find_inputs, read_schema};

/// The schema with its statistics.
pub(super) struct Knowledge {
    pub(super) catalog: Catalog,
    /// The texts that made the catalog.
    pub(super) schema: Vec<Arc<SourceFile>>,
}

impl Knowledge {
    /// From the places that the command line names, else from those of whyslow.toml. Folders are read as migrations;
    /// a snapshot in JSON carries its schema, and so may the output of `pg_dump --statistics`.
    pub(super) fn load(
        arguments: &KnowledgeArguments,
        configuration: &Configuration,
    ) -> Result<Self, Failure> {
        let snapshot = arguments
            .snapshot
            .clone()
            .or_else(|| configuration.snapshot());
        let schema = if arguments.schema.is_empty() {
            configuration.schema()
        } else {
            arguments.schema.clone()
        };
        let Some(path) = snapshot else {
            return Self::from_schema(&schema);
        };
        let doing = format!("could not read the statistics {}", path.display());
        let text = fs::read_to_string(&path).map_err(|error| Failure::unable(&doing, error))?;
        if Snapshot::is_snapshot(&text) {
            if !arguments.schema.is_empty() {
                output::note("note: the snapshot carries its own schema; --schema is not read");
            }
            let snapshot =
                Snapshot::from_json(&text).map_err(|error| Failure::usage(&doing, error))?;
            return Ok(Self {
                schema: vec![schema_of(&snapshot, path.display().to_string())],
                catalog: snapshot.into_catalog(),
            });
        }
        if RestoredStatistics::are_in(&text) {
            let mut sources = sources(&schema)?;
            sources.push(SourceFile::new(path.display().to_string(), text));
            return Ok(Self {
                catalog: load_schema(&sources),
                schema: sources,
            });
        }
        let mut knowledge = Self::from_schema(&schema)?;
        HandWrittenStatistics::from_toml(&text)
            .and_then(|statistics| knowledge.catalog.apply_statistics(&statistics))
            .map_err(|error| Failure::usage(&doing, error))?;
        Ok(knowledge)
    }

    fn from_schema(paths: &[PathBuf]) -> Result<Self, Failure> {
        let schema = sources(paths)?;
        Ok(Self {
            catalog: load_schema(&schema),
            schema,
        })
    }
}

fn sources(paths: &[PathBuf]) -> Result<Vec<Arc<SourceFile>>, Failure> {
    read_schema(paths).map_err(|error| unreadable("could not read the schema", &error))
}

/// The schema that a snapshot carries, as text.
pub(super) fn schema_of(snapshot: &Snapshot, name: String) -> Arc<SourceFile> {
    let statements: String = snapshot
        .schema
        .iter()
        .map(|statement| format!("{statement};\n"))
        .collect();
    SourceFile::new(name, statements)
}

/// Reads query files, folders and globs, and `-` for standard input.
pub(super) fn queries(paths: &[PathBuf]) -> Result<Vec<Arc<SourceFile>>, Failure> {
    let doing = "could not read the queries";
    find_inputs(paths)
        .map_err(|error| unreadable(doing, &error))?
        .par_iter()
        .map(|input| input.read().map_err(|error| unreadable(doing, &error)))
        .collect()
}

fn unreadable(doing: &str, error: &InputError) -> Failure {
    Failure::unable(doing, error).remedy(error.remedy())
}

/// Rule levels and thresholds: those of whyslow.toml, then those of the command line.
pub(super) fn lint_options(
    arguments: &KnowledgeArguments,
    configuration: &Configuration,
) -> Result<LintOptions, Failure> {
    let mut levels = configuration.levels.clone();
    for setting in &arguments.rules {
        let doing = format!("could not set the level --rule {setting}");
        let (target, level) = setting.rsplit_once('=').ok_or_else(|| {
            Failure::usage(&doing, "no level is given")
                .remedy("write RULE=LEVEL, as in --rule deep-offset=off")
        })?;
        let (paths, rule) = match target.rsplit_once(':') {
            Some((glob, rule)) => {
                let paths = PathPatterns::new("", &[glob.to_owned()])
                    .map_err(|error| Failure::usage(&doing, error))?;
                (Some(paths), rule)
            }
            None => (None, target),
        };
        level
            .parse::<Level>()
            .and_then(|level| levels.set(paths.as_ref(), rule, level))
            .map_err(|error| Failure::usage(&doing, error))?;
    }
    let mut thresholds = configuration.thresholds.clone();
    for setting in &arguments.thresholds {
        let doing = format!("could not set --threshold {setting}");
        let (name, number) = setting
            .split_once('=')
            .and_then(|(name, text)| Some((name, text.parse::<serde_json::Number>().ok()?)))
            .ok_or_else(|| {
                Failure::usage(&doing, "no number is given")
                    .remedy("write NAME=NUMBER, as in --threshold deep-offset=5000")
            })?;
        thresholds = with_threshold(&thresholds, name, Value::Number(number))
            .map_err(|problem| Failure::usage(&doing, problem))?;
    }
    Ok(LintOptions {
        thresholds,
        levels,
        threads: 0,
    })
}
