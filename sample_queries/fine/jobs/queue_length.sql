SELECT count(*) FROM jobs WHERE state = 'queued';
