use std::collections::BTreeMap;
use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rustyline::DefaultEditor;

use super::arguments::{NameArguments, OutputArguments, OutputFormat, StartArguments};
use super::prompt::{Prompt, is_interactive};
use super::signals::Signals;
use super::{failure, pack, session_pack, write_json};
use crate::cli::arguments::GlobalArguments;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::exercise::{
    CandidateLimits, CandidateServer, DatabaseState, EventKind, ExerciseError, LoadOptions, Pack,
    Session, Stock, read_state_at, read_state_in,
};
use crate::report::{exact, hint_text, solution_text, task_text};

/// Loads an exercise and opens a prompt on it, or lets other clients in.
pub(super) fn start(
    global: &GlobalArguments,
    arguments: &StartArguments,
) -> Result<ExitCode, Failure> {
    let pack = pack(&arguments.exercise)?;
    let doing = format!("could not start {}", pack.name);
    let screen = output::screen(global.color);
    // The editor handles Ctrl-C while a line is typed, and has to come first for ours to see it at other times.
    let editor = DefaultEditor::new()
        .map_err(|error| Failure::unable("could not open the prompt", error))?;
    let signals = Signals::handle();
    let progress = Progress::start();
    let options = LoadOptions {
        seed: arguments.place.seed,
        database: arguments.place.database.clone(),
        cached: true,
        ..LoadOptions::default()
    };
    let stock = Stock::load(&pack, &options, &|step| progress.step(step))
        .map_err(|error| failure(&doing, &error))?;
    progress.step("starting the server");
    let (session, server, continued) =
        open_session(&pack, &stock, arguments).map_err(|error| failure(&doing, &error))?;
    drop(progress);
    let url = server.url().map_err(|error| failure(&doing, &error))?;
    match arguments.format {
        OutputFormat::Json => write_json(&serde_json::json!({
            "exercise": pack.name,
            "title": pack.manifest.title,
            "goal": pack.manifest.goal,
            "query": pack.query,
            "url": url,
            "rows": stock.baseline.tables.iter().cloned().collect::<BTreeMap<_, _>>(),
            "continued": continued,
        }))?,
        OutputFormat::Terminal => output::write_to_stdout(|out| {
            let tables: Vec<String> = stock
                .baseline
                .tables
                .iter()
                .map(|(table, rows)| {
                    format!("{} {table}", exact(u64::try_from(*rows).unwrap_or(0)))
                })
                .collect();
            writeln!(out, "{}", task_text(&pack, screen))?;
            writeln!(out, "Loaded: {}.", tables.join(", "))?;
            if continued {
                writeln!(
                    out,
                    "This continues the session begun before; --fresh begins anew."
                )?;
            }
            writeln!(out, "psql '{url}'")?;
            if !arguments.serve {
                if arguments.place.database.is_none() {
                    writeln!(
                        out,
                        "(one client at a time, and this prompt is one: --serve leaves the place to psql)"
                    )?;
                }
                writeln!(
                    out,
                    "\\? lists the commands, \\check grades, \\hint helps, \\q ends"
                )?;
            }
            Ok(())
        })?,
    }
    if arguments.serve {
        return serve(session, &server, url, &doing);
    }
    Prompt {
        pack: &pack,
        stock: &stock,
        session,
        server,
        signals,
        deadline: arguments.timeout,
        screen,
    }
    .run(editor)?;
    Ok(ExitCode::SUCCESS)
}

/// The session that is there, else a new one, with its server. On a server of the user's own the data is dropped at
/// the end, so that a session there is always a new one.
fn open_session(
    pack: &Pack,
    stock: &Stock,
    arguments: &StartArguments,
) -> Result<(Session, CandidateServer, bool), ExerciseError> {
    let native = arguments.place.database.is_some();
    let found = Session::find(&pack.name)?.filter(|session| {
        !arguments.fresh
            && !native
            && !session.native
            && session.seed == arguments.place.seed
            && session.variant == arguments.exercise.variant
            && session.start.is_some()
    });
    let continued = found.is_some();
    let mut session = match found {
        Some(session) => session,
        None => Session::begin(pack, arguments.exercise.variant, arguments.place.seed)?,
    };
    if !session.lock()? {
        return Err(ExerciseError::InUse {
            exercise: pack.name.clone(),
        });
    }
    session.native = native;
    let limits = CandidateLimits {
        deadline: arguments.timeout,
        max_bytes: arguments.max_megabytes.max(100) * 1_000_000,
    };
    let server = if native {
        CandidateServer::native(stock, limits)?
    } else {
        CandidateServer::embedded(stock, session.data_folder(), limits)?
    };
    if session.start.is_none() {
        session.start = Some(read_state_at(&server.url()?)?);
        session.save()?;
    }
    Ok((session, server, continued))
}

/// Waits while clients work, until standard input ends or the process is stopped.
fn serve(
    mut session: Session,
    server: &CandidateServer,
    url: String,
    doing: &str,
) -> Result<ExitCode, Failure> {
    session.url = Some(url);
    session.save().map_err(|error| failure(doing, &error))?;
    output::note(format!(
        "One client at a time. In another terminal: whyslow exercise check {0}, whyslow exercise hint {0}.",
        session.exercise
    ));
    let enter = is_interactive().then(|| {
        output::note("Enter ends.");
        std::thread::spawn(|| std::io::stdin().read_line(&mut String::new()))
    });
    while !enter.as_ref().is_some_and(|waiting| waiting.is_finished()) {
        std::thread::sleep(Duration::from_millis(100));
        server.keep_running();
    }
    if let Ok(Some(mut latest)) = Session::find(&session.exercise) {
        latest.url = None;
        let _ = latest.save();
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the next hint.
pub(super) fn hint(
    exercise: &NameArguments,
    output: &OutputArguments,
) -> Result<ExitCode, Failure> {
    let pack = session_pack(exercise)?;
    let doing = "could not give a hint";
    let mut session = session_or_new(&pack, exercise).map_err(|error| failure(doing, &error))?;
    let hints = &pack.manifest.hints;
    let Some(hint) = hints.get(session.hints) else {
        match output.format {
            OutputFormat::Terminal => {
                output::write_to_stdout(|out| writeln!(out, "there are no more hints"))?;
            }
            OutputFormat::Json => write_json(&serde_json::json!({
                "exercise": pack.name, "hint": null, "number": null, "of": hints.len(), "points": 0,
            }))?,
        }
        return Ok(ExitCode::SUCCESS);
    };
    session.hints += 1;
    let number = session.hints;
    session
        .note(EventKind::Hint { number })
        .map_err(|error| failure(doing, &error))?;
    match output.format {
        OutputFormat::Terminal => {
            output::write_to_stdout(|out| {
                writeln!(out, "{}", hint_text(number, hints.len(), hint))
            })?;
        }
        OutputFormat::Json => write_json(&serde_json::json!({
            "exercise": pack.name, "hint": hint.text, "number": number, "of": hints.len(),
            "points": hint.points,
        }))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Forgets the session's data and answer; what happened stays on record.
pub(super) fn reset(
    exercise: &NameArguments,
    output: &OutputArguments,
) -> Result<ExitCode, Failure> {
    let pack = session_pack(exercise)?;
    let doing = "could not reset";
    let found = Session::find(&pack.name).map_err(|error| failure(doing, &error))?;
    let Some(mut session) = found else {
        return Err(
            Failure::usage(doing, format!("{} was not begun", pack.name))
                .remedy(format!("whyslow exercise start {}", pack.name)),
        );
    };
    if !session.lock().map_err(|error| failure(doing, &error))? {
        return Err(
            Failure::usage(doing, "the exercise is open in another terminal")
                .remedy("use \\reset there, or end it with \\q"),
        );
    }
    let data = session.data_folder();
    if data.exists() {
        fs::remove_dir_all(&data).map_err(|error| Failure::unable(doing, error))?;
    }
    session.query = None;
    session.answer.clear();
    session
        .note(EventKind::Reset)
        .map_err(|error| failure(doing, &error))?;
    match output.format {
        OutputFormat::Terminal => {
            output::write_to_stdout(|out| writeln!(out, "{} is as at the start", pack.name))?;
        }
        OutputFormat::Json => {
            write_json(&serde_json::json!({ "exercise": pack.name, "reset": true }))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the solution; the session earns nothing after that.
pub(super) fn reveal(
    global: &GlobalArguments,
    exercise: &NameArguments,
    output: &OutputArguments,
) -> Result<ExitCode, Failure> {
    let pack = session_pack(exercise)?;
    let doing = "could not note that the solution was shown";
    let mut session = session_or_new(&pack, exercise).map_err(|error| failure(doing, &error))?;
    session.revealed = true;
    session
        .note(EventKind::Revealed)
        .map_err(|error| failure(doing, &error))?;
    let manifest = &pack.manifest;
    match output.format {
        OutputFormat::Terminal => {
            let screen = output::screen(global.color);
            output::write_to_stdout(|out| writeln!(out, "{}", solution_text(&pack, screen)))?;
        }
        OutputFormat::Json => write_json(&serde_json::json!({
            "exercise": pack.name, "solution": pack.solution, "explanation": manifest.explanation,
            "trade_off": manifest.trade_off,
        }))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn session_or_new(pack: &Pack, exercise: &NameArguments) -> Result<Session, ExerciseError> {
    match Session::find(&pack.name)? {
        Some(session) => Ok(session),
        None => Session::begin(pack, exercise.variant, 1),
    }
}

/// The answer of the session: read from its database where that is possible, else as it was last seen.
pub(super) fn session_answer(pack: &Pack) -> Result<(Session, String), Failure> {
    let doing = format!("could not check {}", pack.name);
    let found = Session::find(&pack.name).map_err(|error| failure(&doing, &error))?;
    let Some(mut session) = found else {
        return Err(
            Failure::usage(&doing, "no answer is given, and the exercise was not begun").remedy(
                format!(
                    "whyslow exercise start {0}, or whyslow exercise check {0} --answer FILE",
                    pack.name
                ),
            ),
        );
    };
    let state = current_state(&mut session).map_err(|error| failure(&doing, &error))?;
    if let (Some(state), Some(start)) = (state, &session.start) {
        session.uncounted = state.uncounted_since(start);
        let mut answer = state.since(start);
        if let Some(query) = &session.query {
            answer.push_str(&format!("{};\n", query.trim().trim_end_matches(';')));
        }
        session.answer = answer;
    }
    let answer = session.answer.clone();
    Ok((session, answer))
}

fn current_state(session: &mut Session) -> Result<Option<DatabaseState>, ExerciseError> {
    if session.lock()? {
        let data = session.data_folder();
        return data.is_dir().then(|| read_state_in(&data)).transpose();
    }
    let Some(url) = session.url.as_deref() else {
        return Ok(None);
    };
    let started = Instant::now();
    loop {
        match read_state_at(url) {
            Err(_) if started.elapsed() < RESTART => std::thread::sleep(Duration::from_millis(300)),
            read => return read.map(Some),
        }
    }
}

/// A server that a statement has just ended is back before that.
const RESTART: Duration = Duration::from_secs(5);
