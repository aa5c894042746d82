use std::fs;
use std::path::Path;

use super::findings::{QUERY_FILE, findings};
use super::manifest::{
    Database, Hint, Limits, Manifest, Measure, Reference, VariantNames, WrongAnswer,
};
use super::{ExerciseError, LoadOptions, MANIFEST, Outcome, Pack, Stock, verify};
use crate::rules::{Finding, FixKind, Safety, by_name};

/// The solution has to read at most this share of what the query reads as it is.
const WORTH_IT: f64 = 0.34;

/// What a pack is made from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The exercise's name.
    pub name: String,
    pub schema: String,
    /// Statistics by hand; the rows are generated from them.
    pub data: String,
    pub query: String,
}

/// How thoroughly a new pack is checked.
#[derive(Debug, Clone, Copy)]
pub struct SelfCheck {
    /// Number of seeds, each with other rows of the same kind.
    pub seeds: u64,
    /// Number of times that statistics are gathered anew, for each seed.
    pub runs: usize,
}

/// Why no pack could be made.
#[derive(Debug, thiserror::Error)]
pub enum AuthorError {
    #[error(
        "nothing was found that makes this query slow, so there is nothing to find for a candidate; with row counts (--snapshot) more is seen"
    )]
    NoFinding,
    #[error(
        "the findings ({rules}) come without a fix that could be tried; write the pack by hand, after those in sample_exercises"
    )]
    NoFix { rules: String },
    #[error(
        "with every fix the query reads {after} blocks in place of {before}: not enough of a difference to grade by"
    )]
    NotWorthIt { before: u64, after: u64 },
    #[error(
        "the pack does not pass its own check: on the rows of seed {seed}, {answer} got {got} ({message})"
    )]
    SelfCheck {
        answer: String,
        seed: u64,
        got: &'static str,
        message: String,
    },
    #[error(transparent)]
    Exercise(#[from] ExerciseError),
}

/// Makes a pack from a slow query: its findings become question, hints, solution and explanation, its measured cost
/// the goal.
///
/// # Errors
/// Where nothing is found, nothing helps, or the pack does not pass its own check.
pub fn make_pack(
    source: &Source,
    check: SelfCheck,
    progress: &dyn Fn(&str),
) -> Result<Pack, AuthorError> {
    let mut pack = Pack {
        name: source.name.clone(),
        manifest: draft(&source.name),
        schema: source.schema.clone(),
        data: source.data.clone(),
        data_sql: None,
        query: source.query.clone(),
        solution: String::new(),
        wrong: vec!["ANALYZE;\n".to_owned()],
        guards: Vec::new(),
    };
    let (solution, used) = solution(&pack);
    if solution.is_empty() {
        let found = about_the_query(findings(&pack, "", &pack.query));
        if found.is_empty() {
            return Err(AuthorError::NoFinding);
        }
        let rules: Vec<&str> = found.iter().map(|finding| finding.rule).collect();
        return Err(AuthorError::NoFix {
            rules: rules.join(", "),
        });
    }
    pack.solution = solution;
    describe(&mut pack.manifest, &used);
    let options = LoadOptions {
        seed: 1,
        database: None,
        cached: false,
    };
    let stock = Stock::load(&pack, &options, progress)?;
    let (before, after) = (
        stock.baseline.unsolved.blocks,
        stock.baseline.solution.blocks,
    );
    if after as f64 > before as f64 * WORTH_IT {
        return Err(AuthorError::NotWorthIt { before, after });
    }
    // Half-way between both, on a logarithmic scale.
    let goal = ((before.max(1) as f64) * (after.max(1) as f64))
        .sqrt()
        .ceil() as u64;
    let indexes = pack.solution.matches("CREATE ").count();
    pack.manifest.limits.blocks = goal;
    pack.manifest.limits.indexes = indexes;
    pack.manifest.limits.index_bytes = 1 << 28;
    pack.manifest.goal = format!(
        "This query reads {before} blocks. Bring it to at most {goal}; the rows must stay the same."
    );
    for seed in 1..=check.seeds {
        let verified = verify(&pack, seed, check.runs, None, &|step| {
            progress(&format!(
                "self-check, seed {seed} of {}: {step}",
                check.seeds
            ));
        })?;
        if let Some(wrong) = verified.answers.iter().find(|answer| !answer.is_right()) {
            return Err(AuthorError::SelfCheck {
                answer: wrong.answer.clone(),
                seed,
                got: wrong.verdict.outcome.name(),
                message: wrong.verdict.message.clone(),
            });
        }
    }
    Ok(pack)
}

impl Pack {
    /// Writes the pack's files into a folder, which must not exist.
    ///
    /// # Errors
    /// Where it exists, or cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), ExerciseError> {
        fs::create_dir(folder).map_err(ExerciseError::file(folder))?;
        let manifest = toml::to_string_pretty(&self.manifest)
            .map_err(|error| ExerciseError::file(folder)(std::io::Error::other(error)))?;
        for (file, text) in self.texts().chain([(MANIFEST, manifest.as_str())]) {
            let path = folder.join(file);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(ExerciseError::file(parent))?;
            }
            fs::write(&path, text).map_err(ExerciseError::file(&path))?;
        }
        Ok(())
    }
}

/// A rewrite can make room for an index, and that for another: so often the linter is asked again.
const ROUNDS: usize = 3;

/// The first sound rewrite that is proposed, and the indexes that are, for the query as it is and as it is rewritten;
/// and the findings that they come from.
fn solution(pack: &Pack) -> (String, Vec<Finding>) {
    let mut changes = String::new();
    let mut rewrite: Option<String> = None;
    let mut used: Vec<Finding> = Vec::new();
    for _ in 0..ROUNDS {
        let before = used.len();
        let query = rewrite.clone().unwrap_or_else(|| pack.query.clone());
        let mut found = about_the_query(findings(pack, &changes, &query));
        // What a later round says of the schema, or of a table that has got its index, is another lesson.
        if before > 0 {
            found.retain(|finding| {
                is_about_the_query(finding)
                    && !used.iter().any(|one| gives_an_index_to(one, finding))
            });
        }
        for finding in found {
            let fix = finding.fixes.iter().find(|fix| match fix.kind {
                FixKind::CreateIndex => !changes.contains(&index_statement(&fix.sql)),
                FixKind::Rewrite => rewrite.is_none() && fix.safety == Safety::Equivalent,
                FixKind::DropIndex | FixKind::AlterTable => false,
            });
            let Some(fix) = fix else {
                continue;
            };
            if fix.kind == FixKind::Rewrite {
                rewrite = Some(fix.sql.trim().trim_end_matches(';').to_owned());
            } else {
                changes.push_str(&index_statement(&fix.sql));
            }
            used.push(finding);
        }
        if used.len() == before {
            break;
        }
    }
    if let Some(rewrite) = rewrite {
        changes.push_str(&rewrite);
        changes.push_str(";\n");
    }
    (changes, used)
}

fn index_statement(sql: &str) -> String {
    let sql = sql
        .trim()
        .trim_end_matches(';')
        .replace(" CONCURRENTLY", "");
    format!("{sql};\n")
}

/// The findings on the query itself; those on its schema only where there are no others, as for a DELETE whose foreign
/// keys have no index.
fn about_the_query(found: Vec<Finding>) -> Vec<Finding> {
    let (own, others): (Vec<_>, Vec<_>) = found.into_iter().partition(is_about_the_query);
    if own.is_empty() { others } else { own }
}

fn is_about_the_query(finding: &Finding) -> bool {
    finding
        .location
        .as_ref()
        .is_some_and(|location| location.file.path() == QUERY_FILE)
}

/// Whether a finding that was used has given an index to the table of another.
fn gives_an_index_to(used: &Finding, other: &Finding) -> bool {
    used.table == other.table
        && used
            .fixes
            .iter()
            .any(|fix| fix.kind == FixKind::CreateIndex)
}

fn describe(manifest: &mut Manifest, used: &[Finding]) {
    let hint = |text: String, points| Hint { text, points };
    manifest.hints = vec![hint(
        "Look at the plan: which node reads the most blocks, and how many of its rows are needed?"
            .to_owned(),
        5,
    )];
    for finding in used {
        if manifest.rules.iter().any(|rule| rule == finding.rule) {
            continue;
        }
        if let Some(rule) = by_name(finding.rule) {
            let documentation = &rule.info().documentation;
            manifest
                .questions
                .push(documentation.interview_question.trim().to_owned());
            for point in documentation.good_answer {
                if !manifest.good_answer.iter().any(|other| other == point) {
                    manifest.good_answer.push((*point).to_owned());
                }
            }
            manifest.topics.push(rule.info().summary.to_owned());
        }
        manifest.rules.push(finding.rule.to_owned());
        manifest.explanation.push_str(&finding.message);
        manifest.explanation.push('\n');
        for why in &finding.why {
            manifest.explanation.push_str(why);
            manifest.explanation.push('\n');
        }
        for fix in &finding.fixes {
            if !manifest.trade_off.contains(&fix.tradeoff) {
                manifest.trade_off.push_str(&fix.tradeoff);
                manifest.trade_off.push('\n');
            }
        }
    }
    if let Some(question) = manifest.questions.first() {
        manifest.hints.push(hint(question.clone(), 10));
    }
    if let Some(finding) = used.first() {
        manifest.hints.push(hint(finding.message.clone(), 25));
    }
    while manifest.hints.len() < 3 {
        manifest.hints.push(hint(
            "Which condition of the query could an index serve, and does the result need every table?".to_owned(),
            10,
        ));
    }
    if manifest.questions.is_empty() {
        manifest
            .questions
            .push("Why is this query slow?".to_owned());
    }
    if manifest.good_answer.is_empty() {
        manifest
            .good_answer
            .push("names the node of the plan that does needless work".to_owned());
    }
}

fn draft(name: &str) -> Manifest {
    let mut title = name.replace(['-', '_'], " ");
    if let Some(first) = title.get(..1).map(str::to_uppercase) {
        title.replace_range(..1, &first);
    }
    Manifest {
        title,
        level: 3,
        minutes: 25,
        goal: "Make this query read fewer blocks; the rows must stay the same.".to_owned(),
        story: String::new(),
        topics: Vec::new(),
        rules: Vec::new(),
        questions: Vec::new(),
        good_answer: Vec::new(),
        follow_ups: vec![
            "What does your change cost on writes?".to_owned(),
            "How would you make it on the live system?".to_owned(),
        ],
        rubric: [
            "changes things without looking at the plan",
            "finds the part of the plan that is slow",
            "finds a change that helps, cannot say why",
            "explains why it helps and why the rows stay the same",
            "also weighs what it costs and what else would have done",
        ]
        .map(str::to_owned)
        .into(),
        explanation: String::new(),
        trade_off: String::new(),
        limits: Limits {
            blocks: 1,
            indexes: 2,
            index_bytes: 1 << 28,
            rewrite: true,
            allow: Vec::new(),
        },
        measure: Measure::default(),
        reference: Reference::default(),
        database: Database::default(),
        parameters: Vec::new(),
        guards: Vec::new(),
        hints: Vec::new(),
        wrong: vec![WrongAnswer {
            file: "wrong/analyze.sql".to_owned(),
            verdict: Outcome::Blocks,
            why: "Fresh statistics alone do not help.".to_owned(),
        }],
        variant: VariantNames::default(),
    }
}
