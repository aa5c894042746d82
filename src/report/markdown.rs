use std::io::{self, Write};

use super::fix_text::trade_off;
use super::summary::summary;
use super::text::{place, reasons, severity_name, without_control_characters};
use crate::rules::{Finding, LintResult, Safety};

/// Writes Markdown for a comment on a pull request.
pub(super) fn write(result: &LintResult, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## whyslow\n\n{}", escaped(&summary(result)))?;
    for finding in &result.findings {
        write!(out, "\n{}", section(finding))?;
    }
    Ok(())
}

fn section(finding: &Finding) -> String {
    let mut text = format!(
        "### {} `{}`: {}\n\n{}\n",
        severity_name(finding.severity),
        finding.rule,
        escaped(&finding.message),
        code_span(&place(finding)),
    );
    if !finding.why.is_empty() {
        text.push('\n');
    }
    for line in reasons(finding) {
        text.push_str(&format!("- {}\n", escaped(&line)));
    }
    for fix in &finding.fixes {
        let claim = match fix.safety {
            Safety::Equivalent => "Fix",
            Safety::Review => "Fix, to be reviewed",
        };
        text.push_str(&format!("\n{claim}:\n\n{}\n", code_block(&fix.sql)));
        if let Some(cost) = trade_off(fix) {
            text.push_str(&format!("\nTrade-off: {}\n", escaped(cost)));
        }
    }
    text
}

/// Text that Markdown shows as it is.
fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in without_control_characters(text).chars() {
        match character {
            '<' => result.push_str("&lt;"),
            '&' => result.push_str("&amp;"),
            // A mention or an issue number would notify somebody.
            '@' => result.push_str("&#64;"),
            '\n' => result.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '>' | '!' => {
                result.push('\\');
                result.push(character);
            }
            other => result.push(other),
        }
    }
    result
}

fn code_span(text: &str) -> String {
    let text = without_control_characters(text).replace('\n', " ");
    let fence = "`".repeat(longest_run_of_backticks(&text) + 1);
    if fence.len() == 1 {
        format!("`{text}`")
    } else {
        format!("{fence} {text} {fence}")
    }
}

fn code_block(sql: &str) -> String {
    let sql = without_control_characters(sql.trim());
    let fence = "`".repeat((longest_run_of_backticks(&sql) + 1).max(3));
    format!("{fence}sql\n{sql}\n{fence}")
}

fn longest_run_of_backticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_user_stays_text() {
        assert_eq!(
            escaped("a*b <img> @x\n# y"),
            "a\\*b &lt;img\\> &#64;x \\# y"
        );
        assert_eq!(code_span("a`b"), "`` a`b ``");
        assert_eq!(code_block("```\nx"), "````sql\n```\nx\n````");
    }
}
