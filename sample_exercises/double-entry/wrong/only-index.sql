CREATE INDEX ON invoices (customer_id) INCLUDE (amount);
CREATE INDEX ON payments (customer_id) INCLUDE (amount);
