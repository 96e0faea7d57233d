using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Flags;

/// <summary>What a flag reads as.</summary>
public abstract record FlagReading
{
    /// <param name="Values">Its fields; one that is not among them does not exist.</param>
    public sealed record Read(JsonObject Values) : FlagReading;

    /// <summary>There is no such flag.</summary>
    public sealed record NotHere(string Text) : FlagReading;

    /// <summary>Nobody answered, or not as a flag.</summary>
    public sealed record Unreadable(string Text) : FlagReading;

    /// <summary>We may not, or cannot, ask at all: nothing was measured.</summary>
    public sealed record Refused(string Text) : FlagReading;
}

/// <summary>What came of writing a flag.</summary>
public abstract record FlagWriting
{
    public sealed record Accepted : FlagWriting;

    /// <summary>It certainly was not written.</summary>
    public sealed record Rejected(string Text) : FlagWriting;

    /// <summary>Reading it back has to tell.</summary>
    public sealed record Unknown(string Text) : FlagWriting;

    public sealed record Refused(string Text) : FlagWriting;
}

/// <summary>Where a flag can be read.</summary>
public interface IFlagReader
{
    /// <summary>For people: <c>GET http://flags:8080/api/flags/x</c>.</summary>
    string Text { get; }

    /// <param name="fields">Those that are asked about.</param>
    Task<FlagReading> ReadAsync(IReadOnlyList<string> fields, CancellationToken cancellation);
}

/// <summary>Where a flag can be read and written, without a precondition that a server would check.</summary>
public interface IFlagPlace : IFlagReader
{
    /// <summary>The fields that are written at once; before each of them the kill switch is asked.</summary>
    IEnumerable<JsonObject> WrittenAtOnce(JsonObject values);

    /// <param name="values">A null takes the field away.</param>
    Task<FlagWriting> WriteAsync(JsonObject values, CancellationToken cancellation);
}
