-- Which trainings that made no version an MLflow server shows; the target is the server and the name of the model there.
CREATE TABLE registry.mlflow_trainings (
    target text NOT NULL,
    training_id uuid NOT NULL REFERENCES training.trainings (id),
    -- MLflow's own name of it, once it is shown
    run_id text,
    shown_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    -- not before then: somebody is at it, or it failed
    due_at timestamptz NOT NULL DEFAULT now(),
    error text,
    PRIMARY KEY (target, training_id)
);
GRANT SELECT, INSERT, UPDATE ON registry.mlflow_trainings TO triageloop_training;
