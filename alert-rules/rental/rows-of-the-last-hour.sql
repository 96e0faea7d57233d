-- Shown to people, never judged: at night 0 may be right.
SELECT (SELECT count(*) FROM transaction_headers WHERE created_at > now() - interval '1 hour') || ' transaction_headers, '
    || (SELECT count(*) FROM rental_lifecycles WHERE created_at > now() - interval '1 hour') || ' rental_lifecycles';
