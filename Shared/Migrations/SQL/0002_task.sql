-- What task-api owns: the tasks, their stories, and projections of what the other services say.
CREATE TABLE task.tasks (
    id uuid PRIMARY KEY,
    tenant text NOT NULL,
    project text NOT NULL,
    author text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    labels jsonb NOT NULL DEFAULT '[]',
    revision integer NOT NULL DEFAULT 1,
    -- 'analysing', 'analysed' or 'failed', of the current revision
    status text NOT NULL DEFAULT 'analysing',
    -- what people have set: {"category": {"value": …, "source": …, "user": …, "at": …}, …}
    fields jsonb NOT NULL DEFAULT '{}',
    -- the analysis of the current revision
    analysis jsonb,
    correlation_id text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
) WITH (fillfactor = 70); -- room for the analysis on the same page: no index entry is written again
CREATE INDEX tasks_by_tenant ON task.tasks (tenant, id);

-- The story of each task; the key also makes the projection's effects once-only.
CREATE TABLE task.timeline (
    task_id uuid NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    time timestamptz NOT NULL,
    revision integer NOT NULL,
    correlation_id text NOT NULL,
    causation_id text,
    summary jsonb NOT NULL,
    PRIMARY KEY (task_id, event_id)
);

CREATE TABLE task.outbox (
    event_id uuid PRIMARY KEY,
    type text NOT NULL,
    correlation_id text NOT NULL,
    traceparent text,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000000);

CREATE TABLE task.models (
    version text PRIMARY KEY,
    parent text,
    metrics jsonb NOT NULL,
    registered_at timestamptz NOT NULL
);

CREATE TABLE task.rollouts (
    generation bigint PRIMARY KEY,
    champion text NOT NULL,
    previous text,
    reason text NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE task.trainings (
    id uuid PRIMARY KEY,
    state text NOT NULL,
    reason text NOT NULL,
    examples integer NOT NULL,
    candidate_version text,
    champion_version text,
    metrics jsonb NOT NULL,
    changed_at timestamptz NOT NULL
);
