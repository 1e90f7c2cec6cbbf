-- Of each task the first word counts in a rollout: whoever repeats it says nothing new.
CREATE TABLE registry.rollout_tasks (
    rollout_id uuid NOT NULL REFERENCES registry.rollouts,
    task_id uuid NOT NULL,
    PRIMARY KEY (rollout_id, task_id)
);

-- Who wanted a training: 'policy', 'person', or 'refused' for a person's request that couldn't be followed.
ALTER TABLE training.trainings ADD COLUMN origin text NOT NULL DEFAULT 'policy';
UPDATE training.trainings SET origin = 'person' WHERE reason LIKE 'asked for by %';
