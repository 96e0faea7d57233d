namespace AlertRollback.Rollbacks;

/// <summary>Whether two references name the same image.</summary>
public enum ImageMatch
{
    No,

    /// <summary>The same repository, but a moving tag, or a tag beside a digest.</summary>
    Unclear,
    Yes,
}

/// <summary>An image as templates and pipelines write it: <c>registry:5000/shop/api:v1@sha256:…</c>.</summary>
/// <param name="Name">Registry and repository; null for a digest alone.</param>
public sealed record ImageReference(string? Name, string? Tag, string? Digest)
{
    private const string Sha = "sha256:";
    private const string Moving = "latest";
    private const int Longest = 512;

    /// <summary>Null when the text is no reference.</summary>
    public static ImageReference? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > Longest || text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
            return null;
        if (text.StartsWith(Sha, StringComparison.Ordinal))
            return new ImageReference(null, null, text);
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var (named, digest) = at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
        var colon = named.LastIndexOf(':');
        var hasTag = colon > named.LastIndexOf('/');
        var name = hasTag ? named[..colon] : named;
        if (name.Length == 0 || digest is "")
            return null;
        return new ImageReference(FullName(name), hasTag ? named[(colon + 1)..] : digest is null ? Moving : null, digest);
    }

    /// <summary>Whether this, which runs or ran, is what is asked for.</summary>
    public ImageMatch Is(ImageReference asked)
    {
        if (asked.Name is null || Name is null)
            return Digest is not null && Digest == asked.Digest ? ImageMatch.Yes : ImageMatch.No;
        if (Name != asked.Name)
            return ImageMatch.No;
        if (Digest is not null && asked.Digest is not null)
            return Digest == asked.Digest ? ImageMatch.Yes : ImageMatch.No;
        if (Tag is null || asked.Tag is null)
            return ImageMatch.Unclear;
        return Tag != asked.Tag ? ImageMatch.No : Tag == Moving ? ImageMatch.Unclear : ImageMatch.Yes;
    }

    // Docker's own short forms: "redis" is docker.io/library/redis.
    private static string FullName(string name)
    {
        var first = name.Split('/')[0];
        var hasRegistry = first != name && (first.Contains('.', StringComparison.Ordinal) || first.Contains(':', StringComparison.Ordinal) || first == "localhost");
        return hasRegistry ? name : first == name ? $"docker.io/library/{name}" : $"docker.io/{name}";
    }
}
