use proptest::prelude::*;

use super::*;

fn check(text: &str) -> Result<(), TestCaseError> {
    let file = SourceFile::new("f.sql", text);
    let mut end = 0;
    for (n, statement) in split(&file).iter().enumerate() {
        prop_assert_eq!(statement.number, n + 1);
        prop_assert!(statement.leading.start >= end);
        prop_assert!(statement.span.start >= end && statement.span.start < statement.span.end);
        prop_assert!(text.get(statement.span.start..statement.span.end).is_some());
        end = statement.span.end;
        if let Some(data) = statement.copy_data {
            prop_assert!(data.start >= end && text.get(data.start..data.end).is_some());
            end = data.end;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_text_is_split(text in "\\PC{0,200}") {
        check(&text)?;
    }

    #[test]
    fn pieces_of_sql_are_split(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "SELECT 1", ";", "'", "\"", "$$", "$a$", "--", "\n", "/*", "*/", "\\", "\\.", "\n\\.\n", "E'", "\\'",
            "COPY t FROM stdin", "CREATE FUNCTION f() BEGIN ATOMIC", "END", "CASE", "CREATE RULE r DO (", ")", "ü",
            "\r\n", " ", "-- name: A :one\n", "$1",
        ]), 0..40)
    ) {
        check(&pieces.concat())?;
    }
}
