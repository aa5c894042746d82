-- redundant-outer-join: nothing of the customer is shown, and there is one at most.
SELECT o.id, o.total FROM orders o LEFT JOIN customers c ON c.id = o.customer_id;

-- outer-join-is-inner: the condition on the country drops the rows that LEFT keeps.
SELECT o.id, c.name FROM orders o LEFT JOIN customers c ON c.id = o.customer_id WHERE c.country = 'FI';

-- outer-join-never-unmatched: each order has a customer.
SELECT o.id, c.name FROM orders o LEFT JOIN customers c ON c.id = o.customer_id;

-- redundant-inner-join: each order has exactly one customer, of whom nothing is shown.
SELECT o.id, o.total FROM orders o JOIN customers c ON c.id = o.customer_id;

-- duplicate-join: the same row twice.
SELECT a.name, b.country FROM customers a JOIN customers b ON b.id = a.id;

-- join-fan-out: a copy of the order for each item, merged again.
SELECT DISTINCT o.id, o.total FROM orders o JOIN items i ON i.order_id = o.id WHERE i.product = 'tea';

-- cartesian-join: nothing connects the two.
SELECT o.id, c.name FROM orders o, customers c WHERE o.total > 100;

-- not-in-nullable: one item without product, and there is no result.
SELECT name FROM customers WHERE name NOT IN (SELECT product FROM items);
