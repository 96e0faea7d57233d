using System.Text.RegularExpressions;

namespace AlertRollback;

/// <summary>References of container images.</summary>
public static partial class ImageName
{
    /// <summary>Whether it can name an image: only a registry's host, with a dot or a port, may have upper-case letters.</summary>
    public static bool IsValid(string reference) => reference.Length <= 500 && Reference().IsMatch(reference);

    /// <summary>Whether the name says nothing of the version: no digest, and a tag without a digit (<c>latest</c>, <c>previous-stable</c>), or none.</summary>
    public static bool IsMoving(string reference) => !reference.Contains('@') && !Tag(reference).Any(char.IsAsciiDigit);

    /// <summary>The tag without its colon; empty when there is none.</summary>
    public static string Tag(string reference)
    {
        var name = reference.Split('@')[0];
        var colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') ? name[(colon + 1)..] : "";
    }

    [GeneratedRegex(
        @"^(?:(?:localhost(?::[0-9]+)?|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?|[A-Za-z0-9-]+:[0-9]+)/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@[a-z0-9]+:[0-9a-f]{32,})?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}
