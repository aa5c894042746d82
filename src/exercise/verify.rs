use super::grade::{GradeOptions, grade};
use super::stock::{AUTHOR_DEADLINE, LoadOptions, Stock};
use super::verdict::Verdict;
use super::{Answer, ExerciseError, Outcome, Pack};

/// One answer of a pack, graded.
#[derive(Debug, Clone)]
pub struct VerifiedAnswer {
    /// `as it is`, `solution.sql` or the wrong answer's file.
    pub answer: String,
    /// What it should get; `None`: anything but passed.
    pub expected: Option<Outcome>,
    pub verdict: Verdict,
}

impl VerifiedAnswer {
    /// Whether it got what it should.
    pub fn is_right(&self) -> bool {
        match self.expected {
            Some(expected) => self.verdict.outcome == expected,
            None => !self.verdict.passed,
        }
    }
}

/// A pack's answers on the data of one seed.
#[derive(Debug, Clone)]
pub struct VerifiedPack {
    pub seed: u64,
    pub load_seconds: f64,
    pub answers: Vec<VerifiedAnswer>,
}

/// Checks a pack: as it is it must fail, the solution must pass, each wrong answer must get its declared verdict.
/// Statistics are gathered anew for each of `runs`.
///
/// # Errors
/// Where the pack cannot be loaded, or the server fails.
pub fn verify(
    pack: &Pack,
    seed: u64,
    runs: usize,
    database: Option<&str>,
    progress: &dyn Fn(&str),
) -> Result<VerifiedPack, ExerciseError> {
    let options = LoadOptions {
        seed,
        database: database.map(str::to_owned),
        cached: false,
        query_deadline: None,
    };
    let stock = Stock::load(pack, &options, progress)?;
    let limits = &pack.manifest.limits;
    let mut texts = vec![
        ("as it is".to_owned(), String::new(), None),
        (
            "solution.sql".to_owned(),
            pack.solution.clone(),
            Some(Outcome::Passed),
        ),
    ];
    for (wrong, text) in pack.manifest.wrong.iter().zip(&pack.wrong) {
        texts.push((wrong.file.clone(), text.clone(), Some(wrong.verdict)));
    }
    let grade_options = GradeOptions {
        deadline: AUTHOR_DEADLINE,
        explain: false,
        ..GradeOptions::default()
    };
    let mut answers = Vec::new();
    for _ in 0..runs.max(1) {
        for (name, text, expected) in &texts {
            progress(&format!("grading {name}"));
            answers.push(VerifiedAnswer {
                answer: name.clone(),
                expected: *expected,
                verdict: grade(&stock, pack, &Answer::read(text, limits), &grade_options)?,
            });
        }
    }
    Ok(VerifiedPack {
        seed,
        load_seconds: stock.baseline.load_seconds,
        answers,
    })
}
