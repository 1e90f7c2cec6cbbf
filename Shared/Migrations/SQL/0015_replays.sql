-- Replays: what would change if another version served. docs/replay.md
CREATE TABLE task.replays (
    id uuid PRIMARY KEY,
    tenant text NOT NULL,
    candidate text NOT NULL,
    -- of the tasks' creation
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    project text,
    task_limit integer NOT NULL,
    -- 'running', 'done' or 'failed'
    state text NOT NULL,
    reason text,
    -- the last task that was sent; the next chunk comes before it
    next_before uuid NOT NULL,
    -- whether every task was sent
    is_listed boolean NOT NULL DEFAULT false,
    tasks_sent integer NOT NULL DEFAULT 0,
    tasks_answered integer NOT NULL DEFAULT 0,
    chunks_sent integer NOT NULL DEFAULT 0,
    chunks_answered integer NOT NULL DEFAULT 0,
    -- counts by field
    fields jsonb NOT NULL,
    requested_by text NOT NULL,
    correlation_id text NOT NULL,
    traceparent text,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX replays_by_tenant ON task.replays (tenant, created_at);
-- One at a time for each tenant.
CREATE UNIQUE INDEX one_replay_at_a_time ON task.replays (tenant) WHERE state = 'running';

-- Chunks that are under way. Without items: answered, so that an answer that comes twice changes nothing.
CREATE TABLE task.replay_chunks (
    replay_id uuid NOT NULL REFERENCES task.replays ON DELETE CASCADE,
    number integer NOT NULL,
    -- what was shown and what people said, as it was when the chunk was sent
    items jsonb,
    PRIMARY KEY (replay_id, number)
);

CREATE TABLE task.replay_differences (
    replay_id uuid NOT NULL REFERENCES task.replays ON DELETE CASCADE,
    task_id uuid NOT NULL,
    field text NOT NULL,
    shown jsonb NOT NULL,
    candidate jsonb,
    truth jsonb,
    outcome text NOT NULL,
    PRIMARY KEY (replay_id, task_id, field)
);
