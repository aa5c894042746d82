-- schema
CREATE TABLE dept (deptno int PRIMARY KEY, name varchar(20), loc text);
CREATE TABLE emp (empno int PRIMARY KEY, ename varchar(20) NOT NULL, job text, mgr int, hiredate date, sal int NOT NULL, comm int, deptno int NOT NULL REFERENCES dept, slacker boolean);
CREATE TABLE bonus (ename varchar(20), job text, sal int, comm int);
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, city text);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customer, total numeric(10,2) NOT NULL, status text NOT NULL);
CREATE TABLE item (order_id int NOT NULL REFERENCES orders, line int NOT NULL, product text NOT NULL, qty int NOT NULL, PRIMARY KEY (order_id, line));

-- different
SELECT deptno FROM emp UNION SELECT deptno FROM emp;
SELECT deptno FROM emp;

-- different
SELECT deptno FROM emp INTERSECT SELECT deptno FROM dept;
SELECT deptno FROM emp;

-- different
SELECT deptno FROM emp EXCEPT SELECT deptno FROM dept;
SELECT deptno FROM emp;

-- different
SELECT job FROM emp INTERSECT SELECT job FROM bonus;
SELECT DISTINCT job FROM emp WHERE job IN (SELECT job FROM bonus);

-- different
SELECT job FROM emp EXCEPT SELECT job FROM bonus;
SELECT DISTINCT job FROM emp e WHERE NOT EXISTS (SELECT 1 FROM bonus b WHERE b.job = e.job);

-- different
SELECT job FROM bonus WHERE sal > 3 UNION ALL SELECT job FROM bonus WHERE comm > 3;
SELECT job FROM bonus WHERE sal > 3 OR comm > 3;

-- different
SELECT d.deptno, count(*) FROM dept d LEFT JOIN emp e ON e.deptno = d.deptno GROUP BY d.deptno;
SELECT d.deptno, (SELECT count(*) FROM emp e WHERE e.deptno = d.deptno) FROM dept d;

-- different
SELECT d.name, count(e.empno) FROM dept d LEFT JOIN emp e ON e.deptno = d.deptno GROUP BY d.name;
SELECT d.name, (SELECT count(*) FROM emp e WHERE e.deptno = d.deptno) FROM dept d;

-- different
SELECT d.deptno, sum(e.sal) FROM dept d JOIN emp e ON e.deptno = d.deptno GROUP BY d.deptno;
SELECT d.deptno, (SELECT sum(sal) FROM emp e WHERE e.deptno = d.deptno) FROM dept d;

-- different
SELECT d.deptno, sum(coalesce(e.sal, 0)) FROM dept d LEFT JOIN emp e ON e.deptno = d.deptno GROUP BY d.deptno;
SELECT d.deptno, sum(e.sal) FROM dept d LEFT JOIN emp e ON e.deptno = d.deptno GROUP BY d.deptno;

-- different
SELECT sum(c) FROM (SELECT deptno, count(*) AS c FROM emp GROUP BY deptno) t;
SELECT count(*) FROM emp;

-- different
SELECT sum(s) / 2 FROM (SELECT deptno, sum(sal) AS s FROM emp GROUP BY deptno) t;
SELECT sum(sal) / 2 FROM emp;

-- different
SELECT avg(a) FROM (SELECT deptno, avg(sal) AS a FROM emp GROUP BY deptno) t;
SELECT avg(sal) FROM emp;

-- different
SELECT count(c) FROM (SELECT deptno, comm AS c FROM emp GROUP BY deptno, comm) t;
SELECT count(DISTINCT comm) FROM emp;

-- different
SELECT count(*) FROM (SELECT comm FROM emp GROUP BY comm) t;
SELECT count(DISTINCT comm) FROM emp;

-- different
SELECT count(s) FROM (SELECT DISTINCT sal AS s, job FROM emp) t;
SELECT count(DISTINCT sal) FROM emp;

-- different
SELECT empno, avg(sal) / 2 FROM emp GROUP BY empno;
SELECT empno, sal / 2 FROM emp;

-- different
SELECT empno, count(comm) FROM emp GROUP BY empno;
SELECT empno, 1 FROM emp;

-- different
SELECT ename, (SELECT d.name FROM dept d WHERE d.deptno = e.mgr) FROM emp e;
SELECT ename, d.name FROM emp e JOIN dept d ON d.deptno = e.mgr;

-- different
SELECT o.id, c.name FROM orders o LEFT JOIN customer c ON c.id = o.customer_id;
SELECT o.id, c.name FROM orders o JOIN customer c ON c.id = o.customer_id;

-- different
SELECT count(*) FILTER (WHERE job = 'a'), count(*) FROM emp;
SELECT count(*), count(*) FROM emp WHERE job = 'a';

-- different
SELECT deptno, count(*) FILTER (WHERE job = 'a') FROM emp GROUP BY deptno;
SELECT deptno, count(*) FROM emp WHERE job = 'a' GROUP BY deptno;

-- different
SELECT sum(CASE WHEN job = 'a' THEN 1 ELSE 0 END) FROM emp;
SELECT count(CASE WHEN job = 'a' THEN 1 END) FROM emp;

-- different
SELECT deptno FROM emp GROUP BY deptno HAVING min(sal) > 10;
SELECT DISTINCT deptno FROM emp WHERE sal > 10;

-- different
SELECT deptno, count(*) FROM emp GROUP BY deptno HAVING max(sal) > 10;
SELECT deptno, count(*) FROM emp WHERE sal > 10 GROUP BY deptno;

-- different
SELECT ename FROM emp WHERE comm > 5 OR comm <= 5;
SELECT ename FROM emp;

-- different
SELECT ename FROM emp WHERE mgr NOT IN (SELECT deptno FROM dept);
SELECT ename FROM emp e WHERE NOT EXISTS (SELECT 1 FROM dept d WHERE d.deptno = e.mgr);

-- different
SELECT name FROM customer WHERE id NOT IN (SELECT customer_id FROM orders);
SELECT name FROM customer WHERE id NOT IN (SELECT customer_id FROM orders WHERE customer_id IS NOT NULL);

-- different
SELECT name FROM dept WHERE name NOT IN (SELECT ename FROM emp);
SELECT name FROM dept d WHERE NOT EXISTS (SELECT 1 FROM emp e WHERE e.ename = d.name);

-- different
SELECT ename FROM emp WHERE sal < (SELECT max(sal) FROM bonus);
SELECT ename FROM emp WHERE sal < (SELECT min(sal) FROM bonus);

-- different
SELECT ename FROM emp WHERE NOT sal < (SELECT max(sal) FROM bonus);
SELECT ename FROM emp e WHERE NOT EXISTS (SELECT 1 FROM bonus b WHERE e.sal < b.sal);

-- different
SELECT ename FROM emp WHERE sal > ALL (SELECT sal FROM bonus);
SELECT ename FROM emp WHERE sal > (SELECT max(sal) FROM bonus);

-- different
SELECT 1 FROM dept d FULL JOIN emp e ON d.deptno = e.deptno WHERE d.loc = 'x';
SELECT 1 FROM dept d JOIN emp e ON d.deptno = e.deptno WHERE d.loc = 'x';

-- different
SELECT ename, rank() OVER (PARTITION BY deptno ORDER BY sal) FROM emp WHERE job = 'a';
SELECT ename, r FROM (SELECT ename, job, rank() OVER (PARTITION BY deptno ORDER BY sal) AS r FROM emp) t WHERE job = 'a';

-- different
SELECT e.ename, t.four FROM emp e LEFT JOIN (SELECT 4 AS four, id FROM customer) t ON t.id = e.mgr;
SELECT e.ename, 4 FROM emp e LEFT JOIN customer t ON t.id = e.mgr;

-- different
SELECT * FROM emp ORDER BY empno LIMIT 2;
SELECT * FROM emp ORDER BY empno, sal LIMIT 3;

-- different
SELECT d.deptno, s FROM dept d LEFT JOIN (SELECT deptno, sum(sal) AS s FROM emp GROUP BY deptno) t ON t.deptno = d.deptno AND s > 5;
SELECT d.deptno, s FROM dept d LEFT JOIN (SELECT deptno, sum(sal) AS s FROM emp GROUP BY deptno) t ON t.deptno = d.deptno;

-- different
SELECT d.deptno, coalesce(c, 1) FROM dept d LEFT JOIN (SELECT deptno, count(*) AS c FROM emp GROUP BY deptno) t ON t.deptno = d.deptno;
SELECT d.deptno, (SELECT count(*) FROM emp e WHERE e.deptno = d.deptno) FROM dept d;

-- different
SELECT d.deptno, c FROM dept d JOIN (SELECT deptno, count(*) AS c FROM emp GROUP BY deptno) t ON t.deptno = d.deptno;
SELECT d.deptno, (SELECT count(*) FROM emp e WHERE e.deptno = d.deptno) FROM dept d;

-- different
SELECT e.ename FROM emp e WHERE EXISTS (SELECT 1 FROM emp x WHERE x.comm = e.comm);
SELECT ename FROM emp;

-- different
SELECT e.ename FROM emp e WHERE EXISTS (SELECT 1 FROM emp x WHERE x.deptno = e.deptno AND x.empno <> e.empno);
SELECT ename FROM emp;

-- different
SELECT CASE WHEN comm = 5 THEN NULL ELSE comm END IS NULL FROM emp;
SELECT comm = 5 FROM emp;

-- different
SELECT NULLIF(comm, 0) FROM emp;
SELECT comm FROM emp;

-- different
SELECT ename FROM emp WHERE comm IS DISTINCT FROM 5;
SELECT ename FROM emp WHERE comm <> 5;

-- different
SELECT ename FROM emp WHERE comm IS DISTINCT FROM mgr;
SELECT ename FROM emp WHERE comm <> mgr OR comm IS NULL;

-- different
SELECT a.empno FROM emp a, emp b WHERE a.empno = b.empno - 1;
SELECT a.empno FROM emp a, emp b WHERE a.empno = b.empno + 1;

-- different
SELECT a.empno FROM emp a, emp b WHERE a.sal - b.sal < 1;
SELECT a.empno FROM emp a, emp b WHERE b.sal - a.sal < 1;

-- different
SELECT a.empno FROM emp a WHERE 5 - a.sal < 1;
SELECT a.empno FROM emp a WHERE a.sal - 5 < 1;

-- different
SELECT deptno, count(*) FROM emp GROUP BY deptno, ename;
SELECT deptno, count(*) FROM emp GROUP BY deptno;

-- different
SELECT count(*) FROM emp GROUP BY 1 + 1;
SELECT count(*) FROM emp;

-- different
SELECT d.name, sum(i.qty) FROM item i JOIN orders o ON o.id = i.order_id JOIN dept d ON d.deptno = o.customer_id GROUP BY d.name;
SELECT d.name, sum(i.qty) FROM item i JOIN orders o ON o.id = i.order_id JOIN dept d ON d.deptno = o.customer_id GROUP BY d.deptno, d.name;

-- different
SELECT o.customer_id, count(*) FROM orders o LEFT JOIN item i ON i.order_id = o.id GROUP BY o.customer_id;
SELECT o.customer_id, count(i.line) FROM orders o LEFT JOIN item i ON i.order_id = o.id GROUP BY o.customer_id;

-- different
SELECT DISTINCT o.customer_id FROM orders o JOIN item i ON i.order_id = o.id;
SELECT o.customer_id FROM orders o WHERE EXISTS (SELECT 1 FROM item i WHERE i.order_id = o.id);

-- different
SELECT max(x) FROM (SELECT max(sal) AS x FROM emp UNION ALL SELECT max(comm) FROM emp) t;
SELECT max(sal) FROM emp;

-- different
SELECT x + 1 FROM (SELECT sal AS x FROM emp UNION SELECT comm FROM emp) t;
SELECT sal + 1 FROM emp UNION ALL SELECT comm + 1 FROM emp;

-- different
SELECT x / 2 FROM (SELECT sal AS x FROM emp UNION SELECT comm FROM emp) t;
SELECT sal / 2 FROM emp UNION SELECT comm / 2 FROM emp;

-- different
SELECT t.x FROM (SELECT sal AS x FROM emp UNION ALL SELECT comm FROM emp) t JOIN dept d ON d.deptno = t.x;
SELECT sal FROM emp e JOIN dept d ON d.deptno = e.sal UNION SELECT comm FROM emp e JOIN dept d ON d.deptno = e.comm;

-- different
SELECT ename FROM emp WHERE (deptno, comm) IN ((1, 2), (3, 4));
SELECT ename FROM emp WHERE deptno IN (1, 3) AND comm IN (2, 4);

-- different
SELECT ename FROM emp WHERE deptno IN (SELECT v FROM (VALUES (1), (2)) t(v) WHERE v > 1);
SELECT ename FROM emp WHERE deptno IN (1, 2);

-- different
SELECT ename FROM emp, (SELECT max(sal) AS m FROM bonus) t WHERE sal < m;
SELECT ename FROM emp, (SELECT min(sal) AS m FROM bonus) t WHERE sal < m;

-- different
SELECT ename, m FROM emp, (SELECT max(sal) AS m FROM bonus HAVING count(*) > 0) t;
SELECT ename, (SELECT max(sal) FROM bonus) FROM emp;

-- different
SELECT status, sum(total) FROM orders WHERE status = 'x' GROUP BY status;
SELECT 'x', sum(total) FROM orders WHERE status = 'x';

-- different
SELECT ename FROM emp WHERE sal = 5 AND comm = sal;
SELECT ename FROM emp WHERE sal = 5 AND comm = 6;

-- different
SELECT DISTINCT deptno, job FROM emp;
SELECT deptno, job FROM emp GROUP BY deptno, job, sal;

-- different
SELECT count(DISTINCT deptno) FROM emp GROUP BY job;
SELECT count(deptno) FROM emp GROUP BY job;

-- different
SELECT d.deptno, max(e.sal) FROM dept d, emp e, bonus b WHERE e.deptno = d.deptno AND b.ename = e.ename GROUP BY d.deptno;
SELECT d.deptno, max(e.sal) FROM dept d, emp e WHERE e.deptno = d.deptno GROUP BY d.deptno;

-- different
SELECT d.deptno, sum(e.sal) FROM dept d, emp e, bonus b WHERE e.deptno = d.deptno AND b.ename = e.ename GROUP BY d.deptno;
SELECT d.deptno, sum(e.sal) FROM dept d, emp e WHERE e.deptno = d.deptno AND EXISTS (SELECT 1 FROM bonus b WHERE b.ename = e.ename) GROUP BY d.deptno;

-- schema
CREATE TABLE dept (deptno int PRIMARY KEY, name varchar(20) NOT NULL);
CREATE TABLE emp (empno int PRIMARY KEY, job varchar(20) NOT NULL, mgr int, sal int NOT NULL, deptno int NOT NULL REFERENCES dept);
CREATE TABLE bonus (sal int, comm int);
CREATE TABLE account (id int PRIMARY KEY, owner int);

-- different
SELECT empno FROM (SELECT empno, rank() OVER (PARTITION BY deptno ORDER BY mgr DESC) AS r FROM emp) t WHERE r = 1;
SELECT empno FROM emp e WHERE mgr = (SELECT max(mgr) FROM emp x WHERE x.deptno = e.deptno);

-- different
SELECT empno FROM (SELECT empno, rank() OVER (PARTITION BY deptno ORDER BY sal) AS r FROM emp) t WHERE r = 1;
SELECT empno FROM emp e WHERE NOT EXISTS (SELECT 1 FROM emp x WHERE x.deptno = e.deptno AND x.sal > e.sal);

-- different
SELECT empno FROM (SELECT empno, dense_rank() OVER (PARTITION BY deptno ORDER BY sal) AS r FROM emp) t WHERE r <= 2;
SELECT empno FROM (SELECT empno, dense_rank() OVER (PARTITION BY deptno ORDER BY sal) AS r FROM emp) t WHERE r = 1;

-- different
SELECT empno FROM emp WHERE mgr = (SELECT max(mgr) FROM emp);
SELECT empno FROM emp e WHERE NOT EXISTS (SELECT 1 FROM emp x WHERE x.mgr > e.mgr);

-- different
SELECT empno FROM emp WHERE sal > ALL (SELECT comm FROM bonus);
SELECT empno FROM emp WHERE sal > (SELECT max(comm) FROM bonus);

-- different
SELECT empno FROM emp WHERE sal <> (SELECT max(sal) FROM bonus);
SELECT empno FROM emp WHERE sal < (SELECT max(sal) FROM bonus);

-- different
SELECT empno FROM emp WHERE coalesce(mgr, 5) <> 5;
SELECT empno FROM emp WHERE mgr <> 5 OR mgr IS NULL;

-- different
SELECT empno FROM emp WHERE empno NOT IN (SELECT empno FROM emp WHERE mgr = 5);
SELECT empno FROM emp WHERE mgr <> 5;

-- different
SELECT empno FROM emp WHERE CASE WHEN mgr = 5 THEN 0 ELSE 1 END = 1;
SELECT empno FROM emp WHERE mgr <> 5;

-- different
SELECT empno FROM emp WHERE CASE WHEN mgr > 5 THEN 1 WHEN sal > 5 THEN 2 ELSE 0 END = 2;
SELECT empno FROM emp WHERE sal > 5;

-- different
SELECT deptno, count(*) FROM emp GROUP BY ROLLUP (deptno);
SELECT deptno, count(*) FROM emp GROUP BY deptno;

-- different
SELECT deptno, job, count(*) FROM emp GROUP BY ROLLUP (deptno, job);
SELECT deptno, job, count(*) FROM emp GROUP BY CUBE (deptno, job);

-- different
SELECT coalesce(deptno, -1), count(*) FROM emp GROUP BY ROLLUP (deptno);
SELECT deptno, count(*) FROM emp GROUP BY ROLLUP (deptno);

-- different
SELECT deptno IS NULL, count(*) FROM emp GROUP BY GROUPING SETS ((deptno), ());
SELECT false, count(*) FROM emp GROUP BY GROUPING SETS ((deptno), ());

-- different
SELECT d.name, e.empno FROM dept d FULL JOIN emp e ON d.deptno = e.deptno AND e.sal > 3;
SELECT d.name, e.empno FROM dept d LEFT JOIN emp e ON d.deptno = e.deptno AND e.sal > 3;

-- different
SELECT a.owner, b.comm FROM account a FULL JOIN bonus b ON a.owner = b.sal;
SELECT a.owner, b.comm FROM account a JOIN bonus b ON a.owner = b.sal UNION ALL SELECT owner, NULL FROM account a WHERE NOT EXISTS (SELECT 1 FROM bonus b WHERE a.owner = b.sal);

-- different
SELECT a.id FROM account a, account b, account c WHERE a.id = b.id - 1 AND b.id = c.id - 1;
SELECT a.id FROM account a, account b, account c WHERE a.id = b.id - 1 AND a.id = c.id - 3;

-- different
SELECT DISTINCT deptno, count(*) OVER (PARTITION BY deptno, job) FROM emp;
SELECT deptno, count(*) FROM emp GROUP BY deptno;

-- different
SELECT deptno, count(*) OVER (PARTITION BY deptno) FROM emp;
SELECT deptno, count(*) FROM emp GROUP BY deptno;

-- different
SELECT mgr FROM emp GROUP BY mgr HAVING count(*) > 1;
SELECT DISTINCT a.mgr FROM emp a JOIN emp b ON a.mgr = b.mgr AND a.empno <> b.empno;

-- different
SELECT job FROM emp GROUP BY job HAVING count(*) > 2;
SELECT DISTINCT a.job FROM emp a JOIN emp b ON a.job = b.job AND a.empno <> b.empno;

-- different
SELECT * FROM (SELECT * FROM emp ORDER BY empno LIMIT 3) t ORDER BY sal, empno LIMIT 2;
SELECT * FROM emp ORDER BY sal, empno LIMIT 2;

-- different
SELECT e.empno, d.name FROM emp e LEFT JOIN dept d ON d.deptno = e.deptno AND d.deptno = 3;
SELECT e.empno, d.name FROM emp e LEFT JOIN dept d ON d.deptno = e.deptno WHERE e.deptno = 3;

-- different
SELECT e.empno FROM emp e JOIN dept d ON d.deptno = e.deptno WHERE d.deptno = 3 AND d.name = 'x';
SELECT empno FROM emp WHERE deptno = 3;

-- different
SELECT empno FROM emp WHERE sal > 5 UNION ALL SELECT empno FROM emp WHERE sal > 3;
SELECT empno FROM emp WHERE sal > 5 OR sal > 3;

-- different
SELECT empno FROM emp WHERE mgr > 5 UNION ALL SELECT empno FROM emp WHERE mgr <= 5;
SELECT empno FROM emp;

-- different
SELECT e.empno FROM emp e JOIN (VALUES (1), (1)) v(x) ON e.deptno = v.x;
SELECT empno FROM emp WHERE deptno IN (1);

-- different
SELECT d.name, e.empno FROM dept d LEFT JOIN emp e ON d.deptno = e.deptno AND e.deptno > 8 WHERE d.deptno > 7;
SELECT d.name, e.empno FROM dept d LEFT JOIN emp e ON d.deptno = e.deptno WHERE d.deptno > 7;

-- different
SELECT deptno, avg(mgr) FROM emp GROUP BY deptno;
SELECT deptno, sum(mgr) * 1.0 / count(*) FROM emp GROUP BY deptno;

-- different
SELECT deptno, avg(sal) FROM emp GROUP BY deptno;
SELECT deptno, sum(sal) / count(*) FROM emp GROUP BY deptno;

-- different
SELECT deptno, min(mgr) FROM emp GROUP BY deptno;
SELECT DISTINCT deptno, mgr FROM emp e WHERE NOT EXISTS (SELECT 1 FROM emp x WHERE x.deptno = e.deptno AND x.mgr < e.mgr);

-- different
SELECT deptno, min(sal) FROM emp GROUP BY deptno;
SELECT deptno, sal FROM emp e WHERE NOT EXISTS (SELECT 1 FROM emp x WHERE x.deptno = e.deptno AND x.sal < e.sal);

-- different
SELECT owner FROM account EXCEPT SELECT mgr FROM emp;
SELECT DISTINCT owner FROM account a WHERE NOT EXISTS (SELECT 1 FROM emp e WHERE e.mgr = a.owner);

-- different
SELECT DISTINCT sal FROM bonus WHERE sal IN (SELECT sal FROM bonus GROUP BY sal HAVING count(*) > 1);
SELECT DISTINCT sal FROM bonus WHERE sal IS NOT NULL AND (SELECT count(*) FROM bonus) > 1;

-- different
SELECT (SELECT max(sal) FROM emp) FROM dept;
SELECT max(sal) FROM emp;

-- different
SELECT DISTINCT ON (deptno) deptno, sal FROM emp ORDER BY deptno, sal;
SELECT deptno, max(sal) FROM emp GROUP BY deptno;

-- different
SELECT (SELECT comm FROM bonus ORDER BY comm DESC LIMIT 1);
SELECT max(comm) FROM bonus;

-- different
SELECT (SELECT sal FROM bonus WHERE sal IS NOT NULL ORDER BY sal DESC LIMIT 1 OFFSET 1);
SELECT max(sal) FROM bonus WHERE sal < (SELECT max(sal) FROM bonus);

-- different
SELECT coalesce(comm, 0) FROM bonus WHERE comm > 3 OR sal > 3;
SELECT comm FROM bonus WHERE comm > 3 OR sal > 3;

-- different
SELECT CASE WHEN mgr > 5 THEN 1 WHEN mgr <= 5 THEN 2 ELSE 3 END FROM emp;
SELECT CASE WHEN mgr > 5 THEN 1 ELSE 2 END FROM emp;

-- different
SELECT CASE WHEN mgr > 5 THEN CASE WHEN mgr > 6 THEN 1 ELSE 2 END ELSE 3 END FROM emp;
SELECT CASE WHEN mgr > 5 THEN 1 ELSE 3 END FROM emp;

-- different
SELECT coalesce(sum(1), 0) FROM emp;
SELECT count(mgr) FROM emp;

-- different
SELECT DISTINCT deptno FROM (SELECT deptno, count(*) OVER (PARTITION BY deptno) AS n FROM emp) t WHERE n > 1;
SELECT deptno FROM emp GROUP BY deptno HAVING count(mgr) > 1;
