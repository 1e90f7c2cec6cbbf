-- Tasks that were erased: nothing of their text, only that there was one, so that it can't come back. docs/erasing.md
CREATE TABLE task.erasures (
    task_id uuid PRIMARY KEY,
    tenant text NOT NULL,
    erased_by text NOT NULL,
    erased_at timestamptz NOT NULL,
    correlation_id text NOT NULL,
    -- when it was looked once more for what was under way at the time
    settled_at timestamptz
);
CREATE INDEX erasures_unsettled ON task.erasures (erased_at) WHERE settled_at IS NULL;

-- What each service has removed; without `done_at` there is more to come.
CREATE TABLE task.erasure_parts (
    task_id uuid NOT NULL REFERENCES task.erasures,
    service text NOT NULL,
    -- [{"what": …, "count": …}, …]
    removed jsonb NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (task_id, service)
);

CREATE TABLE analysis.erasures (
    task_id uuid PRIMARY KEY,
    tenant text NOT NULL,
    erased_at timestamptz NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz
);
CREATE INDEX erasures_by_time ON analysis.erasures (written_at);
CREATE INDEX erasures_unsettled ON analysis.erasures (written_at) WHERE settled_at IS NULL;

CREATE TABLE training.erasures (
    task_id uuid PRIMARY KEY,
    tenant text NOT NULL,
    erased_at timestamptz NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX erasures_by_time ON training.erasures (written_at);
CREATE INDEX feedback_by_task ON training.feedback (task_id);

-- A document without those of the similar tasks at a path of it that are gone; as it is where there is no such list.
CREATE FUNCTION task.without_similar(document jsonb, at text[], gone text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof(document #> at) = 'array' THEN jsonb_set(document, at, (
        SELECT coalesce(jsonb_agg(item ORDER BY place), '[]')
        FROM jsonb_array_elements(document #> at) WITH ORDINALITY AS each (item, place)
        WHERE (item->>'task_id' = ANY (gone)) IS NOT TRUE
    )) ELSE document END
$$;
-- Which of the tasks that are gone are named there; NULL for none.
CREATE FUNCTION task.similar_gone(document jsonb, at text[], gone text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof(document #> at) = 'array' THEN (
        SELECT array_agg(DISTINCT item->>'task_id') FROM jsonb_array_elements(document #> at) AS item
        WHERE item->>'task_id' = ANY (gone)
    ) END
$$;
CREATE FUNCTION analysis.without_similar(document jsonb, at text[], gone text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof(document #> at) = 'array' THEN jsonb_set(document, at, (
        SELECT coalesce(jsonb_agg(item ORDER BY place), '[]')
        FROM jsonb_array_elements(document #> at) WITH ORDINALITY AS each (item, place)
        WHERE (item->>'task_id' = ANY (gone)) IS NOT TRUE
    )) ELSE document END
$$;
CREATE FUNCTION analysis.similar_gone(document jsonb, at text[], gone text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof(document #> at) = 'array' THEN (
        SELECT array_agg(DISTINCT item->>'task_id') FROM jsonb_array_elements(document #> at) AS item
        WHERE item->>'task_id' = ANY (gone)
    ) END
$$;
