use std::io::{self, Write};

use crate::rules::{Finding, LintResult, Severity};

/// Writes workflow commands, which GitHub shows beside the lines of a pull request.
pub(super) fn write(result: &LintResult, out: &mut dyn Write) -> io::Result<()> {
    for finding in &result.findings {
        writeln!(out, "{}", command(finding))?;
    }
    Ok(())
}

fn command(finding: &Finding) -> String {
    let kind = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let mut properties = Vec::new();
    if let Some(location) = &finding.location {
        let (start, end) = (location.start(), location.end());
        properties.push(("file", location.file.path().to_owned()));
        properties.push(("line", start.line.to_string()));
        properties.push(("endLine", end.line.to_string()));
        // GitHub refuses columns where the lines differ.
        if start.line == end.line {
            properties.push(("col", start.column.to_string()));
            properties.push(("endColumn", end.column.to_string()));
        }
    }
    properties.push(("title", format!("whyslow {}", finding.rule)));
    let properties: Vec<String> = properties
        .into_iter()
        .map(|(name, value)| format!("{name}={}", escaped_property(&value)))
        .collect();
    let mut message = finding.message.clone();
    for line in &finding.why {
        message.push('\n');
        message.push_str(line);
    }
    format!("::{kind} {}::{}", properties.join(","), escaped(&message))
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn escaped_property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_user_cannot_start_another_command() {
        assert_eq!(escaped("100 %\n::error::x"), "100 %25%0A::error::x");
        assert_eq!(escaped_property("a:b,c\r"), "a%3Ab%2Cc%0D");
    }
}
