using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Secrets;

/// <summary>A value that is made up: so many random bytes, written in a form that the application reads.</summary>
/// <param name="Form"><c>base64</c>, <c>hex</c> or <c>alphanumeric</c>.</param>
internal sealed record GeneratedValue(int Bytes, string Form)
{
    public const int DefaultBytes = 32;
    public static readonly IReadOnlyList<string> Forms = ["base64", "hex", "alphanumeric"];
    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary><c>base64</c>, or <c>{bytes: 32, as: base64}</c>; null when it is neither.</summary>
    public static GeneratedValue? Of(JsonNode? written) => written switch
    {
        JsonValue word when word.TryGetValue(out string? form) => Sound(DefaultBytes, form),
        JsonObject map when map.All(m => m.Key is "bytes" or "as") => Sound(
            map["bytes"] is null ? DefaultBytes : map["bytes"] is JsonValue bytes && bytes.TryGetValue(out long number) ? number : 0,
            map["as"] is null ? Forms[0] : map["as"]!.ToString()),
        _ => null,
    };

    /// <summary>At least as hard to guess as its bytes are, in every form.</summary>
    public string Make() => Form switch
    {
        "hex" => RandomNumberGenerator.GetHexString(Bytes * 2, lowercase: true),
        "alphanumeric" => RandomNumberGenerator.GetString(Alphanumeric, (int)Math.Ceiling(Bytes * 8 / Math.Log2(Alphanumeric.Length))),
        _ => Convert.ToBase64String(RandomNumberGenerator.GetBytes(Bytes)),
    };

    public override string ToString() => $"{Bytes} random bytes, {Form}";

    // Below 16 bytes it can be guessed; above 1024 it is a mistake.
    private static GeneratedValue? Sound(long bytes, string form) => bytes is >= 16 and <= 1024 && Forms.Contains(form) ? new GeneratedValue((int)bytes, form) : null;
}
