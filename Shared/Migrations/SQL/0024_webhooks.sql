-- Events on their way to other systems. docs/webhooks.md, docs/adr/0035
CREATE TABLE task.webhooks (
    id uuid PRIMARY KEY,
    tenant text NOT NULL,
    url text NOT NULL,
    description text,
    -- of the events that it wants
    types text[] NOT NULL,
    -- sealed with SECRETS_KEY
    secret bytea NOT NULL,
    -- the one before, which signs too until then
    previous_secret bytea,
    previous_until timestamptz,
    is_enabled boolean NOT NULL DEFAULT true,
    -- why it is disabled
    reason text,
    -- since when nothing has arrived
    failing_since timestamptz,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX webhooks_by_tenant ON task.webhooks (tenant);

-- One event for one of them. What was sent is kept for WEBHOOK_KEPT, so that it can be sent again.
CREATE TABLE task.webhook_deliveries (
    webhook_id uuid NOT NULL REFERENCES task.webhooks ON DELETE CASCADE,
    -- the event's id: the same in each attempt
    event_id uuid NOT NULL,
    type text NOT NULL,
    -- whose text the body may hold
    task_id uuid,
    body bytea NOT NULL,
    -- 'pending', 'delivered' or 'failed'
    state text NOT NULL DEFAULT 'pending',
    attempts integer NOT NULL DEFAULT 0,
    -- not before then; while somebody sends it: when that one is held to be dead
    due_at timestamptz NOT NULL,
    -- who sends it
    lease uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- of the last attempt
    tried_at timestamptz,
    duration_ms integer,
    status integer,
    error text,
    excerpt text,
    PRIMARY KEY (webhook_id, event_id)
);
CREATE INDEX webhook_deliveries_due ON task.webhook_deliveries (webhook_id, due_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_by_time ON task.webhook_deliveries (created_at);
CREATE INDEX webhook_deliveries_by_task ON task.webhook_deliveries (task_id) WHERE task_id IS NOT NULL;
