SELECT id, state FROM jobs WHERE payload @> '{"order": 4711}';
