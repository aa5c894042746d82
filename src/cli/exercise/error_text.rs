use postgres::error::ErrorPosition;

use crate::sandbox::SandboxError;

/// What to say to a candidate of an error in a statement: for one of the server's, with the line and a mark at its
/// place; `sql` is empty where the candidate did not type what was run.
pub(super) fn error_text(error: &SandboxError, sql: &str) -> String {
    match error {
        SandboxError::Deadline { after } => format!(
            "stopped after {} s; the data is as it was before this statement",
            after.as_secs()
        ),
        SandboxError::Crashed { .. } => {
            "the server gave up on this statement and was started again; the data is as it was before".to_owned()
        }
        SandboxError::DiskLimit { limit } => format!(
            "this statement took more than the {} MB that an exercise may use, and was stopped; the data is as it was before",
            limit / 1_000_000
        ),
        SandboxError::Postgres(postgres) => {
            let place = match postgres.as_db_error().and_then(|error| error.position()) {
                Some(ErrorPosition::Original(position)) => place(sql, *position as usize),
                Some(ErrorPosition::Internal { .. }) | None => None,
            };
            format!("ERROR: {error}{}", place.unwrap_or_default())
        }
        other => other.to_string(),
    }
}

/// The line of a character (counted from 1), and a mark under it.
fn place(sql: &str, position: usize) -> Option<String> {
    if sql.is_empty() {
        return None;
    }
    let before: String = sql.chars().take(position.checked_sub(1)?).collect();
    let number = before.matches('\n').count();
    let line = sql.split('\n').nth(number)?;
    let column = before
        .chars()
        .rev()
        .take_while(|letter| *letter != '\n')
        .count();
    let label = format!("LINE {}: ", number + 1);
    // Tabs are kept, so that the mark stands under its letter.
    let indent: String = line
        .chars()
        .take(column)
        .map(|letter| if letter == '\t' { '\t' } else { ' ' })
        .collect();
    Some(format!(
        "\n{label}{line}\n{}{indent}^",
        " ".repeat(label.len())
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_an_error_is_marked() {
        assert_eq!(
            place("SELECT é,\n\tnonsense\nFROM t", 12).as_deref(),
            Some("\nLINE 2: \tnonsense\n        \t^")
        );
        assert_eq!(place("SELECT 1", 0), None);
        assert_eq!(place("", 5), None);
    }
}
