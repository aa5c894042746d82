SELECT id, state FROM jobs WHERE tags @> ARRAY['export', 'large'];
