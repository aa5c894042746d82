-- schema
CREATE TABLE dept (deptno int PRIMARY KEY, name varchar(20) NOT NULL);
CREATE TABLE emp (empno int PRIMARY KEY, ename varchar(20) NOT NULL, job varchar(20) NOT NULL, mgr int, hiredate timestamp NOT NULL, sal int NOT NULL, comm int NOT NULL, deptno int NOT NULL REFERENCES dept, slacker boolean NOT NULL);
CREATE TABLE bonus (ename varchar(20), job varchar(20), sal int, comm int);
CREATE TABLE empnullables (empno int PRIMARY KEY, ename varchar(20), job varchar(20), mgr int, hiredate timestamp, sal int, comm int, deptno int, slacker boolean);

-- equal
SELECT * FROM emp e JOIN dept d ON e.deptno = d.deptno WHERE e.sal > 100 AND d.name = 'x';
SELECT * FROM (SELECT * FROM emp WHERE sal > 100) e JOIN (SELECT * FROM dept WHERE name = 'x') d ON e.deptno = d.deptno;

-- equal
SELECT * FROM emp e LEFT JOIN dept d ON e.deptno = d.deptno WHERE e.sal > 100;
SELECT * FROM (SELECT * FROM emp WHERE sal > 100) e LEFT JOIN dept d ON e.deptno = d.deptno;

-- equal
SELECT 1 FROM dept d LEFT JOIN emp e ON d.deptno = e.deptno WHERE e.sal > 10;
SELECT 1 FROM dept d JOIN emp e ON d.deptno = e.deptno WHERE e.sal > 10;

-- equal
SELECT 1 FROM dept d FULL JOIN emp e ON d.deptno = e.deptno WHERE d.name = 'Charlie';
SELECT 1 FROM dept d LEFT JOIN emp e ON d.deptno = e.deptno WHERE d.name = 'Charlie';

-- equal
SELECT 1 FROM dept d FULL JOIN emp e ON d.deptno = e.deptno WHERE e.sal > 100;
SELECT 1 FROM (SELECT * FROM emp WHERE sal > 100) e LEFT JOIN dept d ON d.deptno = e.deptno;

-- equal
SELECT 1 FROM dept d FULL JOIN emp e ON d.deptno = e.deptno WHERE d.name = 'Charlie' AND e.sal > 100;
SELECT 1 FROM dept d JOIN emp e ON d.deptno = e.deptno WHERE d.name = 'Charlie' AND e.sal > 100;

-- equal
SELECT d.name, e.ename FROM dept d FULL JOIN emp e ON d.deptno = e.deptno;
SELECT d.name, e.ename FROM emp e FULL JOIN dept d ON e.deptno = d.deptno;

-- equal
SELECT job, empno, sum(sal) FROM emp WHERE empno = 10 GROUP BY empno, job;
SELECT job, 10, sum(sal) FROM emp WHERE empno = 10 GROUP BY job;

-- equal
SELECT count(*) FROM (SELECT 4 AS four, deptno FROM emp) t GROUP BY four, deptno;
SELECT count(*) FROM emp GROUP BY deptno;

-- equal
SELECT x, sum(z) FROM (SELECT deptno AS x, sal + comm AS z FROM emp) t GROUP BY x;
SELECT deptno, sum(sal + comm) FROM emp GROUP BY deptno;

-- equal
SELECT min(m) FROM (SELECT deptno, min(sal) AS m FROM emp GROUP BY deptno) t;
SELECT min(sal) FROM emp;

-- equal
SELECT deptno, sum(s) FROM (SELECT deptno, job, sum(sal) AS s FROM emp GROUP BY deptno, job) t GROUP BY deptno;
SELECT deptno, sum(sal) FROM emp GROUP BY deptno;

-- equal
SELECT deptno, sum(c) FROM (SELECT deptno, job, count(*) AS c FROM emp GROUP BY deptno, job) t GROUP BY deptno;
SELECT deptno, count(*) FROM emp GROUP BY deptno;

-- equal
SELECT DISTINCT deptno FROM (SELECT DISTINCT deptno, job FROM emp) t;
SELECT DISTINCT deptno FROM emp;

-- equal
SELECT DISTINCT deptno, count(*) FROM emp GROUP BY deptno;
SELECT deptno, count(*) FROM emp GROUP BY deptno;

-- equal
SELECT deptno FROM emp UNION ALL (SELECT deptno FROM dept UNION ALL SELECT 3);
(SELECT deptno FROM emp UNION ALL SELECT deptno FROM dept) UNION ALL SELECT 3;

-- equal
SELECT DISTINCT deptno FROM (SELECT deptno FROM emp UNION ALL SELECT deptno FROM dept) t;
SELECT deptno FROM emp UNION SELECT deptno FROM dept;

-- equal
SELECT DISTINCT deptno FROM emp UNION SELECT deptno FROM dept;
SELECT deptno FROM emp UNION SELECT deptno FROM dept;

-- equal
SELECT * FROM (SELECT deptno FROM emp UNION ALL SELECT deptno FROM dept) t WHERE deptno > 5;
SELECT deptno FROM emp WHERE deptno > 5 UNION ALL SELECT deptno FROM dept WHERE deptno > 5;

-- equal
SELECT deptno + 1 FROM (SELECT deptno, name FROM dept UNION ALL SELECT deptno, ename FROM emp) t;
SELECT deptno + 1 FROM dept UNION ALL SELECT deptno + 1 FROM emp;

-- equal
SELECT deptno FROM emp WHERE false UNION ALL SELECT deptno FROM dept;
SELECT deptno FROM dept;

-- equal
SELECT DISTINCT deptno, job FROM emp WHERE sal > 10 OR comm > 5;
SELECT deptno, job FROM emp WHERE sal > 10 UNION SELECT deptno, job FROM emp WHERE comm > 5;

-- equal
SELECT deptno FROM emp INTERSECT SELECT deptno FROM dept;
SELECT DISTINCT deptno FROM emp WHERE deptno IN (SELECT deptno FROM dept);

-- equal
SELECT deptno FROM dept EXCEPT SELECT deptno FROM emp;
SELECT deptno FROM dept d WHERE NOT EXISTS (SELECT 1 FROM emp e WHERE e.deptno = d.deptno);

-- equal
SELECT deptno FROM emp INTERSECT SELECT deptno FROM dept;
SELECT deptno FROM dept INTERSECT SELECT deptno FROM emp;

-- equal
SELECT 1 + 2, d.deptno + (3 + 4), CASE WHEN 1 = 1 THEN 5 ELSE 6 END FROM dept d WHERE d.deptno = 7 + 8 AND 1 < 2;
SELECT 3, 22, 5 FROM dept WHERE deptno = 15;

-- equal
SELECT sal, deptno FROM emp WHERE deptno = 10;
SELECT sal, 10 FROM emp WHERE deptno = 10;

-- equal
SELECT * FROM emp WHERE ename IS NOT NULL AND NOT (sal IS NULL);
SELECT * FROM emp;

-- equal
SELECT * FROM emp WHERE empno IS NULL;
SELECT * FROM emp WHERE false;

-- equal
SELECT COALESCE(ename, job) FROM emp;
SELECT ename FROM emp;

-- equal
SELECT * FROM emp WHERE CASE WHEN sal > 5 THEN true ELSE false END;
SELECT * FROM emp WHERE sal > 5;

-- equal
SELECT * FROM emp WHERE CASE WHEN sal = 1000 THEN NULL ELSE 1 END IS NULL;
SELECT * FROM emp WHERE sal = 1000;

-- equal
SELECT CASE WHEN mgr > 5 THEN 1 ELSE 2 END IS NOT NULL FROM emp;
SELECT true FROM emp;

-- equal
SELECT * FROM emp WHERE deptno IN (10, 20);
SELECT e.* FROM emp e WHERE e.deptno IN (SELECT v FROM (VALUES (10), (20)) t(v));

-- equal
SELECT * FROM dept WHERE deptno IN (SELECT deptno FROM emp WHERE sal > 5);
SELECT * FROM dept d WHERE EXISTS (SELECT 1 FROM emp e WHERE e.deptno = d.deptno AND e.sal > 5);

-- equal
SELECT * FROM dept WHERE deptno IN (SELECT deptno FROM emp);
SELECT d.* FROM dept d JOIN (SELECT DISTINCT deptno FROM emp) e ON d.deptno = e.deptno;

-- equal
SELECT * FROM dept WHERE deptno IN (SELECT deptno FROM emp);
SELECT d.* FROM dept d JOIN (SELECT deptno FROM emp GROUP BY deptno) e ON d.deptno = e.deptno;

-- equal
SELECT ename FROM emp e WHERE EXISTS (SELECT 1 FROM dept d WHERE d.deptno = e.deptno AND d.name = 'x');
SELECT e.ename FROM emp e JOIN dept d ON d.deptno = e.deptno AND d.name = 'x';

-- equal
SELECT * FROM dept WHERE deptno NOT IN (SELECT deptno FROM emp);
SELECT d.* FROM dept d LEFT JOIN (SELECT DISTINCT deptno FROM emp) e ON e.deptno = d.deptno WHERE e.deptno IS NULL;

-- equal
SELECT empno FROM emp WHERE mgr NOT IN (SELECT deptno FROM dept);
SELECT empno FROM emp WHERE NOT (mgr IN (SELECT deptno FROM dept));

-- equal
SELECT e.ename FROM emp e WHERE e.sal > (SELECT avg(e2.sal) FROM emp e2 WHERE e2.deptno = e.deptno);
SELECT e.ename FROM emp e JOIN (SELECT deptno, avg(sal) AS a FROM emp GROUP BY deptno) t ON t.deptno = e.deptno WHERE e.sal > t.a;

-- equal
SELECT e.ename, (SELECT d.name FROM dept d WHERE d.deptno = e.deptno) FROM emp e;
SELECT e.ename, d.name FROM emp e LEFT JOIN dept d ON d.deptno = e.deptno;

-- equal
SELECT e.ename, (SELECT d.name FROM dept d WHERE d.deptno = e.deptno) FROM emp e;
SELECT e.ename, d.name FROM emp e JOIN dept d ON d.deptno = e.deptno;

-- equal
SELECT d.deptno, (SELECT max(sal) FROM emp e WHERE e.deptno = d.deptno) FROM dept d;
SELECT d.deptno, m FROM dept d LEFT JOIN (SELECT deptno, max(sal) AS m FROM emp GROUP BY deptno) t ON t.deptno = d.deptno;

-- equal
SELECT d.deptno, (SELECT count(*) FROM emp e WHERE e.deptno = d.deptno) FROM dept d;
SELECT d.deptno, coalesce(c, 0) FROM dept d LEFT JOIN (SELECT deptno, count(*) AS c FROM emp GROUP BY deptno) t ON t.deptno = d.deptno;

-- equal
SELECT d.deptno, (SELECT count(*) FROM emp e WHERE e.deptno = d.deptno) FROM dept d;
SELECT d.deptno, count(e.empno) FROM dept d LEFT JOIN emp e ON e.deptno = d.deptno GROUP BY d.deptno;

-- equal
SELECT t.a + u.b FROM (SELECT sal AS a, deptno FROM emp) t JOIN (SELECT deptno, length(name) AS b FROM dept) u ON t.deptno = u.deptno;
SELECT e.sal + length(d.name) FROM emp e JOIN dept d USING (deptno);

-- equal
SELECT * FROM (emp e JOIN dept d ON e.deptno = d.deptno) JOIN bonus b ON b.ename = e.ename;
SELECT e.*, d.*, b.* FROM emp e JOIN bonus b ON b.ename = e.ename JOIN dept d ON d.deptno = e.deptno;

-- equal
SELECT e.ename FROM dept d RIGHT JOIN emp e ON d.deptno = e.deptno;
SELECT ename FROM emp;

-- equal
SELECT 1 FROM emp e JOIN dept d ON e.deptno = d.deptno AND e.deptno > 7;
SELECT 1 FROM emp e JOIN dept d ON e.deptno = d.deptno AND d.deptno > 7 AND e.deptno > 7;

-- equal
SELECT a.ename FROM emp a JOIN emp b ON a.empno = b.empno WHERE b.sal > 5;
SELECT ename FROM emp WHERE sal > 5;

-- equal
SELECT d.deptno, sum(e.sal) FROM emp e JOIN dept d ON e.deptno = d.deptno GROUP BY d.deptno;
SELECT deptno, sum(sal) FROM emp GROUP BY deptno;

-- equal
SELECT d.name, s FROM dept d JOIN (SELECT deptno, sum(sal) AS s FROM emp GROUP BY deptno) t ON t.deptno = d.deptno;
SELECT d.name, sum(e.sal) FROM dept d JOIN emp e ON e.deptno = d.deptno GROUP BY d.deptno, d.name;

-- equal
SELECT deptno, sum(sal) FROM emp GROUP BY deptno HAVING deptno > 10 AND sum(sal) > 5;
SELECT * FROM (SELECT deptno, sum(sal) AS s FROM emp WHERE deptno > 10 GROUP BY deptno) t WHERE s > 5;

-- equal
SELECT * FROM (SELECT deptno, job, count(*) FROM emp GROUP BY deptno, job) t WHERE deptno = 3 AND job = 'x';
SELECT deptno, job, count(*) FROM emp WHERE deptno = 3 AND job = 'x' GROUP BY deptno, job;

-- equal
SELECT count(ename), count(*) FROM emp;
SELECT count(*), count(1) FROM emp;

-- equal
SELECT count(DISTINCT deptno) FROM emp;
SELECT count(*) FROM (SELECT deptno FROM emp GROUP BY deptno) t;

-- equal
SELECT count(DISTINCT mgr) FROM emp;
SELECT count(mgr) FROM (SELECT mgr FROM emp GROUP BY mgr) t;

-- equal
SELECT deptno, count(DISTINCT job) FROM emp GROUP BY deptno;
SELECT deptno, count(job) FROM (SELECT DISTINCT deptno, job FROM emp) t GROUP BY deptno;

-- equal
SELECT count(DISTINCT empno) FROM emp;
SELECT count(*) FROM emp;

-- equal
SELECT deptno, sum(sal) / count(sal) FROM emp GROUP BY deptno;
SELECT deptno, sum(sal) / count(*) FROM emp GROUP BY deptno;

-- equal
SELECT sum(sal) FILTER (WHERE deptno = 10) FROM emp;
SELECT sum(CASE WHEN deptno = 10 THEN sal END) FROM emp;

-- equal
SELECT count(*) FILTER (WHERE deptno = 10) FROM emp;
SELECT count(*) FROM emp WHERE deptno = 10;

-- equal
SELECT deptno, sum(CASE WHEN sal > 5 THEN 1 ELSE 0 END) FROM emp GROUP BY deptno;
SELECT deptno, count(CASE WHEN sal > 5 THEN 1 END) FROM emp GROUP BY deptno;

-- equal
SELECT empno, ename, count(*) FROM emp GROUP BY empno, ename;
SELECT empno, ename, 1 FROM emp;

-- equal
SELECT empno, sum(sal) FROM emp GROUP BY empno;
SELECT empno, sal FROM emp;

-- equal
SELECT deptno, job, sum(sal) FROM emp GROUP BY GROUPING SETS ((deptno, job), (deptno), ());
SELECT deptno, job, sum(sal) FROM emp GROUP BY GROUPING SETS ((), (deptno), (job, deptno));

-- equal
SELECT deptno, job, sum(sal) FROM emp GROUP BY ROLLUP (deptno, job);
SELECT deptno, job, sum(sal) FROM emp GROUP BY GROUPING SETS ((deptno, job), (deptno), ());

-- equal
SELECT deptno, job, count(*) FROM emp GROUP BY CUBE (deptno, job);
SELECT deptno, job, count(*) FROM emp GROUP BY GROUPING SETS ((deptno, job), (deptno), (job), ());

-- equal
SELECT deptno, sum(sal) FROM emp GROUP BY GROUPING SETS ((deptno), ());
SELECT deptno, sum(sal) FROM emp GROUP BY deptno UNION ALL SELECT NULL, sum(sal) FROM emp;

-- equal
SELECT deptno, sum(sal) FROM emp GROUP BY GROUPING SETS ((deptno));
SELECT deptno, sum(sal) FROM emp GROUP BY deptno;

-- equal
SELECT ename, sum(sal) OVER (PARTITION BY deptno) FROM emp;
SELECT ename, s FROM (SELECT ename, sum(sal) OVER (PARTITION BY deptno) AS s FROM emp) t;

-- equal
SELECT ename, sum(sal) OVER w, count(*) OVER w FROM emp WINDOW w AS (PARTITION BY deptno ORDER BY empno);
SELECT ename, sum(sal) OVER (PARTITION BY deptno ORDER BY empno), count(*) OVER (PARTITION BY deptno ORDER BY empno) FROM emp;

-- equal
SELECT * FROM (SELECT deptno, ename, rank() OVER (PARTITION BY deptno ORDER BY sal) AS r FROM emp) t WHERE deptno = 3;
SELECT deptno, ename, rank() OVER (PARTITION BY deptno ORDER BY sal) AS r FROM emp WHERE deptno = 3;

-- equal
SELECT ename, count(*) OVER (PARTITION BY 1) FROM emp;
SELECT ename, count(*) OVER () FROM emp;

-- equal
SELECT * FROM emp LIMIT 0;
SELECT * FROM emp WHERE false;

-- equal
SELECT * FROM (SELECT * FROM emp ORDER BY empno LIMIT 10) t ORDER BY empno LIMIT 5;
SELECT * FROM emp ORDER BY empno LIMIT 5;

-- equal
SELECT * FROM (SELECT * FROM emp ORDER BY sal) t WHERE deptno = 1;
SELECT * FROM emp WHERE deptno = 1;

-- equal
SELECT * FROM emp ORDER BY empno, sal;
SELECT * FROM emp ORDER BY empno;

-- equal
SELECT * FROM emp WHERE (deptno, job) IN ((10, 'a'), (20, 'b'));
SELECT * FROM emp WHERE deptno = 10 AND job = 'a' OR deptno = 20 AND job = 'b';

-- equal
SELECT e.ename, d.name FROM emp e JOIN dept d ON true WHERE e.deptno = d.deptno;
SELECT e.ename, d.name FROM emp e CROSS JOIN dept d WHERE e.deptno = d.deptno;

-- equal
SELECT e.ename FROM emp e WHERE e.deptno IN (SELECT deptno FROM dept);
SELECT ename FROM emp;

-- equal
SELECT d.name FROM dept d WHERE d.deptno IN (SELECT e.deptno FROM emp e JOIN bonus b ON e.ename = b.ename);
SELECT d.name FROM dept d WHERE EXISTS (SELECT 1 FROM emp e WHERE e.deptno = d.deptno AND EXISTS (SELECT 1 FROM bonus b WHERE e.ename = b.ename));

-- equal
SELECT * FROM emp WHERE sal = ANY (SELECT sal FROM bonus);
SELECT * FROM emp WHERE sal IN (SELECT sal FROM bonus);

-- equal
SELECT * FROM emp WHERE sal > SOME (SELECT sal FROM bonus);
SELECT * FROM emp WHERE sal > (SELECT min(sal) FROM bonus);

-- equal
SELECT d.name, t.ename FROM dept d, LATERAL (SELECT ename FROM emp e WHERE e.deptno = d.deptno) t;
SELECT d.name, e.ename FROM dept d JOIN emp e ON e.deptno = d.deptno;

-- equal
SELECT * FROM emp WHERE (sal > 5 AND deptno = 1) OR (sal > 5 AND deptno = 2);
SELECT * FROM emp WHERE sal > 5 AND (deptno = 1 OR deptno = 2);

-- equal
SELECT * FROM emp WHERE sal > 5 OR (sal > 5 AND comm > 2);
SELECT * FROM emp WHERE sal > 5;

-- equal
SELECT * FROM emp WHERE sal + 5 > 10;
SELECT * FROM emp WHERE 10 < 5 + sal;

-- equal
SELECT * FROM emp WHERE sal NOT BETWEEN 5 AND 10;
SELECT * FROM emp WHERE sal < 5 OR sal > 10;

-- equal
SELECT * FROM emp WHERE NOT (deptno = 5 OR job = 'x');
SELECT * FROM emp WHERE deptno <> 5 AND job <> 'x';

-- equal
SELECT NULLIF(sal, 0) FROM emp;
SELECT CASE WHEN sal = 0 THEN NULL ELSE sal END FROM emp;

-- equal
SELECT * FROM emp WHERE mgr IS NOT DISTINCT FROM 5;
SELECT * FROM emp WHERE mgr = 5;

-- equal
SELECT * FROM emp WHERE slacker IS TRUE;
SELECT * FROM emp WHERE slacker;

-- equal
SELECT * FROM emp WHERE slacker = true;
SELECT * FROM emp WHERE slacker;

-- equal
SELECT * FROM emp WHERE slacker = false;
SELECT * FROM emp WHERE NOT slacker;

-- equal
SELECT * FROM emp WHERE CAST(deptno AS integer) = 10;
SELECT * FROM emp WHERE deptno = 10;

-- equal
SELECT e.ename FROM emp e LEFT JOIN (SELECT deptno, count(*) FROM emp GROUP BY deptno) t ON t.deptno = e.deptno;
SELECT ename FROM emp;

-- equal
SELECT e.ename FROM emp e LEFT JOIN dept d ON d.deptno = e.deptno LEFT JOIN dept d2 ON d2.deptno = d.deptno;
SELECT ename FROM emp;

-- equal
SELECT * FROM emp e JOIN dept d ON e.deptno = d.deptno AND e.sal > 5;
SELECT * FROM emp e JOIN dept d ON e.deptno = d.deptno WHERE e.sal > 5;

-- equal
SELECT e.ename, d.name FROM emp e LEFT JOIN dept d ON e.deptno = d.deptno AND d.name = 'x';
SELECT e.ename, d.name FROM emp e LEFT JOIN (SELECT * FROM dept WHERE name = 'x') d ON e.deptno = d.deptno;

-- equal
SELECT DISTINCT d.name FROM dept d JOIN emp e ON e.deptno = d.deptno;
SELECT DISTINCT name FROM dept WHERE deptno IN (SELECT deptno FROM emp);

-- equal
SELECT deptno + 1, count(*) FROM emp GROUP BY deptno + 1;
SELECT x, count(*) FROM (SELECT deptno + 1 AS x FROM emp) t GROUP BY x;

-- equal
SELECT * FROM emp WHERE deptno IN (SELECT deptno FROM dept WHERE false);
SELECT * FROM emp WHERE false;

-- equal
SELECT deptno FROM emp GROUP BY deptno HAVING count(*) > 0;
SELECT DISTINCT deptno FROM emp;

-- equal
SELECT deptno FROM emp GROUP BY deptno HAVING max(sal) > 10;
SELECT DISTINCT deptno FROM emp WHERE sal > 10;

-- equal
SELECT max(sal) FROM emp WHERE deptno = 1 GROUP BY deptno;
SELECT max(sal) FROM emp WHERE deptno = 1 HAVING count(*) > 0;

-- equal
SELECT name FROM dept d WHERE (SELECT count(*) FROM emp e WHERE e.deptno = d.deptno) >= 1;
SELECT name FROM dept d WHERE deptno IN (SELECT deptno FROM emp);

-- equal
WITH t AS (SELECT deptno, sum(sal) s FROM emp GROUP BY deptno) SELECT a.deptno FROM t a JOIN t b ON a.deptno = b.deptno;
SELECT DISTINCT deptno FROM emp;

-- equal
SELECT deptno, avg(sal) FROM emp GROUP BY deptno ORDER BY deptno;
SELECT d.deptno, avg(e.sal) FROM emp e JOIN dept d ON d.deptno = e.deptno GROUP BY d.deptno ORDER BY 1;

-- equal
SELECT * FROM emp WHERE sal > 5 OR sal <= 5;
SELECT * FROM emp;

-- equal
SELECT * FROM emp WHERE deptno = 5 AND deptno = 6;
SELECT * FROM emp WHERE 1 = 2;

-- equal
SELECT * FROM emp WHERE sal > 5 AND NOT sal > 5;
SELECT * FROM emp WHERE NULL;

-- equal
SELECT * FROM emp WHERE sal > 5 AND sal > 7 AND sal <> 3;
SELECT * FROM emp WHERE sal > 7;

-- equal
SELECT * FROM emp WHERE sal IN (1, 5, 9) AND sal > 4;
SELECT * FROM emp WHERE sal = 5 OR sal = 9;

-- equal
SELECT mgr + NULL FROM emp;
SELECT NULL::int FROM emp;

-- equal
SELECT ename || 'a' || 'b' FROM emp;
SELECT ename || 'ab' FROM emp;

-- equal
SELECT CASE WHEN sal > 5 THEN CASE WHEN sal > 5 THEN 1 ELSE 2 END ELSE 3 END FROM emp;
SELECT CASE WHEN sal > 5 THEN 1 ELSE 3 END FROM emp;

-- schema
CREATE TABLE dept (deptno int PRIMARY KEY, name varchar(20) NOT NULL);
CREATE TABLE emp (empno int PRIMARY KEY, ename varchar(20) NOT NULL, job varchar(20) NOT NULL, mgr int, hiredate timestamp NOT NULL, sal int NOT NULL, comm int NOT NULL, deptno int NOT NULL REFERENCES dept, slacker boolean NOT NULL);
CREATE TABLE bonus (ename varchar(20), job varchar(20), sal int, comm int);
CREATE TABLE account (id int PRIMARY KEY, owner int, kind text);

-- equal
SELECT e.ename FROM emp e JOIN dept d ON e.deptno = d.deptno WHERE d.deptno = 3;
SELECT ename FROM emp WHERE deptno = 3;

-- equal
SELECT e.ename, d.name FROM emp e, dept d WHERE e.deptno = 3 AND d.deptno = 3;
SELECT e.ename, d.name FROM emp e JOIN dept d ON e.deptno = d.deptno WHERE d.deptno = 3;

-- equal
SELECT e.ename FROM emp e JOIN dept d ON e.deptno = d.deptno WHERE d.deptno > 3 AND d.deptno < 9;
SELECT ename FROM emp WHERE deptno > 3 AND deptno < 9;

-- equal
SELECT e.ename FROM emp e WHERE EXISTS (SELECT 1 FROM dept d WHERE d.deptno = e.deptno AND d.deptno IN (3, 4));
SELECT ename FROM emp WHERE deptno = 3 OR deptno = 4;

-- equal
SELECT d.name, e.ename FROM dept d LEFT JOIN emp e ON d.deptno = e.deptno WHERE d.deptno > 7;
SELECT d.name, e.ename FROM dept d LEFT JOIN (SELECT * FROM emp WHERE deptno > 7) e ON d.deptno = e.deptno WHERE d.deptno > 7;

-- equal
SELECT d.name, e.ename FROM dept d LEFT JOIN emp e ON d.deptno = e.deptno WHERE d.deptno = 7;
SELECT d.name, e.ename FROM (SELECT * FROM dept WHERE deptno = 7) d LEFT JOIN (SELECT * FROM emp WHERE deptno = 7) e ON true;

-- equal
SELECT deptno, count(*) FROM emp GROUP BY ROLLUP (deptno);
SELECT deptno, count(*) FROM emp GROUP BY deptno UNION ALL SELECT NULL, count(*) FROM emp;

-- equal
SELECT deptno, job, sum(sal) FROM emp GROUP BY CUBE (deptno, job);
SELECT deptno, job, sum(sal) FROM emp GROUP BY deptno, job UNION ALL SELECT deptno, NULL, sum(sal) FROM emp GROUP BY deptno UNION ALL SELECT NULL, job, sum(sal) FROM emp GROUP BY job UNION ALL SELECT NULL, NULL, sum(sal) FROM emp;

-- equal
SELECT deptno, job, count(*) FROM emp GROUP BY deptno, ROLLUP (job);
SELECT deptno, job, count(*) FROM emp GROUP BY GROUPING SETS ((deptno, job), (deptno));

-- equal
SELECT e.ename, d.name FROM emp e FULL JOIN dept d ON e.deptno = d.deptno WHERE e.ename IS NULL;
SELECT NULL, name FROM dept d WHERE NOT EXISTS (SELECT 1 FROM emp e WHERE e.deptno = d.deptno);

-- equal
SELECT count(*) FROM emp WHERE deptno = 3;
SELECT coalesce(sum(1), 0) FROM emp WHERE deptno = 3;

-- equal
SELECT coalesce(sum(CASE WHEN sal > 5 THEN 1 ELSE 0 END), 0) FROM emp;
SELECT count(*) FROM emp WHERE sal > 5;

-- equal
SELECT sum(s) FROM (SELECT deptno, sum(sal) AS s FROM emp GROUP BY deptno) t;
SELECT sum(sal) FROM emp;

-- equal
SELECT job, max(m) FROM (SELECT job, deptno, max(sal) AS m FROM emp GROUP BY job, deptno) t GROUP BY job;
SELECT job, max(sal) FROM emp GROUP BY job;

-- equal
SELECT deptno, avg(sal) FROM emp GROUP BY deptno;
SELECT deptno, sum(sal)::numeric / count(*) FROM emp GROUP BY deptno;

-- equal
SELECT deptno, avg(sal) FROM emp GROUP BY deptno;
SELECT deptno, sum(sal) * 1.0 / count(sal) FROM emp GROUP BY deptno;

-- equal
SELECT name FROM dept EXCEPT SELECT ename FROM emp;
SELECT DISTINCT name FROM dept d WHERE NOT EXISTS (SELECT 1 FROM emp e WHERE e.ename = d.name);

-- equal
SELECT owner FROM account EXCEPT SELECT mgr FROM emp;
SELECT DISTINCT owner FROM account a WHERE NOT EXISTS (SELECT 1 FROM emp e WHERE e.mgr IS NOT DISTINCT FROM a.owner);

-- equal
SELECT owner FROM account INTERSECT SELECT mgr FROM emp;
SELECT DISTINCT owner FROM account a WHERE EXISTS (SELECT 1 FROM emp e WHERE e.mgr IS NOT DISTINCT FROM a.owner);

-- equal
SELECT deptno FROM dept EXCEPT SELECT deptno FROM emp WHERE sal > 3 EXCEPT SELECT sal FROM emp;
SELECT deptno FROM dept EXCEPT (SELECT deptno FROM emp WHERE sal > 3 UNION SELECT sal FROM emp);

-- equal
SELECT ename FROM emp WHERE sal > 5 UNION ALL SELECT ename FROM emp WHERE sal <= 5;
SELECT ename FROM emp;

-- equal
SELECT ename FROM emp WHERE deptno = 1 UNION ALL SELECT ename FROM emp WHERE deptno = 2;
SELECT ename FROM emp WHERE deptno IN (1, 2);

-- equal
SELECT empno FROM emp WHERE CASE WHEN sal > 5 THEN 1 WHEN comm > 3 THEN 2 ELSE 0 END = 2;
SELECT empno FROM emp WHERE sal <= 5 AND comm > 3;

-- equal
SELECT empno FROM emp WHERE coalesce(mgr, 0) <> 5;
SELECT empno FROM emp WHERE mgr <> 5 OR mgr IS NULL;

-- equal
SELECT empno FROM emp WHERE empno NOT IN (SELECT empno FROM emp WHERE mgr = 5);
SELECT empno FROM emp WHERE mgr IS DISTINCT FROM 5;

-- equal
SELECT ename, sum(sal) OVER (PARTITION BY deptno) FROM emp;
SELECT e.ename, t.s FROM emp e JOIN (SELECT deptno, sum(sal) AS s FROM emp GROUP BY deptno) t ON t.deptno = e.deptno;

-- equal
SELECT ename FROM (SELECT ename, sal, max(sal) OVER (PARTITION BY deptno) AS m FROM emp) t WHERE sal = m;
SELECT ename FROM emp e WHERE sal = (SELECT max(sal) FROM emp x WHERE x.deptno = e.deptno);

-- equal
SELECT ename FROM (SELECT ename, rank() OVER (PARTITION BY deptno ORDER BY sal DESC) AS r FROM emp) t WHERE r = 1;
SELECT e.ename FROM emp e LEFT JOIN emp x ON x.deptno = e.deptno AND x.sal > e.sal WHERE x.empno IS NULL;

-- equal
SELECT ename FROM (SELECT ename, dense_rank() OVER (PARTITION BY deptno ORDER BY sal DESC) AS r FROM emp) t WHERE r <= 1;
SELECT ename FROM emp e WHERE sal >= ALL (SELECT sal FROM emp x WHERE x.deptno = e.deptno);

-- equal
SELECT * FROM (SELECT * FROM emp ORDER BY sal, empno LIMIT 5) t ORDER BY sal, empno LIMIT 20;
SELECT * FROM emp ORDER BY sal, empno LIMIT 5;

-- equal
SELECT max(sal) FROM emp LIMIT 1;
SELECT max(sal) FROM emp;

-- equal
SELECT e.ename FROM emp e JOIN (VALUES (1), (2)) v(x) ON e.deptno = v.x;
SELECT ename FROM emp WHERE deptno IN (1, 2);

-- equal
SELECT job FROM emp GROUP BY job HAVING count(*) >= 2;
SELECT DISTINCT a.job FROM emp a JOIN emp b ON a.job = b.job AND a.empno <> b.empno;

-- equal
SELECT d.name, count(e.empno) FROM dept d LEFT JOIN emp e ON e.deptno = d.deptno AND e.sal > 3 GROUP BY d.deptno, d.name;
SELECT d.name, coalesce(t.c, 0) FROM dept d LEFT JOIN (SELECT deptno, count(*) AS c FROM emp WHERE sal > 3 GROUP BY deptno) t ON t.deptno = d.deptno;

-- equal
SELECT e.job, d.name, sum(e.sal) FROM emp e JOIN dept d ON d.deptno = e.deptno GROUP BY e.job, d.name, d.deptno;
SELECT t.job, d.name, t.s FROM (SELECT job, deptno, sum(sal) AS s FROM emp GROUP BY job, deptno) t JOIN dept d ON d.deptno = t.deptno;

-- equal
SELECT count(DISTINCT deptno), count(DISTINCT job) FROM emp;
SELECT (SELECT count(DISTINCT deptno) FROM emp), (SELECT count(DISTINCT job) FROM emp);

-- equal
SELECT DISTINCT ON (deptno) deptno, sal FROM emp ORDER BY deptno, sal DESC;
SELECT deptno, max(sal) FROM emp GROUP BY deptno;

-- equal
SELECT e.ename, d.name FROM emp e LEFT JOIN dept d ON d.deptno = e.deptno;
SELECT e.ename, d.name FROM emp e JOIN dept d ON d.deptno = e.deptno;

-- equal
SELECT e.ename FROM emp e LEFT JOIN bonus b ON b.ename = e.ename WHERE b.sal > 3 OR b.comm > 5;
SELECT e.ename FROM emp e JOIN bonus b ON b.ename = e.ename WHERE b.sal > 3 OR b.comm > 5;

-- equal
SELECT ename FROM emp WHERE sal * 2 > 10 AND sal > 7;
SELECT ename FROM emp WHERE sal > 7 AND 2 * sal > 10;

-- equal
SELECT deptno, sum(sal) FROM emp WHERE deptno IN (SELECT deptno FROM dept WHERE name = 'x') GROUP BY deptno;
SELECT t.deptno, t.s FROM (SELECT deptno, sum(sal) AS s FROM emp GROUP BY deptno) t JOIN dept d ON d.deptno = t.deptno WHERE d.name = 'x';

-- equal
SELECT * FROM emp WHERE deptno = 10 OR NULL;
SELECT * FROM emp WHERE deptno = 10;

-- equal
SELECT * FROM emp WHERE NOT (sal > 5 AND NULL);
SELECT * FROM emp WHERE sal <= 5;

-- equal
SELECT upper(ename) FROM (SELECT ename, upper(job) FROM emp) t;
SELECT upper(ename) FROM emp;

-- equal
SELECT e.deptno FROM emp e WHERE e.deptno IN (SELECT d.deptno FROM dept d INTERSECT SELECT sal FROM emp);
SELECT deptno FROM emp WHERE deptno IN (SELECT sal FROM emp);

-- equal
SELECT sum(sal) FILTER (WHERE job = 'a'), count(*) FILTER (WHERE job = 'b') FROM emp GROUP BY deptno;
SELECT sum(CASE WHEN job = 'a' THEN sal END), sum(CASE WHEN job = 'b' THEN 1 ELSE 0 END) FROM emp GROUP BY deptno;

-- equal
SELECT deptno, sum(sal) FROM (SELECT deptno, sal FROM emp UNION ALL SELECT deptno, sal FROM emp) t GROUP BY deptno HAVING false;
SELECT deptno, sum(sal) FROM emp WHERE false GROUP BY deptno;
