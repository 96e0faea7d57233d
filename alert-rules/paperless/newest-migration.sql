-- The migration the schema is at: has to be the same as while the release ran that we go back to.
SELECT max(version) FROM schema_migrations;
