using System.Text.Json;

namespace AlertRollback.Storage.Sqlite;

/// <summary>One message on its way to the disk, worked out as far as that goes before the writer's thread has it.</summary>
internal sealed record Delivery(string Mark, UInt128 Key, ReadOnlyMemory<byte> Body, IReadOnlyList<UInt128> Heard, string? Fingerprints, long At)
{
    /// <param name="fingerprints">Of the firing alerts that were not heard of lately, with their keys.</param>
    public static Delivery Of(string mark, ReadOnlyMemory<byte> body, IReadOnlyList<(string Text, UInt128 Key)> fingerprints, DateTimeOffset at) => new(
        mark, TextKey.Of(mark), body, [.. fingerprints.Select(f => f.Key)],
        fingerprints.Count == 0 ? null : JsonSerializer.Serialize(fingerprints.Select(f => f.Text).ToArray()),
        at.ToUnixTimeMilliseconds());
}
