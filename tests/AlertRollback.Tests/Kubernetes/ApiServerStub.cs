using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AlertRollback.Kubernetes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace AlertRollback.Tests.Kubernetes;

/// <summary>An API server over TLS that lets in one token or any client certificate, and forgets its callers at once.</summary>
internal sealed class ApiServerStub : IAsyncDisposable
{
    public const string Answer = "answered";

    private readonly WebApplication application;
    private X509Certificate2 certificate;

    private ApiServerStub(TestAuthority authority, bool clientCertificates)
    {
        certificate = authority.Issue("127.0.0.1");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.UseHttps(https =>
            {
                https.ServerCertificateSelector = (_, _) => certificate;
                https.ClientCertificateMode = clientCertificates ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
                https.ClientCertificateValidation = (_, _, _) => true;
            });
        }));
        application = builder.Build();
        application.Run(AnswerAsync);
    }

    /// <summary>The only bearer token that is let in.</summary>
    public string Token { get; set; } = "";

    /// <summary>The subjects of the client certificates that were shown.</summary>
    public List<string> Subjects { get; } = [];

    /// <summary>For whom the requests were made, header by header.</summary>
    public List<string> Impersonated { get; } = [];

    /// <summary>Asks whatever <paramref name="api"/> reaches, and says what a stub answers.</summary>
    public static async Task<string> AskAsync(IKubernetesApi api) =>
        (await api.GetAsync(new ObjectRef(ResourceKind.ConfigMap, "shop", "any"), TestContext.Current.CancellationToken)).ShouldNotBeNull().Name;

    /// <summary>How many requests arrived.</summary>
    public int Requests { get; private set; }

    public Uri Url => new(application.Urls.First());

    public static async Task<ApiServerStub> StartAsync(TestAuthority authority, bool clientCertificates = false)
    {
        var stub = new ApiServerStub(authority, clientCertificates);
        await stub.application.StartAsync(TestContext.Current.CancellationToken);
        return stub;
    }

    public void Present(TestAuthority authority, string name = "127.0.0.1") => certificate = authority.Issue(name);

    public async ValueTask DisposeAsync() => await application.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        Requests++;
        Impersonated.AddRange(context.Request.Headers.Where(h => h.Key.StartsWith("Impersonate-", StringComparison.OrdinalIgnoreCase)).SelectMany(h => h.Value.Select(v => $"{h.Key}: {v}")).Order(StringComparer.Ordinal));
        // Each request shall shake hands anew, as it would after a rotation.
        context.Response.Headers.Connection = "close";
        if (context.Connection.ClientCertificate is { } shown)
            Subjects.Add(shown.Subject);
        else if (context.Request.Headers.Authorization != $"Bearer {Token}")
            context.Response.StatusCode = 401;
        return context.Response.WriteAsync($$"""{"metadata": {"name": "{{Answer}}"} }""");
    }
}

/// <summary>A certificate authority of its own.</summary>
internal sealed class TestAuthority
{
    private readonly X509Certificate2 root;

    /// <param name="above">Whose word it has for itself; null: its own.</param>
    public TestAuthority(TestAuthority? above = null)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(above is null ? "CN=test authority" : $"{above.root.Subject} below", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        root = above is null ? request.CreateSelfSigned(Start, End) : request.Create(above.root, Start, End.AddSeconds(-30), [1, 2, 3]).CopyWithPrivateKey(key);
    }

    public string Pem => root.ExportCertificatePem();

    private static DateTimeOffset Start => TimeProvider.System.GetUtcNow().AddHours(-1);
    private static DateTimeOffset End => TimeProvider.System.GetUtcNow().AddHours(1);

    public X509Certificate2 Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
            names.AddIpAddress(address);
        else
            names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());

        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var issued = request.Create(root, Start, End.AddMinutes(-1), Guid.NewGuid().ToByteArray());
        using var whole = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }
}
