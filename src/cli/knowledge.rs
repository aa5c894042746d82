use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::arguments::KnowledgeArguments;
use super::configuration::{Configuration, with_threshold};
use super::failure::Failure;
use crate::catalog::{Catalog, HandWrittenStatistics, load_schema};
use crate::rules::{Level, LintOptions};
use crate::source::{PathPatterns, SourceFile};

/// The schema with its statistics, from the places that the command line names, else from those of whyslow.toml.
pub(super) fn catalog(
    arguments: &KnowledgeArguments,
    configuration: &Configuration,
) -> Result<Catalog, Failure> {
    let mut catalog = load_schema(&schema_files(arguments, configuration)?);
    let snapshot = arguments
        .snapshot
        .clone()
        .or_else(|| configuration.snapshot());
    if let Some(path) = snapshot {
        apply_snapshot(&mut catalog, &path)?;
    }
    Ok(catalog)
}

/// The schema files that the command line names, else those of whyslow.toml.
pub(super) fn schema_files(
    arguments: &KnowledgeArguments,
    configuration: &Configuration,
) -> Result<Vec<Arc<SourceFile>>, Failure> {
    let schema = if arguments.schema.is_empty() {
        configuration.schema()
    } else {
        arguments.schema.clone()
    };
    read_files(&schema)
}

fn apply_snapshot(catalog: &mut Catalog, path: &Path) -> Result<(), Failure> {
    let doing = format!("could not read the statistics {}", path.display());
    let text = fs::read_to_string(path).map_err(|error| Failure::unable(&doing, error))?;
    HandWrittenStatistics::from_toml(&text)
        .and_then(|statistics| catalog.apply_statistics(&statistics))
        .map_err(|error| Failure::usage(&doing, error))?;
    Ok(())
}

/// Reads files by their names.
pub(super) fn read_files(paths: &[PathBuf]) -> Result<Vec<Arc<SourceFile>>, Failure> {
    paths
        .iter()
        .map(|path| {
            let name = path.display().to_string();
            let text = fs::read_to_string(path)
                .map_err(|error| Failure::unable(format!("could not read {name}"), error))?;
            Ok(SourceFile::new(name, text))
        })
        .collect()
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
