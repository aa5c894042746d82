-- A support desk with several tenants. Comments say where the schema is not as it should be.

CREATE TABLE tenants (
    id   int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE agents (
    id        int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id int NOT NULL REFERENCES tenants,
    login     varchar(40) NOT NULL UNIQUE,
    lead_id   int REFERENCES agents,
    active    boolean NOT NULL DEFAULT true
);
CREATE INDEX agents_tenant_id ON agents (tenant_id);
CREATE INDEX agents_lead_id ON agents (lead_id);

CREATE TABLE tickets (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id  int NOT NULL REFERENCES tenants,
    agent_id   int REFERENCES agents,
    status     varchar(10) NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'waiting', 'closed')),
    subject    text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    closed_at  timestamptz
);
CREATE INDEX tickets_tenant_id ON tickets (tenant_id);
CREATE INDEX tickets_agent_id ON tickets (agent_id) WHERE agent_id IS NOT NULL;
-- Three values: only the rare ones are worth an index.
CREATE INDEX tickets_status ON tickets (status);

CREATE TABLE messages (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket_id bigint NOT NULL REFERENCES tickets ON DELETE CASCADE,
    author    text NOT NULL,
    body      text NOT NULL,
    sent_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX messages_ticket_id_sent_at ON messages (ticket_id, sent_at);

-- One current assignment for each ticket.
CREATE TABLE assignments (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket_id bigint NOT NULL REFERENCES tickets,
    agent_id  int NOT NULL REFERENCES agents,
    ended_at  timestamptz
);
CREATE UNIQUE INDEX assignments_current ON assignments (ticket_id) WHERE ended_at IS NULL;
CREATE INDEX assignments_ticket_id ON assignments (ticket_id);
CREATE INDEX assignments_agent_id ON assignments (agent_id);
