-- Lines without their header; expected: 0. NOT EXISTS, because NOT IN finds nothing as soon as one header's id is null.
-- A line that never had a header (null) is an orphan too.
SELECT count(*)
FROM transaction_lines AS line
WHERE NOT EXISTS (SELECT FROM transaction_headers AS header WHERE header.id = line.header_id);
