-- The ten newest migrations, newest first; shown to people.
SELECT version FROM schema_migrations ORDER BY version DESC LIMIT 10;
