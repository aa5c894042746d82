-- Background jobs of several tenants, with an index for each question that is asked.

CREATE TABLE tenants (
    id   int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug text NOT NULL UNIQUE
);

CREATE TABLE users (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id  int NOT NULL REFERENCES tenants,
    email      text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);
-- Addresses are compared without regard to case.
CREATE UNIQUE INDEX users_tenant_id_email ON users (tenant_id, lower(email));
CREATE INDEX users_active ON users (tenant_id, created_at, id) WHERE deleted_at IS NULL;

CREATE TABLE jobs (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id   int NOT NULL REFERENCES tenants,
    requested_by bigint NOT NULL REFERENCES users,
    state       text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed')),
    run_at      timestamptz NOT NULL DEFAULT now(),
    attempts    int NOT NULL DEFAULT 0,
    tags        text[] NOT NULL DEFAULT '{}',
    payload     jsonb NOT NULL
);
-- The queue is a small part of the table.
CREATE INDEX jobs_queued ON jobs (run_at, id) WHERE state = 'queued';
CREATE INDEX jobs_tenant_id ON jobs (tenant_id, id);
CREATE INDEX jobs_requested_by ON jobs (requested_by);
CREATE INDEX jobs_tags ON jobs USING gin (tags);
CREATE INDEX jobs_payload ON jobs USING gin (payload jsonb_path_ops);

CREATE TABLE job_events (
    job_id   bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
    happened_at timestamptz NOT NULL,
    line     int NOT NULL,
    message  text NOT NULL,
    PRIMARY KEY (job_id, line)
);
-- Appended in the order of time: a few pages of summaries are enough for the reports.
CREATE INDEX job_events_happened_at ON job_events USING brin (happened_at);
