//! The pages of HTML in a browser: what they hold, whether scripts complain, whether they print.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::home::{Home, shipped};
use crate::needs::left_out;

/// Told by the browser about a page: put into a copy of it, since the page itself has no scripts.
const PROBE: &str = "<script>addEventListener('load', () => {
    const wide = [...document.querySelectorAll('body *')].filter(
        element => !element.closest('pre') && element.getBoundingClientRect().right > innerWidth + 1);
    document.body.dataset.probe = JSON.stringify({
        problems: window.problems, title: document.title, heading: document.querySelector('h1').innerText,
        tables: [...document.querySelectorAll('table')].map(table => table.rows.length),
        code: document.querySelectorAll('pre').length, wide: wide.map(element => element.outerHTML),
        outside: [...document.querySelectorAll('[src], link, img, iframe, script:not([data-own])')].length,
    });
});</script>";

const LISTENER: &str = "<script data-own>window.problems = [];
    addEventListener('error', event => problems.push(event.message));
    addEventListener('securitypolicyviolation', event => problems.push(event.violatedDirective));</script>";

fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|program| program.is_file())
}

fn run(browser: &Path, arguments: &[&str], page: &Path) -> (String, String) {
    let profile = TempDir::new().expect("a folder");
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
        ])
        .args([
            "--enable-logging=stderr",
            "--window-size=794,1123",
            "--hide-scrollbars",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("the browser runs");
    assert!(output.status.success(), "{output:?}");
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// What the browser sees on a page, after it was printed too.
fn look(browser: &Path, page: &Path) -> Value {
    let (_, log) = run(browser, &["--dump-dom"], page);
    assert!(!log.contains("CONSOLE"), "{}: {log}", page.display());
    let html = fs::read_to_string(page).expect("a page");
    let probed = page.with_extension("probed.html");
    let html = html
        .replacen("<head>", &format!("<head>{LISTENER}"), 1)
        .replacen(
            "</body>",
            &format!(
                "{}</body>",
                PROBE.replacen("<script", "<script data-own", 1)
            ),
            1,
        );
    fs::write(&probed, html).expect("writes");
    let (dom, _) = run(browser, &["--dump-dom"], &probed);
    let probe = dom
        .split("data-probe=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_else(|| panic!("{}: nothing came back: {dom}", page.display()))
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let paper = page.with_extension("pdf");
    run(
        browser,
        &[
            "--no-pdf-header-footer",
            &format!("--print-to-pdf={}", paper.display()),
        ],
        page,
    );
    let printed = fs::read(&paper).expect("a file to print");
    assert!(printed.starts_with(b"%PDF"), "{}", paper.display());
    let mut seen: Value =
        serde_json::from_str(&probe).unwrap_or_else(|error| panic!("{error}: {probe}"));
    let sheets = printed
        .windows(b"/Type /Page\n".len())
        .filter(|window| *window == b"/Type /Page\n")
        .count();
    seen["sheets"] = sheets.into();
    seen
}

#[test]
fn pages_hold_what_they_should_and_print() {
    let Some(browser) = browser() else {
        left_out("pages_hold_what_they_should_and_print", "Chromium");
        return;
    };
    let home = Home::new();
    let folder = home.0.path().to_owned();
    let page = |name: &str| folder.join(name);
    let write = |arguments: &[&str], name: &str| {
        let path = page(name).display().to_string();
        let output = home.run(&[arguments, &["--format", "html", "--output", &path]].concat());
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    write(
        &["exercise", "export", "side-door", "--handout"],
        "handout.html",
    );
    write(&["exercise", "export", "side-door", "--key"], "key.html");
    let script = "1 3\nspoke of <script>alert(1)</script>\n+3\ne side-door\nn\ndone\n";
    home.run_with_input(
        &[
            "interview",
            "run",
            "backend-engineer",
            "--candidate",
            "Ada <i>",
        ],
        script,
    );
    write(
        &[
            "interview",
            "report",
            "backend-engineer",
            "--candidate",
            "Ada <i>",
        ],
        "scorecard.html",
    );
    let session = format!(
        "{};\n\\explain\n\\save\n\\hint\n\\check\n\\q\n",
        shipped("side-door/solution.sql")
            .trim()
            .trim_end_matches(';')
    );
    home.run_with_input(&["exercise", "start", "side-door"], &session);
    write(&["exercise", "report", "side-door"], "report.html");

    // Title, rows of each table with its head, sheets of paper.
    let expected: [(&str, &str, &[u64], u64); 4] = [
        ("handout.html", "Side door", &[], 2),
        ("key.html", "Side door: key", &[4, 6, 4], 6),
        ("scorecard.html", "Backend engineer: Ada <i>", &[6], 4),
        ("report.html", "Side door: what happened", &[], 3),
    ];
    for (name, title, tables, sheets) in expected {
        let seen = look(&browser, &page(name));
        assert_eq!(seen["problems"], serde_json::json!([]), "{name}");
        assert_eq!(seen["title"], title, "{name}");
        assert_eq!(seen["heading"], title, "{name}");
        assert_eq!(
            seen["wide"],
            serde_json::json!([]),
            "{name} does not fit on a page"
        );
        assert_eq!(seen["outside"], 0, "{name} asks for files or runs scripts");
        let rows: Vec<u64> = seen["tables"]
            .as_array()
            .expect("tables")
            .iter()
            .filter_map(Value::as_u64)
            .collect();
        assert!(rows.starts_with(tables), "{name}: tables of {rows:?} rows");
        let printed = seen["sheets"].as_u64().expect("a number");
        assert!((1..=sheets).contains(&printed), "{name}: {printed} sheets");
    }
}
