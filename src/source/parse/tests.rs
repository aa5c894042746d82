use super::*;

/// The tree as SQL.
fn read(sql: &str) -> String {
    match parse_statement(sql) {
        Ok(parsed) => parsed.ast.to_string(),
        Err(error) => panic!("{sql}: {error} at {}", error.offset),
    }
}

#[test]
fn placeholders_are_values_and_operators_stay_operators() {
    assert_eq!(
        read(
            "SELECT * FROM t WHERE id=@id AND a<=@b AND b=ANY(@ids::int[]) AND d=? AND e>=? AND f LIKE ?||'%'"
        ),
        "SELECT * FROM t WHERE id = @id AND a <= @b AND b = ANY(@ids::INT[]) AND d = ? AND e >= ? AND f LIKE ? || '%'"
    );
    assert_eq!(
        read(
            "SELECT a % 3, a ? 'k', a ?| b, a ?? 'k', z[1:2] FROM t WHERE g=%s AND h <> %(x)s AND i = :i AND j = :'j' LIMIT ? OFFSET %s"
        ),
        "SELECT a % 3, a ? 'k', a ?| b, a ? 'k', z[1:2] FROM t WHERE g = %s AND h <> %(x)s AND i = :i AND j = :'j' LIMIT ? OFFSET %s"
    );
    assert_eq!(
        read("SELECT @ a, a @> b, sqlc.arg(x) FROM t"),
        "SELECT @ a, a @> b, sqlc.arg(x) FROM t"
    );
}

#[test]
fn placeholders_of_templates_and_lists_are_values() {
    assert_eq!(
        read(
            "SELECT * FROM t WHERE a = ?1 AND b = #{b.c} AND d = ${d} AND e = {{ e | int }} AND f = {f} AND g ? 'k' AND h > a # 3"
        ),
        "SELECT * FROM t WHERE a = ?1 AND b = #{b.c} AND d = ${d} AND e = {{ e | int }} AND f = {f} AND g ? 'k' AND h > a # 3"
    );
    assert_eq!(
        read(
            "SELECT * FROM t WHERE a IN :ids AND b NOT IN %s AND c IN %(ids)s AND d IN (:x) AND e IN ?"
        ),
        "SELECT * FROM t WHERE a IN (:ids) AND b NOT IN (%s) AND c IN (%(ids)s) AND d IN (:x) AND e IN (?)"
    );
    for sql in [
        "SELECT {",
        "SELECT 1 {2}",
        "SELECT {}",
        "SELECT $ {",
        "SELECT a IN $1",
    ] {
        assert!(parse_statement(sql).is_err(), "{sql}");
    }
}

#[test]
fn placeholders_keep_their_places() {
    let sql = "SELECT 'ü' WHERE a>=? AND b = %(name)s";
    let parsed = parse_statement(sql).unwrap();
    let placed: Vec<(String, &str)> = parsed
        .tokens
        .iter()
        .filter(|token| matches!(token.token, Token::Placeholder(_)))
        .map(|token| {
            (
                token.token.to_string(),
                &sql[token.span.start..token.span.end],
            )
        })
        .collect();
    assert_eq!(
        placed,
        [("?".to_owned(), "?"), ("%(name)s".to_owned(), "%(name)s")]
    );
}

#[test]
fn what_stands_around_a_query_is_taken_off() {
    for sql in [
        "EXPLAIN SELECT a FROM t",
        "EXPLAIN ANALYZE VERBOSE SELECT a FROM t",
        "/* x */ EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT a FROM t",
        "PREPARE p (int, text) AS SELECT a FROM t",
        "DECLARE c NO SCROLL CURSOR WITH HOLD FOR SELECT a FROM t",
        "COPY (SELECT a FROM t) TO STDOUT WITH (FORMAT csv)",
    ] {
        assert_eq!(read(sql), "SELECT a FROM t");
    }
    assert_eq!(read("EXPLAIN (SELECT a FROM t)"), "(SELECT a FROM t)");
    let sql = "EXPLAIN (COSTS off) SELECT (";
    assert_eq!(parse_statement(sql).unwrap_err().offset, sql.len());
}

#[test]
fn syntax_that_sqlparser_does_not_read_keeps_its_meaning() {
    for (sql, tree) in [
        (
            "SELECT * FROM t FOR NO KEY UPDATE SKIP LOCKED",
            "SELECT * FROM t FOR UPDATE SKIP LOCKED",
        ),
        (
            "SELECT * FROM t FOR KEY SHARE OF t",
            "SELECT * FROM t FOR SHARE OF t",
        ),
        (
            "SELECT * FROM f(1) AS (a int), g(2) AS (b text) WHERE a = 1",
            "SELECT * FROM f(1) AS f (a INT), g(2) AS g (b TEXT) WHERE a = 1",
        ),
        (
            "INSERT INTO t (a) SELECT $1 ON CONFLICT (a) DO NOTHING",
            "INSERT INTO t (a) SELECT $1 ON CONFLICT(a) DO NOTHING",
        ),
        (
            "INSERT INTO t SELECT a, b FROM s LIMIT 3 ON CONFLICT DO NOTHING",
            "INSERT INTO t SELECT a, b FROM s LIMIT 3 ON CONFLICT DO NOTHING",
        ),
        ("TABLE t", "SELECT * FROM t"),
        (
            "SELECT a FROM t WHERE a IN (TABLE n)",
            "SELECT a FROM t WHERE a IN (SELECT * FROM n)",
        ),
        (
            "WITH n AS (TABLE m) INSERT INTO s.t (a, b) TABLE n",
            "WITH n AS (SELECT * FROM m) INSERT INTO s.t (a, b) SELECT * FROM n",
        ),
        ("TABLE ONLY t ORDER BY 1", "SELECT * FROM ONLY t ORDER BY 1"),
        (
            "SELECT a FROM t WHERE a ISNULL OR b NOTNULL",
            "SELECT a FROM t WHERE a IS NULL OR b IS NOT NULL",
        ),
        (
            "DELETE FROM t WHERE CURRENT OF c",
            "DELETE FROM t WHERE ctid = c",
        ),
        (
            "UPDATE t SET a[1] = 2, b[1:2] = '{1}' WHERE x[1] = 2",
            "UPDATE t SET a = 2, b = '{1}' WHERE x[1] = 2",
        ),
        (
            "INSERT INTO t (a, b[1], c.d) VALUES (1, 2, 3)",
            "INSERT INTO t (a, b, c) VALUES (1, 2, 3)",
        ),
        (
            "SELECT a FROM t GROUP BY DISTINCT ROLLUP (a), (b)",
            "SELECT a FROM t GROUP BY ROLLUP (a), (b)",
        ),
        ("SELECT 'a'\n 'b' FROM t", "SELECT 'ab' FROM t"),
        (
            "SELECT a AT LOCAL FROM t",
            "SELECT a AT TIME ZONE 'localtime' FROM t",
        ),
        ("SELECT f(VARIADIC a) FROM t", "SELECT f(a) FROM t"),
        (
            "SELECT * FROM t WHERE c = ANY (VALUES (1), (2))",
            "SELECT * FROM t WHERE c = ANY(SELECT * FROM (VALUES (1), (2)) AS quantified_values)",
        ),
        ("CREATE INDEX i ON ONLY t (a)", "CREATE INDEX i ON t(a)"),
        (
            "CREATE VIEW v AS SELECT 1 FROM t WHERE a WITH LOCAL CHECK OPTION",
            "CREATE VIEW v AS SELECT 1 FROM t WHERE a",
        ),
        (
            "SELECT * FROM t, JSON_TABLE(t.x, '$[*]' PASSING t.y AS z COLUMNS (b numeric(3,2) PATH 'x', n FOR ORDINALITY, \
             NESTED PATH 'k' COLUMNS (e bool EXISTS PATH 'y')) ERROR ON ERROR) jt WHERE jt.b > 1",
            "SELECT * FROM t, json_table(t.x, t.y) AS jt (b NUMERIC(3,2), n INT, e BOOL) WHERE jt.b > 1",
        ),
        (
            "SELECT * FROM ROWS FROM (f(1), g(2) AS (c int)) WITH ORDINALITY AS y(e, f) WHERE e = 1",
            "SELECT * FROM rows_from(f(1), g(2)) WITH ORDINALITY AS y (e, f) WHERE e = 1",
        ),
        (
            "MERGE INTO t USING s ON t.id = s.id WHEN NOT MATCHED THEN INSERT DEFAULT VALUES",
            "MERGE INTO t USING s ON t.id = s.id WHEN NOT MATCHED THEN INSERT VALUES (DEFAULT)",
        ),
    ] {
        assert_eq!(read(sql), tree);
    }
}

#[test]
fn what_is_lost_is_said() {
    let lost = |sql: &str| parse_statement(sql).unwrap().approximations;
    assert_eq!(
        lost("SELECT (f(x)).* FROM t"),
        [Approximation::RowExpansion]
    );
    assert_eq!(
        lost(
            "INSERT INTO t (a) VALUES (1) ON CONFLICT (lower(a)) WHERE b DO UPDATE SET a = 2 WHERE t.a = 1"
        ),
        [Approximation::ConflictTarget]
    );
    assert_eq!(
        lost(
            "WITH RECURSIVE s AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM s) CYCLE n SET c USING p SELECT * FROM s"
        ),
        [Approximation::SearchOrCycle]
    );
    assert_eq!(
        lost("SELECT * FROM t WHERE a BETWEEN SYMMETRIC 1 AND 2"),
        [Approximation::SymmetricBetween]
    );
    assert!(lost("SELECT * FROM t FOR KEY SHARE").is_empty());
}

/// The deepest nesting of a tree, by its debug print.
fn assert_walkable(sql: &str) {
    // A thread of a pool has 2 MiB: walking, cloning and dropping the tree must do with it.
    let sql = sql.to_owned();
    let walked = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || parse_statement(&sql).map(|parsed| parsed.ast.clone() == parsed.ast))
        .unwrap()
        .join()
        .unwrap();
    assert_eq!(walked, Ok(true));
}

#[test]
fn long_rows_of_operands_make_no_deep_tree() {
    let row = |operator: &str, operand: &str| {
        format!(
            "SELECT a FROM t WHERE {}",
            vec![operand; 10_000].join(operator)
        )
    };
    assert_walkable(&row(" OR ", "a = 1 AND b BETWEEN 1 AND 3"));
    assert_walkable(&row(" AND ", "a BETWEEN 1 AND 3"));
    assert_walkable(&row(" OR ", "CASE WHEN a OR b THEN c ELSE d AND e END"));
    assert_walkable(&row(" OR ", "a IS DISTINCT FROM b"));
    let error = parse_statement(&row(" + ", "a")).unwrap_err();
    assert!(error.message.contains("in a row"), "{error}");
}

#[test]
fn grouping_changes_no_order_of_evaluation() {
    // Parentheses are put between the operands of one operator alone.
    let sql = format!(
        "SELECT * FROM t WHERE x OR {} GROUP BY y",
        vec!["a AND b"; 300].join(" OR ")
    );
    let tree = read(&sql);
    assert!(
        tree.starts_with("SELECT * FROM t WHERE x OR (a AND b OR a AND b"),
        "{}",
        &tree[..60]
    );
    assert!(
        tree.ends_with("a AND b) OR a AND b GROUP BY y"),
        "{}",
        &tree[tree.len() - 60..]
    );
    assert_eq!(tree.replace(['(', ')'], ""), sql);
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    for sql in [
        format!("SELECT {}1{}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("SELECT {}a", "NOT ".repeat(10_000)),
        format!("SELECT {}1{}", "(SELECT ".repeat(1000), ")".repeat(1000)),
        format!("SELECT {}1{}", "f(".repeat(1000), ")".repeat(1000)),
        format!(
            "SELECT {}a{}",
            "CASE WHEN a THEN ".repeat(2000),
            " END".repeat(2000)
        ),
        format!("SELECT * FROM t{}", " JOIN t".repeat(5000)),
        format!("SELECT {}", "ARRAY[".repeat(5000)),
    ] {
        assert!(parse_statement(&sql).is_err());
    }
    assert_walkable(&format!("SELECT {}1{}", "(".repeat(200), ")".repeat(200)));
}

mod fuzz {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
            if let Err(error) = parse_statement(&text) {
                prop_assert!(error.offset <= text.len());
            }
        }

        #[test]
        fn words_of_sql_in_any_order_are_read_or_refused(
            words in prop::collection::vec(prop::sample::select(vec![
                "SELECT", "FROM", "t", "WHERE", "(", ")", "[", "]", ",", "?", "%s", "%(a)s", "@x", ":y", "?1", "#{", "${", "{", "}", " IN ", "AS", "TABLE",
                "ON CONFLICT", "DO", "UPDATE", "SET", "INSERT INTO", "VALUES", "SEARCH", "CYCLE", "USING", "WITH",
                "JSON_TABLE", "COLUMNS", "PATH", "ROWS FROM", "FOR KEY SHARE", "EXPLAIN", "PREPARE", "COPY", "DECLARE",
                "CASE", "END", "OR", "AND", "NOT", "BETWEEN", "'a'", "\n", ".", "*", "=", "=?", "::int", "EXCLUDE",
                "xmlserialize", "json_query", "PASSING", "ANY", "LIKE", "DEFAULT", "CURRENT OF", "MERGE", "ü",
            ]), 0..25)
        ) {
            let text = words.join(" ");
            match parse_statement(&text) {
                Ok(parsed) => {
                    for token in &parsed.tokens {
                        prop_assert!(text.get(token.span.start..token.span.end).is_some());
                    }
                }
                Err(error) => prop_assert!(error.offset <= text.len()),
            }
        }
    }
}
