using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace AlertRollback.Kubernetes;

/// <summary>Whether who answers is the API server: its certificate is from the cluster's own authority, and was given to that name.</summary>
internal static class ServerTrust
{
    /// <param name="authorities">Nobody else's word counts, whatever the machine trusts.</param>
    /// <exception cref="AuthenticationException">It is not, and why.</exception>
    public static bool Demand(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if (certificate is not X509Certificate2 shown || chain is null)
            throw new AuthenticationException("the server shows no certificate");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            throw new AuthenticationException("the server's certificate was given to another name");
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (chain.Build(shown) || IsBelowOneOf(authorities, chain))
            return true;
        throw new AuthenticationException($"the server's certificate is not from the cluster's authority, or not valid now: {string.Join(", ", chain.ChainStatus.Select(s => s.Status))}");
    }

    // Whoever keeps the cluster's authority may have only that, and not the root above it: its word is enough, as for kubectl.
    private static bool IsBelowOneOf(X509Certificate2Collection authorities, X509Chain chain) =>
        chain.ChainStatus.All(s => s.Status == X509ChainStatusFlags.PartialChain)
        && chain.ChainElements.Skip(1).Any(e => authorities.Any(a => a.RawDataMemory.Span.SequenceEqual(e.Certificate.RawDataMemory.Span)));
}
