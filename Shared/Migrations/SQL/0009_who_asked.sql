-- The author's tier and experiment group as given with the task: routes go by them. Null for none, and for tasks of before.
ALTER TABLE task.tasks ADD COLUMN tier text, ADD COLUMN experiment_group text;
