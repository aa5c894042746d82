use super::*;
use crate::catalog::*;
use crate::source::SourceFile;

fn load(sql: &str) -> Catalog {
    let catalog = load_schema(&[SourceFile::new("schema.sql", sql)]);
    for problem in &catalog.problems {
        eprintln!("{}: {}", problem.location.start().line, problem.message);
    }
    catalog
}

fn clean(sql: &str) -> Catalog {
    let catalog = load(sql);
    assert!(
        catalog.problems.is_empty(),
        "{:?}",
        catalog.problems[0].message
    );
    catalog
}

fn table<'a>(catalog: &'a Catalog, name: &str) -> &'a Table {
    catalog.resolve_table(None, name).unwrap()
}

fn index_names(catalog: &Catalog, table_name: &str) -> Vec<String> {
    let table = table(catalog, table_name);
    catalog
        .indexes_of(table)
        .map(|index| index.name.name.clone())
        .collect()
}

#[test]
fn names_are_those_of_postgresql() {
    let catalog = clean(
        "CREATE TABLE customers (id int PRIMARY KEY);
         CREATE TABLE orders (
            id bigserial PRIMARY KEY,
            a int, b int, data jsonb,
            customer_id int REFERENCES customers,
            status text CHECK (status <> ''),
            CHECK (a < b), CHECK (a < b + 1), UNIQUE (a, b), UNIQUE (a, b), UNIQUE (id),
            EXCLUDE USING gist (a WITH =)
         );
         CREATE INDEX ON orders (customer_id);
         CREATE INDEX ON orders (customer_id);
         CREATE INDEX ON orders (lower(status), (a + b), (b + a));
         CREATE INDEX ON orders ((data->>'x'));
         CREATE INDEX ON orders (a) INCLUDE (b);
         CREATE UNIQUE INDEX ON orders (a DESC);",
    );
    assert_eq!(
        index_names(&catalog, "orders"),
        [
            "orders_pkey",
            "orders_a_b_key",
            "orders_a_excl",
            "orders_customer_id_idx",
            "orders_customer_id_idx1",
            "orders_lower_expr_expr1_idx",
            "orders_expr_idx",
            "orders_a_b_idx",
            "orders_a_idx",
        ]
    );
    let orders = table(&catalog, "orders");
    assert_eq!(orders.foreign_keys[0].name, "orders_customer_id_fkey");
    let checks: Vec<_> = orders
        .checks
        .iter()
        .filter_map(|check| check.name.as_deref())
        .collect();
    assert_eq!(
        checks,
        ["orders_status_check", "orders_check", "orders_check1"]
    );
}

#[test]
fn constraints_carry_what_makes_them_sound() {
    let catalog = clean(
        "CREATE DOMAIN email AS citext NOT NULL CHECK (VALUE ~ '@');
         CREATE TABLE p (a int, b int, UNIQUE (a, b));
         CREATE TABLE t (
            id int GENERATED ALWAYS AS IDENTITY (START WITH 10) PRIMARY KEY DEFERRABLE INITIALLY DEFERRED,
            e email, a int, b int, c int NULL UNIQUE NULLS NOT DISTINCT,
            d int NOT NULL NO INHERIT DEFAULT 3 + 4,
            v int GENERATED ALWAYS AS (a + b) VIRTUAL,
            CONSTRAINT f FOREIGN KEY (a, b) REFERENCES p (a, b) MATCH FULL ON DELETE CASCADE ON UPDATE SET NULL NOT VALID,
            CHECK (a > 0) NOT ENFORCED
         );
         ALTER TABLE t ADD CONSTRAINT c2 CHECK (b > 0) NOT VALID, ADD COLUMN z text COLLATE \"C\" DEFAULT 'x' NOT NULL;",
    );
    let t = table(&catalog, "t");
    let key = t.primary_key.as_ref().unwrap();
    assert!(key.deferrable);
    assert!(t.unique_keys[0].nulls_not_distinct && !t.unique_keys[0].deferrable);
    let not_null: Vec<_> = t
        .columns
        .iter()
        .filter(|c| c.not_null)
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(not_null, ["id", "e", "d", "z"]);
    assert!(matches!(
        t.columns[0].generated,
        Generated::Identity { always: true }
    ));
    assert!(matches!(&t.columns[6].generated, Generated::Expression(e) if e.text == "a + b"));
    assert_eq!(t.columns[5].default.as_ref().unwrap().text, "3 + 4");
    assert_eq!(t.columns[7].collation.as_deref(), Some("C"));
    let foreign = &t.foreign_keys[0];
    assert!(foreign.match_full && !foreign.validated);
    assert_eq!(foreign.on_delete, ReferentialAction::Cascade);
    assert_eq!(foreign.on_update, ReferentialAction::SetNull);
    assert!(t.checks.iter().all(|check| !check.validated));
    assert_eq!(
        t.columns[1].data_type,
        Type::Domain(QualifiedName::new("public", "email"))
    );
}

#[test]
fn indexes_are_kept_whole() {
    let catalog = clean(
        "CREATE TABLE t (a text, b int, c jsonb, d timestamptz);
         CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i1 ON ONLY public.t USING btree
           (a COLLATE \"de_DE\" text_pattern_ops DESC NULLS LAST, ((c ->> 'k')) varchar_ops, b ASC NULLS FIRST)
           INCLUDE (d) NULLS NOT DISTINCT WITH (fillfactor = 70, deduplicate_items=off) TABLESPACE x
           WHERE b > 3 AND a IS NOT NULL;
         CREATE INDEX i2 ON t USING gin (c jsonb_path_ops);
         CREATE INDEX i3 ON t USING gist (a gist_trgm_ops (siglen='32'));
         CREATE INDEX i4 ON t (lower(a) COLLATE \"C\", date_trunc('day', d AT TIME ZONE 'UTC') DESC);
         CREATE INDEX IF NOT EXISTS i4 ON t (b);",
    );
    let i1 = catalog.resolve_index(None, "i1").unwrap();
    assert_eq!(i1.keys[0].collation.as_deref(), Some("de_DE"));
    assert_eq!(i1.keys[0].opclass.as_deref(), Some("text_pattern_ops"));
    assert!(i1.keys[0].descending && !i1.keys[0].nulls_first);
    assert!(!i1.keys[2].descending && i1.keys[2].nulls_first);
    assert!(matches!(&i1.keys[1].target, IndexTarget::Expression(e) if e.text == "(c ->> 'k')"));
    assert_eq!(i1.include, [ColumnId(3)]);
    assert!(i1.unique && i1.nulls_not_distinct && i1.valid);
    assert_eq!(i1.fill_factor, Some(70));
    assert_eq!(
        i1.predicate.as_ref().unwrap().text,
        "b > 3 AND a IS NOT NULL"
    );
    assert_eq!(
        catalog.resolve_index(None, "i2").unwrap().method,
        IndexMethod::Gin
    );
    assert_eq!(
        catalog.resolve_index(None, "i3").unwrap().keys[0]
            .opclass
            .as_deref(),
        Some("gist_trgm_ops")
    );
    let i4 = catalog.resolve_index(None, "i4").unwrap();
    assert_eq!(i4.keys.len(), 2);
    assert_eq!(i4.keys[0].collation.as_deref(), Some("C"));
    assert!(i4.keys[1].descending && i4.keys[1].nulls_first);
}

#[test]
fn alterations_are_followed() {
    let catalog = clean(
        "CREATE TYPE mood AS ENUM ('sad', 'ok');
         ALTER TYPE mood ADD VALUE 'happy' AFTER 'ok';
         ALTER TYPE mood ADD VALUE IF NOT EXISTS 'meh' BEFORE 'ok';
         ALTER TYPE mood RENAME TO feeling;
         CREATE TABLE a (id int PRIMARY KEY, gone int, x int, m feeling, CHECK (x > 0));
         CREATE INDEX a_x ON a (x) WHERE x > 1;
         CREATE INDEX a_gone ON a (gone, x);
         CREATE TABLE b (id int, a_id int REFERENCES a (id));
         ALTER TABLE a DROP COLUMN gone, ALTER COLUMN x TYPE bigint USING x::bigint, ALTER x SET NOT NULL;
         ALTER TABLE a RENAME COLUMN x TO \"Y\";
         ALTER TABLE a RENAME COLUMN id TO key;
         ALTER TABLE a RENAME TO c;
         CREATE SCHEMA app;
         ALTER TABLE c SET SCHEMA app;
         ALTER TABLE b ADD PRIMARY KEY (id);
         ALTER TABLE b DROP CONSTRAINT b_pkey;
         CREATE UNIQUE INDEX bi ON b (id);
         ALTER TABLE b ADD CONSTRAINT b_pk PRIMARY KEY USING INDEX bi;
         ALTER INDEX app.a_x RENAME TO c_y;
         ALTER TABLE b REPLICA IDENTITY USING INDEX b_pk;",
    );
    let c = catalog.resolve_table(Some("app"), "c").unwrap();
    let names: Vec<_> = c
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(names, ["key", "Y", "m"]);
    assert_eq!(c.columns[1].data_type, Type::Int8);
    assert!(c.columns[1].not_null);
    assert_eq!(c.checks[0].expression.text, "\"Y\" > 0");
    let index = catalog.resolve_index(Some("app"), "c_y").unwrap();
    assert_eq!(index.predicate.as_ref().unwrap().text, "\"Y\" > 1");
    assert_eq!(index.leading_columns().collect::<Vec<_>>(), [ColumnId(1)]);
    assert!(catalog.resolve_index(Some("app"), "a_gone").is_none());
    let b = table(&catalog, "b");
    let (referenced, columns) = catalog.referenced_columns(&b.foreign_keys[0]).unwrap();
    assert_eq!(referenced.name.to_string(), "app.c");
    assert_eq!(columns, [ColumnId(0)]);
    assert_eq!(b.primary_key.as_ref().unwrap().name, "b_pk");
    assert!(b.replica_identity.is_some());
    assert!(b.columns[0].not_null);
    let Type::Enum(name) = &c.columns[2].data_type else {
        panic!()
    };
    assert_eq!(catalog.enums[name], ["sad", "meh", "ok", "happy"]);
}

#[test]
fn partitions_have_what_their_parent_has() {
    let catalog = clean(
        "CREATE TABLE m (id bigint, at timestamptz NOT NULL, v int CHECK (v > 0), PRIMARY KEY (id, at))
            PARTITION BY RANGE (at);
         CREATE INDEX m_v ON m (v);
         CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
         CREATE TABLE m2 (LIKE m INCLUDING ALL);
         ALTER TABLE m ATTACH PARTITION m2 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
         CREATE INDEX ON m (at);
         CREATE TABLE md PARTITION OF m DEFAULT;
         CREATE TABLE h (a int) PARTITION BY HASH (a);
         CREATE TABLE h0 PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 0) WITH (fillfactor=70);
         CREATE INDEX h_a ON ONLY h (a);
         CREATE INDEX h0_a ON h0 (a);",
    );
    for name in ["m1", "m2", "md"] {
        let part = table(&catalog, name);
        assert!(part.partition_of.is_some());
        assert_eq!(
            index_names(&catalog, name),
            [
                format!("{name}_pkey"),
                format!("{name}_v_idx"),
                format!("{name}_at_idx")
            ],
        );
        assert!(part.primary_key.is_some() && part.columns[0].not_null && part.columns[1].not_null);
        assert_eq!(part.checks.len(), 1);
        assert!(catalog.indexes_of(part).all(|index| index.parent.is_some()));
    }
    assert!(!catalog.resolve_index(None, "h_a").unwrap().valid);
    let mut catalog = catalog;
    let file = SourceFile::new("x.sql", "ALTER INDEX h_a ATTACH PARTITION h0_a");
    catalog.apply(&crate::source::split(&file)[0]).unwrap();
    assert!(catalog.resolve_index(None, "h_a").unwrap().valid);
}

#[test]
fn names_resolve_along_the_search_path() {
    let catalog = clean(
        "CREATE SCHEMA app; SET search_path TO app, public;
         CREATE TABLE T1 (\"Id\" int, ID int); CREATE TABLE public.t2 (x app.t1, y int);
         SELECT pg_catalog.set_config('search_path', '', false);
         CREATE TABLE app.t3 (z int); ALTER TABLE ONLY app.t3 ADD CONSTRAINT p PRIMARY KEY (z);",
    );
    assert_eq!(table(&catalog, "t1").name.schema, "app");
    assert_eq!(table(&catalog, "t2").name.schema, "public");
    assert_eq!(table(&catalog, "t3").name.schema, "app");
    let names: Vec<_> = table(&catalog, "t1")
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(names, ["Id", "id"]);
}

#[test]
fn what_cannot_be_read_is_reported_once_and_the_rest_loads() {
    let catalog = load(
        "CREATE TABLE a (id int);\nCREATE TABLE b (id int,, x int);\nCREATE INDEX ON missing (x);
         CREATE TABLE c (a_id int REFERENCES nowhere (id));\nCREATE TABLE d (id int PRIMARY KEY);\nCREATE TABLE e (x text 'oops",
    );
    assert!(catalog.resolve_table(None, "a").is_some());
    assert!(catalog.resolve_table(None, "b").is_none());
    assert!(catalog.resolve_table(None, "c").is_some());
    assert!(catalog.resolve_table(None, "d").is_some());
    let lines: Vec<_> = catalog
        .problems
        .iter()
        .map(|problem| problem.location.start().line)
        .collect();
    assert_eq!(lines, [2, 6, 3, 4]);
}

#[test]
fn views_have_columns() {
    let catalog = clean(
        "CREATE TABLE t (a int, b text);
         CREATE OR REPLACE VIEW v (x) WITH (security_barrier) AS SELECT *, lower(b), a + 1 FROM t WITH LOCAL CHECK OPTION;
         CREATE MATERIALIZED VIEW mv AS SELECT t.a AS n, count(*) FROM t GROUP BY 1 WITH NO DATA;
         CREATE UNIQUE INDEX ON mv (n);
         CREATE TABLE copy AS SELECT a, b::varchar(3) FROM t;",
    );
    let columns = |name| {
        table(&catalog, name)
            .columns
            .iter()
            .map(|c| format!("{} {}", c.name, c.data_type))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        columns("v"),
        ["x integer", "b text", "lower unknown", "?column? unknown"]
    );
    assert_eq!(columns("mv"), ["n integer", "count unknown"]);
    assert_eq!(columns("copy"), ["a integer", "b varchar(3)"]);
    assert_eq!(index_names(&catalog, "mv"), ["mv_n_idx"]);
}

#[test]
fn types_are_read() {
    let catalog = clean(
        "CREATE TABLE t (a character varying(20)[], b timestamp(3) without time zone, c numeric(10,2), d \"char\",
            e interval day to second(3), f public.citext, g geometry(Point,4326), h double precision, i bit varying(5),
            j time with time zone, k int4range, l _text, m character(3), n text[][], o pg_catalog.int8, p oid,
            q bigserial, r national character varying(4), s float(20), t varchar COLLATE \"C\" NOT NULL, u timestamptz(0));",
    );
    let t = table(&catalog, "t");
    let types: Vec<_> = t
        .columns
        .iter()
        .map(|column| column.data_type.to_string())
        .collect();
    assert_eq!(
        types,
        [
            "varchar(20)[]",
            "timestamp",
            "numeric(10,2)",
            "\"char\"",
            "interval",
            "citext",
            "geometry",
            "double precision",
            "varbit",
            "timetz",
            "int4range",
            "text[]",
            "char(3)",
            "text[]",
            "bigint",
            "oid",
            "bigint",
            "varchar(4)",
            "real",
            "varchar",
            "timestamptz"
        ]
    );
    assert_eq!(t.columns[19].collation.as_deref(), Some("C"));
    assert!(t.columns[19].not_null && t.columns[16].not_null);
}

#[test]
fn files_of_a_folder_may_come_in_any_order() {
    let files = [
        "CREATE INDEX ON b (x); CREATE VIEW v AS SELECT x FROM b; ALTER TABLE b ADD CONSTRAINT u UNIQUE (x);",
        "CREATE TABLE b1 PARTITION OF b FOR VALUES IN (1); CREATE TABLE c (m mood, n mood[], e email);",
        "CREATE TABLE b (x int, m mood) PARTITION BY LIST (x); CREATE TYPE mood AS ENUM ('a');
         CREATE DOMAIN email AS text NOT NULL;",
    ];
    let sources: Vec<_> = files
        .iter()
        .map(|text| SourceFile::new("f.sql", *text))
        .collect();
    let catalog = load_schema(&sources);
    assert!(catalog.problems.is_empty(), "{:?}", catalog.problems);
    assert_eq!(index_names(&catalog, "b"), ["b_x_idx", "u"]);
    assert_eq!(index_names(&catalog, "b1"), ["b1_x_idx", "b1_x_key"]);
    let types: Vec<_> = table(&catalog, "c")
        .columns
        .iter()
        .map(|c| c.data_type.clone())
        .collect();
    let mood = Type::Enum(QualifiedName::new("public", "mood"));
    assert_eq!(types[0], mood);
    assert_eq!(types[1], Type::Array(Box::new(mood)));
    assert!(table(&catalog, "c").columns[2].not_null);
}

#[test]
fn a_statement_can_be_applied_to_a_catalog() {
    let mut catalog = clean("CREATE TABLE t (a int, b int);");
    let apply = |catalog: &mut Catalog, sql: &str| {
        catalog.apply(&crate::source::split(&SourceFile::new("x", sql))[0])
    };
    apply(&mut catalog, "CREATE INDEX ON t (b, a)").unwrap();
    assert_eq!(index_names(&catalog, "t"), ["t_b_a_idx"]);
    apply(&mut catalog, "DROP INDEX t_b_a_idx").unwrap();
    assert!(index_names(&catalog, "t").is_empty());
    assert!(matches!(
        apply(&mut catalog, "CREATE INDEX ON t (nothing)").unwrap_err(),
        SchemaError::MissingColumn { .. }
    ));
    assert_eq!(catalog.indexes().count(), 0);
}

#[test]
fn deep_expressions_are_problems_and_no_crash() {
    let deep = format!(
        "CREATE TABLE t (a int CHECK {}a{});",
        "(".repeat(5000),
        ")".repeat(5000)
    );
    let row = format!(
        "CREATE TABLE u (a int, CHECK ({}));",
        vec!["a = 1"; 5000].join(" OR ")
    );
    let catalog = load(&format!("{deep}{row} CREATE TABLE v (a int);"));
    assert!(catalog.resolve_table(None, "t").is_none());
    assert_eq!(table(&catalog, "u").checks.len(), 1);
    assert!(catalog.resolve_table(None, "v").is_some());
    assert_eq!(catalog.problems.len(), 1);
}

#[test]
fn a_table_that_would_come_from_itself_is_reported() {
    let catalog = load_schema(&[SourceFile::new(
        "f.sql",
        "CREATE TABLE p (k int) PARTITION BY LIST (k);
         CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
         ALTER TABLE p1 ATTACH PARTITION p FOR VALUES IN (1);
         CREATE TABLE a (x int); CREATE TABLE b () INHERITS (a); ALTER TABLE a INHERIT b; ALTER TABLE a INHERIT a;
         CREATE INDEX ON p (k); DROP TABLE p; DROP TABLE a, b;",
    )]);
    assert_eq!(catalog.problems.len(), 3, "{:?}", catalog.problems);
    assert_eq!(catalog.tables().count(), 0);
}

#[test]
fn cascade_takes_the_views_along() {
    let catalog = clean(
        "CREATE TABLE a (id int, x int, y int); CREATE TABLE b (id int);
         CREATE VIEW v AS SELECT id, x FROM a; CREATE MATERIALIZED VIEW m AS SELECT * FROM v;
         CREATE UNIQUE INDEX m_id ON m (id);
         CREATE VIEW w AS SELECT id FROM b WHERE id IN (SELECT y FROM public.a); CREATE VIEW u AS SELECT id FROM b;
         DROP VIEW v CASCADE;
         CREATE VIEW v AS SELECT id, x FROM a; CREATE MATERIALIZED VIEW m AS SELECT * FROM v;
         CREATE UNIQUE INDEX m_id ON m (id);
         ALTER TABLE a DROP COLUMN x CASCADE;
         CREATE VIEW v AS SELECT id FROM a;
         DROP TABLE a CASCADE;",
    );
    let names: Vec<&str> = catalog
        .tables()
        .map(|table| table.name.name.as_str())
        .collect();
    assert_eq!(names, ["b", "u"]);
}

mod fuzz {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn ddl_in_any_order_loads_or_is_reported(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "CREATE TABLE a (id int PRIMARY KEY, x text, \"Y\" int)", "CREATE TABLE b (LIKE a INCLUDING ALL)",
                "CREATE TABLE c (z int) INHERITS (a)", "CREATE TABLE p (k int, v int, PRIMARY KEY (k)) PARTITION BY LIST (k)",
                "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)", "CREATE TABLE p2 (v int, k int NOT NULL)",
                "ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2)", "ALTER TABLE p DETACH PARTITION p1",
                "ALTER TABLE a DROP COLUMN x", "ALTER TABLE a DROP COLUMN id", "ALTER TABLE p DROP COLUMN v",
                "ALTER TABLE a RENAME COLUMN x TO xx", "ALTER TABLE a RENAME TO aa", "ALTER TABLE aa RENAME TO a",
                "ALTER TABLE a ADD COLUMN n serial UNIQUE", "ALTER TABLE b ADD FOREIGN KEY (id) REFERENCES a",
                "ALTER TABLE a DROP CONSTRAINT a_pkey", "ALTER TABLE a INHERIT b", "ALTER TABLE b INHERIT a",
                "CREATE INDEX i ON a (x)", "CREATE INDEX ON p (v, (v + 1)) INCLUDE (k) WHERE v > 1", "DROP INDEX i",
                "CREATE INDEX j ON ONLY p (v)", "ALTER INDEX j ATTACH PARTITION p1_v_idx", "ALTER INDEX i RENAME TO k",
                "ALTER TABLE a ADD CONSTRAINT u UNIQUE USING INDEX i", "DROP TABLE a", "DROP TABLE p", "DROP TABLE b, c",
                "CREATE VIEW w AS SELECT * FROM a", "CREATE OR REPLACE VIEW w AS SELECT 1", "DROP VIEW w",
                "CREATE OR REPLACE VIEW w AS SELECT * FROM w", "DROP TABLE a CASCADE", "ALTER TABLE a DROP COLUMN x CASCADE",
                "CREATE TYPE m AS ENUM ('a')", "ALTER TYPE m RENAME TO n", "ALTER TABLE a ALTER x TYPE m",
                "ALTER TABLE a SET SCHEMA s", "SET search_path = s", "DROP SCHEMA s CASCADE", "RESET search_path",
                "CREATE TABLE p3 PARTITION OF p1 DEFAULT", "ALTER TABLE p1 ATTACH PARTITION p FOR VALUES IN (1)",
                "(", "CREATE", "ALTER TABLE", "CREATE INDEX ON", ",", "CHECK (", "'",
            ]), 0..25)
        ) {
            let catalog = load_schema(&[SourceFile::new("f.sql", pieces.join(";"))]);
            for table in catalog.tables() {
                for index in catalog.indexes_of(table) {
                    prop_assert_eq!(index.table, table.id);
                    let columns = index.include.iter().copied().chain(index.keys.iter().filter_map(|key| {
                        match key.target {
                            IndexTarget::Column(column) => Some(column),
                            IndexTarget::Expression(_) => None,
                        }
                    }));
                    for column in columns {
                        prop_assert!(column.0 < table.columns.len());
                    }
                }
                prop_assert_eq!(catalog.indexes_of(table).count(), table.indexes.len());
                for key in table.primary_key.iter().chain(&table.unique_keys) {
                    prop_assert!(table.indexes.contains(&key.index));
                    prop_assert!(key.columns.iter().all(|column| column.0 < table.columns.len()));
                }
                for key in &table.foreign_keys {
                    prop_assert!(key.columns.iter().all(|column| column.0 < table.columns.len()));
                }
                for parent in table.partition_of.iter().chain(&table.inherits) {
                    prop_assert!(catalog.tables().any(|other| other.id == *parent));
                }
            }
        }
    }
}
