using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AlertRollback.Playbooks.Trees;

/// <summary>One thing in a tree of files, as far as two trees are compared: not its owner and not its times.</summary>
/// <param name="Path">Relative, with <c>/</c>.</param>
/// <param name="Kind"><c>d</c>, <c>f</c>, <c>x</c> (an executable file) or <c>l</c>.</param>
/// <param name="Content">A file's SHA-256 or a link's target; empty for a directory.</param>
public sealed record TreeEntry(string Path, char Kind, string Content);

/// <summary>What a tree of files consists of, and one digest for all of it.</summary>
public sealed record TreeContent(IReadOnlyList<TreeEntry> Entries, long Bytes, DateTimeOffset? Newest)
{
    // What running programs write beside their code says nothing about which release it is.
    private static readonly string[] Litter = ["__pycache__"];

    public int Files => Entries.Count(e => e.Kind is 'f' or 'x');

    public string Digest { get; } = DigestOf(Entries);

    public override string ToString() => $"{Files.ToString(CultureInfo.InvariantCulture)} files ({Digest[..10]})";

    public static bool IsLitter(string path) => path.Split('/').Any(p => Litter.Contains(p, StringComparer.Ordinal));

    private static string DigestOf(IReadOnlyList<TreeEntry> entries)
    {
        var lines = entries.Where(e => e.Path.Length > 0 && !IsLitter(e.Path)).OrderBy(e => e.Path, StringComparer.Ordinal).Select(e => $"{e.Kind} {e.Content} {e.Path}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
    }
}
