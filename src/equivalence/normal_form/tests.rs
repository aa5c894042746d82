use crate::catalog::{Catalog, load_schema};
use crate::source::SourceFile;

use super::prove;

const SCHEMA: &str = "
CREATE TABLE dept (deptno int PRIMARY KEY, name varchar(20), loc text);
CREATE TABLE emp (empno int PRIMARY KEY, ename varchar(20) NOT NULL, job text, mgr int, hiredate date, sal int NOT NULL, comm int, deptno int NOT NULL REFERENCES dept, slacker boolean);
CREATE TABLE bonus (ename varchar(20), job text, sal int, comm int);
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, city text);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customer, total numeric(10,2) NOT NULL, status text NOT NULL);
CREATE TABLE item (order_id int NOT NULL REFERENCES orders, line int NOT NULL, product text NOT NULL, qty int NOT NULL, PRIMARY KEY (order_id, line));
";

fn catalog() -> Catalog {
    load_schema(&[SourceFile::new("schema.sql", SCHEMA)])
}

/// Pairs that return the same rows under the schema.
const EQUAL: &[(&str, &str)] = &[
    (
        "SELECT e.ename, d.name FROM emp e JOIN dept d ON e.deptno=d.deptno",
        "SELECT e.ename, d.name FROM dept d, emp e WHERE d.deptno=e.deptno",
    ),
    (
        "SELECT name FROM customer c WHERE id IN (SELECT customer_id FROM orders)",
        "SELECT name FROM customer c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id=c.id)",
    ),
    (
        "SELECT id, name FROM customer c WHERE id IN (SELECT customer_id FROM orders WHERE status='x')",
        "SELECT DISTINCT c.id, c.name FROM customer c JOIN orders o ON o.customer_id=c.id WHERE o.status='x'",
    ),
    (
        "SELECT e.ename FROM emp e JOIN dept d ON d.deptno=e.deptno",
        "SELECT ename FROM emp",
    ),
    (
        "SELECT o.id FROM orders o JOIN customer c ON c.id=o.customer_id",
        "SELECT id FROM orders WHERE customer_id IS NOT NULL",
    ),
    (
        "SELECT o.id FROM orders o LEFT JOIN customer c ON c.id=o.customer_id",
        "SELECT id FROM orders",
    ),
    (
        "SELECT o.id FROM orders o LEFT JOIN customer c ON c.id=o.customer_id WHERE c.city='a'",
        "SELECT o.id FROM orders o JOIN customer c ON c.id=o.customer_id WHERE c.city='a'",
    ),
    (
        "SELECT DISTINCT empno, ename FROM emp",
        "SELECT empno, ename FROM emp",
    ),
    (
        "SELECT ename FROM emp WHERE sal BETWEEN 5 AND 9",
        "SELECT ename FROM emp WHERE sal>=5 AND 9>=sal",
    ),
    (
        "SELECT ename FROM emp WHERE NOT (sal < 5 OR comm IS NULL)",
        "SELECT ename FROM emp WHERE sal>=5 AND comm IS NOT NULL",
    ),
    (
        "SELECT ename FROM emp WHERE job IN ('a','b')",
        "SELECT ename FROM emp WHERE job='b' OR job='a'",
    ),
    (
        "SELECT e.ename FROM emp e JOIN dept d ON e.deptno=d.deptno WHERE e.deptno=5",
        "SELECT e.ename FROM emp e JOIN dept d ON e.deptno=d.deptno WHERE d.deptno=5",
    ),
    (
        "SELECT t.ename FROM (SELECT ename, sal FROM emp WHERE sal>3) t WHERE t.sal<10",
        "SELECT ename FROM emp WHERE sal<10 AND sal>3",
    ),
    (
        "WITH x AS (SELECT * FROM emp WHERE job='a') SELECT ename FROM x",
        "SELECT ename FROM emp WHERE job='a'",
    ),
    (
        "SELECT deptno, count(*) FROM emp GROUP BY deptno HAVING deptno > 5",
        "SELECT deptno, count(*) FROM emp WHERE deptno>5 GROUP BY deptno",
    ),
    (
        "SELECT deptno, count(ename) FROM emp GROUP BY deptno",
        "SELECT deptno, count(*) FROM emp GROUP BY deptno",
    ),
    ("SELECT coalesce(sal,0) FROM emp", "SELECT sal FROM emp"),
    (
        "SELECT ename FROM emp WHERE sal>1 UNION ALL SELECT name FROM customer",
        "SELECT name FROM customer UNION ALL SELECT ename FROM emp WHERE 1<sal",
    ),
    (
        "SELECT job FROM emp GROUP BY job",
        "SELECT DISTINCT job FROM emp",
    ),
    (
        "SELECT name FROM dept d WHERE deptno NOT IN (SELECT deptno FROM emp)",
        "SELECT name FROM dept d WHERE NOT EXISTS (SELECT 1 FROM emp e WHERE e.deptno=d.deptno)",
    ),
    (
        "SELECT d.name FROM dept d LEFT JOIN emp e ON e.deptno=d.deptno WHERE e.empno IS NULL",
        "SELECT name FROM dept d WHERE NOT EXISTS (SELECT 1 FROM emp e WHERE e.deptno=d.deptno)",
    ),
    (
        "SELECT a.ename, b.sal FROM emp a JOIN emp b ON a.empno=b.empno",
        "SELECT ename, sal FROM emp",
    ),
    (
        "SELECT ename FROM emp WHERE empno IN (SELECT empno FROM emp WHERE sal>5)",
        "SELECT ename FROM emp WHERE sal>5",
    ),
    (
        "SELECT name FROM dept d WHERE (SELECT count(*) FROM emp e WHERE e.deptno=d.deptno) > 0",
        "SELECT name FROM dept d WHERE EXISTS (SELECT FROM emp e WHERE e.deptno=d.deptno)",
    ),
    (
        "SELECT d.name, e.ename FROM emp e RIGHT JOIN dept d ON e.deptno=d.deptno",
        "SELECT d.name, e.ename FROM dept d LEFT JOIN emp e ON e.deptno=d.deptno",
    ),
    (
        "SELECT CASE WHEN comm IS NULL THEN 0 ELSE comm END FROM emp",
        "SELECT coalesce(comm,0) FROM emp",
    ),
    (
        "SELECT deptno, ename, name FROM emp JOIN dept USING (deptno)",
        "SELECT d.deptno, ename, d.name FROM dept d JOIN emp e ON d.deptno=e.deptno",
    ),
    (
        "SELECT deptno, max(DISTINCT sal) FROM emp GROUP BY deptno",
        "SELECT deptno, max(sal) FROM emp GROUP BY deptno",
    ),
    (
        "SELECT ename FROM emp ORDER BY sal, empno",
        "SELECT ename FROM emp ORDER BY emp.sal ASC, emp.empno",
    ),
    (
        "SELECT i.product FROM item i JOIN orders o ON o.id=i.order_id JOIN customer c ON c.id=o.customer_id",
        "SELECT i.product FROM item i JOIN orders o ON o.id=i.order_id WHERE o.customer_id IS NOT NULL",
    ),
    (
        "SELECT c.name FROM customer c WHERE EXISTS (SELECT 1 FROM orders o JOIN item i ON i.order_id=o.id WHERE o.customer_id=c.id AND i.qty>2)",
        "SELECT c.name FROM customer c WHERE c.id IN (SELECT o.customer_id FROM orders o WHERE EXISTS (SELECT 1 FROM item i WHERE i.order_id=o.id AND i.qty>2))",
    ),
    (
        "SELECT sum(CASE WHEN job='a' THEN sal END) FROM emp",
        "SELECT sum(sal) FILTER (WHERE job='a') FROM emp",
    ),
    (
        "SELECT * FROM (SELECT deptno, count(*) AS n FROM emp GROUP BY deptno) t WHERE deptno=3",
        "SELECT deptno, count(*) FROM emp WHERE deptno=3 GROUP BY deptno",
    ),
    (
        "SELECT deptno FROM (SELECT deptno, count(*) AS n FROM emp GROUP BY deptno) t WHERE n>3",
        "SELECT deptno FROM emp GROUP BY deptno HAVING count(*)>3",
    ),
    (
        "SELECT ename FROM emp WHERE sal>5 AND sal<3",
        "SELECT ename FROM emp WHERE 1=0",
    ),
    (
        "SELECT ename FROM emp WHERE sal>5 AND sal>3",
        "SELECT ename FROM emp WHERE sal>5",
    ),
    (
        "SELECT ename FROM emp WHERE job = ANY (ARRAY['a','b'])",
        "SELECT ename FROM emp WHERE job IN ('a','b')",
    ),
];

/// Pairs that look alike and differ on some database.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "SELECT d.name FROM dept d LEFT JOIN emp e ON e.deptno=d.deptno AND e.sal>5",
        "SELECT d.name FROM dept d LEFT JOIN emp e ON e.deptno=d.deptno WHERE e.sal>5",
    ),
    (
        "SELECT d.name FROM dept d LEFT JOIN emp e ON e.deptno=d.deptno",
        "SELECT d.name FROM dept d",
    ),
    (
        "SELECT c.name FROM customer c WHERE id IN (SELECT customer_id FROM orders)",
        "SELECT c.name FROM customer c JOIN orders o ON o.customer_id=c.id",
    ),
    (
        "SELECT DISTINCT c.name FROM customer c JOIN orders o ON o.customer_id=c.id",
        "SELECT c.name FROM customer c WHERE id IN (SELECT customer_id FROM orders)",
    ),
    (
        "SELECT o.id FROM orders o JOIN customer c ON c.id=o.customer_id",
        "SELECT o.id FROM orders o",
    ),
    (
        "SELECT name FROM customer c WHERE id NOT IN (SELECT customer_id FROM orders)",
        "SELECT name FROM customer c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id=c.id)",
    ),
    (
        "SELECT d.name FROM dept d LEFT JOIN emp e ON e.deptno=d.deptno WHERE e.comm IS NULL",
        "SELECT d.name FROM dept d WHERE NOT EXISTS (SELECT 1 FROM emp e WHERE e.deptno=d.deptno)",
    ),
    (
        "SELECT deptno, count(comm) FROM emp GROUP BY deptno",
        "SELECT deptno, count(*) FROM emp GROUP BY deptno",
    ),
    (
        "SELECT DISTINCT ename, sal FROM emp",
        "SELECT ename, sal FROM emp",
    ),
    ("SELECT DISTINCT * FROM bonus", "SELECT * FROM bonus"),
    (
        "SELECT job FROM emp UNION SELECT job FROM bonus",
        "SELECT job FROM emp UNION ALL SELECT job FROM bonus",
    ),
    ("SELECT coalesce(comm,0) FROM emp", "SELECT comm FROM emp"),
    (
        "SELECT total/2 FROM orders WHERE total=1",
        "SELECT (1/2)::numeric FROM orders WHERE total=1",
    ),
    (
        "SELECT deptno, count(*) FROM emp GROUP BY deptno HAVING count(*)>1",
        "SELECT deptno, count(*) FROM emp WHERE sal>1 GROUP BY deptno",
    ),
    (
        "SELECT count(*) FROM emp HAVING count(*)>0",
        "SELECT count(*) FROM emp",
    ),
    (
        "SELECT count(*) FILTER (WHERE job='a') FROM emp",
        "SELECT count(*) FROM emp WHERE job='b'",
    ),
    (
        "SELECT a.ename FROM emp a JOIN emp b ON a.deptno=b.deptno",
        "SELECT ename FROM emp",
    ),
    (
        "SELECT a.ename, b.sal FROM emp a JOIN emp b ON a.empno=b.mgr",
        "SELECT ename, sal FROM emp",
    ),
    (
        "SELECT (SELECT max(sal) FROM emp e WHERE e.deptno=d.deptno) FROM dept d",
        "SELECT max(sal) FROM emp e JOIN dept d ON e.deptno=d.deptno GROUP BY d.deptno",
    ),
    (
        "SELECT ename FROM emp ORDER BY sal, empno",
        "SELECT ename FROM emp ORDER BY sal DESC, empno",
    ),
    (
        "SELECT ename FROM emp ORDER BY empno LIMIT 2",
        "SELECT ename FROM emp ORDER BY empno LIMIT 3",
    ),
    (
        "SELECT job FROM bonus EXCEPT ALL SELECT job FROM emp",
        "SELECT DISTINCT job FROM bonus EXCEPT ALL SELECT job FROM emp",
    ),
    (
        "SELECT ename FROM emp WHERE comm = comm",
        "SELECT ename FROM emp",
    ),
    (
        "SELECT ename FROM emp WHERE NOT slacker",
        "SELECT ename FROM emp WHERE slacker IS NOT TRUE",
    ),
    (
        "SELECT d.name FROM dept d, bonus b",
        "SELECT d.name FROM dept d",
    ),
    (
        "SELECT d.name FROM dept d WHERE EXISTS (SELECT 1 FROM bonus)",
        "SELECT d.name FROM dept d",
    ),
    (
        "SELECT ename FROM (SELECT ename, sal FROM emp ORDER BY empno LIMIT 2) t WHERE sal>5",
        "SELECT ename FROM emp WHERE sal>5 ORDER BY empno LIMIT 2",
    ),
    (
        "SELECT o.id, i.qty FROM orders o LEFT JOIN customer c ON c.id=o.customer_id LEFT JOIN item i ON i.order_id=o.id AND i.qty=c.id",
        "SELECT o.id, i.qty FROM orders o LEFT JOIN item i ON i.order_id=o.id",
    ),
    (
        "SELECT DISTINCT order_id, product FROM item",
        "SELECT order_id, product FROM item",
    ),
    (
        "SELECT count(*) FROM emp WHERE deptno=3 GROUP BY deptno",
        "SELECT count(*) FROM emp WHERE deptno=3",
    ),
    (
        "SELECT ename, rank() OVER (ORDER BY sal) FROM emp WHERE deptno=3",
        "SELECT ename, r FROM (SELECT ename, deptno, rank() OVER (ORDER BY sal) r FROM emp) t WHERE deptno=3",
    ),
    (
        "SELECT CASE WHEN comm IN (SELECT sal FROM emp) THEN 1 ELSE 0 END FROM emp",
        "SELECT CASE WHEN comm NOT IN (SELECT sal FROM emp) THEN 0 ELSE 1 END FROM emp",
    ),
    (
        "SELECT o.id FROM orders o LEFT JOIN customer c ON c.id = o.customer_id LEFT JOIN item i ON i.order_id = o.id AND c.id IS NULL",
        "SELECT o.id FROM orders o",
    ),
    (
        "SELECT o.id FROM orders o LEFT JOIN customer c ON c.id = o.customer_id WHERE EXISTS (SELECT 1 FROM bonus WHERE c.id IS NULL)",
        "SELECT o.id FROM orders o WHERE 1 = 0",
    ),
    (
        "SELECT e.ename FROM emp e WHERE e.comm IN (SELECT b.comm FROM bonus b)",
        "SELECT e.ename FROM emp e WHERE EXISTS (SELECT 1 FROM bonus b WHERE b.comm IS NOT DISTINCT FROM e.comm)",
    ),
    (
        "SELECT name FROM dept UNION SELECT ename FROM emp",
        "SELECT name FROM dept UNION ALL SELECT DISTINCT ename FROM emp",
    ),
];

#[test]
fn equal_pairs_are_proved() {
    let catalog = catalog();
    let open: Vec<_> = EQUAL
        .iter()
        .filter(|(a, b)| prove(&catalog, [a, b], ["a", "b"], true).is_none())
        .collect();
    assert!(open.is_empty(), "not proved: {open:#?}");
}

#[test]
fn different_pairs_are_never_proved() {
    let catalog = catalog();
    let wrong: Vec<_> = DIFFERENT
        .iter()
        .filter_map(|(a, b)| Some((a, b, prove(&catalog, [a, b], ["a", "b"], true)?)))
        .collect();
    assert!(wrong.is_empty(), "proved, though they differ: {wrong:#?}");
}

#[test]
fn a_proof_names_the_key_or_constraint_that_allows_each_step() {
    let steps = prove(
        &catalog(),
        [
            "SELECT DISTINCT e.empno FROM emp e JOIN dept d ON d.deptno = e.deptno",
            "SELECT empno FROM emp",
        ],
        ["old", "new"],
        false,
    )
    .unwrap_or_default();
    let all = steps.join("\n");
    assert!(
        all.contains("foreign key") && all.contains("emp_pkey"),
        "{all}"
    );
}
