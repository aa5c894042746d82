use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;

use super::super::arguments::GlobalArguments;
use super::super::configuration::Configuration;
use super::super::failure::Failure;
use super::super::knowledge::Knowledge;
use super::{ExplainArguments, exit_code, statement, write};
use crate::explain::{choose_statement, explain_plan};
use crate::plan::Plan;
use crate::report::without_control_characters;
use crate::rules::LintOptions;
use crate::source::SourceFile;

/// Explains EXPLAIN output that some server printed.
pub(super) fn run(
    global: &GlobalArguments,
    arguments: &ExplainArguments,
    configuration: &Configuration,
    lint: &LintOptions,
    path: &Path,
) -> Result<ExitCode, Failure> {
    let name = without_control_characters(&path.display().to_string());
    let doing = format!("could not read the plan {name}");
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    }
    .map_err(|error| {
        Failure::unable(&doing, error).remedy("name a file with the output of EXPLAIN")
    })?;
    let text = String::from_utf8_lossy(&bytes);
    let plan = Plan::read(&text).map_err(|error| Failure::usage(&doing, error))?;
    let Knowledge { catalog, .. } = Knowledge::load(&arguments.knowledge, configuration)?;
    let statement = match &arguments.query {
        Some(path) => Some(statement(path, arguments.statement.as_deref())?),
        // auto_explain prints the query with the plan.
        None => plan.query_text.as_ref().and_then(|text| {
            let file = SourceFile::new(format!("query text of {name}"), text.as_str());
            choose_statement(&file, None).ok()
        }),
    };
    let explanation = explain_plan(&plan, statement.as_ref(), &catalog, lint);
    write(global, arguments, &explanation, &catalog)?;
    Ok(exit_code(arguments, configuration, &explanation))
}
