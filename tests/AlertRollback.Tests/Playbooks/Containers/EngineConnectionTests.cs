using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Containers;
using AlertRollback.Tests.Matrix;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace AlertRollback.Tests.Playbooks.Containers;

/// <summary>TCP with certificates of both sides, as an engine beyond this machine asks for them.</summary>
public sealed class EngineConnectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly X509Certificate2 _authority = Authority("engine authority");

    [Fact]
    public async Task Both_sides_show_a_certificate_of_the_operators_authority()
    {
        await using var app = await ServeAsync();

        (await Ask(app, Write("ca.pem", _authority), Issue("client"))).ShouldBeNull("there is no such container, but somebody who may be believed says so");
    }

    [Fact]
    public async Task An_engine_of_another_authority_is_not_believed()
    {
        await using var app = await ServeAsync();
        using var other = Authority("somebody else");

        var fault = await Should.ThrowAsync<EngineException>(() => Ask(app, Write("other.pem", other), Issue("client")));
        fault.Fault.ShouldBe(EngineFault.Unavailable);
    }

    [Fact]
    public async Task Without_a_certificate_of_our_own_the_engine_does_not_let_us_in()
    {
        await using var app = await ServeAsync();

        await Should.ThrowAsync<EngineException>(() => Ask(app, Write("ca.pem", _authority), null));
    }

    [Fact]
    public void Certificates_that_are_not_there_are_said_without_their_path()
    {
        var grant = new GrantedEngine("tcp://127.0.0.1:2376", []) { CaFile = "/no/such/ca.pem" };

        Should.Throw<EngineException>(() => EngineConnection.Open(grant)).Message.ShouldNotContain("/no/such");
    }

    [Fact]
    public async Task Certificates_that_were_renewed_are_used_from_then_on_and_half_of_them_never()
    {
        await using var app = await ServeAsync();
        using var other = Authority("somebody else");
        var (certificate, key) = Issue("client");
        var grant = new GrantedEngine($"tcp://127.0.0.1:{new Uri(app.Urls.First()).Port}", ["rental-api-prod"]) { CaFile = Write("ca.pem", other), CertificateFile = certificate, KeyFile = key };
        var operators = new OperatorConfiguration
        {
            Matrix = "",
            Journal = "",
            Teams = new Dictionary<string, TeamGrants> { ["rental"] = new() { Engines = new Dictionary<string, GrantedEngine> { ["vm"] = grant } } },
        };
        var engines = new GrantedEngines(operators, TimeProvider.System);
        Engine Now() => engines.Find("rental", "vm", "rental-api-prod")!.Engine;
        await Should.ThrowAsync<EngineException>(() => Now().ContainerAsync("rental-api-prod", TestContext.Current.CancellationToken));

        Write("ca.pem", _authority);
        (await Now().ContainerAsync("rental-api-prod", TestContext.Current.CancellationToken)).ShouldBeNull("it is believed now");

        var engine = Now();
        Now().ShouldBeSameAs(engine, "nothing changed");
        File.WriteAllText(key, File.ReadAllText(Issue("another").Key));
        Now().ShouldBeSameAs(engine, "the certificate does not belong to the key yet");
        File.WriteAllText(certificate, File.ReadAllText(Path.Combine(Path.GetDirectoryName(certificate)!, "another.pem")));
        Now().ShouldNotBeSameAs(engine);
        (await Now().ContainerAsync("rental-api-prod", TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    private static async Task<ContainerState?> Ask(WebApplication app, string authority, (string Certificate, string Key)? own)
    {
        var grant = new GrantedEngine($"tcp://127.0.0.1:{new Uri(app.Urls.First()).Port}", []) { CaFile = authority, CertificateFile = own?.Certificate, KeyFile = own?.Key };
        using var http = EngineConnection.Open(grant);
        return await new Engine(http, TimeProvider.System).ContainerAsync("rental-api-prod", TestContext.Current.CancellationToken);
    }

    private async Task<WebApplication> ServeAsync()
    {
        var (certificate, key) = Issue("server");
        using var pem = X509Certificate2.CreateFromPemFile(certificate, key);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (shown, _, _) => shown.Issuer == _authority.Subject;
        })));
        var app = builder.Build();
        app.MapGet("/_ping", () => "OK");
        app.MapFallback(() => Results.NotFound());
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private (string Certificate, string Key) Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_authority, _authority.NotBefore, _authority.NotAfter, Guid.NewGuid().ToByteArray());
        return (Write($"{name}.pem", certificate), _folder.Write($"{name}.key", key.ExportPkcs8PrivateKeyPem()));
    }

    private string Write(string name, X509Certificate2 certificate) => _folder.Write(name, certificate.ExportCertificatePem());

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
