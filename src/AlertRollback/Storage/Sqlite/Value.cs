namespace AlertRollback.Storage.Sqlite;

internal enum ValueKind { Null, Number, Text, Utf8, Blob }

/// <summary>What is bound to one parameter of a statement.</summary>
internal readonly record struct Value(ValueKind Kind, long Number = 0, string Text = "", ReadOnlyMemory<byte> Blob = default)
{
    public static implicit operator Value(long number) => new(ValueKind.Number, number);

    public static implicit operator Value(string? text) => text is null ? new(ValueKind.Null) : new(ValueKind.Text, Text: text);

    /// <summary>A text that is UTF-8 already.</summary>
    public static Value OfUtf8(ReadOnlyMemory<byte> utf8) => new(ValueKind.Utf8, Blob: utf8);

    public static implicit operator Value(ReadOnlyMemory<byte> blob) => new(ValueKind.Blob, Blob: blob);
}
