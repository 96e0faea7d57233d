-- Foreign keys that PostgreSQL was told not to check for the rows already there (NOT VALID); expected: 0.
-- Listing constraints, as the runbook does, also lists these and looks healthy.
SELECT count(*)
FROM pg_constraint
WHERE contype = 'f' AND NOT convalidated AND connamespace = 'public'::regnamespace;
