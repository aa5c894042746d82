//! `whyslow exercise`.

mod arguments;
mod documents;
mod error_text;
mod new;
mod prompt;
mod results;
mod signals;
mod start;
mod verify;

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;

pub(super) use arguments::ExerciseArguments;
use arguments::{CheckArguments, ExerciseCommand, NameArguments};
pub(super) use arguments::{DocumentArguments, OutputArguments, OutputFormat};
pub(super) use documents::write_document;

use super::arguments::GlobalArguments;
use super::failure::Failure;
use super::output;
use super::progress::Progress;
use crate::exercise::{
    Answer, CatalogueError, ExerciseError, GradeOptions, LoadOptions, Pack, Session, Stock, find,
    grade, shipped,
};
use crate::report::{exercise_list, handout_json, task_text, write_verdict};
use signals::Signals;

/// Runs a subcommand of `exercise`.
pub(super) fn run(
    global: &GlobalArguments,
    arguments: ExerciseArguments,
) -> Result<ExitCode, Failure> {
    match arguments.command {
        ExerciseCommand::List { output } => list(global, &output),
        ExerciseCommand::Show { exercise, output } => show(global, &exercise, &output),
        ExerciseCommand::Start(arguments) => start::start(global, &arguments),
        ExerciseCommand::Hint { exercise, output } => start::hint(&exercise, &output),
        ExerciseCommand::Reset { exercise, output } => start::reset(&exercise, &output),
        ExerciseCommand::Reveal { exercise, output } => start::reveal(global, &exercise, &output),
        ExerciseCommand::Report { exercise, document } => documents::report(&exercise, &document),
        ExerciseCommand::Export(arguments) => documents::export(&arguments),
        ExerciseCommand::New(arguments) => new::new(&arguments),
        ExerciseCommand::Check(arguments) => check(global, &arguments),
        ExerciseCommand::Verify(arguments) => verify::verify_packs(global, &arguments),
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
        OutputFormat::Json => write_json(&handout_json(&pack))?,
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
        ..LoadOptions::default()
    };
    let _signals = Signals::handle();
    let progress = Progress::start();
    let stock = Stock::load(&pack, &options, &|step| progress.step(step))
        .map_err(|error| failure(&doing, &error))?;
    let limits = &pack.manifest.limits;
    let mut answer = Answer::read(&text, limits);
    if let Some(session) = &session {
        answer.left_out.extend(session.left_out(limits));
    }
    let options = GradeOptions {
        deadline: arguments.timeout,
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

pub(super) fn write_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::unable("could not write the results", error))?;
    output::write_to_stdout(|out| writeln!(out, "{text}"))
}
