using System.Security.Cryptography;
using AlertRollback.Storage;

namespace AlertRollback.Rollbacks;

/// <summary>Random bytes of this journal alone: hashes of Secrets can be compared within it and guessed nowhere else (S19).</summary>
public sealed class JournalSalt(IJournal journal)
{
    private const string Document = "configuration/salt";
    private const int Length = 32;

    private readonly Lock _making = new();
    private Task<byte[]>? _salt;

    /// <exception cref="JournalUnavailableException">It can neither be read nor kept.</exception>
    public Task<byte[]> GetAsync(CancellationToken cancellation)
    {
        lock (_making)
        {
            // A fault is not kept: the next one asks again.
            if (_salt is null or { IsFaulted: true } or { IsCanceled: true })
                _salt = MakeAsync(cancellation);
            return _salt;
        }
    }

    private async Task<byte[]> MakeAsync(CancellationToken cancellation)
    {
        if (await journal.DocumentAsync(Document, cancellation) is { } kept)
            return Convert.FromBase64String(kept);
        var salt = RandomNumberGenerator.GetBytes(Length);
        await journal.SaveDocumentAsync(Document, Convert.ToBase64String(salt), cancellation);
        return salt;
    }
}
