-- Answers to requests with an Idempotency-Key, to be given again. docs/api.md
CREATE TABLE task.idempotency (
    tenant text NOT NULL,
    user_id text NOT NULL,
    -- the route's name
    operation text NOT NULL,
    key text NOT NULL,
    -- SHA-256 of the request
    fingerprint bytea NOT NULL,
    -- Null only within the transaction that claims the key.
    status integer,
    headers jsonb,
    body bytea,
    -- the task whose text the answer holds
    task_id uuid,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, user_id, operation, key)
);
CREATE INDEX idempotency_by_expiry ON task.idempotency (expires_at);
