use std::fs;
use std::path::Path;
use std::time::Duration;

use sqlparser::tokenizer::Token;

use super::data::{data_for, most_rows, referring};
use super::draft::{describe, draft};
use super::findings::{QUERY_FILE, findings};
use super::measure::is_query;
use super::{ExerciseError, LoadOptions, MANIFEST, Pack, Stock, verify};
use crate::catalog::Catalog;
use crate::rules::{Finding, FixKind, Safety};
use crate::sandbox::SandboxError;
use crate::source::{Location, SourceFile, split};

/// The solution has to read at most this share of what the query reads as it is.
const WORTH_IT: f64 = 0.5;

/// A table that the query reads gets at most so many rows.
const LARGEST: f64 = 400_000.0;

/// Nothing is to be seen with fewer rows.
const SMALLEST: f64 = 1_500.0;

/// By so much the tables shrink where the query takes too long: a nested loop over two of them becomes 64 times as
/// quick.
const SHRINK: f64 = 8.0;

/// The query is run some dozens of times before the pack is written, and again by each candidate.
const QUERY_DEADLINE: Duration = Duration::from_secs(3);

/// What a pack is made from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The exercise's name.
    pub name: String,
    /// DDL.
    pub schema: String,
    /// The schema, with the statistics from which the rows are generated.
    pub catalog: Catalog,
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
    #[error("the file holds {found} statements")]
    NotOneStatement { found: usize },
    #[error("line {line}: {message}")]
    Broken { line: usize, message: String },
    #[error("{placeholder} has no value")]
    Placeholder { placeholder: String },
    #[error("nothing was found that makes this query slow")]
    NoFinding,
    #[error("what was found ({rules}) comes without a fix that could be tried")]
    NoFix { rules: String },
    #[error(
        "with every fix the query reads {after} blocks in place of {before}: not enough of a difference to grade by"
    )]
    NotWorthIt { before: u64, after: u64 },
    #[error(
        "{file} takes longer than {} s, even where its largest table has only {rows} rows", QUERY_DEADLINE.as_secs()
    )]
    TooSlow { file: String, rows: u64 },
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

impl AuthorError {
    /// What the author can do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NotOneStatement { .. } => "keep the slow query only",
            Self::Broken { .. } => "mend the query, or give the schema that it was written for",
            Self::Placeholder { .. } => {
                "write a value in its place, one for which the query is slow"
            }
            Self::NoFinding => {
                "with the row counts of the real tables (--snapshot) more is seen; else write the pack by hand, after those in sample_exercises"
            }
            Self::NoFix { .. } => "write the pack by hand, after those in sample_exercises",
            Self::NotWorthIt { .. } => {
                "give the row counts of the real tables with --snapshot, or write the pack by hand, after those in sample_exercises"
            }
            Self::TooSlow { .. } => {
                "cut from the query what the exercise is not about, or write the pack by hand, after those in sample_exercises"
            }
            Self::SelfCheck { .. } => {
                "the query has to return the same rows on every run: ORDER BY with LIMIT up to a unique column, no clock, no random values; else write the pack by hand, after those in sample_exercises"
            }
            Self::Exercise(ExerciseError::Statement { .. }) => {
                "the schema has to load into an empty PostgreSQL, and the query to run on it"
            }
            Self::Exercise(_) => "run the command again",
        }
    }
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
    let query = query_of(&source.query)?;
    let mut pack = Pack {
        name: source.name.clone(),
        manifest: draft(&source.name),
        schema: source.schema.clone(),
        data: data_for(&source.catalog, &query, LARGEST),
        data_sql: None,
        query,
        solution: String::new(),
        wrong: vec!["ANALYZE;\n".to_owned()],
        guards: Vec::new(),
    };
    pack.manifest.database.locale = locale(&source.catalog);
    progress("looking for what is slow");
    let (solution, used) = solution(&pack, &source.catalog)?;
    pack.solution = solution;
    describe(&mut pack.manifest, &used);
    let stock = load_in_time(&mut pack, &source.catalog, progress)?;
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

/// Loads and measures the pack, with fewer rows where the query takes too long: a nested loop over two large tables
/// takes hours where the same lesson takes a second.
fn load_in_time(
    pack: &mut Pack,
    catalog: &Catalog,
    progress: &dyn Fn(&str),
) -> Result<Stock, AuthorError> {
    let options = LoadOptions {
        seed: 1,
        query_deadline: Some(QUERY_DEADLINE),
        ..LoadOptions::default()
    };
    let mut largest = LARGEST.min(most_rows(catalog, &pack.query));
    loop {
        let loaded = Stock::load(pack, &options, &|step| {
            progress(&format!("at most {largest} rows a table: {step}"));
        });
        match loaded {
            Err(ExerciseError::Statement {
                file,
                problem: SandboxError::Deadline { .. },
                ..
            }) => {
                if largest <= SMALLEST {
                    return Err(AuthorError::TooSlow {
                        file,
                        rows: largest as u64,
                    });
                }
                largest = (largest / SHRINK).max(SMALLEST);
                pack.data = data_for(catalog, &pack.query, largest);
            }
            other => return Ok(other?),
        }
    }
}

/// Under another locale than C an index serves other comparisons, so that of the statistics' server is kept.
fn locale(catalog: &Catalog) -> Option<String> {
    let locale = catalog.server.collation.clone()?;
    (!["C", "POSIX"].contains(&locale.as_str()) && !locale.starts_with("C.")).then_some(locale)
}

/// The statement of a file that holds one that can be run as it is; comments before and after it may say too much.
fn query_of(text: &str) -> Result<String, AuthorError> {
    let file = SourceFile::new(QUERY_FILE, text);
    let statements = split(&file);
    let [statement] = statements.as_slice() else {
        return Err(AuthorError::NotOneStatement {
            found: statements.len(),
        });
    };
    let parsed = statement.parse().map_err(|error| AuthorError::Broken {
        line: file.position(statement.span.start + error.offset).line,
        message: error.message,
    })?;
    let placeholder = parsed.tokens.iter().find_map(|token| match &token.token {
        Token::Placeholder(name) => Some(name.clone()),
        _ => None,
    });
    match placeholder {
        Some(placeholder) => Err(AuthorError::Placeholder { placeholder }),
        None => Ok(format!("{};\n", statement.text().trim())),
    }
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

/// Rules that speak of queries that cannot run.
const BROKEN: [&str; 3] = ["syntax-error", "unknown-table", "unknown-column"];

/// A rewrite can make room for an index, and that for another: so often the linter is asked again.
const ROUNDS: usize = 3;

/// The first sound rewrite that is proposed, and the indexes that are, for the query as it is and as it is rewritten;
/// and the findings that they come from.
fn solution(pack: &Pack, catalog: &Catalog) -> Result<(String, Vec<Finding>), AuthorError> {
    let first = about_the_query(findings(pack, "", &pack.query), catalog, &pack.query);
    if let Some(broken) = first.iter().find(|finding| BROKEN.contains(&finding.rule)) {
        let start = broken.location.as_ref().map(Location::start);
        return Err(AuthorError::Broken {
            line: start.map_or(1, |start| start.line),
            message: broken.message.clone(),
        });
    }
    let mut changes = String::new();
    let mut rewrite: Option<String> = None;
    let mut used: Vec<Finding> = Vec::new();
    for _ in 0..ROUNDS {
        let before = used.len();
        let mut rewritten = false;
        let query = rewrite.clone().unwrap_or_else(|| pack.query.clone());
        let mut found = about_the_query(findings(pack, &changes, &query), catalog, &query);
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
                FixKind::Rewrite => !rewritten && fix.safety == Safety::Equivalent,
                FixKind::DropIndex | FixKind::AlterTable => false,
            });
            let Some(fix) = fix else {
                continue;
            };
            if fix.kind == FixKind::Rewrite {
                rewritten = true;
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
    if !changes.is_empty() {
        return Ok((changes, used));
    }
    let mut rules: Vec<&str> = first.iter().map(|finding| finding.rule).collect();
    rules.dedup();
    Err(if rules.is_empty() {
        AuthorError::NoFinding
    } else {
        AuthorError::NoFix {
            rules: rules.join(", "),
        }
    })
}

fn index_statement(sql: &str) -> String {
    let sql = sql
        .trim()
        .trim_end_matches(';')
        .replace(" CONCURRENTLY", "");
    format!("{sql};\n")
}

/// The findings on the query itself; where there are none, and it writes, those on the tables that refer to what it
/// writes to, as for a DELETE whose foreign keys have no index.
fn about_the_query(found: Vec<Finding>, catalog: &Catalog, query: &str) -> Vec<Finding> {
    let (own, mut others): (Vec<_>, Vec<_>) = found.into_iter().partition(is_about_the_query);
    if !own.is_empty() || is_query(query) {
        return own;
    }
    let searched: Vec<String> = referring(catalog, query)
        .map(|table| table.name.to_string())
        .collect();
    others.retain(|finding| {
        let table = finding.table.as_ref();
        table.is_some_and(|table| searched.contains(table))
    });
    others
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
