using System.Security.Cryptography;
using System.Text;

namespace AlertRollback.Web.Credentials;

/// <summary>
/// What was presented or is expected, as a digest: digests have one length and one form for both kinds, so that comparing
/// them tells nothing about the secret.
/// </summary>
internal static class PresentedCredential
{
    public static byte[] DigestOfToken(ReadOnlySpan<byte> token) => Digest("bearer\0"u8, token);

    public static byte[] DigestOfPassword(string user, ReadOnlySpan<byte> password) =>
        Digest("basic\0"u8, [.. Encoding.UTF8.GetBytes(user), (byte)':', .. password]);

    /// <summary>Null when the header is missing or is neither bearer nor basic.</summary>
    public static byte[]? DigestOfHeader(string? authorization)
    {
        if (authorization?.Split(' ', 2, StringSplitOptions.TrimEntries) is not [var scheme, { Length: > 0 } value])
            return null;
        if (scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            return DigestOfToken(Encoding.UTF8.GetBytes(value));
        return scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) ? DigestOfBasic(value) : null;
    }

    private static byte[]? DigestOfBasic(string value)
    {
        var pair = new byte[value.Length];
        return Convert.TryFromBase64String(value, pair, out var length) ? Digest("basic\0"u8, pair.AsSpan(0, length)) : null;
    }

    private static byte[] Digest(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> secret) => SHA256.HashData([.. kind, .. secret]);
}
