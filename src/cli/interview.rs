//! `whyslow interview`.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use super::arguments::GlobalArguments;
use super::failure::Failure;
use super::output;
use crate::interview::{Interview, Script, ScriptError, Topic};
use crate::report::{Screen, scorecard, scorecard_json, without_control_characters};

/// Guides an interviewer through a conversation, and writes down what was discussed
#[derive(Debug, Args)]
pub(super) struct InterviewArguments {
    #[command(subcommand)]
    command: InterviewCommand,
}

#[derive(Debug, Subcommand)]
enum InterviewCommand {
    /// List the scripts
    List,
    /// Print a script: questions, what to listen for, follow-ups, exercises
    Show {
        /// A script of `interview list`, or a TOML file
        #[arg(value_name = "SCRIPT", value_hint = ValueHint::FilePath)]
        script: String,
    },
    /// Lead through a script; goes on where it was left
    Run {
        /// A script of `interview list`, or a TOML file
        #[arg(value_name = "SCRIPT", value_hint = ValueHint::FilePath)]
        script: String,
        /// Whom it is with
        #[arg(long, value_name = "NAME")]
        candidate: String,
    },
    /// Write the scorecard
    Report {
        /// A script of `interview list`, or a TOML file
        #[arg(value_name = "SCRIPT", value_hint = ValueHint::FilePath)]
        script: String,
        /// Whom it was with
        #[arg(long, value_name = "NAME")]
        candidate: String,
        /// How to write it
        #[arg(long, value_name = "FORMAT", default_value = "markdown")]
        format: ScorecardFormat,
        /// File to write to [default: standard output]
        #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScorecardFormat {
    Markdown,
    Html,
    Json,
}

const HELP: &str = "\
  3 5           ticks points 3 and 5; the same again takes the tick off
  text          anything else is a note
  +3            your impression of this topic, 0 to 4
  n, p, s       next topic, previous topic, skip this one
  j 4           jumps to topic 4
  e, e NAME     starts the exercise here
  ?             shows the topic again
  q             ends; run again to continue
  done          ends for good";

/// Runs a subcommand of `interview`.
pub(super) fn run(
    global: &GlobalArguments,
    arguments: InterviewArguments,
) -> Result<ExitCode, Failure> {
    match arguments.command {
        InterviewCommand::List => list(),
        InterviewCommand::Show { script } => show(&find(&script)?),
        InterviewCommand::Run { script, candidate } => {
            lead(&find(&script)?, &candidate, output::screen(global.color))
        }
        InterviewCommand::Report {
            script,
            candidate,
            format,
            output,
        } => report(&find(&script)?, &candidate, format, output),
    }
}

fn list() -> Result<ExitCode, Failure> {
    let scripts =
        Script::shipped().map_err(|error| Failure::unable("could not read the scripts", error))?;
    output::write_to_stdout(|out| {
        for script in &scripts {
            writeln!(
                out,
                "{:<22} {}, {} topics, {} minutes",
                script.name,
                script.title,
                script.topics.len(),
                script.minutes
            )?;
        }
        writeln!(
            out,
            "\nwhyslow interview run SCRIPT --candidate NAME    leads through one of them"
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

fn find(name: &str) -> Result<Script, Failure> {
    Script::find(name).map_err(|error| {
        let failure = Failure::usage("could not open the script", &error);
        match error {
            ScriptError::Unknown { .. } => {
                failure.remedy("`whyslow interview list` lists them; a file needs its path")
            }
            _ => failure,
        }
    })
}

fn show(script: &Script) -> Result<ExitCode, Failure> {
    output::write_to_stdout(|out| {
        writeln!(out, "{}, {} minutes", script.title, script.minutes)?;
        writeln!(out, "{}", script.introduction.trim())?;
        for (at, topic) in script.topics.iter().enumerate() {
            writeln!(out, "\n{}", topic_text(script, at, topic, None))?;
        }
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

fn topic_text(script: &Script, at: usize, topic: &Topic, interview: Option<&Interview>) -> String {
    let notes = interview.and_then(|interview| interview.topics.get(&topic.name));
    let mut text = format!(
        "{} of {}: {}  ({} minutes)\n\n{}\n\nListen for\n",
        at + 1,
        script.topics.len(),
        topic.title,
        topic.minutes,
        topic.question.trim()
    );
    for (number, point) in topic.listen_for.iter().enumerate() {
        let ticked = notes.is_some_and(|notes| notes.mentioned.contains(&number));
        let mark = if ticked { 'x' } else { ' ' };
        text.push_str(&format!("  [{mark}] {:>2}  {point}\n", number + 1));
    }
    if !topic.follow_ups.is_empty() {
        text.push_str("Follow-ups\n");
        for follow_up in &topic.follow_ups {
            text.push_str(&format!("  - {follow_up}\n"));
        }
    }
    if !topic.exercises.is_empty() {
        text.push_str(&format!("Exercises: {}\n", topic.exercises.join(", ")));
    }
    for note in notes.iter().flat_map(|notes| &notes.notes) {
        text.push_str(&format!("  note: {note}\n"));
    }
    text
}

fn lead(script: &Script, candidate: &str, screen: Screen) -> Result<ExitCode, Failure> {
    let doing = "could not keep the interview's notes";
    let (interview, continued) =
        Interview::open(script, candidate).map_err(|error| Failure::unable(doing, error))?;
    say(&format!("{} with {candidate}", script.title));
    if continued {
        say("This goes on where it was left.");
    } else {
        say(&textwrap::fill(script.introduction.trim(), screen.width));
    }
    say(HELP);
    let mut editor = DefaultEditor::new()
        .map_err(|error| Failure::unable("could not open the prompt", error))?;
    let mut conversation = Conversation { script, interview };
    conversation.show();
    loop {
        let started = Instant::now();
        let line = editor.readline(&conversation.prompt());
        conversation.spend(started.elapsed().as_secs());
        let goes_on = match line {
            Ok(line) => conversation.line(line.trim()),
            Err(ReadlineError::Interrupted) => true,
            Err(ReadlineError::Eof) => false,
            Err(error) => return Err(Failure::unable("could not read a line", error)),
        };
        conversation
            .interview
            .save()
            .map_err(|error| Failure::unable(doing, error))?;
        if !goes_on {
            break;
        }
    }
    say(&format!(
        "whyslow interview report {} --candidate '{candidate}'    writes the scorecard",
        script.name
    ));
    Ok(ExitCode::SUCCESS)
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

struct Conversation<'a> {
    script: &'a Script,
    interview: Interview,
}

impl Conversation<'_> {
    fn topic(&self) -> Option<&Topic> {
        self.script.topics.get(self.interview.current)
    }

    fn prompt(&self) -> String {
        let used = self.interview.minutes();
        let name = self.topic().map_or("end", |topic| &topic.name);
        format!("{name} [{used:.0} of {} min]> ", self.script.minutes)
    }

    fn show(&self) {
        match self.topic() {
            Some(topic) => say(&format!(
                "\n{}",
                topic_text(
                    self.script,
                    self.interview.current,
                    topic,
                    Some(&self.interview)
                )
            )),
            None => say("\nThat was the last topic; `done` ends, `p` goes back."),
        }
    }

    fn spend(&mut self, seconds: u64) {
        if let Some(name) = self.topic().map(|topic| topic.name.clone()) {
            self.interview.notes(&name).seconds += seconds;
        }
    }

    /// Whether the conversation goes on.
    fn line(&mut self, line: &str) -> bool {
        let last = self.script.topics.len();
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            ["q"] => return false,
            ["done"] => {
                self.interview.finished = true;
                return false;
            }
            ["?"] => {
                say(HELP);
                self.show();
            }
            ["n"] => self.go_to((self.interview.current + 1).min(last)),
            ["p"] => self.go_to(self.interview.current.saturating_sub(1)),
            ["s"] => {
                if let Some(name) = self.topic().map(|topic| topic.name.clone()) {
                    self.interview.notes(&name).skipped = true;
                }
                self.go_to((self.interview.current + 1).min(last));
            }
            ["j", number] => match number.parse::<usize>() {
                Ok(number) if (1..=last).contains(&number) => self.go_to(number - 1),
                _ => say(&format!("topics go from 1 to {last}")),
            },
            ["e"] => self.exercise(None),
            ["e", name] => self.exercise(Some(name)),
            words if words.iter().all(|word| is_number(word)) => self.tick(words),
            _ => self.note(line),
        }
        true
    }

    fn go_to(&mut self, number: usize) {
        self.interview.current = number;
        self.show();
    }

    fn tick(&mut self, words: &[&str]) {
        let Some(topic) = self.topic().cloned() else {
            return;
        };
        for number in words.iter().filter_map(|word| word.parse::<usize>().ok()) {
            match number
                .checked_sub(1)
                .and_then(|at| topic.listen_for.get(at))
            {
                Some(point) => {
                    let marked = self.interview.tick(&topic.name, number - 1);
                    say(&format!("  [{}] {point}", if marked { 'x' } else { ' ' }));
                }
                None => say(&format!("points go from 1 to {}", topic.listen_for.len())),
            }
        }
    }

    fn note(&mut self, line: &str) {
        let Some(name) = self.topic().map(|topic| topic.name.clone()) else {
            return;
        };
        let impression = line
            .strip_prefix('+')
            .and_then(|number| number.parse::<u8>().ok());
        match impression {
            Some(impression) if impression <= 4 => {
                self.interview.notes(&name).impression = Some(impression);
                say(&format!("impression: {impression} of 4"));
            }
            Some(_) => say("impressions go from 0 to 4"),
            None => {
                self.interview.notes(&name).notes.push(line.to_owned());
                say("noted");
            }
        }
    }

    fn exercise(&mut self, wanted: Option<&str>) {
        let Some(topic) = self.topic().cloned() else {
            return;
        };
        let Some(name) = wanted
            .map(str::to_owned)
            .or_else(|| topic.exercises.first().cloned())
        else {
            say("this topic has no exercise; e NAME starts any");
            return;
        };
        if let Err(error) = crate::exercise::find(&name) {
            say(&error.to_string());
            return;
        }
        self.interview
            .notes(&topic.name)
            .exercises
            .insert(name.clone());
        let _ = self.interview.save();
        let started = Instant::now();
        let status = std::env::current_exe().and_then(|program| {
            Command::new(program)
                .args(["exercise", "start", &name])
                .status()
        });
        if let Err(error) = status {
            say(&format!("could not start it: {error}"));
        }
        self.spend(started.elapsed().as_secs());
        self.show();
    }
}

fn report(
    script: &Script,
    candidate: &str,
    format: ScorecardFormat,
    target: Option<PathBuf>,
) -> Result<ExitCode, Failure> {
    let doing = "could not write the scorecard";
    let found =
        Interview::find(&script.name, candidate).map_err(|error| Failure::unable(doing, error))?;
    let Some(interview) = found else {
        return Err(Failure::usage(
            doing,
            format!("there was no interview {} with {candidate}", script.name),
        )
        .remedy(format!(
            "whyslow interview run {} --candidate NAME",
            script.name
        )));
    };
    let text = match format {
        ScorecardFormat::Markdown => scorecard(script, &interview).to_markdown(),
        ScorecardFormat::Html => scorecard(script, &interview).to_html(),
        ScorecardFormat::Json => {
            serde_json::to_string_pretty(&scorecard_json(script, &interview))
                .map_err(|error| Failure::unable(doing, error))?
                + "\n"
        }
    };
    match target {
        Some(path) => fs::write(&path, text).map_err(|error| {
            Failure::unable(format!("could not write {}", path.display()), error)
        })?,
        None => output::write_to_stdout(|out| out.write_all(text.as_bytes()))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints to the interviewer; a terminal that is gone ends the conversation at the next line.
fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{}", without_control_characters(text));
}
