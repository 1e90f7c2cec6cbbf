-- A challenger's way to all users, or back. docs/rollout.md
CREATE TABLE registry.rollouts (
    id uuid PRIMARY KEY,
    training_id uuid,
    challenger text NOT NULL REFERENCES registry.models (version),
    -- what it is compared with
    champion text NOT NULL REFERENCES registry.models (version),
    -- 'shadow', 'canary', 'promoted' or 'rolled_back'
    status text NOT NULL,
    is_paused boolean NOT NULL DEFAULT false,
    -- how its plan was chosen
    plan text NOT NULL,
    -- the state machine: plan, counts and evidence
    state jsonb NOT NULL,
    -- of the last change
    reason text NOT NULL,
    generation bigint NOT NULL,
    -- champion and challenger on the same tasks in shadow: {"compared": …, "category": …, "priority": …}
    agreement jsonb NOT NULL DEFAULT '{"compared": 0, "category": 0, "priority": 0}',
    created_at timestamptz NOT NULL,
    -- since when answers of the two are compared
    canary_at timestamptz,
    changed_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX one_rollout_at_a_time ON registry.rollouts ((true)) WHERE status IN ('shadow', 'canary');

-- What each person said during a rollout: several answers of one say less than as many of different ones.
CREATE TABLE registry.rollout_users (
    rollout_id uuid NOT NULL REFERENCES registry.rollouts,
    tenant text NOT NULL,
    user_id text NOT NULL,
    answers bigint NOT NULL,
    score double precision NOT NULL,
    PRIMARY KEY (rollout_id, tenant, user_id)
);

-- Who else answers: in the mode 'shadow' unseen, in 'canary' the users of so many hundredths of a percent.
ALTER TABLE registry.serving
    ADD COLUMN rollout_id uuid REFERENCES registry.rollouts,
    ADD COLUMN challenger text REFERENCES registry.models (version),
    ADD COLUMN mode text,
    ADD COLUMN share integer,
    ADD COLUMN experiment text,
    ADD CONSTRAINT whole_challenger CHECK (num_nulls(rollout_id, challenger, mode, share, experiment) IN (0, 5));

-- Who asked, and why, for a candidate to be rolled out though the gate finds it worse.
ALTER TABLE training.trainings ADD COLUMN past_gate text;
DROP INDEX training.one_training_at_a_time;
CREATE UNIQUE INDEX one_training_at_a_time ON training.trainings ((true))
    WHERE state NOT IN ('champion', 'rejected', 'rolled_back', 'failed');

-- The rollout that a change belongs to, and where it stood then.
ALTER TABLE task.rollouts ADD COLUMN rollout_id uuid, ADD COLUMN standing jsonb;
CREATE INDEX rollouts_by_id ON task.rollouts (rollout_id, generation) WHERE rollout_id IS NOT NULL;
