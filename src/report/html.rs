use std::io::{self, Write};

use html_escape::encode_double_quoted_attribute as quoted;

use super::excerpt::Excerpt;
use super::fix_text::trade_off;
use super::summary::summary;
use super::text::{place, reasons, severity_name, without_control_characters};
use crate::rules::{Finding, LintResult, Safety};

/// Source lines are cut to this many characters.
const WIDTH: usize = 160;

const STYLE: &str = "
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
article { border-left: .3rem solid #888; padding: 0 0 0 1rem; margin: 2rem 0; break-inside: avoid; }
article.error { border-color: #c0392b; }
article.warning { border-color: #d68910; }
h2 { font-size: 1.1rem; margin: 0; }
pre { overflow-x: auto; background: rgba(128, 128, 128, .12); padding: .6rem; margin: .5rem 0; white-space: pre-wrap; }
mark { background: rgba(214, 137, 16, .35); color: inherit; }
.rule, .place { font-family: ui-monospace, monospace; font-size: .9rem; }
@media print { body { max-width: none; margin: 0; } pre { border: 1px solid #ccc; background: none; } }
";

/// Writes one page that needs nothing from elsewhere and runs no script.
pub(super) fn write(result: &LintResult, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>whyslow</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>whyslow</h1>\n<p>{}</p>",
        escaped(&summary(result)),
    )?;
    for finding in &result.findings {
        write_finding(finding, out)?;
    }
    writeln!(out, "</body>\n</html>")
}

fn write_finding(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let severity = severity_name(finding.severity);
    writeln!(
        out,
        "<article class=\"{severity}\">\n<h2>{severity}: {}</h2>\n\
         <p><span class=\"rule\">{}</span> <span class=\"place\" title=\"{}\">{}</span></p>",
        escaped(&finding.message),
        escaped(finding.rule),
        quoted(&without_control_characters(&place(finding))),
        escaped(&place(finding)),
    )?;
    if let Some(location) = &finding.location {
        let excerpt = Excerpt::new(location, WIDTH);
        let (before, marked, after) = excerpt.parts();
        writeln!(
            out,
            "<pre>{}<mark>{}</mark>{}</pre>",
            escaped(before),
            escaped(marked),
            escaped(after.trim_end()),
        )?;
    }
    if !finding.why.is_empty() {
        writeln!(out, "<ul>")?;
        for line in reasons(finding) {
            writeln!(out, "<li>{}</li>", escaped(&line))?;
        }
        writeln!(out, "</ul>")?;
    }
    for fix in &finding.fixes {
        let claim = match fix.safety {
            Safety::Equivalent => "Fix",
            Safety::Review => "Fix, to be reviewed",
        };
        writeln!(
            out,
            "<p>{claim}:</p>\n<pre>{}</pre>",
            escaped(fix.sql.trim())
        )?;
        if let Some(cost) = trade_off(fix) {
            writeln!(out, "<p>Trade-off: {}</p>", escaped(cost))?;
        }
    }
    writeln!(out, "</article>")
}

fn escaped(text: &str) -> String {
    html_escape::encode_safe(&without_control_characters(text)).into_owned()
}
