//! Takes off what clients and logs put around EXPLAIN output.

use std::borrow::Cow;

/// The lines of the plan: without quotes (pgAdmin), box borders and continuation signs (psql), the tabs of a
/// server log, the marks of mails, line numbers, carriage returns and a byte order mark, and with the figures of a node
/// on its line. What comes before and after the plan stays.
pub(super) fn lines(text: &str) -> Vec<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = unquoted(text)
        .or_else(|| unescaped(text))
        .map_or(Cow::Borrowed(text), Cow::Owned);
    let content = || {
        text.lines()
            .filter(|line| !line.trim().is_empty() && !is_rule(line) && !is_row_count(line))
    };
    let most = |is: &dyn Fn(&str) -> bool| {
        content().filter(|line| is(line)).count() * 2 > content().count()
    };
    let frame = Frame {
        quoted: most(&|line| line.starts_with('>')),
        expanded: most(&|line| line.starts_with(EXPANDED) || line.starts_with("-[ RECORD")),
        boxed: most(&is_boxed),
        ruled: most(&|line| line.trim_end().ends_with('|')),
    };
    let lines: Vec<String> = text.lines().map(|line| unframed(line, &frame)).collect();
    with_figures(without_numbers(&lines).unwrap_or(lines))
}

/// Lines without the numbers that a page printed before them: 1, 2, 3 and so on, each of them.
fn without_numbers(lines: &[String]) -> Option<Vec<String>> {
    let mut next = 1_usize;
    let mut output = Vec::with_capacity(lines.len());
    for line in lines {
        if line.trim().is_empty() {
            output.push(String::new());
            continue;
        }
        output.push(
            line.trim_start()
                .strip_prefix(&next.to_string())?
                .to_owned(),
        );
        next += 1;
    }
    (next > 3).then_some(output)
}

/// Lines with `(cost=...)` and `(actual ...)` on the line of the node, where an author broke it before them.
fn with_figures(lines: Vec<String>) -> Vec<String> {
    let mut output: Vec<String> = Vec::with_capacity(lines.len());
    for line in lines {
        let text = line.trim();
        let is_figures = ["(cost=", "(actual ", "(never executed)"]
            .iter()
            .any(|start| text.starts_with(start));
        match output.last_mut() {
            Some(node) if is_figures && !node.trim().is_empty() && !is_rule(node) => {
                node.push_str("  ");
                node.push_str(text);
            }
            _ => output.push(line),
        }
    }
    output
}

/// What psql prints before each line in its expanded display (`\\x`).
const EXPANDED: &str = "QUERY PLAN |";

/// What stands around most lines.
struct Frame {
    /// `> `, as mails and Markdown quote.
    quoted: bool,
    expanded: bool,
    boxed: bool,
    /// `|` at the end alone (DBeaver).
    ruled: bool,
}

fn unframed(line: &str, frame: &Frame) -> String {
    let mut line = line.trim_end();
    if frame.quoted {
        line = line.trim_start_matches('>');
    }
    if frame.expanded {
        if line.starts_with("-[ RECORD") {
            return String::new();
        }
        line = line.strip_prefix(EXPANDED).unwrap_or(line);
    }
    if let Some((_, message)) = line.split_once("#011") {
        // syslog writes a tab so, behind a prefix of its own.
        return format!("\t{message}");
    }
    if frame.ruled && !is_boxed(line) {
        line = line.strip_suffix('|').map_or(line, str::trim_end);
    }
    if frame.boxed && is_boxed(line) {
        line = line
            .trim_start()
            .trim_start_matches(['|', '│'])
            .trim_end_matches(['|', '│'])
            .trim_end();
    }
    // psql marks a line break inside a cell.
    let line = line
        .strip_suffix('+')
        .or_else(|| line.strip_suffix('↵'))
        .map_or(line, str::trim_end);
    line.to_owned()
}

fn is_boxed(line: &str) -> bool {
    let line = line.trim();
    line.len() > 1 && line.starts_with(['|', '│']) && line.ends_with(['|', '│'])
}

/// A line of dashes, as tables have them.
pub(super) fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() > 1
        && line.chars().all(|c| {
            matches!(c, '-' | '+' | '|' | '=' | ':') || ('\u{2500}'..='\u{257f}').contains(&c)
        })
}

/// `(12 rows)`.
pub(super) fn is_row_count(line: &str) -> bool {
    line.trim()
        .strip_prefix('(')
        .and_then(|line| line.strip_suffix(')'))
        .and_then(|line| {
            line.strip_suffix(" rows")
                .or_else(|| line.strip_suffix(" row"))
        })
        .is_some_and(|count| count.chars().all(|c| c.is_ascii_digit()))
}

/// The text of CSV with one field a line, where `text` is wholly that (pgAdmin, COPY ... CSV, exports).
fn unquoted(text: &str) -> Option<String> {
    let header = text.trim_start().strip_prefix("QUERY PLAN");
    let mut rest = header.unwrap_or(text).trim_start();
    if !rest.starts_with('"') {
        return None;
    }
    let mut fields = Vec::new();
    while let Some(inside) = rest.strip_prefix('"') {
        let mut field = String::new();
        let mut characters = inside.char_indices().peekable();
        let end = loop {
            match characters.next()? {
                (_, '"') if characters.next_if(|(_, c)| *c == '"').is_some() => field.push('"'),
                (at, '"') => break at + 1,
                (_, c) => field.push(c),
            }
        };
        fields.push(field);
        rest = inside.get(end..)?.trim_start_matches(',');
        let after = rest.trim_start_matches([' ', '\t', '\r']);
        if !after.is_empty() && !after.starts_with('\n') {
            return None;
        }
        rest = rest.trim_start();
    }
    (rest.is_empty() || is_row_count(rest)).then(|| fields.join("\n"))
}

/// The text of a JSON string, where `text` is that: a plan that a program has put into another document.
fn unescaped(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.starts_with('"') || !text.ends_with('"') {
        return None;
    }
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_lines_lose_their_quotes() {
        let quoted = "\"QUERY PLAN\"\n\"Seq Scan on \"\"Orders\"\" o\"\n\"  Filter: (a = 1)\"\n";
        assert_eq!(
            lines(quoted),
            [
                "QUERY PLAN",
                "Seq Scan on \"Orders\" o",
                "  Filter: (a = 1)"
            ]
        );
    }

    #[test]
    fn boxes_and_continuations_go() {
        let boxed =
            "+-------+\n| QUERY PLAN |\n+-----+\n| Sort |\n|   Sort Key: a |\n+----+\n(2 rows)";
        assert!(lines(boxed).contains(&"   Sort Key: a".to_owned()));
        assert_eq!(lines(" [            +\n   {          +"), [" [", "   {"]);
    }

    #[test]
    fn other_frames_go() {
        let plan = ["Sort", "  Sort Key: a", "  ->  Seq Scan on t"];
        let framed = |before: &str, after: &str| {
            let framed: Vec<String> = plan
                .iter()
                .map(|line| format!("{before}{line}{after}"))
                .collect();
            framed.join("\n")
        };
        assert_eq!(lines(&framed("", "   |")), plan);
        assert_eq!(lines(&framed(">", "")), plan);
        let expanded = format!("-[ RECORD 1 ]---\n{}", framed("QUERY PLAN |", ""));
        assert_eq!(lines(&expanded)[1..], plan);
        assert_eq!(
            lines("\"Sort\\n  Sort Key: \\\"a\\\"\""),
            ["Sort", "  Sort Key: \"a\""]
        );
    }

    #[test]
    fn line_numbers_go_and_figures_come_to_their_node() {
        assert_eq!(
            lines(
                "1=# EXPLAIN\n2 QUERY PLAN\n3---\n4 Sort\n5   (cost=1..2 rows=3 width=4)\n6   (actual time=1..2 rows=3 loops=1)\n7 Sort Key: a"
            ),
            [
                "=# EXPLAIN",
                " QUERY PLAN",
                "---",
                " Sort  (cost=1..2 rows=3 width=4)  (actual time=1..2 rows=3 loops=1)",
                " Sort Key: a"
            ]
        );
        assert_eq!(lines("1\n2\n4"), ["1", "2", "4"]);
    }

    #[test]
    fn text_that_only_starts_with_a_quote_stays() {
        assert_eq!(lines("\"a\" b"), ["\"a\" b"]);
    }
}
