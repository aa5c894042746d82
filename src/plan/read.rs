use serde_json::Value;

use super::json::DEPTH_LIMIT;
use super::{Plan, PlanError, framing};

/// Longer texts are no single plan.
const LENGTH_LIMIT: usize = 64 * 1024 * 1024;

impl Plan {
    /// Reads EXPLAIN output, whatever its format and whatever printed it: JSON or text; psql, pgAdmin, auto_explain
    /// or a server log.
    ///
    /// # Errors
    /// Where there is no plan in it; for YAML and XML, which are not read. The message names the remedy.
    pub fn read(text: &str) -> Result<Self, PlanError> {
        if text.len() > LENGTH_LIMIT {
            return Err(PlanError::TooLong {
                bytes: text.len(),
                limit: LENGTH_LIMIT,
            });
        }
        let lines = framing::lines(text);
        let content = |line: &&String| {
            let line = line.trim();
            !line.is_empty() && line != "QUERY PLAN" && !framing::is_rule(line)
        };
        let first = lines.iter().find(content).ok_or(PlanError::Empty)?.trim();
        if first.starts_with("<explain") || first.starts_with("<?xml") {
            return Err(PlanError::Xml);
        }
        if let Some(start) = json_start(&lines) {
            let plan = Self::from_json_text(&lines[start..].join("\n"))?;
            return Ok(plan.with_duration(&lines[..start]));
        }
        if lines.iter().any(|line| line.contains("<explain xmlns")) {
            return Err(PlanError::Xml);
        }
        if is_yaml(&lines) {
            return Err(PlanError::Yaml);
        }
        let plan = Self::from_text_lines(&lines)?;
        Ok(plan.with_duration(&lines))
    }

    /// Reads the text of EXPLAIN (FORMAT JSON); text behind the JSON value is passed over.
    ///
    /// # Errors
    /// As [`Plan::from_json`], and where it is not JSON.
    pub fn from_json_text(text: &str) -> Result<Self, PlanError> {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        match values.next() {
            None => Err(PlanError::Empty),
            Some(Ok(value)) => Self::from_json(&value),
            Some(Err(error)) if error.to_string().contains("recursion limit") => {
                Err(PlanError::TooDeep {
                    // Two levels of JSON a node; serde_json reads 128.
                    limit: DEPTH_LIMIT.min(60),
                })
            }
            Some(Err(error)) => Err(PlanError::Json {
                line: error.line(),
                column: error.column(),
                message: json_message(&error),
            }),
        }
    }

    /// Reads the text format of EXPLAIN.
    ///
    /// # Errors
    /// Where there is no node in it.
    pub fn from_text(text: &str) -> Result<Self, PlanError> {
        Self::from_text_lines(&framing::lines(text))
    }

    fn with_duration(mut self, lines: &[String]) -> Self {
        if self.duration.is_none() {
            self.duration = lines.iter().find_map(|line| {
                let (_, rest) = line.split_once("duration: ")?;
                let (number, _) = rest.split_once(" ms")?;
                number
                    .parse()
                    .ok()
                    .filter(|number: &f64| number.is_finite())
            });
        }
        self
    }
}

/// The message without its position, which is told apart.
fn json_message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.find(" at line ") {
        Some(at) => message[..at].to_owned(),
        None => message,
    }
}

/// The line at which JSON starts: `[` or `{` alone or before a key, with a plan's key behind it.
fn json_start(lines: &[String]) -> Option<usize> {
    let start = lines.iter().position(|line| {
        let line = line.trim_start();
        let mut rest = line;
        while let Some(inner) = rest.strip_prefix(['[', '{']) {
            rest = inner.trim_start();
        }
        rest.len() < line.len() && (rest.is_empty() || rest.starts_with('"'))
    })?;
    lines[start..]
        .iter()
        .take(200)
        .any(|line| {
            [
                "\"Plan\"",
                "\"Node Type\"",
                "\"QUERY PLAN\"",
                "\"Query Text\"",
            ]
            .iter()
            .any(|key| line.contains(key))
        })
        .then_some(start)
        .or_else(|| {
            // JSON without a plan is told as such, unless a text plan follows (a query may hold a bracket).
            let first = lines.iter().position(|line| !line.trim().is_empty())?;
            (first == start).then_some(start)
        })
}

fn is_yaml(lines: &[String]) -> bool {
    lines.iter().any(|line| {
        let line = line.trim_start().trim_start_matches("- ").trim_start();
        line.starts_with("Node Type: \"") || line == "Plan:"
    })
}
