use std::fmt::Write;

use html_escape::{encode_double_quoted_attribute, encode_text};

/// A text with headings, lists, code and tables, written as Markdown or as a page of HTML.
#[derive(Debug, Clone, Default)]
pub struct Document {
    title: String,
    blocks: Vec<Block>,
}

#[derive(Debug, Clone)]
enum Block {
    Heading(u8, String),
    Paragraph(String),
    /// The one sentence that matters most.
    Lead(String),
    List(Vec<String>),
    /// Language and text.
    Code(&'static str, String),
    Table(Vec<String>, Vec<Vec<String>>),
}

impl Document {
    /// An empty one with a title.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            blocks: Vec::new(),
        }
    }

    /// A heading; 2 is the level below the title.
    pub fn heading(&mut self, level: u8, text: impl Into<String>) {
        self.blocks
            .push(Block::Heading(level.clamp(2, 6), text.into()));
    }

    /// One paragraph for each part between empty lines; nothing for an empty text.
    pub fn paragraph(&mut self, text: impl AsRef<str>) {
        for part in text.as_ref().trim().split("\n\n") {
            if !part.trim().is_empty() {
                self.blocks.push(Block::Paragraph(part.trim().to_owned()));
            }
        }
    }

    /// The sentence that matters most, set apart.
    pub fn lead(&mut self, text: impl AsRef<str>) {
        self.blocks
            .push(Block::Lead(text.as_ref().trim().to_owned()));
    }

    /// A list; nothing where it is empty.
    pub fn list(&mut self, items: impl IntoIterator<Item = impl Into<String>>) {
        let items: Vec<String> = items.into_iter().map(Into::into).collect();
        if !items.is_empty() {
            self.blocks.push(Block::List(items));
        }
    }

    /// Text that keeps its lines.
    pub fn code(&mut self, language: &'static str, text: impl AsRef<str>) {
        self.blocks
            .push(Block::Code(language, text.as_ref().trim_end().to_owned()));
    }

    /// A table.
    pub fn table(
        &mut self,
        header: impl IntoIterator<Item = impl Into<String>>,
        rows: Vec<Vec<String>>,
    ) {
        let header = header.into_iter().map(Into::into).collect();
        self.blocks.push(Block::Table(header, rows));
    }

    /// Puts another one at the end, its title as a heading.
    pub fn append(&mut self, other: Self) {
        self.heading(2, other.title);
        self.blocks
            .extend(other.blocks.into_iter().map(|block| match block {
                Block::Heading(level, text) => Block::Heading((level + 1).min(6), text),
                block => block,
            }));
    }

    /// As Markdown; what the texts contain of its signs is escaped.
    pub fn to_markdown(&self) -> String {
        let mut text = format!("# {}\n", escape_markdown(&self.title));
        for block in &self.blocks {
            text.push('\n');
            match block {
                Block::Heading(level, heading) => {
                    let _ = writeln!(
                        text,
                        "{} {}",
                        "#".repeat(usize::from(*level)),
                        escape_markdown(heading)
                    );
                }
                Block::Paragraph(paragraph) => {
                    let _ = writeln!(text, "{}", escape_markdown(paragraph));
                }
                Block::Lead(sentence) => {
                    let _ = writeln!(text, "**{}**", escape_markdown(sentence));
                }
                Block::List(items) => {
                    for item in items {
                        let item = escape_markdown(item).replace('\n', "\n  ");
                        let _ = writeln!(text, "- {item}");
                    }
                }
                Block::Code(language, code) => {
                    let fence = fence_for(code);
                    let _ = writeln!(text, "{fence}{language}\n{code}\n{fence}");
                }
                Block::Table(header, rows) => {
                    let line = |cells: &[String]| {
                        let cells: Vec<String> = cells
                            .iter()
                            .map(|cell| {
                                escape_markdown(cell).replace('|', "\\|").replace('\n', " ")
                            })
                            .collect();
                        format!("| {} |", cells.join(" | "))
                    };
                    let _ = writeln!(text, "{}", line(header));
                    let _ = writeln!(text, "|{}", " --- |".repeat(header.len()));
                    for row in rows {
                        let _ = writeln!(text, "{}", line(row));
                    }
                }
            }
        }
        text
    }

    /// As one page of HTML without outside references.
    pub fn to_html(&self) -> String {
        let title = encode_text(&self.title);
        let mut text = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        );
        for block in &self.blocks {
            match block {
                Block::Heading(level, heading) => {
                    let _ = writeln!(text, "<h{level}>{}</h{level}>", encode_text(heading));
                }
                Block::Paragraph(paragraph) => {
                    let _ = writeln!(
                        text,
                        "<p>{}</p>",
                        encode_text(paragraph).replace('\n', "<br>\n")
                    );
                }
                Block::Lead(sentence) => {
                    let _ = writeln!(text, "<p class=\"lead\">{}</p>", encode_text(sentence));
                }
                Block::List(items) => {
                    text.push_str("<ul>\n");
                    for item in items {
                        let _ = writeln!(
                            text,
                            "<li>{}</li>",
                            encode_text(item).replace('\n', "<br>\n")
                        );
                    }
                    text.push_str("</ul>\n");
                }
                Block::Code(language, code) => {
                    let _ = writeln!(
                        text,
                        "<pre><code class=\"language-{}\">{}</code></pre>",
                        encode_double_quoted_attribute(language),
                        encode_text(code)
                    );
                }
                Block::Table(header, rows) => {
                    let numbers = number_columns(header.len(), rows);
                    let class = |at: usize| match numbers.get(at) {
                        Some(true) => " class=\"number\"",
                        _ => "",
                    };
                    text.push_str("<div class=\"table\">\n<table>\n<thead><tr>");
                    for (at, cell) in header.iter().enumerate() {
                        let class = class(at);
                        let _ = write!(text, "<th scope=\"col\"{class}>{}</th>", encode_text(cell));
                    }
                    text.push_str("</tr></thead>\n<tbody>\n");
                    for row in rows {
                        text.push_str("<tr>");
                        for (at, cell) in row.iter().enumerate() {
                            let _ = write!(text, "<td{}>{}</td>", class(at), encode_text(cell));
                        }
                        text.push_str("</tr>\n");
                    }
                    text.push_str("</tbody>\n</table>\n</div>\n");
                }
            }
        }
        text.push_str("</main>\n</body>\n</html>\n");
        text
    }
}

/// Which columns hold short texts that begin with a digit, or nothing: `5,277`, `75 ms`, `2 of 8`.
fn number_columns(columns: usize, rows: &[Vec<String>]) -> Vec<bool> {
    (0..columns)
        .map(|at| {
            let mut cells = rows
                .iter()
                .filter_map(|row| row.get(at))
                .filter(|cell| !cell.is_empty())
                .peekable();
            cells.peek().is_some()
                && cells.all(|cell| {
                    cell.len() < 16 && cell.starts_with(|first: char| first.is_ascii_digit())
                })
        })
        .collect()
}

/// Plain and legible, on a screen in light or dark and on paper. 96 columns of code fit on the page in both.
const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--code:#f6f8fa;--accent:#0b5cad}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;--line:#3d444d;--code:#161b22;--accent:#6cb6ff}}
body{font:1rem/1.55 system-ui,sans-serif;margin:0;color:var(--ink)}
main{max-width:52rem;margin:2.5rem auto 4rem;padding:0 1.25rem}
h1,h2,h3{line-height:1.25;margin:1.8em 0 .5em}
h1{font-size:1.9rem;margin-top:0;padding-bottom:.35em;border-bottom:3px solid var(--accent)}
h2{font-size:1.3rem;padding-bottom:.2em;border-bottom:1px solid var(--line)}
h3{font-size:1.05rem;color:var(--soft)}
h4{font-size:1rem;margin:1.4em 0 .4em;color:var(--soft)}
p{margin:.6em 0}
p.lead{font-size:1.15rem;border-left:4px solid var(--accent);padding:.1em 0 .1em .8em;margin:1em 0}
ul{margin:.5em 0;padding-left:1.4em}
li{margin:.2em 0}
pre{overflow-x:auto;margin:.7em 0;padding:.75rem 1rem;background:var(--code);border:1px solid var(--line);\
border-radius:6px;font:.8125rem/1.5 ui-monospace,'DejaVu Sans Mono',Consolas,monospace;tab-size:4}
code{font:inherit}
code.language-sql{white-space:pre-wrap;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin:.7em 0;font-size:.9375rem}
th{color:var(--soft);font-weight:600;font-size:.875rem;border-bottom:2px solid var(--line)}
td{border-bottom:1px solid var(--line)}
th,td{padding:.35rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th.number,td.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;width:1%}
@media(max-width:40rem){.table{overflow-x:auto}th,td{overflow-wrap:break-word}}
@page{margin:16mm 17mm}
@media print{
:root{color-scheme:light;--ink:#000;--soft:#444;--line:#bbb;--code:#fff;--accent:#000}
body{font-size:10.5pt}
main{max-width:none;margin:0;padding:0}
pre{font-size:8pt;white-space:pre-wrap;overflow-wrap:anywhere;overflow:visible}
h1,h2,h3,h4{break-after:avoid}
pre,tr,li,p.lead{break-inside:avoid}
thead{display:table-header-group}
p,li{orphans:3;widows:3}
}
";

/// Longer than any fence in the text.
fn fence_for(code: &str) -> String {
    let mut longest = 2;
    let mut run = 0;
    for letter in code.chars() {
        run = if letter == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(longest + 1)
}

fn escape_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let inside_word =
            before.is_alphanumeric() && letters.peek().is_some_and(|after| after.is_alphanumeric());
        if matches!(letter, '\\' | '`' | '*' | '[' | ']' | '<' | '>')
            || (letter == '_' && !inside_word)
        {
            escaped.push('\\');
        }
        escaped.push(letter);
        before = letter;
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nasty() -> Document {
        let mut document = Document::new("<script>alert(1)</script>");
        document.heading(2, "a & b");
        document.paragraph("x < y\nsecond line\n\nsecond paragraph");
        document.list(["*one*", "two"]);
        document.code("sql", "SELECT '```' <b>");
        document.table(["h|1"], vec![vec!["<i>".to_owned()]]);
        document
    }

    #[test]
    fn html_is_escaped() {
        let html = nasty().to_html();
        assert!(!html.contains("<script>"));
        assert!(!html.contains("<i>"));
        assert!(!html.contains("<b>"));
        assert!(html.contains("<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>"));
        assert_eq!(html.matches("<p>").count(), 2);
    }

    #[test]
    fn markdown_is_escaped() {
        let markdown = nasty().to_markdown();
        assert!(markdown.contains("# \\<script\\>"));
        assert!(markdown.contains("````sql\nSELECT '```' <b>\n````"));
        assert!(markdown.contains("- \\*one\\*"));
        assert!(markdown.contains("| h\\|1 |"));
    }
}
