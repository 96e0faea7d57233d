namespace AlertRollback.Sandbox.Cluster.Objects;

/// <summary>The endings of generated names, in Kubernetes' alphabet without vowels; a function of their seed, so never the same twice and nothing random.</summary>
internal static class NameSuffix
{
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    public static string Next(long seed) => Letters(Hash(seed.ToString(System.Globalization.CultureInfo.InvariantCulture)), 5);

    /// <summary>Stands for the pod template's hash: equal for equal text.</summary>
    public static string OfTemplate(string text) => Letters(Hash(text), 9);

    private static string Letters(ulong hash, int length)
    {
        Span<char> letters = stackalloc char[length];
        foreach (ref var letter in letters)
        {
            letter = Alphabet[(int)(hash % (ulong)Alphabet.Length)];
            hash /= (ulong)Alphabet.Length;
        }

        return letters.ToString();
    }

    private static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in text) hash = unchecked((hash ^ c) * 1099511628211UL);
        return hash ^ (hash >> 29);
    }
}
