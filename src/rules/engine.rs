use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use indexmap::IndexMap;
use rayon::prelude::*;

use super::check::{Checked, CheckedFile, Linter};
use super::ignores::{self, Ignores};
use super::planner_trial::PlannerTrial;
use super::{
    ColumnUsage, Evidence, FileLevels, Finding, Level, Levels, SchemaContext, Severity, Thresholds,
    all, slow_plan,
};
use crate::catalog::Catalog;
use crate::plan::Plan;
use crate::planner::Planner;
use crate::query::{BoundSchema, Facts, Query};
use crate::source::{self, Location, SourceFile, Span, StatementText};

/// Parsing and analysis recurse as deep as a statement nests, and dropping a syntax tree does too: a chain of some
/// 100,000 terms fits into this. The pages are only touched when they are needed.
const STACK_BYTES: usize = 512 << 20;

/// What the user wants of a lint run.
#[derive(Debug, Clone, Default)]
pub struct LintOptions {
    pub thresholds: Thresholds,
    pub levels: Levels,
    /// Threads to use; 0 for one on each core.
    pub threads: usize,
}

/// What a lint run found.
#[derive(Debug, Default)]
pub struct LintResult {
    /// Ordered by file and position, without duplicates.
    pub findings: Vec<Finding>,
    /// Number of query files read.
    pub files: usize,
    /// Number of statements in them, the unparsed ones included.
    pub statements: usize,
    /// Number of statements that could not be read.
    pub unparsed: usize,
    /// What the run could not do, and why, in sentences.
    pub notes: Vec<String>,
}

impl LintResult {
    /// Number of findings of one severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }
}

/// What a run looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    StatementsAndSchema,
    Statements,
}

/// Checks every statement of `files`, and the schema itself, with all rules, on all cores.
pub fn lint(files: &[Arc<SourceFile>], catalog: &Catalog, options: &LintOptions) -> LintResult {
    lint_scope(files, catalog, options, Scope::StatementsAndSchema, None)
}

/// As [`lint`], and puts the indexes that are proposed for a statement before a planner: those that it would not use
/// are no findings. It is asked where statistics are at hand, and only then.
pub fn lint_with_planner(
    files: &[Arc<SourceFile>],
    catalog: &Catalog,
    options: &LintOptions,
    planner: &mut dyn Planner,
) -> LintResult {
    lint_scope(
        files,
        catalog,
        options,
        Scope::StatementsAndSchema,
        Some(planner),
    )
}

/// Checks one statement with all rules about statements; the text's ignore comments apply.
pub fn lint_statement(
    statement: &StatementText,
    catalog: &Catalog,
    options: &LintOptions,
) -> Vec<Finding> {
    let file = &statement.file;
    let mut levels = LevelsByFile::new(&options.levels);
    levels.of_path(Some(file.path()));
    let schema = BoundSchema::new(catalog);
    let linter = Linter {
        schema: &schema,
        options,
        levels: &levels,
    };
    let mut findings = linter.statement(statement, &schema).0.findings;
    let mut ignores = HashMap::new();
    if let Some(read) = read_ignores(file, &source::split(file)) {
        ignores.insert(file.path().to_owned(), read);
    }
    apply_levels(&mut findings, &mut levels);
    hide_ignored(&mut findings, &mut ignores, &mut levels);
    // an ignore of another statement is not unused because this one does not need it
    findings.retain(|finding| finding.rule != "unused-ignore");
    sort_and_deduplicate(&mut findings);
    findings
}

/// Checks a plan with all rules about plans, those findings first that take most of the whole. The ignore comments of
/// the statement's text apply, where the statement is at hand.
pub fn lint_plan(
    plan: &Plan,
    statement: Option<&StatementText>,
    catalog: &Catalog,
    options: &LintOptions,
) -> Vec<Finding> {
    let mut levels = LevelsByFile::new(&options.levels);
    let mut findings = slow_plan::check_plan(catalog, statement, plan);
    apply_levels(&mut findings, &mut levels);
    hide_ignored(&mut findings, &mut HashMap::new(), &mut levels);
    findings.retain(|finding| finding.rule != "unused-ignore");
    findings
}

pub(super) fn lint_scope(
    files: &[Arc<SourceFile>],
    catalog: &Catalog,
    options: &LintOptions,
    scope: Scope,
    planner: Option<&mut dyn Planner>,
) -> LintResult {
    let run = || lint_on_this_pool(files, catalog, options, scope, planner);
    match rayon::ThreadPoolBuilder::new()
        .stack_size(STACK_BYTES)
        .num_threads(options.threads)
        .build()
    {
        Ok(pool) => pool.install(run),
        Err(_) => run(),
    }
}

fn lint_on_this_pool(
    files: &[Arc<SourceFile>],
    catalog: &Catalog,
    options: &LintOptions,
    scope: Scope,
    planner: Option<&mut dyn Planner>,
) -> LintResult {
    let mut levels = LevelsByFile::new(&options.levels);
    for file in files {
        levels.of_path(Some(file.path()));
    }
    let schema = BoundSchema::new(catalog);
    let linter = Linter {
        schema: &schema,
        options,
        levels: &levels,
    };
    let mut trial = planner.map(|planner| PlannerTrial::new(planner, catalog, &options.thresholds));
    let checked: Vec<CheckedFile> = match &mut trial {
        None => files
            .par_iter()
            .map(|file| linter.file(file, None))
            .collect(),
        // one planner, which is asked in the order of the statements
        Some(trial) => files
            .iter()
            .map(|file| linter.file(file, Some(trial)))
            .collect(),
    };

    let mut result = LintResult {
        files: files.len(),
        ..LintResult::default()
    };
    let mut ignores = HashMap::new();
    let mut all = Checked::default();
    for (file, one) in files.iter().zip(checked) {
        result.statements += one.statements;
        if let Some(read) = one.ignores {
            ignores.insert(file.path().to_owned(), read);
        }
        all = all.merge(one.checked);
    }
    result.findings = all.findings;
    result.unparsed = all.unparsed;
    result.notes = trial.map_or_else(Vec::new, |trial| trial.notes());
    if scope == Scope::StatementsAndSchema {
        let found = check_schema(&schema, &all.usage, options, levels.of_path(None));
        result.findings.extend(found);
        result.findings.extend(schema_errors(catalog));
    }

    apply_levels(&mut result.findings, &mut levels);
    hide_ignored(&mut result.findings, &mut ignores, &mut levels);
    sort_and_deduplicate(&mut result.findings);
    result
}

/// The user's levels, worked out once for each file.
pub(super) struct LevelsByFile<'a> {
    levels: &'a Levels,
    files: HashMap<Option<String>, FileLevels>,
}

impl<'a> LevelsByFile<'a> {
    fn new(levels: &'a Levels) -> Self {
        Self {
            levels,
            files: HashMap::new(),
        }
    }

    fn of_path(&mut self, path: Option<&str>) -> &FileLevels {
        self.files
            .entry(path.map(str::to_owned))
            .or_insert_with(|| self.levels.in_file(path))
    }

    pub(super) fn known(&self, path: &str) -> Option<&FileLevels> {
        self.files.get(&Some(path.to_owned()))
    }
}

fn check_schema(
    schema: &BoundSchema<'_>,
    usage: &ColumnUsage,
    options: &LintOptions,
    levels: &FileLevels,
) -> Vec<Finding> {
    let no_statement = Query::none();
    let context = SchemaContext {
        catalog: schema.catalog(),
        schema,
        facts: Facts::new(&no_statement, schema),
        usage,
        thresholds: &options.thresholds,
    };
    all()
        .par_iter()
        .filter(|rule| !levels.is_off(rule.info().name))
        .flat_map_iter(|rule| {
            let mut findings = Vec::new();
            rule.check_schema(&context, &mut findings);
            findings
        })
        .collect()
}

fn schema_errors(catalog: &Catalog) -> impl Iterator<Item = Finding> + '_ {
    catalog.problems.iter().map(|found| {
        let mut finding = problem(
            "schema-error",
            Severity::Info,
            found.location.clone(),
            format!("left out of the schema: {}", found.message),
        );
        finding.why = vec!["what it would have made is not known to any rule".to_owned()];
        finding
    })
}

pub(super) fn problem(
    rule: &'static str,
    severity: Severity,
    location: Location,
    message: String,
) -> Finding {
    Finding {
        rule,
        severity,
        evidence: Evidence::Schema,
        location: Some(location),
        statement: None,
        relation: None,
        table: None,
        columns: Vec::new(),
        index: None,
        message,
        why: Vec::new(),
        label: None,
        facts: IndexMap::new(),
        fixes: Vec::new(),
    }
}

fn path_of(finding: &Finding) -> Option<&str> {
    finding
        .location
        .as_ref()
        .map(|location| location.file.path())
}

fn apply_levels(findings: &mut Vec<Finding>, levels: &mut LevelsByFile<'_>) {
    findings.retain_mut(
        |finding| match levels.of_path(path_of(finding)).of(finding.rule) {
            Some(Level::Off) => false,
            Some(Level::Severity(severity)) => {
                finding.severity = severity;
                true
            }
            None => true,
        },
    );
}

pub(super) fn read_ignores(
    file: &Arc<SourceFile>,
    statements: &[StatementText],
) -> Option<Ignores> {
    if !file.text().contains(ignores::MARK) {
        return None;
    }
    let spans: Vec<Span> = statements.iter().map(|statement| statement.span).collect();
    Some(Ignores::read(file, &source::comments(file), &spans))
}

/// Drops what a comment hides and adds what the comments did not hide. Files of the schema are read for comments
/// where a finding lies in them.
fn hide_ignored(
    findings: &mut Vec<Finding>,
    ignores: &mut HashMap<String, Ignores>,
    levels: &mut LevelsByFile<'_>,
) {
    let mut looked_at: HashSet<String> = ignores.keys().cloned().collect();
    for finding in findings.iter() {
        let Some(location) = &finding.location else {
            continue;
        };
        if looked_at.insert(location.file.path().to_owned())
            && let Some(read) = read_ignores(&location.file, &source::split(&location.file))
        {
            ignores.insert(location.file.path().to_owned(), read);
        }
    }
    findings.retain(|finding| {
        let ignoring = path_of(finding).and_then(|path| ignores.get_mut(path));
        !ignoring.is_some_and(|ignores| ignores.hide(finding))
    });
    let mut unused: Vec<Finding> = ignores
        .values()
        .flat_map(|ignores| {
            let here = levels.of_path(Some(ignores.path()));
            ignores.unused(|rule| here.is_off(rule))
        })
        .collect();
    apply_levels(&mut unused, levels);
    findings.extend(unused);
}

fn sort_and_deduplicate(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut seen = HashSet::new();
    findings.retain(|finding| {
        seen.insert((
            finding.rule,
            path_of(finding).map(str::to_owned),
            finding.location.as_ref().map(|location| location.span),
            finding.relation.clone(),
            finding.table.clone(),
            finding.columns.clone(),
            finding.index.clone(),
        ))
    });
}

/// By place, what has none last; then the worst first.
fn order(finding: &Finding) -> impl Ord + '_ {
    let span = finding
        .location
        .as_ref()
        .map_or(Span::default(), |location| location.span);
    (
        finding.location.is_none(),
        path_of(finding),
        span.start,
        Reverse(finding.severity),
        finding.rule,
        finding.table.as_deref(),
        finding.index.as_deref(),
        finding.columns.as_slice(),
    )
}
