use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use super::arguments::{NameArguments, StartArguments};
use super::prompt::{Prompt, is_interactive};
use super::{failure, pack, session_pack};
use crate::cli::arguments::GlobalArguments;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::exercise::{
    DATABASE, DatabaseState, EventKind, ExerciseError, LoadOptions, Pack, Session, Stock, Workplace,
};
use crate::report::task_text;
use crate::sandbox::{Server, ServerOptions};

/// An exercise may use so much disk.
const MAX_BYTES: u64 = 2_000_000_000;

/// Loads an exercise and opens a prompt on it, or lets other clients in.
pub(super) fn start(
    global: &GlobalArguments,
    arguments: &StartArguments,
) -> Result<ExitCode, Failure> {
    let pack = pack(&arguments.exercise)?;
    let doing = format!("could not start {}", pack.name);
    let screen = output::screen(global.color);
    if let Some(url) = &arguments.place.database {
        return start_native(&pack, url, arguments, screen);
    }
    let progress = Progress::start();
    let options = LoadOptions {
        seed: arguments.place.seed,
        database: None,
        cached: true,
    };
    let stock = Stock::load(&pack, &options, &|step| progress.step(step))
        .map_err(|error| failure(&doing, &error))?;
    progress.step("starting the server");
    let (session, server, continued) =
        open_session(&pack, &stock, arguments).map_err(|error| failure(&doing, &error))?;
    drop(progress);
    let url = server
        .url(DATABASE)
        .map_err(|error| Failure::unable(&doing, error))?;
    let tables: Vec<String> = stock
        .baseline
        .tables
        .iter()
        .map(|(table, rows)| format!("{rows} {table}"))
        .collect();
    output::write_to_stdout(|out| {
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
            writeln!(
                out,
                "\\? lists the commands, \\check grades, \\hint helps, \\q ends"
            )?;
        }
        Ok(())
    })?;
    if arguments.serve {
        return serve(session, &server, url, &doing);
    }
    Prompt {
        pack: &pack,
        stock: &stock,
        session,
        server,
        deadline: Duration::from_secs(arguments.timeout.max(1)),
        screen,
    }
    .run()?;
    Ok(ExitCode::SUCCESS)
}

/// The session that is there, else a new one, with its server.
fn open_session(
    pack: &Pack,
    stock: &Stock,
    arguments: &StartArguments,
) -> Result<(Session, Server, bool), ExerciseError> {
    let found = match Session::find(&pack.name)? {
        Some(session)
            if !arguments.fresh
                && session.seed == arguments.place.seed
                && session.variant == arguments.exercise.variant
                && session.start.is_some() =>
        {
            Some(session)
        }
        _ => None,
    };
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
    let data = session.data_folder();
    if !data.is_dir() {
        stock.copy_to(&data)?;
    }
    let server = Server::start(ServerOptions {
        statement_deadline: Some(Duration::from_secs(arguments.timeout.max(1) + 1)),
        max_bytes: Some(MAX_BYTES),
        ..crate::exercise::server_options(data)
    })?;
    if session.start.is_none() {
        let state = Workplace::read_state(&server)?;
        session.start = Some(state);
        session.save()?;
    }
    Ok((session, server, continued))
}

/// Waits while clients work, until standard input ends or the process is stopped.
fn serve(
    mut session: Session,
    server: &Server,
    url: String,
    doing: &str,
) -> Result<ExitCode, Failure> {
    session.url = Some(url);
    session.save().map_err(|error| failure(doing, &error))?;
    output::note(format!(
        "One client at a time. In another terminal: whyslow exercise check {0}, whyslow exercise hint {0}.",
        session.exercise
    ));
    if is_interactive() {
        output::note("Enter ends.");
        let mut line = String::new();
        let _ = std::io::stdin().read_line(&mut line);
    } else {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            // A server that has ended is started again, so that clients find it.
            let _ = server.port();
        }
    }
    if let Ok(Some(mut latest)) = Session::find(&session.exercise) {
        latest.url = None;
        let _ = latest.save();
    }
    Ok(ExitCode::SUCCESS)
}

/// On a server of the user's own: a database and a role for the candidate, dropped at the end.
fn start_native(
    pack: &Pack,
    url: &str,
    arguments: &StartArguments,
    screen: crate::report::Screen,
) -> Result<ExitCode, Failure> {
    let doing = format!("could not start {}", pack.name);
    let progress = Progress::start();
    let options = LoadOptions {
        seed: arguments.place.seed,
        database: Some(url.to_owned()),
        cached: false,
    };
    let stock = Stock::load(pack, &options, &|step| progress.step(step))
        .map_err(|error| failure(&doing, &error))?;
    let mut place = stock
        .fresh_copy()
        .map_err(|error| failure(&doing, &error))?;
    let candidate = place
        .candidate_url(Duration::from_secs(arguments.timeout.max(1)))
        .map_err(|error| failure(&doing, &error))?;
    drop(progress);
    output::write_to_stdout(|out| {
        writeln!(out, "{}", task_text(pack, screen))?;
        writeln!(out, "psql '{candidate}'")?;
        writeln!(
            out,
            "Hand in with: whyslow exercise check {} --answer FILE. Enter ends and drops the database.",
            pack.name
        )
    })?;
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
    Ok(ExitCode::SUCCESS)
}

/// Prints the next hint.
pub(super) fn hint(exercise: &NameArguments) -> Result<ExitCode, Failure> {
    let pack = session_pack(exercise)?;
    let doing = "could not give a hint";
    let mut session = session_or_new(&pack, exercise).map_err(|error| failure(doing, &error))?;
    let hints = &pack.manifest.hints;
    let Some(hint) = hints.get(session.hints) else {
        output::write_to_stdout(|out| writeln!(out, "there are no more hints"))?;
        return Ok(ExitCode::SUCCESS);
    };
    session.hints += 1;
    let number = session.hints;
    session
        .note(EventKind::Hint { number })
        .map_err(|error| failure(doing, &error))?;
    output::write_to_stdout(|out| {
        writeln!(
            out,
            "Hint {number} of {} (-{} points): {}",
            hints.len(),
            hint.points,
            hint.text
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Forgets the session's data and answer; what happened stays on record.
pub(super) fn reset(exercise: &NameArguments) -> Result<ExitCode, Failure> {
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
    output::write_to_stdout(|out| writeln!(out, "{} is as at the start", pack.name))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the solution; the session earns nothing after that.
pub(super) fn reveal(exercise: &NameArguments) -> Result<ExitCode, Failure> {
    let pack = session_pack(exercise)?;
    let doing = "could not note that the solution was shown";
    let mut session = session_or_new(&pack, exercise).map_err(|error| failure(doing, &error))?;
    session.revealed = true;
    session
        .note(EventKind::Revealed)
        .map_err(|error| failure(doing, &error))?;
    let manifest = &pack.manifest;
    output::write_to_stdout(|out| {
        writeln!(out, "{}\n", manifest.explanation.trim())?;
        writeln!(out, "{}\n", pack.solution.trim())?;
        writeln!(out, "What it costs: {}", manifest.trade_off.trim())
    })?;
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
        if !data.is_dir() {
            return Ok(None);
        }
        let server = Server::start(crate::exercise::server_options(data))?;
        let state = Workplace::read_state(&server)?;
        server.stop();
        return Ok(Some(state));
    }
    match &session.url {
        Some(url) => Ok(Some(Workplace::read_state_at(url)?)),
        None => Ok(None),
    }
}
