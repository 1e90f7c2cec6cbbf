-- What retraining-trigger owns: the data set, the trainings, and the registry that ai-analyzer may read.
CREATE TABLE training.feedback (
    event_id uuid PRIMARY KEY,
    feedback_id uuid NOT NULL UNIQUE,
    task_id uuid NOT NULL,
    tenant text NOT NULL,
    project text NOT NULL,
    author text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    revision integer NOT NULL,
    judged_by text NOT NULL,
    -- [{"field": …, "value": …, "provenance": …, "suggested": …, "confidence": …}, …]
    fields jsonb NOT NULL,
    model_version text,
    correlation_id text NOT NULL,
    -- when it happened, and when it was known here
    event_time timestamptz NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    -- the training that counted it
    counted_in uuid
);
CREATE INDEX feedback_not_counted ON training.feedback (event_id) WHERE counted_in IS NULL;

CREATE TABLE training.trainings (
    id uuid PRIMARY KEY,
    state text NOT NULL,
    reason text NOT NULL,
    examples integer NOT NULL DEFAULT 0,
    snapshot_sha256 text,
    candidate_version text,
    candidate_sha256 text,
    -- whom the candidate is compared with
    champion_version text,
    metrics jsonb NOT NULL DEFAULT '{}',
    correlation_id text NOT NULL,
    -- the last event of its story, which causes the next one
    caused_by text,
    traceparent text,
    -- how often a step failed or its owner was lost
    attempts integer NOT NULL DEFAULT 0,
    -- who works on it, until when; the fence rises with each owner, and a stale one's writes do nothing
    lease_owner text,
    lease_until timestamptz,
    fence bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now()
);
-- Single flight across replicas.
CREATE UNIQUE INDEX one_training_at_a_time ON training.trainings ((true))
    WHERE state NOT IN ('champion', 'rejected', 'failed');

CREATE TABLE training.outbox (LIKE task.outbox INCLUDING ALL)
    WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
          autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000000);

CREATE TABLE training.inbox (
    event_id uuid PRIMARY KEY,
    written_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE registry.models (
    version text PRIMARY KEY,
    parent text,
    -- 'candidate', 'champion', 'retired' or 'rejected'
    state text NOT NULL,
    sha256 text NOT NULL,
    artifact bytea NOT NULL,
    metrics jsonb NOT NULL,
    training_id uuid,
    registered_at timestamptz NOT NULL DEFAULT now()
);

-- One row: what serves. `previous` is the backup that a rollback returns to.
CREATE TABLE registry.serving (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    champion text NOT NULL REFERENCES registry.models (version),
    previous text REFERENCES registry.models (version),
    reason text NOT NULL,
    generation bigint NOT NULL,
    changed_at timestamptz NOT NULL
);
