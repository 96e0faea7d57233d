using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace AlertRollback.Kubernetes;

/// <summary>Whether who answers is the API server: its certificate is from the cluster's own authority, and was given to that name.</summary>
internal static class ServerTrust
{
    /// <param name="authorities">Nobody else's word counts, whatever the machine trusts.</param>
    public static bool IsTrusted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if (certificate is not X509Certificate2 shown || chain is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
            return false;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(shown);
    }
}
