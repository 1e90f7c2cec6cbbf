-- One role per service, with rights on its own schema only. `triagectl migrate` gives them passwords.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['triageloop_task', 'triageloop_analysis', 'triageloop_training'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I LOGIN', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- Roles belong to the whole cluster: another database may have made it.
        END;
    END LOOP;
END $$;

CREATE SCHEMA task;
CREATE SCHEMA analysis;
CREATE SCHEMA training;
CREATE SCHEMA registry;

GRANT USAGE ON SCHEMA task TO triageloop_task;
GRANT USAGE ON SCHEMA analysis TO triageloop_analysis;
GRANT USAGE ON SCHEMA training, registry TO triageloop_training;
GRANT USAGE ON SCHEMA registry TO triageloop_analysis;

ALTER DEFAULT PRIVILEGES IN SCHEMA task GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO triageloop_task;
ALTER DEFAULT PRIVILEGES IN SCHEMA analysis GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO triageloop_analysis;
ALTER DEFAULT PRIVILEGES IN SCHEMA training, registry
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO triageloop_training;
ALTER DEFAULT PRIVILEGES IN SCHEMA registry GRANT SELECT ON TABLES TO triageloop_analysis;
