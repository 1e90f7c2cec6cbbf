-- The feature store of ai-analyzer. docs/features.md, docs/adr/0025
--
-- Whom a history belongs to; `version` is the number of its last event. Locked while events are added, so that numbers
-- are in the order of commits and without gaps.
CREATE TABLE analysis.feature_entities (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- 1 user, 2 project
    entity smallint NOT NULL,
    tenant text NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL,
    -- of the last event; never steps back
    written_at timestamptz NOT NULL,
    UNIQUE (entity, tenant, name)
) WITH (fillfactor = 50); -- raised with each batch: room for it on the same page

-- What happened to each, append-only; no text of any task.
CREATE TABLE analysis.feature_history (
    entity_id bigint NOT NULL,
    version bigint NOT NULL,
    -- 1 a task was created, 2 edited, 3 fields were judged
    kind smallint NOT NULL,
    task_id uuid NOT NULL,
    task_created_at timestamptz NOT NULL,
    -- when it happened, and when it was known here
    event_time timestamptz NOT NULL,
    written_at timestamptz NOT NULL,
    -- what a person said
    category text,
    priority text,
    -- hundredths of a point
    effort integer,
    -- judged fields that replaced a suggestion
    corrected smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (entity_id, version)
);

-- Judgements that are in the history, against redelivery; forgotten after a week.
CREATE TABLE analysis.feature_inbox (
    event_id uuid PRIMARY KEY,
    written_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX feature_inbox_by_time ON analysis.feature_inbox (written_at);

-- What a history came to at one version: a cache, so that nobody need fold it from its beginning. It may be emptied.
CREATE TABLE analysis.feature_states (
    entity_id bigint NOT NULL,
    fold smallint NOT NULL,
    version bigint NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (entity_id, fold)
);

-- The lists of features that were served: what the numbers of a prediction mean.
CREATE TABLE analysis.feature_sets (
    fingerprint bigint PRIMARY KEY,
    -- entity:name@version, in the order of the values
    features text[] NOT NULL,
    first_served_at timestamptz NOT NULL DEFAULT now()
);

-- What each prediction was served, and how much of its user's and its project's history that was.
ALTER TABLE analysis.analyses
    ADD COLUMN author text,
    ADD COLUMN feature_set bigint,
    ADD COLUMN features integer[],
    ADD COLUMN features_at timestamptz,
    ADD COLUMN user_version bigint,
    ADD COLUMN project_version bigint;
