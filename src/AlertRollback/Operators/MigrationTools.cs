namespace AlertRollback.Operators;

/// <summary>What is known of migration tools, so that the operator need not write it.</summary>
internal static class MigrationTools
{
    /// <summary>Where the migration to go back to stands.</summary>
    public const string To = "${to}";

    public const string Alembic = "alembic";

    public static string? CurrentOf(string? tool) => tool == Alembic ? "SELECT version_num FROM alembic_version" : null;

    public static IReadOnlyList<string> DownOf(string? tool) => tool == Alembic ? ["alembic", "downgrade", To] : [];
}
