namespace AlertRollback.Yaml;

/// <summary>Where something stands in a file; lines and columns count from 1.</summary>
public readonly record struct Place(string File, int Line, int Column);

/// <summary>A text together with where it stands.</summary>
public sealed record Placed(string Text, Place Place)
{
    public override string ToString() => Text;
}

/// <summary>What is wrong in a file, where, and what to write instead.</summary>
public sealed record MatrixFault(string File, int Line, int Column, string Message, string? Remedy)
{
    public MatrixFault(Place place, string message, string? remedy) : this(place.File, place.Line, place.Column, message, remedy) { }

    /// <summary>The form that editors and CI systems turn into a link.</summary>
    public override string ToString() =>
        $"{(Line > 0 ? $"{File}:{Line}:{Column}" : File)}: {Ended(Message)}{(Remedy is null ? "" : $" {char.ToUpperInvariant(Remedy[0])}{Ended(Remedy[1..])}")}";

    private static string Ended(string sentence) => sentence.EndsWith('?') ? sentence : $"{sentence}.";
}
