using System.Security.Cryptography.X509Certificates;

namespace AlertRollback.Kubernetes;

/// <summary>A certificate with its key, to be shown to a server.</summary>
public static class ClientCertificate
{
    /// <exception cref="System.Security.Cryptography.CryptographicException">One of the two texts holds none.</exception>
    /// <exception cref="ArgumentException">The key is that of another certificate.</exception>
    public static X509Certificate2 FromPem(string certificate, string key)
    {
        using var pem = X509Certificate2.CreateFromPem(certificate, key);

        // A key that only lives in memory is not accepted for TLS everywhere.
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }
}
