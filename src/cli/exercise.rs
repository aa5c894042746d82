//! `whyslow exercise`.

mod arguments;
mod new;
mod prompt;
mod start;

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

pub(super) use arguments::ExerciseArguments;
use arguments::{
    CheckArguments, DocumentFormat, ExerciseCommand, ExportArguments, NameArguments,
    OutputArguments, OutputFormat, VerifyArguments,
};
use rayon::prelude::*;

use super::arguments::GlobalArguments;
use super::failure::Failure;
use super::output;
use super::progress::Progress;
use crate::exercise::{
    Answer, CatalogueError, ExerciseError, GradeOptions, LoadOptions, MANIFEST, Pack, Session,
    Stock, VerifiedPack, find, grade, shipped, verify,
};
use crate::report::{
    Document, exercise_list, handout, key, session_report, task_text, verify_table, write_verdict,
};

/// Runs a subcommand of `exercise`.
pub(super) fn run(
    global: &GlobalArguments,
    arguments: ExerciseArguments,
) -> Result<ExitCode, Failure> {
    match arguments.command {
        ExerciseCommand::List { output } => list(global, &output),
        ExerciseCommand::Show { exercise, output } => show(global, &exercise, &output),
        ExerciseCommand::Start(arguments) => start::start(global, &arguments),
        ExerciseCommand::Hint { exercise } => start::hint(&exercise),
        ExerciseCommand::Reset { exercise } => start::reset(&exercise),
        ExerciseCommand::Reveal { exercise } => start::reveal(&exercise),
        ExerciseCommand::Report { exercise, format } => report(&exercise, format),
        ExerciseCommand::Export(arguments) => export(&arguments),
        ExerciseCommand::New(arguments) => new::new(&arguments),
        ExerciseCommand::Check(arguments) => check(global, &arguments),
        ExerciseCommand::Verify(arguments) => verify_packs(global, &arguments),
    }
}

fn list(global: &GlobalArguments, output: &OutputArguments) -> Result<ExitCode, Failure> {
    let packs =
        shipped().map_err(|error| Failure::unable("could not read the exercises", error))?;
    let screen = output::screen(global.color);
    match output.format {
        OutputFormat::Terminal => {
            output::write_to_stdout(|out| writeln!(out, "{}", exercise_list(&packs, screen)))?;
        }
        OutputFormat::Json => {
            let exercises: Vec<_> = packs
                .iter()
                .map(|pack| {
                    serde_json::json!({
                        "name": pack.name,
                        "title": pack.manifest.title,
                        "level": pack.manifest.level,
                        "minutes": pack.manifest.minutes,
                    })
                })
                .collect();
            write_json(&serde_json::json!({ "exercises": exercises }))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(
    global: &GlobalArguments,
    exercise: &NameArguments,
    output: &OutputArguments,
) -> Result<ExitCode, Failure> {
    let pack = pack(exercise)?;
    match output.format {
        OutputFormat::Terminal => {
            let screen = output::screen(global.color);
            output::write_to_stdout(|out| {
                writeln!(out, "{}", task_text(&pack, screen))?;
                writeln!(out, "{}", pack.schema.trim())
            })?;
        }
        OutputFormat::Json => write_json(&serde_json::json!({
            "name": pack.name,
            "title": pack.manifest.title,
            "level": pack.manifest.level,
            "minutes": pack.manifest.minutes,
            "goal": pack.manifest.goal,
            "story": pack.manifest.story,
            "schema": pack.schema,
            "query": pack.query,
            "parameters": pack.manifest.parameters,
            "limits": pack.manifest.limits,
        }))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn check(global: &GlobalArguments, arguments: &CheckArguments) -> Result<ExitCode, Failure> {
    let pack = match &arguments.answer {
        Some(_) => pack(&arguments.exercise)?,
        None => session_pack(&arguments.exercise)?,
    };
    let (mut session, text) = match &arguments.answer {
        Some(path) => (None, read_answer(path)?),
        None => {
            let (session, text) = start::session_answer(&pack)?;
            (Some(session), text)
        }
    };
    let doing = format!("could not check {}", pack.name);
    let options = LoadOptions {
        seed: session
            .as_ref()
            .map_or(arguments.place.seed, |session| session.seed),
        database: arguments.place.database.clone(),
        cached: true,
    };
    let progress = Progress::start();
    let stock = Stock::load(&pack, &options, &|step| progress.step(step))
        .map_err(|error| failure(&doing, &error))?;
    let answer = Answer::read(&text, &pack.manifest.limits);
    let options = GradeOptions {
        deadline: Duration::from_secs(arguments.timeout.max(1)),
        hint_points: session
            .as_ref()
            .map_or(0, |session| session.hint_points(&pack)),
        ..GradeOptions::default()
    };
    progress.step("replaying the answer");
    let verdict =
        grade(&stock, &pack, &answer, &options).map_err(|error| failure(&doing, &error))?;
    drop(progress);
    if let Some(session) = &mut session {
        session
            .note_verdict(&verdict)
            .map_err(|error| failure(&doing, &error))?;
    }
    match arguments.output.format {
        OutputFormat::Terminal => {
            let screen = output::screen(global.color);
            output::write_to_stdout(|out| write_verdict(&verdict, screen, out))?;
        }
        OutputFormat::Json => write_json(&verdict)?,
    }
    Ok(if verdict.passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

fn report(exercise: &NameArguments, format: DocumentFormat) -> Result<ExitCode, Failure> {
    let pack = session_pack(exercise)?;
    let doing = "could not report";
    let found = Session::find(&pack.name).map_err(|error| failure(doing, &error))?;
    let Some(session) = found else {
        return Err(
            Failure::usage(doing, format!("{} was not begun", pack.name))
                .remedy(format!("whyslow exercise start {}", pack.name)),
        );
    };
    write_document(&session_report(&pack, &session), format, None)
}

fn export(arguments: &ExportArguments) -> Result<ExitCode, Failure> {
    let pack = pack(&arguments.exercise)?;
    let document = if arguments.key {
        let progress = Progress::start();
        let options = LoadOptions {
            seed: 1,
            database: None,
            cached: true,
        };
        let stock = Stock::load(&pack, &options, &|step| progress.step(step))
            .map_err(|error| failure("could not measure for the key", &error))?;
        key(&pack, Some(&stock.baseline))
    } else {
        handout(&pack)
    };
    write_document(&document, arguments.format, arguments.output.as_deref())
}

fn write_document(
    document: &Document,
    format: DocumentFormat,
    target: Option<&Path>,
) -> Result<ExitCode, Failure> {
    let text = match format {
        DocumentFormat::Markdown => document.to_markdown(),
        DocumentFormat::Html => document.to_html(),
    };
    match target {
        Some(path) => fs::write(path, text).map_err(|error| {
            Failure::unable(format!("could not write {}", path.display()), error)
        })?,
        None => output::write_to_stdout(|out| out.write_all(text.as_bytes()))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn verify_packs(
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
    let screen = output::screen(global.color);
    let mut wrong = 0;
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
        let runs = runs?;
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
                    packs.len()
                ),
                wrong => format!(
                    "{} packs: {wrong} verdicts are not what they must be",
                    packs.len()
                ),
            };
            output::write_to_stdout(|out| writeln!(out, "{summary}"))?;
        }
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

fn pack(exercise: &NameArguments) -> Result<Pack, Failure> {
    Ok(variant(by_name(&exercise.name)?, exercise.variant))
}

/// The variant that the session is about, where none is given.
fn session_pack(exercise: &NameArguments) -> Result<Pack, Failure> {
    let pack = by_name(&exercise.name)?;
    let session =
        Session::find(&pack.name).map_err(|error| failure("could not read the session", &error))?;
    let seed = exercise
        .variant
        .or(session.and_then(|session| session.variant));
    Ok(variant(pack, seed))
}

fn variant(pack: Pack, seed: Option<u64>) -> Pack {
    match seed {
        Some(seed) => pack.variant(seed),
        None => pack,
    }
}

pub(super) fn by_name(name: &str) -> Result<Pack, Failure> {
    find(name).map_err(|error| {
        let failure = Failure::usage("could not open the exercise", &error);
        match error {
            CatalogueError::Unknown {
                nearest: Some(nearest),
                ..
            } => failure.remedy(format!("did you mean {nearest:?}?")),
            CatalogueError::Unknown { .. } => {
                failure.remedy("`whyslow exercise list` lists them all; a folder needs its path")
            }
            CatalogueError::Pack(_) => failure,
        }
    })
}

fn failure(doing: &str, error: &ExerciseError) -> Failure {
    match error {
        ExerciseError::Pack(_) | ExerciseError::Data { .. } => Failure::usage(doing, error),
        _ => Failure::unable(doing, error),
    }
}

fn read_answer(path: &Path) -> Result<String, Failure> {
    let read = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    read.map_err(|error| {
        Failure::unable(
            format!("could not read the answer {}", path.display()),
            error,
        )
        .remedy("it has to be a text file with DDL and at most one query")
    })
}

fn write_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::unable("could not write the results", error))?;
    output::write_to_stdout(|out| writeln!(out, "{text}"))
}
