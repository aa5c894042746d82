use std::fs;
use std::path::Path;
use std::process::ExitCode;

use rayon::prelude::*;

use super::arguments::{OutputFormat, VerifyArguments};
use super::signals::Signals;
use super::{by_name, failure, variant, write_json};
use crate::cli::arguments::GlobalArguments;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::exercise::{MANIFEST, Pack, VerifiedPack, shipped, verify};
use crate::report::verify_table;

/// Checks packs, two at a time on two cores, and prints a table for each.
pub(super) fn verify_packs(
    global: &GlobalArguments,
    arguments: &VerifyArguments,
) -> Result<ExitCode, Failure> {
    let packs = if arguments.packs.is_empty() {
        shipped().map_err(|error| Failure::unable("could not read the exercises", error))?
    } else {
        packs_in(&arguments.packs)?
    };
    let packs: Vec<Pack> = packs
        .into_iter()
        .map(|pack| variant(pack, arguments.variant))
        .collect();
    let _signals = Signals::handle();
    let screen = output::screen(global.color);
    let (mut wrong, mut failed) = (0, 0);
    let mut reports = Vec::new();
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let all_runs = packs.chunks(at_once).flat_map(|chunk| {
        let progress = Progress::start();
        let runs: Vec<_> = chunk
            .par_iter()
            .map(|pack| verify_pack(pack, arguments, &progress))
            .collect();
        runs
    });
    for (pack, runs) in packs.iter().zip(all_runs) {
        // A pack that cannot be loaded says nothing of the others.
        let runs = match runs {
            Ok(runs) => runs,
            Err(failure) => {
                output::note(&failure);
                failed += 1;
                continue;
            }
        };
        let answers = runs.iter().flat_map(|run| &run.answers);
        wrong += answers.filter(|answer| !answer.is_right()).count();
        let seconds = runs.iter().map(|run| run.load_seconds).fold(0.0, f64::max);
        match arguments.output.format {
            OutputFormat::Terminal => output::write_to_stdout(|out| {
                writeln!(
                    out,
                    "{}  (loads in {seconds:.1} s)\n{}\n",
                    pack.name,
                    verify_table(pack, &runs, screen)
                )
            })?,
            OutputFormat::Json => reports.push(verified_json(pack, &runs)),
        }
    }
    match arguments.output.format {
        OutputFormat::Json => write_json(&serde_json::json!({ "packs": reports }))?,
        OutputFormat::Terminal => {
            let summary = match wrong {
                0 => format!(
                    "{} packs: every answer got the verdict that it must get",
                    packs.len() - failed
                ),
                wrong => format!(
                    "{} packs: {wrong} verdicts are not what they must be",
                    packs.len() - failed
                ),
            };
            output::write_to_stdout(|out| writeln!(out, "{summary}"))?;
        }
    }
    if failed > 0 {
        return Err(Failure::unable(
            "could not verify all packs",
            format!("{failed} of {} could not be loaded or graded", packs.len()),
        ));
    }
    Ok(if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

fn verify_pack(
    pack: &Pack,
    arguments: &VerifyArguments,
    progress: &Progress,
) -> Result<Vec<VerifiedPack>, Failure> {
    let step = |step: &str| progress.step(&format!("{}: {step}", pack.name));
    (1..=arguments.seeds.max(1))
        .map(|seed| {
            verify(
                pack,
                seed,
                arguments.runs,
                arguments.database.as_deref(),
                &step,
            )
            .map_err(|error| failure(&format!("could not verify {}", pack.name), &error))
        })
        .collect()
}

fn verified_json(pack: &Pack, runs: &[VerifiedPack]) -> serde_json::Value {
    let answers: Vec<_> = runs
        .iter()
        .flat_map(|run| {
            run.answers.iter().map(|answer| {
                serde_json::json!({
                    "seed": run.seed,
                    "answer": answer.answer,
                    "expected": answer.expected,
                    "outcome": answer.verdict.outcome,
                    "right": answer.is_right(),
                    "blocks": answer.verdict.blocks,
                    "message": answer.verdict.message,
                })
            })
        })
        .collect();
    serde_json::json!({ "name": pack.name, "answers": answers })
}

/// Each path is a pack, or a folder of packs.
fn packs_in(paths: &[String]) -> Result<Vec<Pack>, Failure> {
    let mut packs = Vec::new();
    for path in paths {
        let folder = Path::new(path);
        if folder.is_dir() && !folder.join(MANIFEST).is_file() {
            let mut inner: Vec<_> = fs::read_dir(folder)
                .map_err(|error| Failure::unable(format!("could not read {path}"), error))?
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path.join(MANIFEST).is_file())
                .collect();
            if inner.is_empty() {
                return Err(Failure::usage(
                    format!("could not verify {path}"),
                    format!("no folder in it has an {MANIFEST}"),
                ));
            }
            inner.sort();
            for path in inner {
                packs.push(Pack::read(&path).map_err(|error| {
                    Failure::usage(format!("could not read {}", path.display()), error)
                })?);
            }
        } else {
            packs.push(by_name(path)?);
        }
    }
    Ok(packs)
}
