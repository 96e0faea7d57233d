using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AlertRollback;

/// <summary>
/// The closed list of names in <c>${…}</c>. Values are escaped for where they stand; whoever fills a text in says how.
/// </summary>
public static partial class Placeholders
{
    public const string Service = "service";
    public const string Namespace = "namespace";
    public const string SinceChange = "since_change";
    public const string Started = "started";
    public const string Initiator = "initiator";

    /// <summary>Filled in when the matrix is loaded: in services and their defaults.</summary>
    public static readonly IReadOnlyList<string> WhenLoaded = [Service, Namespace];

    /// <summary>Filled in when a step runs, in its parameters, and when people are asked; besides the playbook's inputs.</summary>
    public static readonly IReadOnlyList<string> InSteps = [Service, Namespace, Started, Initiator];

    /// <summary>Filled in when a check is asked, in its parameters; besides the playbook's inputs.</summary>
    public static readonly IReadOnlyList<string> WhenRun = [Service, Namespace, SinceChange, Started, Initiator];

    /// <summary>Filled in when a check is asked that is compared with what it answered while a release ran.</summary>
    public static readonly IReadOnlyList<string> WhenRecorded = [Service, Namespace, SinceChange];

    /// <summary>Replaces the placeholders; every value goes through <paramref name="escape"/>.</summary>
    /// <exception cref="ArgumentException">A placeholder without a value: a bug, since loading refuses unknown ones.</exception>
    public static string Fill(string text, IReadOnlyDictionary<string, string> values, Func<string, string> escape) =>
        Written().Replace(text, found => values.TryGetValue(found.Groups[1].Value, out var value)
            ? escape(value)
            : throw new ArgumentException($"no value for the placeholder {found.Value}", nameof(values)));

    /// <summary>The names of all placeholders in a text.</summary>
    public static IEnumerable<string> Names(string text) => Written().Matches(text).Select(found => found.Groups[1].Value);

    /// <summary>Whether <c>${name}</c> could be written.</summary>
    public static bool IsName(string name) => Written().Match($"${{{name}}}") is { Success: true, Index: 0 } found && found.Groups[1].Value == name;

    /// <summary>What stands in braces and is not one of <paramref name="allowed"/>; null when the text is fine.</summary>
    public static string? FirstUnknown(string text, IReadOnlyList<string> allowed)
    {
        foreach (Match found in Suspect().Matches(text))
        {
            var written = Written().Match(found.Value);
            if (!written.Success || !allowed.Contains(written.Groups[1].Value)) return found.Value;
        }

        return null;
    }

    /// <summary>One segment of a URL's path, or a value of its query.</summary>
    public static string ForUrl(string value) => Uri.EscapeDataString(value);

    /// <summary>Inside a quoted PromQL string, with either quote: all but plain characters becomes an escape.</summary>
    public static string ForPromQl(string value)
    {
        var text = new StringBuilder();
        foreach (var rune in value.EnumerateRunes())
        {
            if (rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || " -_.:/@".Contains((char)rune.Value))) text.Append((char)rune.Value);
            else text.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}");
        }

        return text.ToString();
    }

    /// <summary>As it is: for texts that people read and that are escaped where they are shown.</summary>
    public static string AsIs(string value) => value;

    /// <summary>Leaves a text as it is written: where it is only read, or has nothing left to fill in.</summary>
    public static string Unfilled(string text, Func<string, string> escape) => text;

    [GeneratedRegex(@"\$\{([a-z_]+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Written();

    // Two braces are the templates of other tools; somebody would wait for them to be filled in.
    [GeneratedRegex(@"\$\{[^}]*\}?|\{\{.*?(\}\}|$)", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Suspect();
}
