-- Drops the additive schema ("safe": normally it just stays). All of it or nothing, and a second run changes nothing.
-- What additive-schema-in-use.sql found unused may be used by now: it is counted again here, under the locks. Dropping a
-- table on which something else depends is an error on purpose (no CASCADE).
BEGIN;
SET LOCAL lock_timeout = '5s';                     -- gives up rather than making all requests queue behind it

LOCK TABLE applications, users IN ACCESS EXCLUSIVE MODE;

DO $$
DECLARE
    probe record;
    used  bigint;
BEGIN
    FOR probe IN
        SELECT * FROM (VALUES
            ('applications', 'enhanced_metadata', 'enhanced_metadata IS NOT NULL AND enhanced_metadata::text NOT IN ('''', ''{}'', ''[]'', ''null'')'),
            ('users', 'last_activity_timestamp', 'last_activity_timestamp IS NOT NULL'),
            ('user_activity_log', NULL, 'true'),
            ('performance_metrics', NULL, 'true')
        ) AS additive (tab, col, used_when)
    LOOP
        CONTINUE WHEN to_regclass(probe.tab) IS NULL;
        CONTINUE WHEN probe.col IS NOT NULL AND NOT EXISTS (
            SELECT FROM pg_attribute WHERE attrelid = to_regclass(probe.tab) AND attname = probe.col AND NOT attisdropped);
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', probe.tab);
        EXECUTE format('SELECT count(*) FROM %I WHERE %s', probe.tab, probe.used_when) INTO used;
        IF used > 0 THEN
            RAISE EXCEPTION '% is in use: % rows', concat_ws('.', probe.tab, probe.col), used;
        END IF;
    END LOOP;
END
$$;

DROP INDEX IF EXISTS idx_applications_enhanced_search;
DROP INDEX IF EXISTS idx_users_performance_opt;
ALTER TABLE applications DROP COLUMN IF EXISTS enhanced_metadata;
ALTER TABLE users DROP COLUMN IF EXISTS last_activity_timestamp;
DROP TABLE IF EXISTS user_activity_log;
DROP TABLE IF EXISTS performance_metrics;
COMMIT;
