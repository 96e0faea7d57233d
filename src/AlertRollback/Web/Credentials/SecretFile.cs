using System.Buffers;
using AlertRollback.Operators;

namespace AlertRollback.Web.Credentials;

/// <summary>
/// One credential's file. It is read rather than its time stamp looked at: mounted secrets change by swapped links, and
/// the file is tiny. Whatever cannot be read matches nothing.
/// </summary>
internal sealed partial class SecretFile(Credential credential, ILogger log)
{
    private const int Longest = 64 * 1024;

    private string? _fault = "";

    public string Name => credential.Name;

    /// <summary>Why it matches nothing; null while it does match.</summary>
    public string? Fault => _fault;

    /// <summary>The digest to compare with; null while the file is missing, empty or unreadable.</summary>
    public byte[]? Expected { get; private set; }

    public void Read()
    {
        try
        {
            using var file = File.OpenRead(credential.SecretFile);
            Take(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Refuse(fault is FileNotFoundException or DirectoryNotFoundException ? "the file is missing" : "the file cannot be read");
        }
    }

    private void Take(FileStream file)
    {
        // Read again and again, all day.
        var bytes = ArrayPool<byte>.Shared.Rent(Longest + 1);
        try
        {
            Take(bytes.AsSpan(0, file.ReadAtLeast(bytes, Longest + 1, throwOnEndOfStream: false)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes, clearArray: true);
        }
    }

    private void Take(ReadOnlySpan<byte> content)
    {
        var secret = content.TrimEnd("\r\n"u8);
        if (content.Length > Longest)
            Refuse("the file is too large for a secret");
        else if (secret.IsEmpty)
            Refuse("the file is empty");
        else
            Accept(credential.User is { } user ? PresentedCredential.DigestOfPassword(user, secret) : PresentedCredential.DigestOfToken(secret));
    }

    private void Accept(byte[] digest)
    {
        if (Expected is null || !Expected.AsSpan().SequenceEqual(digest))
            LogRead(log, credential.Name);
        (Expected, _fault) = (digest, null);
    }

    // Said once per change, not once per look.
    private void Refuse(string fault)
    {
        if (_fault != fault)
            LogRefused(log, credential.Name, fault);
        (Expected, _fault) = (null, fault);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "credential {Name}: read, and valid from now on")]
    private static partial void LogRead(ILogger log, string name);

    [LoggerMessage(Level = LogLevel.Error, Message = "credential {Name} opens nothing: {Fault}")]
    private static partial void LogRefused(ILogger log, string name, string fault);
}
