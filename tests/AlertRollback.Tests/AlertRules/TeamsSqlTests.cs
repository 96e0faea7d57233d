using System.Runtime.CompilerServices;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.AlertRules;

/// <summary>The SQL beside the matrices, on a real PostgreSQL.</summary>
public sealed class TeamsSqlTests(ThrowAwayPostgres postgres)
{
    private const string Rental = """
        CREATE TABLE transaction_headers (id int PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now());
        CREATE TABLE rental_lifecycles (id int PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now());
        CREATE TABLE transaction_lines (id int PRIMARY KEY, header_id int);
        INSERT INTO transaction_headers (id) VALUES (1), (2);
        INSERT INTO transaction_lines VALUES (10, 1), (11, 2);
        """;

    private const string Admission = """
        CREATE TABLE applications (id int PRIMARY KEY, name text, enhanced_metadata jsonb DEFAULT '{}');
        CREATE TABLE users (id int PRIMARY KEY, last_activity_timestamp timestamptz);
        CREATE TABLE user_activity_log (id int);
        CREATE TABLE performance_metrics (id int);
        CREATE INDEX idx_applications_enhanced_search ON applications (name);
        CREATE INDEX idx_users_performance_opt ON users (id);
        INSERT INTO applications (id, name) VALUES (1, 'Ada'), (2, 'Alan');
        INSERT INTO users (id) VALUES (1);
        """;

    private const string Additive = """
        SELECT (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE (c.relname, a.attname) IN (('applications', 'enhanced_metadata'), ('users', 'last_activity_timestamp')) AND NOT a.attisdropped)
             + (SELECT count(*) FROM pg_class WHERE relname IN ('user_activity_log', 'performance_metrics', 'idx_applications_enhanced_search', 'idx_users_performance_opt'))
        """;

    [Theory]
    [InlineData("", "0")]
    [InlineData("INSERT INTO transaction_lines VALUES (12, 99)", "1")]
    [InlineData("INSERT INTO transaction_lines VALUES (12, NULL)", "1")]
    // With NOT IN, one header without an id would hide every orphan.
    [InlineData("ALTER TABLE transaction_headers DROP CONSTRAINT transaction_headers_pkey; ALTER TABLE transaction_headers ALTER id DROP NOT NULL; INSERT INTO transaction_headers VALUES (NULL); INSERT INTO transaction_lines VALUES (12, 99)", "1")]
    public async Task Lines_without_their_header_are_counted(string damage, string expected) =>
        await AskAsync(Rental + damage, "rental/orphaned-lines.sql", expected);

    [Theory]
    [InlineData("ALTER TABLE transaction_lines ADD FOREIGN KEY (header_id) REFERENCES transaction_headers", "0")]
    [InlineData("ALTER TABLE transaction_lines ADD FOREIGN KEY (header_id) REFERENCES transaction_headers NOT VALID", "1")]
    [InlineData("ALTER TABLE transaction_lines ADD CHECK (id > 0) NOT VALID", "0")]
    public async Task Foreign_keys_that_were_never_checked_are_counted(string change, string expected) =>
        await AskAsync(Rental + change, "rental/foreign-keys-not-validated.sql", expected);

    [Theory]
    [InlineData("", "2 transaction_headers, 0 rental_lifecycles")]
    [InlineData("UPDATE transaction_headers SET created_at = now() - interval '61 minutes'; INSERT INTO rental_lifecycles VALUES (1, now() - interval '59 minutes')", "0 transaction_headers, 1 rental_lifecycles")]
    public async Task Rows_of_the_last_hour_are_shown(string change, string expected) =>
        await AskAsync(Rental + change, "rental/rows-of-the-last-hour.sql", expected);

    [Theory]
    [InlineData("", "0 0 0 0")]
    [InlineData("UPDATE applications SET enhanced_metadata = '[]' WHERE id = 1; UPDATE applications SET enhanced_metadata = NULL WHERE id = 2", "0 0 0 0")]
    [InlineData("UPDATE applications SET enhanced_metadata = '{\"rank\": 1}' WHERE id = 1", "1 0 0 0")]
    [InlineData("UPDATE users SET last_activity_timestamp = now()", "0 1 0 0")]
    [InlineData("INSERT INTO user_activity_log VALUES (1), (2)", "0 0 2 0")]
    [InlineData("INSERT INTO performance_metrics VALUES (1)", "0 0 0 1")]
    public async Task What_the_additive_schema_holds_is_counted(string change, string expected)
    {
        var database = await postgres.CreateAsync();
        await database.RunAsync(Admission + change);

        var counts = await database.RunAsync(Shipped("admission/additive-schema-in-use.sql"));

        string.Join(' ', counts.Split('\n').Select(line => line.Split(' ')[0])).ShouldBe(expected);
    }

    [Fact]
    public async Task The_unused_additive_schema_is_dropped_once()
    {
        var database = await postgres.CreateAsync();
        await database.RunAsync(Admission);
        (await database.RunAsync(Additive)).ShouldBe("6");

        await database.RunAsync(Shipped("admission/rollback-schema.sql"));
        await database.RunAsync(Shipped("admission/rollback-schema.sql"));

        (await database.RunAsync(Additive)).ShouldBe("0");
        (await database.RunAsync("SELECT count(*) FROM applications")).ShouldBe("2");
    }

    [Theory]
    [InlineData("UPDATE applications SET enhanced_metadata = '{\"rank\": 1}' WHERE id = 1", "applications.enhanced_metadata is in use: 1 rows")]
    [InlineData("UPDATE users SET last_activity_timestamp = now()", "users.last_activity_timestamp is in use: 1 rows")]
    [InlineData("INSERT INTO performance_metrics VALUES (1)", "performance_metrics is in use: 1 rows")]
    [InlineData("CREATE VIEW slow AS SELECT * FROM performance_metrics", "other objects depend on it")]
    public async Task A_schema_in_use_is_not_touched(string use, string said)
    {
        var database = await postgres.CreateAsync();
        await database.RunAsync(Admission + use);

        var (exitCode, _, errors) = await database.TryAsync(Shipped("admission/rollback-schema.sql"));

        exitCode.ShouldNotBe(0);
        errors.ShouldContain(said);
        (await database.RunAsync(Additive)).ShouldBe("6");
    }

    [Fact]
    public async Task Newest_migrations_come_first()
    {
        var database = await postgres.CreateAsync();
        await database.RunAsync("CREATE TABLE schema_migrations (version text PRIMARY KEY); INSERT INTO schema_migrations SELECT '202501' || lpad(day::text, 2, '0') || '120000' FROM generate_series(1, 20) AS day");

        (await database.RunAsync(Shipped("paperless/newest-migration.sql"))).ShouldBe("20250120120000");
        (await database.RunAsync(Shipped("paperless/migrations-newest.sql"))).Split('\n').ShouldBe(
            [.. Enumerable.Range(11, 10).Reverse().Select(day => $"202501{day}120000")]);
    }

    private async Task AskAsync(string schema, string file, string expected)
    {
        var database = await postgres.CreateAsync();
        await database.RunAsync(schema);
        (await database.RunAsync(Shipped(file))).ShouldBe(expected);
    }

    private static string Shipped(string file, [CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "alert-rules", file));
}
