namespace AlertRollback.Storage.Sqlite;

internal enum ValueKind { Null, Number, Text, Blob }

/// <summary>What is bound to one parameter of a statement.</summary>
internal readonly record struct Value(ValueKind Kind, long Number = 0, string Text = "", ReadOnlyMemory<byte> Blob = default)
{
    public static implicit operator Value(long number) => new(ValueKind.Number, number);

    public static implicit operator Value(string? text) => text is null ? new(ValueKind.Null) : new(ValueKind.Text, Text: text);

    public static implicit operator Value(ReadOnlyMemory<byte> blob) => new(ValueKind.Blob, Blob: blob);
}
