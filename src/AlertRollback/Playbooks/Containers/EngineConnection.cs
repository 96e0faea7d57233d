using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AlertRollback.Kubernetes;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Containers;

/// <summary>The way to an engine: its socket on this machine, or TCP with TLS and certificates of both sides.</summary>
internal static class EngineConnection
{
    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(10);

    /// <exception cref="EngineException">Its certificates cannot be read.</exception>
    public static HttpClient Open(GrantedEngine engine)
    {
        var address = new Uri(engine.Address);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = LongestConnect, PooledConnectionLifetime = TimeSpan.FromMinutes(2) };
        if (address.Scheme == "unix")
        {
            handler.ConnectCallback = (_, cancellation) => ConnectAsync(address.LocalPath, cancellation);
            return Client(handler, new Uri("http://engine/"));
        }

        var secured = (engine.CaFile ?? engine.CertificateFile) is not null;
        if (secured)
            handler.SslOptions = Tls(engine, address.Host);
        return Client(handler, new UriBuilder(secured ? "https" : "http", address.Host, address.Port).Uri);
    }

    /// <summary>Changes whenever one of the engine's files does; a mounted one is exchanged by swapping a link, without a new time.</summary>
    public static string CertificatesDigest(GrantedEngine engine)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in new[] { engine.CaFile, engine.CertificateFile, engine.KeyFile }.OfType<string>())
        {
            try
            {
                hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                hash.AppendData(new byte[SHA256.HashSizeInBytes]); // Said by whoever opens it.
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    // Each call has a limit of its own: a container may take its time to stop.
    private static HttpClient Client(SocketsHttpHandler handler, Uri root) => new(handler) { BaseAddress = root, Timeout = Timeout.InfiniteTimeSpan };

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static SslClientAuthenticationOptions Tls(GrantedEngine engine, string host)
    {
        try
        {
            var options = new SslClientAuthenticationOptions { TargetHost = host };
            if (engine.CertificateFile is not null)
                options.ClientCertificates = [ClientCertificate.FromPem(File.ReadAllText(engine.CertificateFile), File.ReadAllText(engine.KeyFile ?? engine.CertificateFile))];
            if (engine.CaFile is not null)
            {
                // This authority and no other: the machine's own ones have no say in who is the engine.
                var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                policy.CustomTrustStore.ImportFromPemFile(engine.CaFile);
                options.CertificateChainPolicy = policy;
            }

            return options;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new EngineException(EngineFault.Unavailable, $"the engine's certificates cannot be read: {fault.GetType().Name}");
        }
    }
}
