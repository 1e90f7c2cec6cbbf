-- Of the snapshot that a version was trained on, as JSON; NULL for the one that is shipped.
ALTER TABLE registry.models ADD COLUMN manifest bytea;

-- What of the registry an MLflow server shows. The target is the server and the name of the model there.
CREATE TABLE registry.mlflow_versions (
    target text NOT NULL,
    version text NOT NULL REFERENCES registry.models (version),
    -- MLflow's own names of it, once it is shown
    run_id text,
    number text,
    shown_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    -- not before then: somebody is at it, or it failed
    due_at timestamptz NOT NULL DEFAULT now(),
    error text,
    PRIMARY KEY (target, version)
);
