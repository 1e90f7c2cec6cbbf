-- The second wall between tenants: task-api's statements see the rows of the tenant that their transaction names in
-- `triageloop.tenant` (`=name`), and all of them if it says `*`. docs/identity.md
-- Whoever says nothing sees all, too: replicas of the version before go on. A later migration may take that back.

-- To be called for each new table with a column `tenant`. A test finds one without a policy, here and below.
CREATE FUNCTION task.limit_to_tenant(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE task.%I ENABLE ROW LEVEL SECURITY', name);
    -- As subqueries they are asked for once in a statement, not for each row.
    EXECUTE format(
        'CREATE POLICY tenant_wall ON task.%I
            USING ((SELECT coalesce(current_setting(''triageloop.tenant'', true), '''')) IN ('''', ''*'')
                OR tenant = (SELECT substr(current_setting(''triageloop.tenant'', true), 2)))', name);
END $$;

-- To be called for each table below such a one, which has no tenant of its own: its rows are seen with the row above.
CREATE FUNCTION task.limit_to_parent(name text, parent text, parent_key text, key text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE task.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format(
        'CREATE POLICY tenant_wall ON task.%1$I
            USING ((SELECT coalesce(current_setting(''triageloop.tenant'', true), '''')) IN ('''', ''*'')
                OR EXISTS (SELECT FROM task.%2$I AS above WHERE above.%3$I = %1$I.%4$I))',
        name, parent, parent_key, key);
END $$;

SELECT task.limit_to_tenant(name) FROM unnest(
    ARRAY['tasks', 'timeline', 'idempotency', 'replays', 'api_keys', 'intake_sources', 'intake_events', 'webhooks',
        'judgements', 'erasures']) AS name;
SELECT task.limit_to_parent(name, parent, parent_key, key) FROM (VALUES
    ('replay_chunks', 'replays', 'id', 'replay_id'),
    ('replay_differences', 'replays', 'id', 'replay_id'),
    ('intake_issues', 'intake_sources', 'id', 'source_id'),
    ('intake_deliveries', 'intake_sources', 'id', 'source_id'),
    ('webhook_deliveries', 'webhooks', 'id', 'webhook_id'),
    ('erasure_parts', 'erasures', 'task_id', 'task_id'),
    ('api_key_secrets', 'api_keys', 'id', 'key_id')) AS below (name, parent, parent_key, key);
