using System.Text;

namespace AlertRollback.Yaml;

/// <summary>
/// Reads files that people write. Bytes that are no text are a fault: replaced by other characters, they would be matched,
/// sent and carried out as something that nobody wrote (S21).
/// </summary>
internal static class TextFile
{
    private static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true);

    // What other encodings begin with, as editors write it; the longer mark of UTF-32 begins like that of UTF-16.
    private static readonly Encoding[] Marked =
    [
        Utf8,
        new UTF32Encoding(bigEndian: false, byteOrderMark: true, throwOnInvalidCharacters: true),
        new UTF32Encoding(bigEndian: true, byteOrderMark: true, throwOnInvalidCharacters: true),
        new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
        new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
    ];

    /// <returns>Null after a fault.</returns>
    public static string? Read(string path, FaultList faults)
    {
        try
        {
            return Decoded(path, File.ReadAllBytes(path), faults);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            var text = fault is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : $"cannot be read: {Shown.Clean(fault.Message.TrimEnd('.'))}";
            faults.Add(new Place(path, 0, 0), text, null);
            return null;
        }
    }

    private static string? Decoded(string path, byte[] bytes, FaultList faults)
    {
        var marked = Array.Find(Marked, e => bytes.AsSpan().StartsWith(e.Preamble));
        var encoding = marked ?? Utf8;
        var written = bytes.AsSpan(marked?.Preamble.Length ?? 0);
        try
        {
            return encoding.GetString(written);
        }
        catch (DecoderFallbackException fault)
        {
            faults.Add(PlaceAfter(encoding.GetString(written[..fault.Index]), path), "this is not UTF-8", "save the file as UTF-8");
            return null;
        }
    }

    private static Place PlaceAfter(string text, string path) => new(path, text.Count(c => c == '\n') + 1, text.Length - text.LastIndexOf('\n'));
}
