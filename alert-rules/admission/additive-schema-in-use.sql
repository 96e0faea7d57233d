-- What would be lost if the additive schema were dropped. Every number 0: unused. An empty JSON value is what the column's
-- default writes, and counts as unused; any other value counts as used.
SELECT count(*) || ' applications with enhanced_metadata'
FROM applications
WHERE enhanced_metadata IS NOT NULL AND enhanced_metadata::text NOT IN ('', '{}', '[]', 'null')
UNION ALL
SELECT count(*) || ' users with last_activity_timestamp' FROM users WHERE last_activity_timestamp IS NOT NULL
UNION ALL
SELECT count(*) || ' rows of user_activity_log' FROM user_activity_log
UNION ALL
SELECT count(*) || ' rows of performance_metrics' FROM performance_metrics;
