//! How long a candidate waits: `exercise start` until the prompt, without and with loaded data, and `exercise check` of
//! the solution, for every pack in the program.
//!
//!     cargo build --release && cargo run --release --example exercise_times [PACK...]
//!
//! Prints a table in Markdown; fails where a prompt takes 10 s or more, or a check 5 s or more.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use whyslow::exercise::{Pack, shipped};

const PROMPT: Duration = Duration::from_secs(10);
const CHECK: Duration = Duration::from_secs(5);

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let program = program()?;
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let home = TempDir::new()?;
    let mut slow = Vec::new();
    println!("| exercise | first start | later starts | check |\n| --- | ---: | ---: | ---: |");
    for pack in shipped()? {
        if !wanted.is_empty() && !wanted.contains(&pack.name) {
            continue;
        }
        let answer = home.path().join("answer.sql");
        fs::write(&answer, &pack.solution)?;
        let first = start(&program, home.path(), &pack)?;
        let later = start(&program, home.path(), &pack)?;
        let check = check(&program, home.path(), &pack, &answer)?;
        println!(
            "| {} | {:.1} s | {:.1} s | {:.1} s |",
            pack.name,
            first.as_secs_f64(),
            later.as_secs_f64(),
            check.as_secs_f64()
        );
        if first >= PROMPT || later >= PROMPT || check >= CHECK {
            slow.push(pack.name);
        }
    }
    if slow.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("too slow: {}", slow.join(", "));
    Ok(ExitCode::FAILURE)
}

/// The program that was built beside this example.
fn program() -> Result<PathBuf, Box<dyn Error>> {
    let own = std::env::current_exe()?;
    let folder = own.parent().and_then(Path::parent).ok_or("no folder")?;
    let program = folder.join("whyslow");
    if program.is_file() {
        Ok(program)
    } else {
        Err(format!("{} is not built", program.display()).into())
    }
}

fn command(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env("WHYSLOW_STATE", home.join("state"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit());
    command
}

/// With nothing to read, the prompt ends as soon as it is there.
fn start(program: &Path, home: &Path, pack: &Pack) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    let status = command(program, home)
        .args(["exercise", "start", &pack.name, "--fresh"])
        .status()?;
    if !status.success() {
        return Err(format!("{} does not start", pack.name).into());
    }
    Ok(started.elapsed())
}

fn check(
    program: &Path,
    home: &Path,
    pack: &Pack,
    answer: &Path,
) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    let status = command(program, home)
        .args(["exercise", "check", &pack.name, "--answer"])
        .arg(answer)
        .status()?;
    if !status.success() {
        return Err(format!("the solution of {} does not pass", pack.name).into());
    }
    Ok(started.elapsed())
}
