use std::fs;
use std::path::Path;
use std::process::ExitCode;

use super::arguments::{GlobalArguments, RulesArguments};
use super::failure::Failure;
use super::output;
use crate::report::{findings_schema_text, rule_markdown, rules_index_markdown, rules_table};
use crate::rules::{all, by_name, nearest_rule};

/// Lists the rules, or prints the documentation of one.
pub(super) fn run(
    global: &GlobalArguments,
    arguments: &RulesArguments,
) -> Result<ExitCode, Failure> {
    if let Some(folder) = &arguments.write_docs {
        write_documentation(folder).map_err(|error| {
            Failure::unable(format!("could not write to {}", folder.display()), error)
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(name) = &arguments.name else {
        let screen = output::screen(global.color);
        let infos: Vec<_> = all().iter().map(|rule| rule.info()).collect();
        output::write_to_stdout(|out| writeln!(out, "{}", rules_table(&infos, screen)))?;
        return Ok(ExitCode::SUCCESS);
    };
    let Some(rule) = by_name(name) else {
        let failure = Failure::usage(
            "could not print the rule",
            format!("no rule is named {name:?}"),
        );
        return Err(failure.remedy(match nearest_rule(name) {
            Some(nearest) => format!("did you mean {nearest:?}?"),
            None => "`whyslow rules` lists them all".to_owned(),
        }));
    };
    output::write_to_stdout(|out| write!(out, "{}", rule_markdown(rule.info())))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes what the documentation folder holds of generated text: a page for each rule and one that lists them, and the
/// JSON Schema of the findings.
fn write_documentation(folder: &Path) -> std::io::Result<()> {
    let pages = folder.join("rules");
    if pages.exists() {
        fs::remove_dir_all(&pages)?;
    }
    fs::create_dir_all(&pages)?;
    let infos: Vec<_> = all().iter().map(|rule| rule.info()).collect();
    fs::write(pages.join("README.md"), rules_index_markdown(&infos))?;
    for info in infos {
        fs::write(pages.join(format!("{}.md", info.name)), rule_markdown(info))?;
    }
    fs::write(folder.join("findings.schema.json"), findings_schema_text())
}
