using System.Text.RegularExpressions;

namespace AlertRollback.Operators;

/// <summary>File names of a database's backups, as the operator writes them.</summary>
internal static partial class BackupPattern
{
    /// <summary>Where the time of a backup stands.</summary>
    public const string Time = "${time}";

    public static string Default(DatabaseKind kind) => kind == DatabaseKind.Mongodb ? "${time}.archive.gz" : "${time}.dump";

    /// <summary>What is wrong with a pattern; null when nothing is.</summary>
    public static string? FaultOf(string pattern, DatabaseKind kind)
    {
        string[] endings = kind == DatabaseKind.Mongodb ? [".archive.gz"] : [".dump", ".sql.gz"];
        if (kind == DatabaseKind.Redis)
            return "is not for Redis";
        if (pattern.Split(Time) is not [var before, var after] || !Plain().IsMatch(before + after) || (before + after).StartsWith('-'))
            return $"must be a plain file name with {Time} in it once";
        return endings.Any(after.EndsWith) ? null : $"must end in {string.Join(" or ", endings)}";
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_.-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();
}
