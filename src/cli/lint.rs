use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::arguments::{FailOn, GlobalArguments, LintArguments};
use super::configuration::Configuration;
use super::failure::Failure;
use super::fix_check::FixCheck;
use super::knowledge::Knowledge;
use super::write_back::write_back;
use super::{knowledge, output};
use crate::catalog::Catalog;
use crate::planner::{EmbeddedPlanner, EmbeddedPlannerOptions, LazyPlanner};
use crate::report::{Format, counted, without_control_characters, write_diff, write_lint};
use crate::rules::{self, FixResult, LintOptions, LintResult, Severity};
use crate::source::{PathPatterns, STDIN_NAME, SourceFile};

/// Planning one statement may take so long.
const PLANNING_DEADLINE: Duration = Duration::from_secs(5);

/// Checks queries and the schema's own indexes.
pub(super) fn run(global: &GlobalArguments, arguments: LintArguments) -> Result<ExitCode, Failure> {
    let configuration = Configuration::load(global)?;
    let options = knowledge::lint_options(&arguments.knowledge, &configuration)?;
    let Knowledge { catalog, schema } = Knowledge::load(&arguments.knowledge, &configuration)?;
    if arguments.paths.is_empty()
        && configuration.queries().is_empty()
        && catalog.tables().next().is_none()
        && catalog.problems.is_empty()
    {
        return Err(
            Failure::usage("nothing to check", "neither queries nor a schema are given")
                .remedy("name query files or folders (- for standard input), or give --schema"),
        );
    }
    let mut files = query_files(&arguments, &configuration)?;

    let mut planner = lint_planner(&arguments, &configuration, &catalog, &files);
    let mut lint = |files: &[Arc<SourceFile>]| {
        let result = match &mut planner {
            Some(planner) => rules::lint_with_planner(files, &catalog, &options, planner),
            None => rules::lint(files, &catalog, &options),
        };
        for note in &result.notes {
            output::note(format_args!("note: {}", without_control_characters(note)));
        }
        result
    };
    let mut check = FixCheck::new(&catalog, &schema, !arguments.no_check);
    if arguments.diff {
        print_diff(&fixes(&files, &catalog, &options, &mut check))?;
        return Ok(exit_code(&arguments, &configuration, &lint(&files)));
    }
    if arguments.fix {
        let fixed = fixes(&files, &catalog, &options, &mut check);
        write_fixes(&files, &fixed)?;
        for file in &mut files {
            if let Some((_, text)) = fixed.changed.iter().find(|(old, _)| Arc::ptr_eq(old, file)) {
                *file = SourceFile::new(file.path(), text.as_str());
            }
        }
        if files.iter().any(|file| file.path() == STDIN_NAME) {
            return Ok(exit_code(&arguments, &configuration, &lint(&files)));
        }
    }
    let result = lint(&files);
    let format = Format::from_name(&arguments.format).unwrap_or(Format::Terminal);
    let screen = output::screen(global.color);
    output::write_to_stdout(|out| write_lint(&result, format, screen, out))?;
    Ok(exit_code(&arguments, &configuration, &result))
}

/// The embedded planner, which starts when it is first asked; none without statistics, or where it is not wanted or not
/// built in.
fn lint_planner(
    arguments: &LintArguments,
    configuration: &Configuration,
    catalog: &Catalog,
    files: &[Arc<SourceFile>],
) -> Option<LazyPlanner> {
    let known = catalog.tables().any(|table| table.statistics.is_some());
    if !cfg!(feature = "embedded") || arguments.no_planner || !configuration.planner() || !known {
        return None;
    }
    let (catalog, files) = (catalog.clone(), files.to_vec());
    Some(LazyPlanner::new(move || {
        // Thousands of tables take the server a minute.
        let catalog = Arc::new(catalog.mentioned_in(files.iter().map(|file| file.text())));
        let options = EmbeddedPlannerOptions {
            deadline: PLANNING_DEADLINE,
            ..EmbeddedPlannerOptions::default()
        };
        Ok(Box::new(EmbeddedPlanner::start(catalog, options)?))
    }))
}

fn exit_code(
    arguments: &LintArguments,
    configuration: &Configuration,
    result: &LintResult,
) -> ExitCode {
    let least = arguments
        .fail_on
        .or(configuration.fail_on())
        .unwrap_or(FailOn::Warning)
        .severity();
    let failed = least.is_some_and(|least| {
        result
            .findings
            .iter()
            .any(|finding| finding.severity >= least)
    });
    if failed {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    }
}

fn fixes(
    files: &[Arc<SourceFile>],
    catalog: &Catalog,
    options: &LintOptions,
    check: &mut FixCheck<'_>,
) -> FixResult {
    let fixed = rules::fix(files, catalog, options, &mut |before, after| {
        check.check(before, after)
    });
    for refused in &fixed.refused {
        output::note(format_args!(
            "{}:{}: the fix of {} was not applied: {}",
            without_control_characters(&refused.path),
            refused.line,
            refused.rule,
            without_control_characters(&refused.reason),
        ));
    }
    fixed
}

fn print_diff(fixed: &FixResult) -> Result<(), Failure> {
    let mut diff = Vec::new();
    for (file, text) in &fixed.changed {
        write_diff(file.path(), file.text(), text, &mut diff)
            .map_err(|error| Failure::unable("could not make the diff", error))?;
    }
    // A file takes the bytes as they are, a terminal must not obey them.
    if std::io::stdout().is_terminal() {
        diff = without_control_characters(&String::from_utf8_lossy(&diff)).into_bytes();
    }
    output::write_to_stdout(|out| out.write_all(&diff))
}

/// Writes the fixed files; the fixed text of standard input goes to standard output.
fn write_fixes(files: &[Arc<SourceFile>], fixed: &FixResult) -> Result<(), Failure> {
    let mut written = 0;
    for (file, text) in &fixed.changed {
        if file.path() != STDIN_NAME {
            write_back(Path::new(file.path()), text).map_err(|error| {
                Failure::unable(format!("could not write {}", file.path()), error)
            })?;
            written += 1;
        }
    }
    if written > 0 {
        output::note(format_args!(
            "{} applied in {}",
            counted(fixed.applied, "fix", "fixes"),
            counted(written, "file", "files"),
        ));
    }
    if let Some(input) = files.iter().find(|file| file.path() == STDIN_NAME) {
        let text = fixed
            .changed
            .iter()
            .find(|(file, _)| Arc::ptr_eq(file, input))
            .map_or(input.text(), |(_, text)| text);
        output::write_to_stdout(|out| out.write_all(text.as_bytes()))?;
    }
    Ok(())
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
    let mut files = knowledge::queries(&paths)?;
    files.retain(|file| !excluded.matches(file.path()) && !excluded_here.matches(file.path()));
    Ok(files)
}

impl FailOn {
    pub(super) fn severity(self) -> Option<Severity> {
        match self {
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
            Self::Never => None,
        }
    }
}
