use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A folder of its own for everything that is kept between commands.
pub struct Home(pub TempDir);

impl Home {
    pub fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("whyslow"));
        command
            .args(arguments)
            .env("WHYSLOW_STATE", self.0.path())
            .env("NO_COLOR", "1");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("runs")
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> String {
        let path = self.0.path().join("input.txt");
        fs::write(&path, input).expect("writes");
        let output = self
            .command(arguments)
            .stdin(Stdio::from(fs::File::open(path).expect("opens")))
            .output()
            .expect("runs");
        format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    }

    /// The exit code and the verdict on an answer.
    pub fn check(&self, exercise: &str, answer: &str) -> (Option<i32>, Value) {
        let path = self.0.path().join("answer.sql");
        fs::write(&path, answer).expect("writes");
        let path = path.display().to_string();
        let output = self.run(&[
            "exercise", "check", exercise, "--answer", &path, "--format", "json",
        ]);
        let verdict = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!(
                "{error}: {}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            )
        });
        (output.status.code(), verdict)
    }
}

/// A file of a pack.
pub fn shipped(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("sample_exercises")
        .join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
