use crate::rules::{Evidence, Finding, Severity};

/// Text from a file, schema or server made harmless for a terminal: control characters (and those that turn the
/// direction of writing) become `�`; line breaks and tabs stay.
pub fn without_control_characters(text: &str) -> String {
    text.chars()
        .map(|c| if is_harmless(c) { c } else { '\u{fffd}' })
        .collect()
}

fn is_harmless(c: char) -> bool {
    match c {
        '\n' | '\t' => true,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => false,
        _ => !c.is_control(),
    }
}

/// The word for a severity.
pub(super) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// The reasons of a finding, the first one headed by how it is known where no reason says it. A finding about the
/// text alone (a comment, a syntax error) rests on nothing else.
pub(super) fn reasons(finding: &Finding) -> Vec<String> {
    let mut reasons = finding.why.clone();
    let told = |reason: &String| {
        ["known", "estimated", "measured", "planned"]
            .iter()
            .any(|word| reason.starts_with(word))
    };
    if finding.table.is_some()
        && !reasons.iter().any(told)
        && let Some(first) = reasons.first_mut()
    {
        let known = match finding.evidence {
            Evidence::Schema => "known from the schema",
            Evidence::Statistics => "estimated from the statistics",
            // What a plan shows, with nothing tried against it.
            Evidence::Planned if finding.facts.contains_key("plan_was_run") => "seen in the plan",
            Evidence::Planned if finding.fixes.is_empty() => "seen in the plan, which was not run",
            Evidence::Measured if finding.fixes.is_empty() => "measured",
            Evidence::Planned => "PostgreSQL's planner was asked, before and after",
            Evidence::Measured => "measured, before and after",
        };
        *first = format!("{known}: {first}");
    }
    reasons
}

/// `1 warning`, `2 warnings`.
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `file:line:column`, or the table or index where there is no place in a file.
pub(super) fn place(finding: &Finding) -> String {
    match &finding.location {
        Some(location) => {
            let start = location.start();
            format!("{}:{}:{}", location.file.path(), start.line, start.column)
        }
        None => finding
            .index
            .clone()
            .or_else(|| finding.table.clone())
            .unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(
            without_control_characters("a\x1b[31mb\r\u{202e}c\u{9b}\td\n"),
            "a\u{fffd}[31mb\u{fffd}\u{fffd}c\u{fffd}\td\n"
        );
    }
}
