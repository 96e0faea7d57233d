using System.Security.Cryptography;
using AlertRollback.Operators;

namespace AlertRollback.Web.Credentials;

/// <summary>
/// Whom the service believes. Every configured credential is compared, in constant time, whichever matches; files are read
/// again once a second, and at once for a credential nobody knows, so that a rotation costs no message.
/// </summary>
public sealed class CredentialStore
{
    private static readonly TimeSpan ReadEvery = TimeSpan.FromSeconds(1);

    // Guessing must not keep the disk busy.
    private static readonly TimeSpan ReadAtMostEvery = TimeSpan.FromMilliseconds(50);

    private readonly TimeProvider _time;
    private readonly Lock _reading = new();
    private readonly Dictionary<Audience, SecretFile[]> _files;
    private Known _known;

    public CredentialStore(OperatorConfiguration configuration, TimeProvider time, ILogger<CredentialStore> log)
    {
        _time = time;
        _files = new Dictionary<Audience, SecretFile[]>
        {
            [Audience.Webhook] = [.. configuration.Webhook.Select(c => new SecretFile(c, log))],
            [Audience.Operator] = [.. configuration.Operators.Select(c => new SecretFile(c, log))],
            [Audience.Pipeline] = [.. configuration.Pipelines.Select(c => new SecretFile(c, log))],
            [Audience.Scraper] = [.. configuration.Scrapers.Select(c => new SecretFile(c, log))],
        };
        _known = Read();
    }

    /// <summary>Whether nobody is configured for any of these: then only this machine itself is let in.</summary>
    internal bool IsOpen(IReadOnlyList<Audience> audiences) => audiences.All(a => _files[a].Length == 0);

    /// <summary>The credentials whose files cannot be used now, each with why.</summary>
    public IReadOnlyList<string> Faulty
    {
        get
        {
            NoOlderThan(ReadEvery);
            return [.. _files.Values.SelectMany(f => f).Where(f => f.Expected is null).Select(f => $"{f.Name}: {f.Fault}")];
        }
    }

    /// <summary>Whether there are such credentials, and none of them can be used: nobody can be let in.</summary>
    internal bool IsShut(Audience audience)
    {
        NoOlderThan(ReadEvery);
        return _files[audience] is { Length: > 0 } files && files.All(f => f.Expected is null);
    }

    internal Admission Admit(IReadOnlyList<Audience> audiences, string? authorization)
    {
        if (PresentedCredential.DigestOfHeader(authorization) is not { } presented)
            return new Admission(Access.Unknown, null);
        var admission = Judge(NoOlderThan(ReadEvery), audiences, presented);
        return admission.Access == Access.Unknown ? Judge(NoOlderThan(ReadAtMostEvery), audiences, presented) : admission;
    }

    private static Admission Judge(Known known, IReadOnlyList<Audience> audiences, byte[] presented)
    {
        var (own, other) = ((string?)null, (string?)null);
        foreach (var (audience, expected) in known.ByAudience)
        {
            var name = Match(expected, presented);
            (own, other) = audiences.Contains(audience) ? (own ?? name, other) : (own, other ?? name);
        }

        return own is not null ? new Admission(Access.Admitted, own)
            : other is not null ? new Admission(Access.OthersOnly, other)
            : new Admission(Access.Unknown, null);
    }

    // No early exit: how long it takes does not depend on which one matches.
    private static string? Match((string Name, byte[] Digest)[] expected, byte[] presented)
    {
        string? name = null;
        foreach (var one in expected)
            name = CryptographicOperations.FixedTimeEquals(one.Digest, presented) ? one.Name : name;
        return name;
    }

    private Known NoOlderThan(TimeSpan age)
    {
        var known = Volatile.Read(ref _known);
        if (_time.GetElapsedTime(known.ReadAt) < age)
            return known;
        lock (_reading)
        {
            known = Read();
            Volatile.Write(ref _known, known);
            return known;
        }
    }

    private Known Read()
    {
        var readAt = _time.GetTimestamp();
        return new Known(readAt, [.. _files.Select(f => (f.Key, Read(f.Value)))]);
    }

    private static (string, byte[])[] Read(SecretFile[] files)
    {
        foreach (var file in files)
            file.Read();
        return [.. files.Where(f => f.Expected is not null).Select(f => (f.Name, f.Expected!))];
    }

    private sealed record Known(long ReadAt, (Audience Audience, (string Name, byte[] Digest)[] Expected)[] ByAudience);
}
