-- What one day's calls of remote models cost, of a tenant (user_id is empty) and of each of its users; reservations of
-- calls that are under way are counted in full. docs/adr/0020
CREATE TABLE analysis.budget_usage (
    day date NOT NULL,
    tenant text NOT NULL,
    user_id text NOT NULL,
    tokens bigint NOT NULL DEFAULT 0,
    micros bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (day, tenant, user_id)
);
-- A call that was reserved for and hasn't been settled. One that a crash left behind stays counted: it may have been paid.
CREATE TABLE analysis.budget_reservations (
    id uuid PRIMARY KEY,
    day date NOT NULL,
    tenant text NOT NULL,
    user_id text NOT NULL,
    tokens bigint NOT NULL,
    micros bigint NOT NULL
);

-- Reserves for one call; true when it fits into the tenant's and the user's limits (NULL: none), else nothing changes.
CREATE FUNCTION analysis.reserve_budget(
    call_id uuid, call_tenant text, call_user text, call_tokens bigint, call_micros bigint,
    tenant_tokens bigint, tenant_micros bigint, user_tokens bigint, user_micros bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
    exceeds boolean;
BEGIN
    INSERT INTO analysis.budget_usage (day, tenant, user_id)
    VALUES (today, call_tenant, ''), (today, call_tenant, call_user)
    ON CONFLICT DO NOTHING;
    -- The tenant's row first, always: calls of one tenant come one after the other, and nobody waits in a circle.
    PERFORM FROM analysis.budget_usage
    WHERE day = today AND tenant = call_tenant AND user_id = '' FOR UPDATE;
    -- What others committed before the lock is seen by this statement, which has a snapshot of its own.
    SELECT coalesce(bool_or(
        CASE user_id WHEN '' THEN tokens + call_tokens > tenant_tokens ELSE tokens + call_tokens > user_tokens END
        OR CASE user_id WHEN '' THEN micros + call_micros > tenant_micros ELSE micros + call_micros > user_micros END
    ), false) INTO exceeds
    FROM analysis.budget_usage WHERE day = today AND tenant = call_tenant AND user_id IN ('', call_user);
    IF exceeds THEN RETURN false; END IF;
    UPDATE analysis.budget_usage SET tokens = tokens + call_tokens, micros = micros + call_micros
    WHERE day = today AND tenant = call_tenant AND user_id IN ('', call_user);
    INSERT INTO analysis.budget_reservations VALUES (call_id, today, call_tenant, call_user, call_tokens, call_micros);
    RETURN true;
END $$;

-- Puts what a call really spent in the place of what was reserved for it; the second time it changes nothing.
CREATE FUNCTION analysis.settle_budget(call_id uuid, spent_tokens bigint, spent_micros bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    made analysis.budget_reservations;
BEGIN
    DELETE FROM analysis.budget_reservations WHERE id = call_id RETURNING * INTO made;
    IF NOT FOUND THEN RETURN; END IF;
    PERFORM FROM analysis.budget_usage
    WHERE day = made.day AND tenant = made.tenant AND user_id = '' FOR UPDATE;
    UPDATE analysis.budget_usage
    SET tokens = tokens + spent_tokens - made.tokens, micros = micros + spent_micros - made.micros
    WHERE day = made.day AND tenant = made.tenant AND user_id IN ('', made.user_id);
END $$;

-- Analyses that a lower rung than the wanted one made, to be made again when the provider is well.
CREATE TABLE analysis.repairs (
    task_id uuid NOT NULL,
    revision integer NOT NULL,
    -- the degraded analysis; another one in its place needs no repair
    analysis_id uuid NOT NULL,
    -- the provider that was wanted, such as gateway/2026-11
    provider text NOT NULL,
    task jsonb NOT NULL,
    correlation_id text NOT NULL,
    causation_id text,
    traceparent text,
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- not before then; also the end of the lease of whoever is at it
    due_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, revision)
);
CREATE INDEX repairs_by_due ON analysis.repairs (due_at);
