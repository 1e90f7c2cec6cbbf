-- The order in which users came to a balanced experiment (docs/adr/0018). A number, once given, stays: it is which side
-- its user is on.
CREATE TABLE analysis.route_counters (
    experiment text PRIMARY KEY,
    next bigint NOT NULL CHECK (next >= 0)
);
CREATE TABLE analysis.route_numbers (
    experiment text NOT NULL REFERENCES analysis.route_counters,
    tenant text NOT NULL,
    user_id text NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (experiment, tenant, user_id),
    UNIQUE (experiment, number)
);

-- The numbers of these users, given now to those without one: without gaps, in the order of the arrays, and the same
-- whoever asks first.
CREATE FUNCTION analysis.number_route_users(experiments text[], tenants text[], users text[])
RETURNS TABLE (experiment text, tenant text, user_id text, number bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO analysis.route_counters (experiment, next)
    SELECT DISTINCT name, 0 FROM unnest(experiments) AS name ORDER BY name
    ON CONFLICT DO NOTHING;
    -- One at a time for each experiment, in one order, so that nobody waits in a circle. What others gave before is seen
    -- by the next statement, which has a snapshot of its own.
    PERFORM FROM analysis.route_counters WHERE experiment = ANY (experiments) ORDER BY experiment FOR UPDATE;
    WITH wanted AS (
        SELECT w.experiment, w.tenant, w.user_id, min(w.place) AS place
        FROM unnest(experiments, tenants, users) WITH ORDINALITY AS w (experiment, tenant, user_id, place)
        GROUP BY w.experiment, w.tenant, w.user_id
    ), missing AS (
        SELECT w.experiment, w.tenant, w.user_id,
            row_number() OVER (PARTITION BY w.experiment ORDER BY w.place) - 1 AS place
        FROM wanted w LEFT JOIN analysis.route_numbers n USING (experiment, tenant, user_id)
        WHERE n.number IS NULL
    ), counted AS (
        UPDATE analysis.route_counters c SET next = c.next + m.users
        FROM (SELECT experiment, count(*) AS users FROM missing GROUP BY experiment) m
        WHERE c.experiment = m.experiment
        RETURNING c.experiment, c.next - m.users AS first
    )
    INSERT INTO analysis.route_numbers (experiment, tenant, user_id, number)
    SELECT m.experiment, m.tenant, m.user_id, c.first + m.place FROM missing m JOIN counted c USING (experiment);
    RETURN QUERY
    SELECT n.experiment, n.tenant, n.user_id, n.number
    FROM analysis.route_numbers n
    JOIN (SELECT DISTINCT * FROM unnest(experiments, tenants, users) AS w (experiment, tenant, user_id)) w
        USING (experiment, tenant, user_id);
END $$;
