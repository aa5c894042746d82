use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::Value;

use super::arguments::KnowledgeArguments;
use super::configuration::{Configuration, with_threshold};
use super::failure::Failure;
use crate::catalog::{Catalog, HandWrittenStatistics, load_schema};
use crate::rules::{Level, LintOptions};
use crate::source::{InputError, PathPatterns, SourceFile, find_inputs, read_schema};

/// The catalog that the schema files make, with the statistics that the command line names, else whyslow.toml.
pub(super) fn catalog(
    schema: &[Arc<SourceFile>],
    arguments: &KnowledgeArguments,
    configuration: &Configuration,
) -> Result<Catalog, Failure> {
    let mut catalog = load_schema(schema);
    let snapshot = arguments
        .snapshot
        .clone()
        .or_else(|| configuration.snapshot());
    if let Some(path) = snapshot {
        apply_snapshot(&mut catalog, &path)?;
    }
    Ok(catalog)
}

/// The schema files that the command line names, else those of whyslow.toml; folders are read as migrations.
pub(super) fn schema_files(
    arguments: &KnowledgeArguments,
    configuration: &Configuration,
) -> Result<Vec<Arc<SourceFile>>, Failure> {
    let schema = if arguments.schema.is_empty() {
        configuration.schema()
    } else {
        arguments.schema.clone()
    };
    read_schema(&schema).map_err(|error| unreadable("could not read the schema", &error))
}

fn apply_snapshot(catalog: &mut Catalog, path: &Path) -> Result<(), Failure> {
    let doing = format!("could not read the statistics {}", path.display());
    let text = fs::read_to_string(path).map_err(|error| Failure::unable(&doing, error))?;
    HandWrittenStatistics::from_toml(&text)
        .and_then(|statistics| catalog.apply_statistics(&statistics))
        .map_err(|error| Failure::usage(&doing, error))?;
    Ok(())
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
    Ok(LintOptions { thresholds, levels })
}
