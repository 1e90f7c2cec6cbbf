-- The categories of teams, where they have changed them. docs/labels.md, docs/adr/0040
CREATE TABLE task.label_sets (
    tenant text PRIMARY KEY,
    version bigint NOT NULL,
    -- [{"value": …, "description": …, "state": …, "into": …}, …]
    labels jsonb NOT NULL,
    -- {"now": {name of before: name of today}, "retired": […]}; null where there is none of either
    names jsonb,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL
);
-- What was done to them, for good.
CREATE TABLE task.label_changes (
    tenant text NOT NULL,
    -- of the set that it made
    version bigint NOT NULL,
    change jsonb NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    correlation_id text NOT NULL,
    PRIMARY KEY (tenant, version)
);

SELECT task.limit_to_tenant(name) FROM unnest(ARRAY['label_sets', 'label_changes']) AS name;

-- The names under which a label may stand in rows: itself by its name of today, and its names of before.
CREATE FUNCTION task.label_names(tenant text, name text) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT array_append(coalesce((
                SELECT array_agg(key) FROM jsonb_each_text(names->'now') WHERE value = coalesce(names->'now'->>$2, $2)
            ), '{}'), coalesce(names->'now'->>$2, $2))
        FROM task.label_sets WHERE label_sets.tenant = $1), ARRAY[$2])
$$;

-- The latest set of each team, so that ai-analyzer has it after a restart.
CREATE TABLE analysis.label_sets (
    tenant text PRIMARY KEY,
    version bigint NOT NULL,
    labels jsonb NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX label_sets_by_time ON analysis.label_sets (written_at);

-- Every set that trainings may go by: the latest that was counted holds for a training and for those before the next.
CREATE TABLE training.label_sets (
    tenant text NOT NULL,
    version bigint NOT NULL,
    labels jsonb NOT NULL,
    change jsonb NOT NULL,
    -- whether what is known trains otherwise by it
    is_training_needed boolean NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- the first training that went by it
    counted_in uuid,
    PRIMARY KEY (tenant, version)
);
CREATE INDEX label_sets_uncounted ON training.label_sets (written_at) WHERE counted_in IS NULL;
