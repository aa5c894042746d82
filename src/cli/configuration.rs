use std::path::{Path, PathBuf};
use std::{env, fs};

use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::arguments::{FailOn, GlobalArguments};
use super::failure::Failure;
use crate::rules::{Level, LevelError, Levels, Thresholds, by_name, nearest_rule};
use crate::source::{PathPatterns, SourceFile};

const FILE_NAME: &str = "whyslow.toml";

/// What whyslow.toml says; every key has a flag that wins over it.
#[derive(Debug, Default)]
pub(super) struct Configuration {
    /// The folder of the file; its paths and patterns are relative to it.
    folder: PathBuf,
    keys: Keys,
    /// Rule levels by path, in the order of the file.
    pub(super) levels: Levels,
    pub(super) thresholds: Thresholds,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Keys {
    /// Queries to check where the command line names none.
    queries: Vec<String>,
    schema: Vec<String>,
    snapshot: Option<String>,
    database: Option<String>,
    exclude: Vec<String>,
    fail_on: Option<FailOn>,
    /// Whether lint asks the embedded planner about proposed indexes.
    planner: Option<bool>,
    rules: IndexMap<String, String>,
    thresholds: IndexMap<String, Value>,
    overrides: Vec<Override>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Override {
    paths: Vec<String>,
    rules: IndexMap<String, String>,
}

impl Configuration {
    /// Reads the file that the command line names, or the nearest whyslow.toml upwards from the working folder.
    pub(super) fn load(arguments: &GlobalArguments) -> Result<Self, Failure> {
        if arguments.no_config {
            return Ok(Self::default());
        }
        let path = match &arguments.config {
            Some(path) => path.clone(),
            None => match found_upwards() {
                Some(path) => path,
                None => return Ok(Self::default()),
            },
        };
        let text = fs::read_to_string(&path).map_err(|error| {
            Failure::usage(
                format!("could not read the configuration {}", path.display()),
                error,
            )
            .remedy("name another file with --config, or use --no-config")
        })?;
        Self::parse(&path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Failure> {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let reader = Reader {
            file: &SourceFile::new(path.display().to_string(), text),
        };
        let document = DeTable::parse(text).map_err(|error| reader.toml_error(&error))?;
        reader.check_keys(document.get_ref())?;
        let keys: Keys = toml::from_str(text).map_err(|error| reader.toml_error(&error))?;

        let mut levels = Levels::default();
        set_levels(&mut levels, None, &keys.rules).map_err(|error| reader.failure(None, error))?;
        for entry in &keys.overrides {
            let paths = PathPatterns::new(&folder, &entry.paths)
                .map_err(|error| reader.failure(None, error))?;
            set_levels(&mut levels, Some(&paths), &entry.rules)
                .map_err(|error| reader.failure(None, error))?;
        }
        let mut thresholds = Thresholds::default();
        for (name, value) in &keys.thresholds {
            thresholds = with_threshold(&thresholds, name, value.clone())
                .map_err(|error| reader.failure(None, error))?;
        }
        Ok(Self {
            folder,
            keys,
            levels,
            thresholds,
        })
    }

    /// Queries to check where the command line names none.
    pub(super) fn queries(&self) -> Vec<PathBuf> {
        self.paths(&self.keys.queries)
    }

    pub(super) fn schema(&self) -> Vec<PathBuf> {
        self.paths(&self.keys.schema)
    }

    pub(super) fn snapshot(&self) -> Option<PathBuf> {
        self.keys
            .snapshot
            .as_ref()
            .map(|path| self.folder.join(path))
    }

    /// The live server that explain and advise ask where the command line names none.
    pub(super) fn database(&self) -> Option<String> {
        self.keys.database.clone()
    }

    pub(super) fn fail_on(&self) -> Option<FailOn> {
        self.keys.fail_on
    }

    /// Whether lint may ask the embedded planner.
    pub(super) fn planner(&self) -> bool {
        self.keys.planner.unwrap_or(true)
    }

    /// What the file leaves out.
    pub(super) fn excluded(&self) -> Result<PathPatterns, Failure> {
        PathPatterns::new(&self.folder, &self.keys.exclude).map_err(|error| {
            Failure::usage(format!("could not read exclude in {FILE_NAME}"), error)
        })
    }

    fn paths(&self, paths: &[String]) -> Vec<PathBuf> {
        paths.iter().map(|path| self.folder.join(path)).collect()
    }
}

/// The nearest whyslow.toml: in the working folder by its name alone, above it by a relative path.
fn found_upwards() -> Option<PathBuf> {
    let working = env::current_dir().ok()?;
    let mut prefix = PathBuf::new();
    for _ in working.ancestors() {
        let candidate = prefix.join(FILE_NAME);
        if candidate.is_file() {
            return Some(candidate);
        }
        prefix.push("..");
    }
    None
}

fn set_levels(
    levels: &mut Levels,
    paths: Option<&PathPatterns>,
    rules: &IndexMap<String, String>,
) -> Result<(), LevelError> {
    rules
        .iter()
        .try_for_each(|(rule, level)| levels.set(paths, rule, level.parse::<Level>()?))
}

/// The thresholds with one of them set by its name, as in `deep-offset`.
pub(super) fn with_threshold(
    thresholds: &Thresholds,
    name: &str,
    value: Value,
) -> Result<Thresholds, String> {
    let known = keys_of(thresholds);
    if !known.iter().any(|known| known == name) {
        return Err(format!(
            "no threshold is named {name:?}{}",
            suggestion(name, &known)
        ));
    }
    let mut fields = serde_json::to_value(thresholds).map_err(|error| error.to_string())?;
    if let Some(fields) = fields.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
    serde_json::from_value(fields).map_err(|error| format!("threshold {name}: {error}"))
}

/// The names under which serde writes the fields of a value.
fn keys_of(value: &impl Serialize) -> Vec<String> {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

fn default_keys<T: Default + Serialize + DeserializeOwned>() -> Vec<String> {
    keys_of(&T::default())
}

fn suggestion(name: &str, known: &[String]) -> String {
    let nearest = known
        .iter()
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((_, nearest)) => format!("; did you mean {nearest:?}?"),
        None => format!("; known are {}", known.join(", ")),
    }
}

/// Checks a configuration file with the positions of its keys at hand.
struct Reader<'a> {
    file: &'a SourceFile,
}

impl Reader<'_> {
    fn check_keys(&self, document: &DeTable<'_>) -> Result<(), Failure> {
        self.known_keys(document, &default_keys::<Keys>(), "key")?;
        if let Some(rules) = table(document, "rules") {
            self.check_rules(rules)?;
        }
        if let Some(thresholds) = table(document, "thresholds") {
            self.known_keys(thresholds, &default_keys::<Thresholds>(), "threshold")?;
        }
        let overrides = document
            .get("overrides")
            .and_then(|value| value.get_ref().as_array());
        for entry in overrides.into_iter().flat_map(|entries| entries.iter()) {
            if let DeValue::Table(entry) = entry.get_ref() {
                self.known_keys(entry, &default_keys::<Override>(), "key")?;
                if let Some(rules) = table(entry, "rules") {
                    self.check_rules(rules)?;
                }
            }
        }
        Ok(())
    }

    fn known_keys(&self, table: &DeTable<'_>, known: &[String], what: &str) -> Result<(), Failure> {
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if !known.iter().any(|known| known == name) {
                let problem = format!("unknown {what} {name:?}{}", suggestion(name, known));
                return Err(self.failure(Some(key.span().start), problem));
            }
        }
        Ok(())
    }

    fn check_rules(&self, rules: &DeTable<'_>) -> Result<(), Failure> {
        for (key, value) in rules.iter() {
            let name = key.get_ref().as_ref();
            if by_name(name).is_none() {
                let error = LevelError::UnknownRule {
                    name: name.to_owned(),
                    nearest: nearest_rule(name),
                };
                return Err(self.failure(Some(key.span().start), error));
            }
            self.check_level(value)?;
        }
        Ok(())
    }

    fn check_level(&self, value: &Spanned<DeValue<'_>>) -> Result<(), Failure> {
        let level = match value.get_ref() {
            DeValue::String(text) => text.parse::<Level>().map(|_| ()),
            other => Err(LevelError::UnknownLevel(other.type_str().to_owned())),
        };
        level.map_err(|error| self.failure(Some(value.span().start), error))
    }

    fn toml_error(&self, error: &toml::de::Error) -> Failure {
        self.failure(error.span().map(|span| span.start), error.message())
    }

    fn failure(&self, at: Option<usize>, problem: impl std::fmt::Display) -> Failure {
        let place = match at.map(|at| self.file.position(at)) {
            Some(position) => format!("{}:{}:{}", self.file.path(), position.line, position.column),
            None => self.file.path().to_owned(),
        };
        Failure::usage(format!("could not read the configuration {place}"), problem)
    }
}

fn table<'a, 'b>(document: &'a DeTable<'b>, key: &str) -> Option<&'a DeTable<'b>> {
    document
        .get(key)
        .and_then(|value| value.get_ref().as_table())
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(
            pieces in proptest::collection::vec(proptest::sample::select(vec![
                "schema", "queries", "exclude", "[rules]", "[thresholds]", "[[overrides]]", "paths", "rules",
                "syntax-error", "deep-offset", " = ", "\"off\"", "\"a[\"", "[", "]", "{", "}", "1", "-1e400", "\n", ",",
                "\"**\"", "é", "true", ".", "fail-on", "\"\"\"", "#",
            ]), 0..24)
        ) {
            let _ = Configuration::parse(Path::new("whyslow.toml"), &pieces.concat());
        }
    }

    fn message(text: &str) -> String {
        Configuration::parse(Path::new("whyslow.toml"), text)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn what_is_unknown_is_named_with_its_place_and_the_nearest() {
        for (text, place, nearest) in [
            ("shema = [\"a\"]", ":1:1", "did you mean \"schema\"?"),
            (
                "[rules]\nsintax-error = \"off\"",
                ":2:1",
                "did you mean \"syntax-error\"?",
            ),
            (
                "[thresholds]\ndeep-ofset = 1",
                ":2:1",
                "did you mean \"deep-offset\"?",
            ),
            (
                "[[overrides]]\npath = [\"x\"]",
                ":2:1",
                "did you mean \"paths\"?",
            ),
            (
                "[[overrides]]\nrules = { sintax-error = \"off\" }",
                ":2:11",
                "\"syntax-error\"?",
            ),
            (
                "[rules]\nsyntax-error = \"loud\"",
                ":2:16",
                "use off, info, warning or error",
            ),
            (
                "[rules]\nsyntax-error = 1",
                ":2:16",
                "use off, info, warning or error",
            ),
            ("schema = \"a", ":1:", "invalid basic string"),
            ("schema = 1", ":1:10", "expected a sequence"),
            ("fail-on = \"waning\"", ":1:11", "unknown variant"),
        ] {
            let message = message(text);
            assert!(message.contains(place), "{message}");
            assert!(message.contains(nearest), "{message}");
        }
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let text = "schema = [\"schema/\"]\nsnapshot = \"p.json\"\n[thresholds]\ndeep-offset = 7\n\
            [[overrides]]\npaths = [\"old/**\"]\nrules = { syntax-error = \"off\" }";
        let read = Configuration::parse(Path::new("../whyslow.toml"), text).unwrap();
        assert_eq!(read.schema(), [PathBuf::from("../schema/")]);
        assert_eq!(read.snapshot(), Some(PathBuf::from("../p.json")));
        assert_eq!(read.thresholds.deep_offset, 7);
        assert!(
            read.levels
                .in_file(Some("../old/q.sql"))
                .is_off("syntax-error")
        );
    }
}
