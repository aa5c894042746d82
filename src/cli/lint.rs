use std::process::ExitCode;
use std::sync::Arc;

use super::arguments::{FailOn, GlobalArguments, LintArguments};
use super::configuration::Configuration;
use super::failure::Failure;
use super::{knowledge, output};
use crate::report::{Format, write_lint};
use crate::rules::{self, Severity};
use crate::source::{PathPatterns, SourceFile};

/// Checks queries and the schema's own indexes.
pub(super) fn run(global: &GlobalArguments, arguments: LintArguments) -> Result<ExitCode, Failure> {
    let configuration = Configuration::load(global)?;
    let options = knowledge::lint_options(&arguments.knowledge, &configuration)?;
    let catalog = knowledge::catalog(&arguments.knowledge, &configuration)?;
    let files = query_files(&arguments, &configuration)?;

    let result = rules::lint(&files, &catalog, &options);

    let format = Format::from_name(&arguments.format).unwrap_or(Format::Terminal);
    let screen = output::screen(global.color);
    output::write_to_stdout(|out| write_lint(&result, format, screen, out))?;
    let least = arguments
        .fail_on
        .or(configuration.fail_on())
        .unwrap_or(FailOn::Warning);
    Ok(match least.severity() {
        Some(least)
            if result
                .findings
                .iter()
                .any(|finding| finding.severity >= least) =>
        {
            ExitCode::from(1)
        }
        _ => ExitCode::SUCCESS,
    })
}

fn query_files(
    arguments: &LintArguments,
    configuration: &Configuration,
) -> Result<Vec<Arc<SourceFile>>, Failure> {
    let paths = if arguments.paths.is_empty() {
        configuration.queries()
    } else {
        arguments.paths.clone()
    };
    let excluded_here = PathPatterns::new("", &arguments.exclude)
        .map_err(|error| Failure::usage("could not read --exclude", error))?;
    let excluded = configuration.excluded()?;
    let mut files = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Failure::unable(format!("could not read {}", path.display()), error)
        })?;
        files.push(SourceFile::new(path.display().to_string(), text));
    }
    files.retain(|file| !excluded.matches(file.path()) && !excluded_here.matches(file.path()));
    Ok(files)
}

impl FailOn {
    fn severity(self) -> Option<Severity> {
        match self {
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
            Self::Never => None,
        }
    }
}
