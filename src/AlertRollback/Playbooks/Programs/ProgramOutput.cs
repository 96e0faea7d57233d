using System.Text;

namespace AlertRollback.Playbooks.Programs;

/// <summary>The end of what a program writes: how it ended is said there.</summary>
internal sealed class ProgramOutput
{
    private const int Longest = 1024 * 1024;

    // Less than this cannot be told from any other text.
    private const int ShortestSecret = 4;

    private readonly StringBuilder _text = new();

    public async Task ReadAsync(TextReader reader)
    {
        var buffer = new char[4096];
        try
        {
            while (await reader.ReadAsync(buffer) is > 0 and var read)
            {
                lock (_text)
                {
                    _text.Append(buffer, 0, read);
                    if (_text.Length > Longest)
                        _text.Remove(0, _text.Length - (Longest / 2));
                }
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            // the pipe was closed under it: what came until then counts
        }
    }

    /// <summary>What came so far, with every secret, also line by line, replaced.</summary>
    public string Masked(IEnumerable<string> secrets)
    {
        string text;
        lock (_text)
            text = _text.ToString();
        var parts = secrets.SelectMany(s => s.Split('\n', StringSplitOptions.TrimEntries).Append(s)).Where(s => s.Length >= ShortestSecret);
        foreach (var secret in parts.Distinct().OrderByDescending(s => s.Length))
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        return text;
    }

    public static string LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() is { } line ? Texts.Clip(line, 200) : "";
}
