using System.Globalization;
using System.Text.RegularExpressions;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Databases;

/// <summary>One backup that lies in its directory: a file, or one per part of the database.</summary>
/// <param name="Name">What the parts have in common, for people.</param>
/// <param name="Time">The digits of its time stamp.</param>
/// <param name="Ours">A rollback made it: it is of what was there when something was broken.</param>
internal sealed record FoundBackup(string Name, string Time, bool Ours, IReadOnlyList<string> Files);

/// <summary>
/// The names of a database's backups by the operator's pattern. Everything of one backup has the one time stamp of its
/// rollback, and a mark of the step that made it (S17).
/// </summary>
internal sealed partial class BackupNames
{
    public const string Latest = "latest";

    private readonly Regex _expression;
    private readonly string _before;
    private readonly string _after;

    public BackupNames(string pattern)
    {
        (_before, _after) = (pattern[..pattern.IndexOf(BackupPattern.Time, StringComparison.Ordinal)], pattern[(pattern.IndexOf(BackupPattern.Time, StringComparison.Ordinal) + BackupPattern.Time.Length)..]);
        _expression = new Regex(
            $@"\A(?<name>{Regex.Escape(_before)}(?<time>[0-9][0-9TZ:_.-]*?)(?<mark>-[0-9a-f]{{8}})?)(\+(?<part>[A-Za-z0-9_.-]+?))?{Regex.Escape(_after)}\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    }

    public string New(DateTimeOffset started, string mark, string? part) =>
        $"{_before}{started.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}-{mark}{(part is null ? "" : $"+{part}")}{_after}";

    /// <summary>The backups among file names, the newest first.</summary>
    public IReadOnlyList<FoundBackup> Among(IEnumerable<string> files) =>
    [
        .. files.Select(f => _expression.Match(f)).Where(m => m.Success)
            .GroupBy(m => m.Groups["name"].Value, StringComparer.Ordinal)
            .Select(g => new FoundBackup(g.Key, Digits(g.First().Groups["time"].Value), g.First().Groups["mark"].Success, [.. g.Select(m => m.Value).Order(StringComparer.Ordinal)]))
            .OrderByDescending(b => b.Time, StringComparer.Ordinal).ThenBy(b => b.Name, StringComparer.Ordinal),
    ];

    /// <summary>Those meant by a file's name or by a time stamp, however it is written; by <c>latest</c> all that no rollback made, the newest first.</summary>
    public static IReadOnlyList<FoundBackup> Meant(IReadOnlyList<FoundBackup> backups, string wanted)
    {
        if (wanted == Latest)
            return [.. backups.Where(b => !b.Ours)];
        if (backups.Where(b => b.Name == wanted || b.Files.Contains(wanted)).ToList() is { Count: > 0 } named)
            return named;
        return Digits(wanted) is { Length: >= 8 } time && TimeForm().IsMatch(wanted) ? [.. backups.Where(b => b.Time == time)] : [];
    }

    private static string Digits(string text) => string.Concat(text.Where(char.IsAsciiDigit));

    [GeneratedRegex(@"\A[0-9][0-9TZ :_.-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex TimeForm();
}
