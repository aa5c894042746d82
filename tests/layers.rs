//! Folders of src/ import only folders further down the list of docs and src/lib.rs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Highest first.
const LAYERS: [&str; 16] = [
    "cli",
    "report",
    "interview",
    "exercise",
    "explain",
    "advise",
    "rules",
    "equivalence",
    "index",
    "rewrite",
    "planner",
    "sandbox",
    "plan",
    "query",
    "catalog",
    "source",
];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The folders that a file names after `crate::`, one by one or in a braced list.
fn imported(text: &str) -> BTreeSet<String> {
    let mut folders = BTreeSet::new();
    let word = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    for (at, found) in text.match_indices("crate::") {
        let rest = &text[at + found.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            folders.insert(word(rest));
            continue;
        };
        let mut depth = 1;
        let mut item_starts = true;
        for (offset, character) in list.char_indices() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => item_starts = true,
                c if item_starts && !c.is_whitespace() => {
                    folders.insert(word(&list[offset..]));
                    item_starts = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    folders
}

#[test]
fn braced_and_plain_imports_are_seen() {
    let text =
        "use crate::query;\nuse crate::{catalog::{A, B}, source};\n fn f() { crate::rules::all() }";
    let expected = ["catalog", "query", "rules", "source"].map(str::to_owned);
    assert_eq!(imported(text), BTreeSet::from(expected));
}

#[test]
fn folders_import_only_downwards() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rank = |folder: &str| LAYERS.iter().position(|layer| *layer == folder);
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    for file in files {
        let relative = file.strip_prefix(&root).unwrap();
        let folder = relative.iter().next().unwrap().to_str().unwrap();
        if relative.components().count() == 1 {
            continue;
        }
        let own =
            rank(folder).unwrap_or_else(|| panic!("src/{folder} is not in the list of layers"));
        seen.insert(folder.to_owned());
        for target in imported(&fs::read_to_string(&file).unwrap()) {
            match rank(&target) {
                Some(other) if other >= own => {}
                Some(_) => wrong.push(format!("{} imports crate::{target}", relative.display())),
                None => wrong.push(format!(
                    "{} imports crate::{target}, which is no layer",
                    relative.display()
                )),
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports that go up:\n{}",
        wrong.join("\n")
    );
    assert_eq!(seen.len(), LAYERS.len(), "a layer has no folder");
}
