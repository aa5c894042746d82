use std::io::{self, Write};
use std::process::{Command, ExitCode};
use std::time::Instant;

use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use crate::cli::failure::Failure;
use crate::exercise::STATE_VARIABLE;
use crate::interview::{Interview, Script, Topic};
use crate::report::{Screen, without_control_characters};

const HELP: &str = "  3 5           ticks points 3 and 5; the same again takes the tick off
  text          anything else is a note
  +3            your impression of this topic, 0 to 4
  n, p, s       next topic, previous topic, skip this one
  t, j 4        lists the topics, jumps to topic 4
  e, e NAME     starts the exercise here; e NAME 7 its variant 7
  ?             shows the topic again
  q             ends; run again to continue
  done          ends for good";

/// A topic as the interviewer sees it.
pub(super) fn topic_text(
    script: &Script,
    at: usize,
    topic: &Topic,
    interview: Option<&Interview>,
    screen: Screen,
) -> String {
    let notes = interview.and_then(|interview| interview.topics.get(&topic.name));
    let wrap = |first: &str, text: &str| {
        let rest = " ".repeat(first.chars().count());
        textwrap::fill(
            text.trim(),
            textwrap::Options::new(screen.width)
                .initial_indent(first)
                .subsequent_indent(&rest),
        )
    };
    let mut text = format!(
        "{} of {}: {}  ({} minutes)\n\n{}\n\nListen for\n",
        at + 1,
        script.topics.len(),
        topic.title,
        topic.minutes,
        wrap("", &topic.question)
    );
    for (number, point) in topic.listen_for.iter().enumerate() {
        let ticked = notes.is_some_and(|notes| notes.mentioned.contains(&number));
        let mark = if ticked { 'x' } else { ' ' };
        let first = format!("  [{mark}] {:>2}  ", number + 1);
        text.push_str(&format!("{}\n", wrap(&first, point)));
    }
    if !topic.follow_ups.is_empty() {
        text.push_str("Follow-ups\n");
        for follow_up in &topic.follow_ups {
            text.push_str(&format!("{}\n", wrap("  - ", follow_up)));
        }
    }
    if !topic.exercises.is_empty() {
        text.push_str(&format!("Exercises: {}\n", topic.exercises.join(", ")));
    }
    for note in notes.iter().flat_map(|notes| &notes.notes) {
        text.push_str(&format!("{}\n", wrap("  note: ", note)));
    }
    text
}

/// Leads through a script, from where it was left.
pub(super) fn lead(script: &Script, candidate: &str, screen: Screen) -> Result<ExitCode, Failure> {
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
    let mut conversation = Conversation {
        script,
        interview,
        screen,
    };
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
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

struct Conversation<'a> {
    script: &'a Script,
    interview: Interview,
    screen: Screen,
}

impl Conversation<'_> {
    fn topic(&self) -> Option<&Topic> {
        self.script.topics.get(self.interview.current)
    }

    fn prompt(&self) -> String {
        let used = self.interview.minutes();
        let all = self.script.minutes;
        match self.topic() {
            Some(topic) => {
                let notes = self.interview.topics.get(&topic.name);
                let here = notes.map_or(0, |notes| notes.seconds) as f64 / 60.0;
                format!(
                    "{} [{here:.0} of {} min; in all {used:.0} of {all}]> ",
                    topic.name, topic.minutes
                )
            }
            None => format!("end [in all {used:.0} of {all} min]> "),
        }
    }

    fn show(&self) {
        match self.topic() {
            Some(topic) => say(&format!(
                "\n{}",
                topic_text(
                    self.script,
                    self.interview.current,
                    topic,
                    Some(&self.interview),
                    self.screen
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
            ["t"] => self.topics(),
            ["e"] => self.exercise(None, None),
            ["e", name] => self.exercise(Some(name), None),
            ["e", name, variant] if is_number(variant) => self.exercise(Some(name), Some(variant)),
            words if words.iter().all(|word| is_number(word)) => self.tick(words),
            _ => self.note(line),
        }
        true
    }

    fn go_to(&mut self, number: usize) {
        self.interview.current = number;
        self.show();
    }

    fn topics(&self) {
        for (at, topic) in self.script.topics.iter().enumerate() {
            let notes = self.interview.topics.get(&topic.name);
            let sign = if at == self.interview.current {
                '>'
            } else {
                ' '
            };
            say(&format!(
                "{sign} {:>2}  {:<44} {} of {} points, {:.0} of {} min{}",
                at + 1,
                topic.title,
                notes.map_or(0, |notes| notes.mentioned.len()),
                topic.listen_for.len(),
                notes.map_or(0, |notes| notes.seconds) as f64 / 60.0,
                topic.minutes,
                if notes.is_some_and(|notes| notes.skipped) {
                    ", skipped"
                } else {
                    ""
                }
            ));
        }
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

    fn exercise(&mut self, wanted: Option<&str>, variant: Option<&str>) {
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
            let mut command = Command::new(program);
            command
                .args(["exercise", "start", &name])
                .env(STATE_VARIABLE, self.interview.state_folder());
            if let Some(variant) = variant {
                command.args(["--variant", variant]);
            }
            command.status()
        });
        if let Err(error) = status {
            say(&format!("could not start it: {error}"));
        }
        self.spend(started.elapsed().as_secs());
        self.show();
    }
}

/// Prints to the interviewer; a terminal that is gone ends the conversation at the next line.
fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{}", without_control_characters(text));
}
