-- name: Inbox :many
-- No index holds tenant, status and time together.
SELECT t.id, t.subject, t.created_at
FROM tickets t
WHERE t.tenant_id = $1 AND t.status = 'open'
ORDER BY t.created_at DESC
LIMIT 20;

-- name: InboxWithAgent :many
-- The current assignment adds nothing that is shown.
SELECT t.id, t.subject
FROM tickets t
LEFT JOIN assignments s ON s.ticket_id = t.id AND s.ended_at IS NULL
WHERE t.tenant_id = $1;

-- name: AgentsOfTickets :many
-- The predicate on the agent drops the tickets that LEFT keeps.
SELECT t.id, a.login
FROM tickets t
LEFT JOIN agents a ON a.id = t.agent_id
WHERE a.active;

-- name: AnsweredTickets :many
-- One copy for each message, merged by DISTINCT.
SELECT DISTINCT t.id, t.subject
FROM tickets t
JOIN messages m ON m.ticket_id = t.id
WHERE m.author = 'support';

-- name: IdleAgents :many
-- One ticket without agent, and nobody is idle.
SELECT a.login FROM agents a WHERE a.id NOT IN (SELECT agent_id FROM tickets);

-- name: TicketNumbers :many
-- The tenant is joined and not used.
SELECT t.id FROM tickets t JOIN tenants n ON n.id = t.tenant_id;
