using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AlertRollback.Kubernetes;

namespace AlertRollback.Tests.Kubernetes;

public sealed class ClientCertificateTests
{
    private static readonly TestAuthority Authority = new();
    private static readonly byte[] Said = [1, 2, 3];

    [Fact]
    public void It_has_its_key_which_may_stand_in_the_same_text()
    {
        using var mine = Authority.Issue("on-call");
        var (certificate, key) = (mine.ExportCertificatePem(), KeyOf(mine));

        foreach (var read in new[] { ClientCertificate.FromPem(certificate, key), ClientCertificate.FromPem(certificate + "\n" + key, certificate + "\n" + key) })
        {
            using (read)
            {
                (read.Subject, read.HasPrivateKey).ShouldBe(("CN=on-call", true));
                using var signing = read.GetECDsaPrivateKey()!;
                using var known = mine.GetECDsaPublicKey()!;
                known.VerifyData(Said, signing.SignData(Said, HashAlgorithmName.SHA256), HashAlgorithmName.SHA256).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public void Halves_of_two_and_what_is_none_are_no_certificate()
    {
        using var mine = Authority.Issue("on-call");
        using var other = Authority.Issue("other");

        Should.Throw<ArgumentException>(() => ClientCertificate.FromPem(mine.ExportCertificatePem(), KeyOf(other)));
        Should.Throw<CryptographicException>(() => ClientCertificate.FromPem(mine.ExportCertificatePem(), "no key"));
        Should.Throw<CryptographicException>(() => ClientCertificate.FromPem("no certificate", KeyOf(mine)));
    }

    private static string KeyOf(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }
}
