use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

use super::Screen;
use crate::rules::{Evidence, FixAvailability, RuleInfo, Severity};

/// The table that `whyslow rules` prints.
pub fn rules_table(rules: &[&RuleInfo], screen: Screen) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(screen.width).unwrap_or(u16::MAX))
        .set_header(["rule", "severity", "needs", "fix", "reports"]);
    for rule in rules {
        table.add_row([
            rule.name,
            severity(rule.severity),
            evidence(rule.evidence),
            fix(rule.fix),
            rule.summary,
        ]);
    }
    table.trim_fmt()
}

/// A rule's documentation as Markdown: what `whyslow rules NAME` prints, and docs/rules/NAME.md.
pub fn rule_markdown(rule: &RuleInfo) -> String {
    let documentation = &rule.documentation;
    let mut text = format!(
        "# {}\n\n{}: {}. Needs: {}. Fix: {}.\n",
        rule.name,
        severity(rule.severity),
        rule.summary,
        evidence(rule.evidence),
        fix(rule.fix),
    );
    let mut section = |title: &str, body: &str| {
        if !body.trim().is_empty() {
            text.push_str(&format!("\n## {title}\n\n{}\n", body.trim_end()));
        }
    };
    let sql = |body: &str| match body.trim() {
        "" => String::new(),
        body => format!("```sql\n{body}\n```"),
    };
    section("What it does", documentation.what_it_does);
    section("Why it is slow", documentation.why_it_is_slow);
    section("Schema of the examples", &sql(documentation.example_schema));
    let statistics = match documentation.example_statistics.trim() {
        "" => String::new(),
        body => format!("```toml\n{body}\n```"),
    };
    section("Statistics of the examples", &statistics);
    section("Example", &sql(documentation.example));
    section("Use instead", &sql(documentation.use_instead));
    section("Trade-off", documentation.trade_off);
    section("An interviewer would ask", documentation.interview_question);
    let points: Vec<String> = documentation
        .good_answer
        .iter()
        .map(|point| format!("- {point}"))
        .collect();
    section("A good answer mentions", &points.join("\n"));
    text
}

/// The page that lists all rules: docs/rules/README.md.
pub fn rules_index_markdown(rules: &[&RuleInfo]) -> String {
    let mut text =
        "# Rules\n\n| Rule | Severity | Needs | Fix | Reports |\n|---|---|---|---|---|\n"
            .to_owned();
    for rule in rules {
        text.push_str(&format!(
            "| [{name}]({name}.md) | {} | {} | {} | {} |\n",
            severity(rule.severity),
            evidence(rule.evidence),
            fix(rule.fix),
            rule.summary.replace('|', "\\|"),
            name = rule.name,
        ));
    }
    text
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Schema => "schema",
        Evidence::Statistics => "statistics",
        Evidence::Planned => "plan",
        Evidence::Measured => "run",
    }
}

fn fix(fix: FixAvailability) -> &'static str {
    match fix {
        FixAvailability::Always => "always",
        FixAvailability::Sometimes => "sometimes",
        FixAvailability::Never => "no",
    }
}
