-- Issues of other systems as tasks. docs/intake.md, docs/adr/0031
--
-- The same thing in another system: {"system": …, "id": …, "url": …}.
ALTER TABLE task.tasks ADD COLUMN reference jsonb;

CREATE TABLE task.intake_sources (
    id uuid PRIMARY KEY,
    tenant text NOT NULL,
    -- 'github' or 'gitlab'
    kind text NOT NULL,
    name text NOT NULL,
    -- of its tasks; null: the repository's name
    project text,
    -- what labels say: [{"label": …, "field": …, "value": …}]
    labels jsonb NOT NULL,
    -- sealed with SECRETS_KEY
    secret bytea NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    last_delivery_at timestamptz,
    UNIQUE (tenant, name)
);

-- Which task an issue is.
CREATE TABLE task.intake_issues (
    source_id uuid NOT NULL REFERENCES task.intake_sources ON DELETE CASCADE,
    -- the issue's id in its own system
    issue_id text NOT NULL,
    task_id uuid NOT NULL,
    -- the issue's own time of the state that was taken last: what is older comes late
    changed_at timestamptz NOT NULL,
    -- SHA-256 of the text that was taken last: what people edit here since isn't undone by a state that repeats it
    text_hash bytea NOT NULL,
    PRIMARY KEY (source_id, issue_id)
);

-- What came and what became of it; kept for INTAKE_KEPT. A delivery that comes again finds itself here.
CREATE TABLE task.intake_deliveries (
    source_id uuid NOT NULL REFERENCES task.intake_sources ON DELETE CASCADE,
    delivery_id text NOT NULL,
    event text NOT NULL,
    -- Null only within the transaction that claims the delivery.
    outcome text,
    reason text,
    task_id uuid,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_id, delivery_id)
);
CREATE INDEX intake_deliveries_by_time ON task.intake_deliveries (received_at);
