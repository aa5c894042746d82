-- schema
CREATE TABLE Employee (id int, salary int);

-- equal
SELECT max(salary) AS SecondHighestSalary FROM Employee WHERE salary < (SELECT max(salary) FROM Employee);
SELECT (SELECT DISTINCT salary FROM Employee WHERE salary IS NOT NULL ORDER BY salary DESC LIMIT 1 OFFSET 1) AS SecondHighestSalary;

-- different
SELECT max(salary) AS SecondHighestSalary FROM Employee WHERE salary < (SELECT max(salary) FROM Employee);
SELECT DISTINCT salary FROM Employee WHERE salary IS NOT NULL ORDER BY salary DESC LIMIT 1 OFFSET 1;

-- different
SELECT max(salary) AS SecondHighestSalary FROM Employee WHERE salary < (SELECT max(salary) FROM Employee);
SELECT (SELECT salary FROM Employee WHERE salary IS NOT NULL ORDER BY salary DESC LIMIT 1 OFFSET 1) AS SecondHighestSalary;

-- equal
SELECT max(salary) AS SecondHighestSalary FROM Employee WHERE salary < (SELECT max(salary) FROM Employee);
SELECT max(salary) FROM Employee WHERE salary NOT IN (SELECT max(salary) FROM Employee);

-- equal
SELECT max(salary) AS SecondHighestSalary FROM Employee WHERE salary < (SELECT max(salary) FROM Employee);
SELECT max(e1.salary) FROM Employee e1 JOIN Employee e2 ON e1.salary < e2.salary;

-- equal
SELECT max(salary) AS SecondHighestSalary FROM Employee WHERE salary < (SELECT max(salary) FROM Employee);
SELECT max(salary) FROM (SELECT salary, dense_rank() OVER (ORDER BY salary DESC NULLS LAST) AS r FROM Employee) t WHERE r = 2;

-- different
SELECT max(salary) AS SecondHighestSalary FROM Employee WHERE salary < (SELECT max(salary) FROM Employee);
SELECT max(salary) FROM (SELECT salary, dense_rank() OVER (ORDER BY salary DESC) AS r FROM Employee) t WHERE r = 2;

-- different
SELECT max(salary) AS SecondHighestSalary FROM Employee WHERE salary < (SELECT max(salary) FROM Employee);
SELECT max(salary) FROM (SELECT salary, rank() OVER (ORDER BY salary DESC NULLS LAST) AS r FROM Employee) t WHERE r = 2;

-- equal
SELECT max(salary) AS SecondHighestSalary FROM Employee WHERE salary < (SELECT max(salary) FROM Employee);
WITH m AS (SELECT max(salary) AS x FROM Employee) SELECT max(salary) FROM Employee, m WHERE salary < x;

-- schema
CREATE TABLE Person (personId int PRIMARY KEY, firstName text, lastName text);
CREATE TABLE Address (addressId int PRIMARY KEY, personId int, city text, state text);

-- equal
SELECT firstName, lastName, city, state FROM Person LEFT JOIN Address ON Person.personId = Address.personId;
SELECT p.firstName, p.lastName, a.city, a.state FROM Person p LEFT OUTER JOIN Address a USING (personId);

-- equal
SELECT firstName, lastName, city, state FROM Person LEFT JOIN Address ON Person.personId = Address.personId;
SELECT firstName, lastName, city, state FROM Address a RIGHT JOIN Person p ON p.personId = a.personId;

-- equal
SELECT firstName, lastName, city, state FROM Person LEFT JOIN Address ON Person.personId = Address.personId;
SELECT firstName, lastName, city, state FROM Person NATURAL LEFT JOIN Address;

-- different
SELECT firstName, lastName, city, state FROM Person LEFT JOIN Address ON Person.personId = Address.personId;
SELECT firstName, lastName, city, state FROM Person JOIN Address ON Person.personId = Address.personId;

-- different
SELECT firstName, lastName, city, state FROM Person LEFT JOIN Address ON Person.personId = Address.personId;
SELECT firstName, lastName, (SELECT city FROM Address a WHERE a.personId = p.personId LIMIT 1), (SELECT state FROM Address a WHERE a.personId = p.personId LIMIT 1) FROM Person p;

-- different
SELECT firstName, lastName, city, state FROM Person LEFT JOIN Address ON Person.personId = Address.personId;
SELECT DISTINCT firstName, lastName, city, state FROM Person LEFT JOIN Address ON Person.personId = Address.personId;

-- schema
CREATE TABLE Customers (id int PRIMARY KEY, name varchar(255));
CREATE TABLE Orders (id int PRIMARY KEY, customerId int);

-- equal
SELECT name AS Customers FROM Customers WHERE id NOT IN (SELECT customerId FROM Orders WHERE customerId IS NOT NULL);
SELECT c.name FROM Customers c LEFT JOIN Orders o ON c.id = o.customerId WHERE o.id IS NULL;

-- equal
SELECT name AS Customers FROM Customers WHERE id NOT IN (SELECT customerId FROM Orders WHERE customerId IS NOT NULL);
SELECT c.name FROM Customers c LEFT JOIN Orders o ON c.id = o.customerId WHERE o.customerId IS NULL;

-- equal
SELECT name AS Customers FROM Customers WHERE id NOT IN (SELECT customerId FROM Orders WHERE customerId IS NOT NULL);
SELECT name FROM Customers c WHERE NOT EXISTS (SELECT * FROM Orders o WHERE o.customerId = c.id);

-- different
SELECT name AS Customers FROM Customers WHERE id NOT IN (SELECT customerId FROM Orders WHERE customerId IS NOT NULL);
SELECT name AS Customers FROM Customers WHERE id NOT IN (SELECT customerId FROM Orders);

-- different
SELECT name AS Customers FROM Customers WHERE id NOT IN (SELECT customerId FROM Orders WHERE customerId IS NOT NULL);
SELECT DISTINCT c.name FROM Customers c LEFT JOIN Orders o ON c.id = o.customerId WHERE o.id IS NULL;

-- equal
SELECT name AS Customers FROM Customers WHERE id NOT IN (SELECT customerId FROM Orders WHERE customerId IS NOT NULL);
SELECT name FROM Customers c WHERE (SELECT count(*) FROM Orders o WHERE o.customerId = c.id) = 0;

-- equal
SELECT name AS Customers FROM Customers WHERE id NOT IN (SELECT customerId FROM Orders WHERE customerId IS NOT NULL);
SELECT c.name FROM Customers c LEFT JOIN Orders o ON c.id = o.customerId GROUP BY c.id, c.name HAVING count(o.id) = 0;

-- different
SELECT name AS Customers FROM Customers WHERE id NOT IN (SELECT customerId FROM Orders WHERE customerId IS NOT NULL);
SELECT c.name FROM Customers c LEFT JOIN Orders o ON c.id = o.customerId GROUP BY c.name HAVING count(o.id) = 0;

-- schema
CREATE TABLE Employee (id int PRIMARY KEY, name text, salary int, managerId int);

-- equal
SELECT e.name AS Employee FROM Employee e JOIN Employee m ON e.managerId = m.id WHERE e.salary > m.salary;
SELECT e.name AS Employee FROM Employee e, Employee m WHERE e.managerId = m.id AND m.salary < e.salary;

-- equal
SELECT e.name AS Employee FROM Employee e JOIN Employee m ON e.managerId = m.id WHERE e.salary > m.salary;
SELECT e.name FROM Employee e WHERE e.salary > (SELECT salary FROM Employee m WHERE m.id = e.managerId);

-- equal
SELECT e.name AS Employee FROM Employee e JOIN Employee m ON e.managerId = m.id WHERE e.salary > m.salary;
SELECT name FROM Employee e WHERE EXISTS (SELECT 1 FROM Employee m WHERE m.id = e.managerId AND e.salary > m.salary);

-- equal
SELECT e.name AS Employee FROM Employee e JOIN Employee m ON e.managerId = m.id WHERE e.salary > m.salary;
SELECT e.name AS Employee FROM Employee e LEFT JOIN Employee m ON e.managerId = m.id WHERE e.salary > m.salary;

-- different
SELECT e.name AS Employee FROM Employee e JOIN Employee m ON e.managerId = m.id WHERE e.salary > m.salary;
SELECT e.name AS Employee FROM Employee e JOIN Employee m ON e.managerId = m.id WHERE e.salary >= m.salary;

-- different
SELECT e.name AS Employee FROM Employee e JOIN Employee m ON e.managerId = m.id WHERE e.salary > m.salary;
SELECT m.name AS Employee FROM Employee e JOIN Employee m ON e.managerId = m.id WHERE e.salary > m.salary;

-- different
SELECT e.name AS Employee FROM Employee e JOIN Employee m ON e.managerId = m.id WHERE e.salary > m.salary;
SELECT name FROM Employee e WHERE salary > ALL (SELECT salary FROM Employee m WHERE m.id = e.managerId);

-- schema
CREATE TABLE Employee (id int PRIMARY KEY, name text, salary int, departmentId int);
CREATE TABLE Department (id int PRIMARY KEY, name text);

-- equal
SELECT d.name AS Department, e.name AS Employee, e.salary AS Salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE (SELECT count(DISTINCT e2.salary) FROM Employee e2 WHERE e2.salary > e.salary AND e2.departmentId = e.departmentId) < 3;
SELECT d.name, e.name, e.salary FROM Department d, Employee e WHERE e.departmentId = d.id AND 3 > (SELECT count(DISTINCT salary) FROM Employee x WHERE x.departmentId = e.departmentId AND x.salary > e.salary);

-- different
SELECT d.name AS Department, e.name AS Employee, e.salary AS Salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE (SELECT count(DISTINCT e2.salary) FROM Employee e2 WHERE e2.salary > e.salary AND e2.departmentId = e.departmentId) < 3;
SELECT d, n, s FROM (SELECT d.name AS d, e.name AS n, e.salary AS s, dense_rank() OVER (PARTITION BY d.id ORDER BY e.salary DESC) AS r FROM Employee e JOIN Department d ON e.departmentId = d.id) t WHERE r <= 3;

-- different
SELECT d.name AS Department, e.name AS Employee, e.salary AS Salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE (SELECT count(DISTINCT e2.salary) FROM Employee e2 WHERE e2.salary > e.salary AND e2.departmentId = e.departmentId) < 3;
SELECT d, n, s FROM (SELECT d.name AS d, e.name AS n, e.salary AS s, rank() OVER (PARTITION BY d.id ORDER BY e.salary DESC NULLS LAST) AS r FROM Employee e JOIN Department d ON e.departmentId = d.id) t WHERE r <= 3;

-- different
SELECT d.name AS Department, e.name AS Employee, e.salary AS Salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE (SELECT count(DISTINCT e2.salary) FROM Employee e2 WHERE e2.salary > e.salary AND e2.departmentId = e.departmentId) < 3;
SELECT d.name AS Department, e.name AS Employee, e.salary AS Salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE (SELECT count(DISTINCT e2.salary) FROM Employee e2 WHERE e2.salary > e.salary AND e2.departmentId = e.departmentId) <= 3;

-- different
SELECT d.name AS Department, e.name AS Employee, e.salary AS Salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE (SELECT count(DISTINCT e2.salary) FROM Employee e2 WHERE e2.salary > e.salary AND e2.departmentId = e.departmentId) < 3;
SELECT d.name AS Department, e.name AS Employee, e.salary AS Salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE (SELECT count(e2.salary) FROM Employee e2 WHERE e2.salary > e.salary AND e2.departmentId = e.departmentId) < 3;

-- equal
SELECT d.name, e.name, e.salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE (e.departmentId, e.salary) IN (SELECT departmentId, max(salary) FROM Employee GROUP BY departmentId);
SELECT d.name, e.name, e.salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE e.salary = (SELECT max(salary) FROM Employee x WHERE x.departmentId = e.departmentId);

-- equal
SELECT d.name, e.name, e.salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE (e.departmentId, e.salary) IN (SELECT departmentId, max(salary) FROM Employee GROUP BY departmentId);
SELECT d.name, e.name, e.salary FROM Employee e JOIN Department d ON e.departmentId = d.id JOIN (SELECT departmentId, max(salary) AS m FROM Employee GROUP BY departmentId) t ON t.departmentId = d.id AND e.salary = t.m;

-- different
SELECT d.name, e.name, e.salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE (e.departmentId, e.salary) IN (SELECT departmentId, max(salary) FROM Employee GROUP BY departmentId);
SELECT d.name, e.name, e.salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE e.salary IN (SELECT max(salary) FROM Employee GROUP BY departmentId);

-- different
SELECT d.name, e.name, e.salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE (e.departmentId, e.salary) IN (SELECT departmentId, max(salary) FROM Employee GROUP BY departmentId);
SELECT d.name, e.name, max(e.salary) FROM Employee e JOIN Department d ON e.departmentId = d.id GROUP BY d.name, e.name;

-- schema
CREATE TABLE Logs (id int PRIMARY KEY, num int);

-- equal
SELECT DISTINCT a.num AS ConsecutiveNums FROM Logs a, Logs b, Logs c WHERE a.id = b.id - 1 AND b.id = c.id - 1 AND a.num = b.num AND b.num = c.num;
SELECT DISTINCT a.num FROM Logs a JOIN Logs b ON b.id = a.id + 1 JOIN Logs c ON c.id = a.id + 2 WHERE a.num = b.num AND a.num = c.num;

-- different
SELECT DISTINCT a.num AS ConsecutiveNums FROM Logs a, Logs b, Logs c WHERE a.id = b.id - 1 AND b.id = c.id - 1 AND a.num = b.num AND b.num = c.num;
SELECT DISTINCT num FROM (SELECT num, lead(num, 1) OVER (ORDER BY id) AS n1, lead(num, 2) OVER (ORDER BY id) AS n2 FROM Logs) t WHERE num = n1 AND num = n2;

-- different
SELECT DISTINCT a.num AS ConsecutiveNums FROM Logs a, Logs b, Logs c WHERE a.id = b.id - 1 AND b.id = c.id - 1 AND a.num = b.num AND b.num = c.num;
SELECT a.num AS ConsecutiveNums FROM Logs a, Logs b, Logs c WHERE a.id = b.id - 1 AND b.id = c.id - 1 AND a.num = b.num AND b.num = c.num;

-- different
SELECT DISTINCT a.num AS ConsecutiveNums FROM Logs a, Logs b, Logs c WHERE a.id = b.id - 1 AND b.id = c.id - 1 AND a.num = b.num AND b.num = c.num;
SELECT num FROM Logs GROUP BY num HAVING count(*) >= 3;

-- equal
SELECT DISTINCT a.num AS ConsecutiveNums FROM Logs a, Logs b, Logs c WHERE a.id = b.id - 1 AND b.id = c.id - 1 AND a.num = b.num AND b.num = c.num;
SELECT num FROM Logs a WHERE EXISTS (SELECT 1 FROM Logs b WHERE b.id = a.id + 1 AND b.num = a.num) AND EXISTS (SELECT 1 FROM Logs b WHERE b.id = a.id + 2 AND b.num = a.num) GROUP BY num;

-- schema
CREATE TABLE Scores (id int PRIMARY KEY, score decimal(3,2));

-- different
SELECT score, dense_rank() OVER (ORDER BY score DESC) AS rank FROM Scores ORDER BY score DESC;
SELECT score, rank() OVER (ORDER BY score DESC) AS rank FROM Scores ORDER BY score DESC;

-- different
SELECT score, dense_rank() OVER (ORDER BY score DESC) AS rank FROM Scores ORDER BY score DESC;
SELECT s.score, (SELECT count(DISTINCT score) FROM Scores x WHERE x.score >= s.score) AS rank FROM Scores s ORDER BY s.score DESC;

-- different
SELECT score, dense_rank() OVER (ORDER BY score DESC) AS rank FROM Scores ORDER BY score DESC;
SELECT DISTINCT score, dense_rank() OVER (ORDER BY score DESC) AS rank FROM Scores ORDER BY score DESC;

-- equal
SELECT score, dense_rank() OVER (ORDER BY score DESC) AS rank FROM Scores ORDER BY score DESC;
SELECT s.score, t.r FROM Scores s JOIN (SELECT id, dense_rank() OVER (ORDER BY score DESC) AS r FROM Scores) t ON t.id = s.id ORDER BY s.score DESC;

-- schema
CREATE TABLE Weather (id int PRIMARY KEY, recordDate date UNIQUE, temperature int);

-- equal
SELECT w1.id FROM Weather w1 JOIN Weather w2 ON w1.recordDate = w2.recordDate + 1 WHERE w1.temperature > w2.temperature;
SELECT w1.id FROM Weather w1, Weather w2 WHERE w1.recordDate - w2.recordDate = 1 AND w1.temperature > w2.temperature;

-- equal
SELECT w1.id FROM Weather w1 JOIN Weather w2 ON w1.recordDate = w2.recordDate + 1 WHERE w1.temperature > w2.temperature;
SELECT w1.id FROM Weather w1, Weather w2 WHERE w1.recordDate = w2.recordDate + INTERVAL '1 day' AND w1.temperature > w2.temperature;

-- different
SELECT w1.id FROM Weather w1 JOIN Weather w2 ON w1.recordDate = w2.recordDate + 1 WHERE w1.temperature > w2.temperature;
SELECT id FROM (SELECT id, temperature, lag(temperature) OVER (ORDER BY recordDate) AS p FROM Weather) t WHERE temperature > p;

-- equal
SELECT w1.id FROM Weather w1 JOIN Weather w2 ON w1.recordDate = w2.recordDate + 1 WHERE w1.temperature > w2.temperature;
SELECT id FROM (SELECT id, temperature, recordDate, lag(temperature) OVER (ORDER BY recordDate) AS p, lag(recordDate) OVER (ORDER BY recordDate) AS d FROM Weather) t WHERE temperature > p AND recordDate - d = 1;

-- different
SELECT w1.id FROM Weather w1 JOIN Weather w2 ON w1.recordDate = w2.recordDate + 1 WHERE w1.temperature > w2.temperature;
SELECT w1.id FROM Weather w1 JOIN Weather w2 ON w1.id = w2.id + 1 WHERE w1.temperature > w2.temperature;

-- schema
CREATE TABLE Trips (id int PRIMARY KEY, client_id int, driver_id int, city_id int, status varchar(30), request_at date);
CREATE TABLE Users (users_id int PRIMARY KEY, banned varchar(5), role varchar(10));

-- different
SELECT request_at AS Day, round(sum(CASE WHEN status <> 'completed' THEN 1 ELSE 0 END)::numeric / count(*), 2) AS rate FROM Trips WHERE client_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND driver_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND request_at BETWEEN '2013-10-01' AND '2013-10-03' GROUP BY request_at;
SELECT t.request_at, round(sum(CASE WHEN status <> 'completed' THEN 1 ELSE 0 END)::numeric / count(*), 2) FROM Trips t JOIN Users c ON t.client_id = c.users_id AND c.banned = 'No' JOIN Users d ON t.driver_id = d.users_id AND d.banned = 'No' WHERE request_at BETWEEN '2013-10-01' AND '2013-10-03' GROUP BY t.request_at;

-- equal
SELECT request_at AS Day, round(sum(CASE WHEN status <> 'completed' THEN 1 ELSE 0 END)::numeric / count(*), 2) AS rate FROM Trips WHERE client_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND driver_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND request_at BETWEEN '2013-10-01' AND '2013-10-03' GROUP BY request_at;
SELECT request_at, round(count(CASE WHEN status <> 'completed' THEN 1 END)::numeric / count(*), 2) FROM Trips WHERE client_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND driver_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND request_at >= '2013-10-01' AND request_at <= '2013-10-03' GROUP BY request_at;

-- different
SELECT request_at AS Day, round(sum(CASE WHEN status <> 'completed' THEN 1 ELSE 0 END)::numeric / count(*), 2) AS rate FROM Trips WHERE client_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND driver_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND request_at BETWEEN '2013-10-01' AND '2013-10-03' GROUP BY request_at;
SELECT request_at AS Day, round(sum(CASE WHEN status LIKE 'cancelled%' THEN 1 ELSE 0 END)::numeric / count(*), 2) AS rate FROM Trips WHERE client_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND driver_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND request_at BETWEEN '2013-10-01' AND '2013-10-03' GROUP BY request_at;

-- different
SELECT request_at AS Day, round(sum(CASE WHEN status <> 'completed' THEN 1 ELSE 0 END)::numeric / count(*), 2) AS rate FROM Trips WHERE client_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND driver_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND request_at BETWEEN '2013-10-01' AND '2013-10-03' GROUP BY request_at;
SELECT request_at AS Day, round(sum(CASE WHEN status <> 'completed' THEN 1 ELSE 0 END)::numeric / count(*), 3) AS rate FROM Trips WHERE client_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND driver_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND request_at BETWEEN '2013-10-01' AND '2013-10-03' GROUP BY request_at;

-- different
SELECT request_at AS Day, round(sum(CASE WHEN status <> 'completed' THEN 1 ELSE 0 END)::numeric / count(*), 2) AS rate FROM Trips WHERE client_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND driver_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND request_at BETWEEN '2013-10-01' AND '2013-10-03' GROUP BY request_at;
SELECT request_at AS Day, round(sum(CASE WHEN status <> 'completed' THEN 1 ELSE 0 END)::numeric / count(*), 2) AS rate FROM Trips WHERE client_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND driver_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND request_at BETWEEN '2013-10-01' AND '2013-10-04' GROUP BY request_at;

-- different
SELECT request_at AS Day, round(sum(CASE WHEN status <> 'completed' THEN 1 ELSE 0 END)::numeric / count(*), 2) AS rate FROM Trips WHERE client_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND driver_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes') AND request_at BETWEEN '2013-10-01' AND '2013-10-03' GROUP BY request_at;
SELECT request_at AS Day, round(sum(CASE WHEN status <> 'completed' THEN 1 ELSE 0 END)::numeric / count(*), 2) AS rate FROM Trips WHERE client_id NOT IN (SELECT users_id FROM Users WHERE banned = 'Yes')  AND request_at BETWEEN '2013-10-01' AND '2013-10-03' GROUP BY request_at;

-- schema
CREATE TABLE Activity (player_id int, device_id int, event_date date, games_played int, PRIMARY KEY (player_id, event_date));

-- equal
SELECT player_id, min(event_date) AS first_login FROM Activity GROUP BY player_id;
SELECT DISTINCT player_id, min(event_date) OVER (PARTITION BY player_id) AS first_login FROM Activity;

-- equal
SELECT player_id, min(event_date) AS first_login FROM Activity GROUP BY player_id;
SELECT player_id, event_date FROM (SELECT player_id, event_date, row_number() OVER (PARTITION BY player_id ORDER BY event_date) AS r FROM Activity) t WHERE r = 1;

-- equal
SELECT player_id, min(event_date) AS first_login FROM Activity GROUP BY player_id;
SELECT player_id, event_date FROM Activity a WHERE event_date = (SELECT min(event_date) FROM Activity b WHERE b.player_id = a.player_id);

-- equal
SELECT player_id, min(event_date) AS first_login FROM Activity GROUP BY player_id;
SELECT DISTINCT ON (player_id) player_id, event_date FROM Activity ORDER BY player_id, event_date;

-- equal
SELECT player_id, min(event_date) AS first_login FROM Activity GROUP BY player_id;
SELECT player_id, event_date FROM Activity a WHERE NOT EXISTS (SELECT 1 FROM Activity b WHERE b.player_id = a.player_id AND b.event_date < a.event_date);

-- different
SELECT player_id, min(event_date) AS first_login FROM Activity GROUP BY player_id;
SELECT player_id, max(event_date) AS first_login FROM Activity GROUP BY player_id;

-- equal
SELECT round(count(DISTINCT a.player_id)::numeric / (SELECT count(DISTINCT player_id) FROM Activity), 2) AS fraction FROM Activity a JOIN (SELECT player_id, min(event_date) AS f FROM Activity GROUP BY player_id) t ON a.player_id = t.player_id AND a.event_date = t.f + 1;
SELECT round(count(*)::numeric / (SELECT count(DISTINCT player_id) FROM Activity), 2) FROM Activity WHERE (player_id, event_date - 1) IN (SELECT player_id, min(event_date) FROM Activity GROUP BY player_id);

-- different
SELECT round(count(DISTINCT a.player_id)::numeric / (SELECT count(DISTINCT player_id) FROM Activity), 2) AS fraction FROM Activity a JOIN (SELECT player_id, min(event_date) AS f FROM Activity GROUP BY player_id) t ON a.player_id = t.player_id AND a.event_date = t.f + 1;
SELECT round(count(DISTINCT a.player_id)::numeric / (SELECT count(DISTINCT player_id) FROM Activity), 2) FROM Activity a JOIN Activity b ON a.player_id = b.player_id AND a.event_date = b.event_date + 1;

-- equal
SELECT a.player_id, a.event_date, sum(b.games_played) AS games_played_so_far FROM Activity a JOIN Activity b ON a.player_id = b.player_id AND b.event_date <= a.event_date GROUP BY a.player_id, a.event_date;
SELECT player_id, event_date, sum(games_played) OVER (PARTITION BY player_id ORDER BY event_date) FROM Activity;

-- different
SELECT a.player_id, a.event_date, sum(b.games_played) AS games_played_so_far FROM Activity a JOIN Activity b ON a.player_id = b.player_id AND b.event_date <= a.event_date GROUP BY a.player_id, a.event_date;
SELECT player_id, event_date, sum(games_played) OVER (PARTITION BY player_id) FROM Activity;

-- schema
CREATE TABLE Person (id int PRIMARY KEY, email varchar(255));

-- different
SELECT email FROM Person GROUP BY email HAVING count(*) > 1;
SELECT DISTINCT a.email FROM Person a JOIN Person b ON a.email = b.email AND a.id <> b.id;

-- equal
SELECT email FROM Person WHERE email IS NOT NULL GROUP BY email HAVING count(*) > 1;
SELECT DISTINCT a.email FROM Person a JOIN Person b ON a.email = b.email AND a.id <> b.id;

-- equal
SELECT email FROM Person GROUP BY email HAVING count(*) > 1;
SELECT email FROM (SELECT email, count(email) AS n, count(*) AS m FROM Person GROUP BY email) t WHERE m > 1;

-- different
SELECT email FROM Person GROUP BY email HAVING count(*) > 1;
SELECT email FROM Person GROUP BY email HAVING count(email) > 1;

-- different
SELECT email FROM Person GROUP BY email HAVING count(*) > 1;
SELECT email FROM Person GROUP BY email HAVING count(*) >= 1;

-- schema
CREATE TABLE World (name varchar(255) PRIMARY KEY, continent varchar(255), area int, population int, gdp bigint);

-- equal
SELECT name, population, area FROM World WHERE area >= 3000000 OR population >= 25000000;
SELECT name, population, area FROM World WHERE area >= 3000000 UNION SELECT name, population, area FROM World WHERE population >= 25000000;

-- different
SELECT name, population, area FROM World WHERE area >= 3000000 OR population >= 25000000;
SELECT name, population, area FROM World WHERE area > 3000000 OR population > 25000000;

-- different
SELECT name, population, area FROM World WHERE area >= 3000000 OR population >= 25000000;
SELECT name, population, area FROM World WHERE area >= 3000000 UNION ALL SELECT name, population, area FROM World WHERE population >= 25000000;

-- equal
SELECT name, population, area FROM World WHERE area >= 3000000 OR population >= 25000000;
SELECT name, population, area FROM World WHERE NOT (area < 3000000 AND population < 25000000) OR area >= 3000000 OR population >= 25000000;

-- schema
CREATE TABLE Courses (student varchar(255), class varchar(255), PRIMARY KEY (student, class));

-- equal
SELECT class FROM Courses GROUP BY class HAVING count(student) >= 5;
SELECT class FROM (SELECT class, count(DISTINCT student) AS n FROM Courses GROUP BY class) t WHERE n >= 5;

-- equal
SELECT class FROM Courses GROUP BY class HAVING count(student) >= 5;
SELECT class FROM Courses GROUP BY class HAVING count(*) > 4;

-- different
SELECT class FROM Courses GROUP BY class HAVING count(student) >= 5;
SELECT class FROM Courses GROUP BY class HAVING count(*) > 5;

-- equal
SELECT class FROM Courses GROUP BY class HAVING count(student) >= 5;
SELECT DISTINCT class FROM (SELECT class, count(*) OVER (PARTITION BY class) AS n FROM Courses) t WHERE n >= 5;

-- schema
CREATE TABLE Cinema (id int PRIMARY KEY, movie varchar(255), description varchar(255), rating float);

-- equal
SELECT * FROM Cinema WHERE id % 2 = 1 AND description <> 'boring' ORDER BY rating DESC;
SELECT * FROM Cinema WHERE mod(id, 2) = 1 AND description != 'boring' ORDER BY rating DESC;

-- different
SELECT * FROM Cinema WHERE id % 2 = 1 AND description <> 'boring' ORDER BY rating DESC;
SELECT * FROM Cinema WHERE id % 2 <> 0 AND description NOT LIKE 'boring' ORDER BY rating DESC;

-- different
SELECT * FROM Cinema WHERE id % 2 = 1 AND description <> 'boring' ORDER BY rating DESC;
SELECT * FROM Cinema WHERE id % 2 = 1 AND description NOT LIKE '%boring%' ORDER BY rating DESC;

-- different
SELECT * FROM Cinema WHERE id % 2 = 1 AND description <> 'boring' ORDER BY rating DESC;
SELECT * FROM Cinema WHERE id % 2 = 1 AND description <> 'boring' ORDER BY rating;

-- schema
CREATE TABLE Seat (id int PRIMARY KEY, student varchar(255));

-- different
SELECT CASE WHEN id % 2 = 0 THEN id - 1 WHEN id = (SELECT max(id) FROM Seat) THEN id ELSE id + 1 END AS id, student FROM Seat ORDER BY id;
SELECT CASE WHEN id % 2 = 0 THEN id - 1 ELSE id + 1 END AS id, student FROM Seat ORDER BY id;

-- equal
SELECT CASE WHEN id % 2 = 0 THEN id - 1 WHEN id = (SELECT max(id) FROM Seat) THEN id ELSE id + 1 END AS id, student FROM Seat ORDER BY id;
SELECT CASE WHEN mod(id, 2) = 0 THEN id - 1 WHEN id IN (SELECT max(id) FROM Seat) THEN id ELSE id + 1 END AS id, student FROM Seat ORDER BY id;

-- schema
CREATE TABLE SalesPerson (sales_id int PRIMARY KEY, name text, salary int, commission_rate int, hire_date date);
CREATE TABLE Company (com_id int PRIMARY KEY, name text, city text);
CREATE TABLE Orders (order_id int PRIMARY KEY, order_date date, com_id int, sales_id int, amount int);

-- equal
SELECT name FROM SalesPerson WHERE sales_id NOT IN (SELECT o.sales_id FROM Orders o JOIN Company c ON o.com_id = c.com_id WHERE c.name = 'RED' AND o.sales_id IS NOT NULL);
SELECT s.name FROM SalesPerson s WHERE NOT EXISTS (SELECT 1 FROM Orders o JOIN Company c USING (com_id) WHERE o.sales_id = s.sales_id AND c.name = 'RED');

-- equal
SELECT name FROM SalesPerson WHERE sales_id NOT IN (SELECT o.sales_id FROM Orders o JOIN Company c ON o.com_id = c.com_id WHERE c.name = 'RED' AND o.sales_id IS NOT NULL);
SELECT s.name FROM SalesPerson s LEFT JOIN (SELECT o.sales_id FROM Orders o JOIN Company c ON o.com_id = c.com_id WHERE c.name = 'RED') t ON t.sales_id = s.sales_id WHERE t.sales_id IS NULL;

-- different
SELECT name FROM SalesPerson WHERE sales_id NOT IN (SELECT o.sales_id FROM Orders o JOIN Company c ON o.com_id = c.com_id WHERE c.name = 'RED' AND o.sales_id IS NOT NULL);
SELECT s.name FROM SalesPerson s LEFT JOIN Orders o ON s.sales_id = o.sales_id LEFT JOIN Company c ON o.com_id = c.com_id WHERE c.name <> 'RED' OR c.name IS NULL;

-- different
SELECT name FROM SalesPerson WHERE sales_id NOT IN (SELECT o.sales_id FROM Orders o JOIN Company c ON o.com_id = c.com_id WHERE c.name = 'RED' AND o.sales_id IS NOT NULL);
SELECT name FROM SalesPerson WHERE sales_id NOT IN (SELECT o.sales_id FROM Orders o JOIN Company c ON o.com_id = c.com_id WHERE c.name = 'RED');

-- schema
CREATE TABLE Tree (id int PRIMARY KEY, p_id int);

-- equal
SELECT id, CASE WHEN p_id IS NULL THEN 'Root' WHEN id IN (SELECT p_id FROM Tree) THEN 'Inner' ELSE 'Leaf' END AS type FROM Tree;
SELECT id, CASE WHEN p_id IS NULL THEN 'Root' WHEN EXISTS (SELECT 1 FROM Tree x WHERE x.p_id = Tree.id) THEN 'Inner' ELSE 'Leaf' END AS type FROM Tree;

-- different
SELECT id, CASE WHEN p_id IS NULL THEN 'Root' WHEN id IN (SELECT p_id FROM Tree) THEN 'Inner' ELSE 'Leaf' END AS type FROM Tree;
SELECT id, CASE WHEN p_id IS NULL THEN 'Root' WHEN id NOT IN (SELECT p_id FROM Tree) THEN 'Leaf' ELSE 'Inner' END AS type FROM Tree;

-- equal
SELECT id, CASE WHEN p_id IS NULL THEN 'Root' WHEN id IN (SELECT p_id FROM Tree) THEN 'Inner' ELSE 'Leaf' END AS type FROM Tree;
SELECT DISTINCT a.id, CASE WHEN a.p_id IS NULL THEN 'Root' WHEN b.id IS NULL THEN 'Leaf' ELSE 'Inner' END FROM Tree a LEFT JOIN Tree b ON b.p_id = a.id;

-- schema
CREATE TABLE Project (project_id int, employee_id int, PRIMARY KEY (project_id, employee_id));
CREATE TABLE Employee (employee_id int PRIMARY KEY, name text, experience_years int NOT NULL);

-- equal
SELECT p.project_id, round(avg(e.experience_years), 2) AS average_years FROM Project p JOIN Employee e ON p.employee_id = e.employee_id GROUP BY p.project_id;
SELECT project_id, round(avg(experience_years), 2) FROM Project NATURAL JOIN Employee GROUP BY project_id;

-- different
SELECT p.project_id, round(avg(e.experience_years), 2) AS average_years FROM Project p JOIN Employee e ON p.employee_id = e.employee_id GROUP BY p.project_id;
SELECT p.project_id, round(avg(e.experience_years), 2) FROM Project p LEFT JOIN Employee e ON p.employee_id = e.employee_id GROUP BY p.project_id;

-- equal
SELECT p.project_id, round(avg(e.experience_years), 2) AS average_years FROM Project p JOIN Employee e ON p.employee_id = e.employee_id GROUP BY p.project_id;
SELECT project_id, round(sum(experience_years) * 1.0 / count(*), 2) FROM Project p, Employee e WHERE e.employee_id = p.employee_id GROUP BY project_id;

-- different
SELECT p.project_id, round(avg(e.experience_years), 2) AS average_years FROM Project p JOIN Employee e ON p.employee_id = e.employee_id GROUP BY p.project_id;
SELECT p.project_id, round(avg(e.experience_years), 1) FROM Project p JOIN Employee e ON p.employee_id = e.employee_id GROUP BY p.project_id;

-- schema
CREATE TABLE Product (product_id int PRIMARY KEY, product_name text, unit_price int);
CREATE TABLE Sales (seller_id int, product_id int REFERENCES Product, buyer_id int, sale_date date, quantity int, price int);

-- different
SELECT DISTINCT p.product_id, p.product_name FROM Product p JOIN Sales s ON p.product_id = s.product_id WHERE p.product_id NOT IN (SELECT product_id FROM Sales WHERE product_id IS NOT NULL AND (sale_date < '2019-01-01' OR sale_date > '2019-03-31'));
SELECT DISTINCT p.product_id, p.product_name FROM Product p JOIN Sales s ON p.product_id = s.product_id WHERE sale_date BETWEEN '2019-01-01' AND '2019-03-31';

-- different
SELECT DISTINCT p.product_id, p.product_name FROM Product p JOIN Sales s ON p.product_id = s.product_id WHERE p.product_id NOT IN (SELECT product_id FROM Sales WHERE product_id IS NOT NULL AND (sale_date < '2019-01-01' OR sale_date > '2019-03-31'));
SELECT p.product_id, p.product_name FROM Product p JOIN Sales s ON p.product_id = s.product_id GROUP BY p.product_id, p.product_name HAVING min(sale_date) >= '2019-01-01' AND max(sale_date) <= '2019-03-31';

-- equal
SELECT p.product_id, p.product_name FROM Product p JOIN Sales s ON p.product_id = s.product_id GROUP BY p.product_id, p.product_name HAVING min(sale_date) >= '2019-01-01' AND max(sale_date) <= '2019-03-31';
SELECT product_id, product_name FROM Product WHERE product_id IN (SELECT product_id FROM Sales GROUP BY product_id HAVING min(sale_date) >= '2019-01-01' AND max(sale_date) <= '2019-03-31');

-- equal
SELECT DISTINCT buyer_id FROM Sales s JOIN Product p ON p.product_id = s.product_id WHERE product_name = 'S8' AND buyer_id IS NOT NULL AND buyer_id NOT IN (SELECT buyer_id FROM Sales s JOIN Product p ON p.product_id = s.product_id WHERE product_name = 'iPhone' AND buyer_id IS NOT NULL);
SELECT buyer_id FROM Sales s JOIN Product p ON p.product_id = s.product_id WHERE buyer_id IS NOT NULL GROUP BY buyer_id HAVING sum(CASE WHEN product_name = 'S8' THEN 1 ELSE 0 END) > 0 AND sum(CASE WHEN product_name = 'iPhone' THEN 1 ELSE 0 END) = 0;

-- different
SELECT seller_id FROM Sales GROUP BY seller_id HAVING sum(price) >= ALL (SELECT sum(price) FROM Sales GROUP BY seller_id);
SELECT seller_id FROM Sales GROUP BY seller_id ORDER BY sum(price) DESC LIMIT 1;

-- different
SELECT seller_id FROM Sales GROUP BY seller_id HAVING sum(price) >= ALL (SELECT sum(price) FROM Sales GROUP BY seller_id);
SELECT seller_id FROM Sales GROUP BY seller_id HAVING sum(price) = (SELECT max(s) FROM (SELECT sum(price) AS s FROM Sales GROUP BY seller_id) t);

-- schema
CREATE TABLE Books (book_id int PRIMARY KEY, name text, available_from date);
CREATE TABLE Orders (order_id int PRIMARY KEY, book_id int REFERENCES Books, quantity int, dispatch_date date);

-- different
SELECT b.book_id, b.name FROM Books b LEFT JOIN Orders o ON b.book_id = o.book_id AND dispatch_date >= '2018-06-23' WHERE available_from < '2019-05-23' GROUP BY b.book_id, b.name HAVING coalesce(sum(quantity), 0) < 10;
SELECT b.book_id, b.name FROM Books b LEFT JOIN Orders o ON b.book_id = o.book_id WHERE available_from < '2019-05-23' AND dispatch_date >= '2018-06-23' GROUP BY b.book_id, b.name HAVING coalesce(sum(quantity), 0) < 10;

-- equal
SELECT b.book_id, b.name FROM Books b LEFT JOIN Orders o ON b.book_id = o.book_id AND dispatch_date >= '2018-06-23' WHERE available_from < '2019-05-23' GROUP BY b.book_id, b.name HAVING coalesce(sum(quantity), 0) < 10;
SELECT book_id, name FROM Books WHERE available_from < '2019-05-23' AND book_id NOT IN (SELECT book_id FROM Orders WHERE dispatch_date >= '2018-06-23' AND book_id IS NOT NULL GROUP BY book_id HAVING sum(quantity) >= 10);

-- schema
CREATE TABLE Users (user_id int PRIMARY KEY, user_name text, credit int);
CREATE TABLE Transactions (trans_id int PRIMARY KEY, paid_by int, paid_to int, amount int, transacted_on date);

-- equal
SELECT u.user_id, u.credit - coalesce((SELECT sum(amount) FROM Transactions t WHERE t.paid_by = u.user_id), 0) + coalesce((SELECT sum(amount) FROM Transactions t WHERE t.paid_to = u.user_id), 0) AS credit FROM Users u;
SELECT u.user_id, u.credit + coalesce(sum(CASE WHEN t.paid_by = u.user_id THEN -amount END), 0) + coalesce(sum(CASE WHEN t.paid_to = u.user_id THEN amount END), 0) FROM Users u LEFT JOIN Transactions t ON u.user_id IN (t.paid_by, t.paid_to) GROUP BY u.user_id, u.credit;

-- different
SELECT u.user_id, u.credit - coalesce((SELECT sum(amount) FROM Transactions t WHERE t.paid_by = u.user_id), 0) + coalesce((SELECT sum(amount) FROM Transactions t WHERE t.paid_to = u.user_id), 0) AS credit FROM Users u;
SELECT u.user_id, u.credit + coalesce(sum(CASE WHEN t.paid_by = u.user_id THEN -amount ELSE amount END), 0) FROM Users u LEFT JOIN Transactions t ON u.user_id IN (t.paid_by, t.paid_to) GROUP BY u.user_id, u.credit;

-- schema
CREATE TABLE Stadium (id int PRIMARY KEY, visit_date date UNIQUE, people int);

-- different
SELECT DISTINCT a.* FROM Stadium a, Stadium b, Stadium c WHERE a.people >= 100 AND b.people >= 100 AND c.people >= 100 AND ((a.id = b.id - 1 AND b.id = c.id - 1) OR (b.id = a.id - 1 AND a.id = c.id - 1) OR (b.id = c.id - 1 AND c.id = a.id - 1)) ORDER BY id;
SELECT DISTINCT a.* FROM Stadium a, Stadium b, Stadium c WHERE a.people >= 100 AND b.people >= 100 AND c.people > 100 AND ((a.id = b.id - 1 AND b.id = c.id - 1) OR (b.id = a.id - 1 AND a.id = c.id - 1) OR (b.id = c.id - 1 AND c.id = a.id - 1)) ORDER BY id;

-- different
SELECT DISTINCT a.* FROM Stadium a, Stadium b, Stadium c WHERE a.people >= 100 AND b.people >= 100 AND c.people >= 100 AND ((a.id = b.id - 1 AND b.id = c.id - 1) OR (b.id = a.id - 1 AND a.id = c.id - 1) OR (b.id = c.id - 1 AND c.id = a.id - 1)) ORDER BY id;
SELECT DISTINCT a.* FROM Stadium a, Stadium b, Stadium c WHERE a.people >= 100 AND b.people >= 100 AND c.people >= 100 AND ((a.id = b.id - 1 AND b.id = c.id - 1) OR (b.id = a.id - 1 AND a.id = c.id - 1) ) ORDER BY id;

-- schema
CREATE TABLE tasks (task_id int, day date, minutes int, kind text);
CREATE TABLE songs (song_id int, artist text, x int, y int);

-- different
SELECT task_id FROM tasks WHERE minutes / 60 < 5;
SELECT task_id FROM tasks WHERE minutes < 299;

-- different
SELECT song_id FROM songs WHERE x = y + 4;
SELECT song_id FROM songs WHERE x = y + 4 AND artist IS NOT NULL;

-- different
SELECT a.song_id FROM songs a WHERE a.x = a.y + 4 AND a.x > 100;
SELECT a.song_id FROM songs a WHERE a.x = a.y + 4 AND a.x > 101;

-- different
SELECT artist FROM songs WHERE artist IN ('A', 'B') GROUP BY artist HAVING count(*) = 2;
SELECT artist FROM songs GROUP BY artist HAVING count(*) = 2;

-- schema
CREATE TABLE o (id int, customer text, product text);

-- different
SELECT customer FROM o WHERE product IN ('A', 'B') AND customer NOT IN (SELECT customer FROM o WHERE product = 'C') GROUP BY customer HAVING count(*) >= 3;
SELECT customer FROM o WHERE product IN ('A', 'B') AND customer NOT IN (SELECT customer FROM o WHERE product = 'C') GROUP BY customer HAVING count(DISTINCT product) >= 2;

-- different
SELECT customer FROM o GROUP BY customer HAVING sum(CASE WHEN product = 'A' THEN 1 ELSE 0 END) > 1 AND sum(CASE WHEN product = 'B' THEN 1 ELSE 0 END) > 0 AND sum(CASE WHEN product = 'C' THEN 1 ELSE 0 END) = 0;
SELECT customer FROM o GROUP BY customer HAVING sum(CASE WHEN product = 'A' THEN 1 ELSE 0 END) > 2 AND sum(CASE WHEN product = 'B' THEN 1 ELSE 0 END) > 0 AND sum(CASE WHEN product = 'C' THEN 1 ELSE 0 END) = 0;

-- schema
CREATE TABLE t1 (a int, b int, c int, d int, e int);
CREATE TABLE t2 (a int, b int, c int, d int, f int);
CREATE TABLE t3 (a int, b int, c int, f int, g int);
CREATE TABLE t4 (b int, c int, g int, h int);

-- different
SELECT a FROM t1 NATURAL JOIN t2 NATURAL JOIN t3 NATURAL JOIN t4;
SELECT DISTINCT a FROM t1 NATURAL JOIN t2 NATURAL JOIN t3 NATURAL JOIN t4;

-- different
SELECT a FROM t1 NATURAL JOIN t2 NATURAL JOIN t3 NATURAL JOIN t4 WHERE h > 5 AND e < 3;
SELECT a FROM t1 NATURAL JOIN t2 NATURAL JOIN t3 NATURAL JOIN t4 WHERE h >= 5 AND e < 3;

-- different
SELECT a, count(DISTINCT b) FROM t1 GROUP BY a HAVING count(DISTINCT b) > 5;
SELECT a, count(DISTINCT b) FROM t1 GROUP BY a HAVING count(DISTINCT b) > 6;

-- different
SELECT round(avg(a), 2) FROM t1;
SELECT round(avg(a::numeric), 3) FROM t1;

-- different
SELECT a FROM t1 WHERE b > 10 AND c < 20 AND d = 7 AND e IN (1, 2);
SELECT a FROM t1 WHERE b > 10 AND c < 20 AND d = 7 AND e IN (1, 2, 3);

-- equal
SELECT a.a FROM t1 a, t1 b WHERE a.b = b.b;
SELECT b.a FROM t1 a JOIN t1 b ON a.b = b.b;

-- equal
SELECT CASE WHEN a > 5 THEN 'x' WHEN a <= 5 THEN 'y' END FROM t1 WHERE a IS NOT NULL;
SELECT CASE WHEN a > 5 THEN 'x' ELSE 'y' END FROM t1 WHERE a IS NOT NULL;

-- equal
SELECT coalesce(sum(a), 0) FROM t1;
SELECT CASE WHEN sum(a) IS NULL THEN 0 ELSE sum(a) END FROM t1;

-- equal
SELECT * FROM t1 WHERE a <> 5 OR a IS NULL;
SELECT * FROM t1 WHERE a IS DISTINCT FROM 5;

-- equal
SELECT b, sum(a) FROM t1 GROUP BY b ORDER BY sum(a) DESC, b LIMIT 3;
SELECT * FROM (SELECT b, sum(a) AS s FROM t1 GROUP BY b) t ORDER BY s DESC, b LIMIT 3;

-- equal
SELECT a FROM t1 WHERE b = 3 UNION SELECT a FROM t1 WHERE b = 4;
SELECT DISTINCT a FROM t1 WHERE b IN (3, 4);

-- equal
SELECT count(*) FROM t1 WHERE a > 3;
SELECT sum(CASE WHEN a > 3 THEN 1 ELSE 0 END) FROM t1 HAVING count(*) > 0 UNION ALL SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM t1);

-- equal
SELECT a FROM t1 GROUP BY a HAVING count(b) = count(*);
SELECT DISTINCT a FROM t1 x WHERE NOT EXISTS (SELECT 1 FROM t1 y WHERE y.a IS NOT DISTINCT FROM x.a AND y.b IS NULL);

-- equal
SELECT sum(CASE WHEN a = 1 THEN b ELSE 0 END) FROM t1;
SELECT sum(CASE a WHEN 1 THEN b ELSE 0 END) FROM t1;

-- equal
SELECT a, b FROM t1 GROUP BY a, b;
SELECT DISTINCT a, b FROM t1;

-- equal
SELECT x.a FROM (SELECT a, count(*) AS n FROM t1 GROUP BY a) x WHERE x.n = 1;
SELECT a FROM t1 GROUP BY a HAVING count(*) = 1;

-- equal
SELECT t.a, u.f FROM t1 t LEFT JOIN t2 u ON t.a = u.a WHERE u.f IS NOT NULL;
SELECT t.a, u.f FROM t1 t JOIN t2 u ON u.a = t.a AND u.f IS NOT NULL;

-- schema
CREATE TABLE Employee (id int PRIMARY KEY, name varchar(255), salary int, departmentId int);
CREATE TABLE Department (id int PRIMARY KEY, name varchar(255));
CREATE TABLE Bonus (empId int PRIMARY KEY, bonus int);
CREATE TABLE Customer (id int PRIMARY KEY, name varchar(255), referee_id int);
CREATE TABLE Visits (visit_id int PRIMARY KEY, customer_id int);
CREATE TABLE Transactions (transaction_id int PRIMARY KEY, visit_id int, amount int);
CREATE TABLE Views (article_id int, author_id int, viewer_id int, view_date date);
CREATE TABLE ActorDirector (actor_id int, director_id int, timestamp int PRIMARY KEY);
CREATE TABLE Queries (query_name varchar(30), result varchar(50), position int, rating int);
CREATE TABLE MyNumbers (num int);

-- equal
SELECT d.name AS Department, e.name AS Employee, e.salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE (e.departmentId, e.salary) IN (SELECT departmentId, max(salary) FROM Employee GROUP BY departmentId);
SELECT department, employee, salary FROM (SELECT d.name AS department, e.name AS employee, e.salary, max(e.salary) OVER (PARTITION BY e.departmentId) AS m FROM Employee e JOIN Department d ON e.departmentId = d.id) t WHERE salary = m;

-- equal
SELECT d.name AS Department, e.name AS Employee, e.salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE (e.departmentId, e.salary) IN (SELECT departmentId, max(salary) FROM Employee GROUP BY departmentId);
WITH m AS (SELECT departmentId, max(salary) AS top FROM Employee GROUP BY departmentId) SELECT d.name, e.name, e.salary FROM Employee e JOIN m ON m.departmentId = e.departmentId AND m.top = e.salary JOIN Department d ON d.id = e.departmentId;

-- equal
SELECT d.name AS Department, e.name AS Employee, e.salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE e.salary = (SELECT max(salary) FROM Employee x WHERE x.departmentId = d.id);
SELECT d.name, e.name, e.salary FROM Department d JOIN Employee e ON e.departmentId = d.id WHERE e.salary IS NOT NULL AND NOT EXISTS (SELECT 1 FROM Employee x WHERE x.departmentId = e.departmentId AND x.salary > e.salary);

-- equal
SELECT d.name AS Department, e.name AS Employee, e.salary FROM Employee e JOIN Department d ON e.departmentId = d.id WHERE e.salary = (SELECT max(salary) FROM Employee x WHERE x.departmentId = d.id);
SELECT dn, en, salary FROM (SELECT d.name AS dn, e.name AS en, e.salary, rank() OVER (PARTITION BY e.departmentId ORDER BY e.salary DESC NULLS LAST) AS r FROM Employee e JOIN Department d ON e.departmentId = d.id) t WHERE r = 1 AND salary IS NOT NULL;

-- equal
SELECT e.name, b.bonus FROM Employee e LEFT JOIN Bonus b ON b.empId = e.id WHERE b.bonus < 1000 OR b.bonus IS NULL;
SELECT name, bonus FROM Employee LEFT JOIN Bonus ON id = empId WHERE coalesce(bonus, 0) < 1000;

-- equal
SELECT e.name, b.bonus FROM Employee e LEFT JOIN Bonus b ON b.empId = e.id WHERE b.bonus < 1000 OR b.bonus IS NULL;
SELECT e.name, (SELECT bonus FROM Bonus b WHERE b.empId = e.id) FROM Employee e WHERE e.id NOT IN (SELECT empId FROM Bonus WHERE bonus >= 1000);

-- equal
SELECT name FROM Customer WHERE referee_id <> 2 OR referee_id IS NULL;
SELECT name FROM Customer WHERE coalesce(referee_id, 0) <> 2;

-- equal
SELECT name FROM Customer WHERE referee_id <> 2 OR referee_id IS NULL;
SELECT name FROM Customer WHERE id NOT IN (SELECT id FROM Customer WHERE referee_id = 2);

-- equal
SELECT name FROM Customer WHERE referee_id <> 2 OR referee_id IS NULL;
SELECT name FROM Customer WHERE CASE WHEN referee_id = 2 THEN 0 ELSE 1 END = 1;

-- equal
SELECT name FROM Customer WHERE referee_id IS DISTINCT FROM 2;
SELECT name FROM Customer c WHERE NOT EXISTS (SELECT 1 FROM Customer x WHERE x.id = c.id AND x.referee_id = 2);

-- equal
SELECT customer_id, count(*) AS n FROM Visits v LEFT JOIN Transactions t ON v.visit_id = t.visit_id WHERE t.transaction_id IS NULL GROUP BY customer_id;
SELECT customer_id, count(visit_id) FROM Visits WHERE visit_id NOT IN (SELECT visit_id FROM Transactions WHERE visit_id IS NOT NULL) GROUP BY customer_id;

-- equal
SELECT customer_id, count(*) AS n FROM Visits v LEFT JOIN Transactions t ON v.visit_id = t.visit_id WHERE t.transaction_id IS NULL GROUP BY customer_id;
SELECT customer_id, count(*) FROM Visits v WHERE NOT EXISTS (SELECT * FROM Transactions t WHERE t.visit_id = v.visit_id) GROUP BY customer_id;

-- equal
SELECT DISTINCT author_id AS id FROM Views WHERE author_id = viewer_id ORDER BY id;
SELECT author_id AS id FROM Views WHERE author_id = viewer_id GROUP BY author_id ORDER BY 1;

-- equal
SELECT DISTINCT author_id AS id FROM Views WHERE author_id = viewer_id ORDER BY id;
SELECT DISTINCT viewer_id FROM Views WHERE viewer_id = author_id ORDER BY viewer_id;

-- equal
SELECT actor_id, director_id FROM ActorDirector GROUP BY actor_id, director_id HAVING count(*) >= 3;
SELECT actor_id, director_id FROM (SELECT actor_id, director_id, count(*) AS n FROM ActorDirector GROUP BY actor_id, director_id) t WHERE n > 2;

-- equal
SELECT actor_id, director_id FROM ActorDirector GROUP BY actor_id, director_id HAVING count(timestamp) >= 3;
SELECT DISTINCT actor_id, director_id FROM (SELECT actor_id, director_id, count(*) OVER (PARTITION BY actor_id, director_id) AS n FROM ActorDirector) t WHERE n >= 3;

-- equal
SELECT query_name, round(avg(CASE WHEN rating < 3 THEN 1 ELSE 0 END) * 100, 2) AS poor FROM Queries GROUP BY query_name;
SELECT query_name, round(sum(CASE WHEN rating < 3 THEN 1 ELSE 0 END)::numeric / count(*) * 100, 2) FROM Queries GROUP BY query_name;

-- equal
SELECT max(num) AS num FROM (SELECT num FROM MyNumbers GROUP BY num HAVING count(*) = 1) t;
SELECT (SELECT num FROM MyNumbers GROUP BY num HAVING count(num) = 1 ORDER BY num DESC LIMIT 1) AS num;

-- equal
SELECT salary FROM Employee WHERE salary IS NOT NULL ORDER BY salary DESC LIMIT 1;
SELECT max(salary) FROM Employee HAVING max(salary) IS NOT NULL;

-- equal
SELECT (SELECT salary FROM Employee ORDER BY salary DESC NULLS LAST LIMIT 1);
SELECT max(salary) FROM Employee;

-- equal
SELECT name FROM Employee WHERE salary = (SELECT max(salary) FROM Employee);
SELECT name FROM Employee e WHERE salary IS NOT NULL AND NOT EXISTS (SELECT 1 FROM Employee x WHERE x.salary > e.salary);

-- equal
SELECT name FROM Employee WHERE salary = (SELECT max(salary) FROM Employee);
SELECT name FROM (SELECT name, salary, rank() OVER (ORDER BY salary DESC NULLS LAST) AS r FROM Employee WHERE salary IS NOT NULL) t WHERE r = 1;

-- equal
SELECT departmentId, count(*) FROM Employee GROUP BY departmentId HAVING count(*) = (SELECT max(c) FROM (SELECT count(*) AS c FROM Employee GROUP BY departmentId) t);
WITH n AS (SELECT departmentId, count(*) AS c FROM Employee GROUP BY departmentId) SELECT departmentId, c FROM n WHERE c = (SELECT max(c) FROM n);

-- equal
SELECT DISTINCT num FROM MyNumbers WHERE num IN (SELECT num FROM MyNumbers GROUP BY num HAVING count(*) > 1);
SELECT num FROM MyNumbers WHERE num IS NOT NULL GROUP BY num HAVING count(*) > 1;

-- equal
SELECT e.name FROM Employee e WHERE e.departmentId IN (SELECT id FROM Department WHERE name = 'IT');
SELECT e.name FROM Employee e INNER JOIN Department d ON d.id = e.departmentId AND d.name = 'IT';

-- different
SELECT e.name FROM Employee e WHERE e.departmentId NOT IN (SELECT id FROM Department);
SELECT e.name FROM Employee e LEFT JOIN Department d ON d.id = e.departmentId WHERE d.id IS NULL AND e.departmentId IS NOT NULL;

-- equal
SELECT d.name, count(e.id) FROM Department d LEFT JOIN Employee e ON e.departmentId = d.id GROUP BY d.id, d.name ORDER BY 2 DESC, 1;
SELECT d.name, (SELECT count(*) FROM Employee e WHERE e.departmentId = d.id) AS n FROM Department d ORDER BY n DESC, d.name;

-- equal
SELECT a.name FROM Employee a WHERE 1 = (SELECT count(DISTINCT b.salary) FROM Employee b WHERE b.salary >= a.salary);
SELECT name FROM Employee WHERE salary = (SELECT max(salary) FROM Employee);

-- equal
SELECT a.name FROM Employee a WHERE 0 = (SELECT count(DISTINCT b.salary) FROM Employee b WHERE b.salary > a.salary);
SELECT a.name FROM Employee a WHERE NOT EXISTS (SELECT 1 FROM Employee b WHERE b.salary > a.salary);
