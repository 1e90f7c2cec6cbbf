-- The first word on each field of a task that had a suggestion, while suggestions are held back from some. docs/holdback.md
CREATE TABLE task.judgements (
    task_id uuid NOT NULL,
    field text NOT NULL,
    tenant text NOT NULL,
    user_id text NOT NULL,
    -- 'shown' or 'blind': whether this user sees suggestions
    side text NOT NULL,
    model_version text NOT NULL,
    -- with the suggestion
    agrees boolean NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (task_id, field)
);
CREATE INDEX judgements_by_tenant ON task.judgements (tenant, at);
