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
                    text.push_str("<table>\n<thead><tr>");
                    for cell in header {
                        let _ = write!(text, "<th scope=\"col\">{}</th>", encode_text(cell));
                    }
                    text.push_str("</tr></thead>\n<tbody>\n");
                    for row in rows {
                        text.push_str("<tr>");
                        for cell in row {
                            let _ = write!(text, "<td>{}</td>", encode_text(cell));
                        }
                        text.push_str("</tr>\n");
                    }
                    text.push_str("</tbody>\n</table>\n");
                }
            }
        }
        text.push_str("</main>\n</body>\n</html>\n");
        text
    }
}

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;margin:0}\
main{max-width:48rem;margin:2rem auto;padding:0 1rem}\
h1,h2,h3{line-height:1.2}\
pre{overflow-x:auto;padding:.75rem;border:1px solid #8888;border-radius:4px;font-size:.875rem}\
table{border-collapse:collapse;width:100%}\
th,td{border-bottom:1px solid #8888;padding:.3rem .6rem;text-align:left;vertical-align:top}\
@media print{main{max-width:none;margin:0}pre{white-space:pre-wrap;overflow:visible}h1,h2,h3{break-after:avoid}\
pre,table,li{break-inside:avoid}}";

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
