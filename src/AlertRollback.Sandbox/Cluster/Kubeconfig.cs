using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace AlertRollback.Sandbox.Cluster;

internal static class Kubeconfig
{
    public static string Of(Uri address, X509Certificate2 certificate, string token) => $"""
        apiVersion: v1
        kind: Config
        current-context: sandbox
        clusters:
        - name: sandbox
          cluster:
            server: {address.ToString().TrimEnd('/')}
            certificate-authority-data: {Convert.ToBase64String(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()))}
        users:
        - name: sandbox
          user:
            token: {token}
        contexts:
        - name: sandbox
          context:
            cluster: sandbox
            user: sandbox
            namespace: default

        """;
}
