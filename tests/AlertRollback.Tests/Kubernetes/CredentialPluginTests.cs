using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Kubernetes;

/// <summary>A kubeconfig's exec plugins, real ones: shell scripts.</summary>
public sealed class CredentialPluginTests : IDisposable
{
    private const string V1 = "client.authentication.k8s.io/v1";
    private readonly string folder = Directory.CreateTempSubdirectory("credential-plugin-").FullName;
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
    private readonly TestAuthority authority = new();

    /// <summary>Scripts take real time; only what is about expiry and patience lives in pretended time.</summary>
    private TimeProvider clock = TimeProvider.System;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>How often the plugin was run.</summary>
    private int Runs => File.Exists(At("runs")) ? File.ReadAllLines(At("runs")).Length : 0;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(V1)]
    [InlineData("client.authentication.k8s.io/v1beta1")]
    public async Task A_token_is_printed_once_for_many_requests(string apiVersion)
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        Prints(Token(server.Token = "first", apiVersion: apiVersion));
        var api = Connect(server, apiVersion);
        Runs.ShouldBe(0, "connecting makes no request");
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ApiServerStub.AskAsync(api)));
        Runs.ShouldBe(1);
    }

    [Fact]
    public async Task A_token_is_renewed_before_it_expires()
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        clock = time;
        Prints(Token(server.Token = "first", time.GetUtcNow().AddMinutes(10)));
        var api = Connect(server);
        await ApiServerStub.AskAsync(api);
        time.Advance(TimeSpan.FromMinutes(9));
        await ApiServerStub.AskAsync(api);
        Runs.ShouldBe(1);

        time.Advance(TimeSpan.FromSeconds(50));
        Prints(Token(server.Token = "second"));
        await ApiServerStub.AskAsync(api);
        Runs.ShouldBe(2);
    }

    [Fact]
    public async Task A_token_is_asked_for_again_when_the_server_refuses_it()
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        Prints(Token(server.Token = "first"));
        var api = Connect(server);
        await ApiServerStub.AskAsync(api);

        Prints(Token(server.Token = "second"));
        await ApiServerStub.AskAsync(api);
        Runs.ShouldBe(2);
    }

    [Fact]
    public async Task A_client_certificate_is_shown_and_followed_when_it_is_renewed()
    {
        await using var server = await ApiServerStub.StartAsync(authority, clientCertificates: true);
        clock = time;
        Prints(Certificate("first", time.GetUtcNow().AddMinutes(10)));
        var api = Connect(server);
        await ApiServerStub.AskAsync(api);
        time.Advance(TimeSpan.FromMinutes(9));
        Prints(Certificate("second", time.GetUtcNow().AddMinutes(10)));
        await ApiServerStub.AskAsync(api);
        server.Subjects.ShouldBe(["CN=first", "CN=second"]);
    }

    [Theory]
    [InlineData("echo 'session expired: log in again' >&2; exit 1", "plugin.sh failed: it ended with exit code 1: session expired: log in again")]
    [InlineData("echo hunter2", "printed no ExecCredential")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"status\":{\"token\":\"hunter2\"}}'", "printed no ExecCredential of client.authentication.k8s.io/v1")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{}}'", "neither a token nor a client certificate")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{\"clientKeyData\":\"hunter2\"}}'", "without its certificate")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{\"clientCertificateData\":\"hunter2\",\"clientKeyData\":\"hunter2\"}}'", "cannot be read")]
    public async Task A_plugin_that_fails_says_why_and_nothing_is_sent(string script, string why)
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        Plugin(script);
        var fault = await FaultAsync(Connect(server));
        fault.Fault.ShouldBe(KubernetesFault.Unavailable);
        fault.Message.ShouldContain(why);
        fault.Message.ShouldNotContain("hunter2");
        fault.Message.ShouldNotContain("\n");
        server.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task A_plugin_that_failed_is_run_again_for_the_next_request()
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        Plugin("exit 1");
        var api = Connect(server);
        await FaultAsync(api);
        Prints(Token(server.Token = "first"));
        await ApiServerStub.AskAsync(api);
    }

    [Fact]
    public async Task A_plugin_that_hangs_is_given_up_and_ended()
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        Plugin($"echo $$ > {At("pid")}; exec sleep 600");
        clock = time;
        var request = FaultAsync(Connect(server));
        while (!File.Exists(At("pid")) || new FileInfo(At("pid")).Length == 0) await Task.Yield();
        var fault = await request.PassingTimeAsync(time, Cancellation);
        fault.Fault.ShouldBe(KubernetesFault.Unavailable);
        var id = int.Parse(await File.ReadAllTextAsync(At("pid"), Cancellation), System.Globalization.CultureInfo.InvariantCulture);
        time.Advance(TimeSpan.FromMinutes(2));
        while (Directory.Exists($"/proc/{id}")) await Task.Yield();
    }

    [Fact]
    public async Task A_warning_is_no_failure_and_arguments_are_not_split()
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        server.Token = "a b";
        Plugin("""echo "deprecated" >&2; echo "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{\"token\":\"$1\"}}" """);
        await ApiServerStub.AskAsync(Connect(server, more: "args: ['a b'],"));
    }

    [Fact]
    public async Task A_plugin_is_told_for_which_cluster_and_that_nobody_answers()
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        Prints(Token(server.Token = "first"));
        File.AppendAllText(At("plugin.sh"), $"printf %s \"$KUBERNETES_EXEC_INFO\" > {At("told")}; printf %s \"$REGION\" > {At("region")}; read answer || true\n");
        await ApiServerStub.AskAsync(Connect(server, more: "provideClusterInfo: true, env: [{name: REGION, value: west}],"));

        var told = JsonNode.Parse(await File.ReadAllTextAsync(At("told"), Cancellation))!;
        told["apiVersion"]!.ToString().ShouldBe(V1);
        told["kind"]!.ToString().ShouldBe("ExecCredential");
        told["spec"]!["interactive"]!.GetValue<bool>().ShouldBeFalse();
        told["spec"]!["cluster"]!["server"]!.ToString().ShouldBe(server.Url.ToString());
        told["spec"]!["cluster"]!["certificate-authority-data"]!.ToString().ShouldBe(Base64(authority.Pem));
        (await File.ReadAllTextAsync(At("region"), Cancellation)).ShouldBe("west");
    }

    [Fact]
    public async Task A_plugin_that_is_not_installed_is_said_with_its_hint()
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        var fault = await FaultAsync(Connect(server, more: "installHint: get it from the shop,"));
        fault.Message.ShouldBe("the credential plugin plugin.sh failed: it cannot be started: get it from the shop");
    }

    [Theory]
    [InlineData("apiVersion: client.authentication.k8s.io/v1alpha1, command: ./plugin.sh", "apiVersion has to be")]
    [InlineData("apiVersion: client.authentication.k8s.io/v1", "has no command")]
    public async Task A_plugin_that_cannot_be_right_is_a_faulty_configuration(string exec, string why)
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        var choice = Choose(server, exec);
        choice.Api.ShouldBeNull();
        choice.Source.ShouldContain(why);
    }

    private KubernetesApi Connect(ApiServerStub server, string apiVersion = V1, string more = "")
    {
        var choice = Choose(server, $"apiVersion: {apiVersion}, {more} command: ./plugin.sh, interactiveMode: Never");
        return choice.Api.ShouldNotBeNull(choice.Source);
    }

    private ClusterChoice Choose(ApiServerStub server, string exec)
    {
        File.WriteAllText(At("config"), $$"""
            current-context: here
            contexts: [{name: here, context: {cluster: c, user: u} }]
            clusters: [{name: c, cluster: {server: "{{server.Url}}", certificate-authority-data: "{{Base64(authority.Pem)}}"} }]
            users: [{name: u, user: {exec: { {{exec}} } } }]
            """);
        return new KubernetesConnection(At("config")).Connect(clock, () => 0.5, new KubernetesRetry { Repetitions = 1, Pause = TimeSpan.FromMilliseconds(1) });
    }

    private static async Task<KubernetesException> FaultAsync(KubernetesApi api) =>
        await Should.ThrowAsync<KubernetesException>(() => ApiServerStub.AskAsync(api));

    private void Prints(string text)
    {
        File.WriteAllText(At("printed"), text);
        Plugin($"echo run >> {At("runs")}; cat {At("printed")}");
    }

    private void Plugin(string body)
    {
        File.WriteAllText(At("plugin.sh"), "#!/bin/sh\n" + body + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(At("plugin.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static string Token(string token, DateTimeOffset? expires = null, string apiVersion = V1) => Printed(new JsonObject { ["token"] = token }, expires, apiVersion);

    private string Certificate(string name, DateTimeOffset expires)
    {
        using var mine = authority.Issue(name);
        var status = new JsonObject
        {
            ["clientCertificateData"] = mine.ExportCertificatePem(),
            ["clientKeyData"] = mine.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(),
        };
        return Printed(status, expires, V1);
    }

    private static string Printed(JsonObject status, DateTimeOffset? expires, string apiVersion)
    {
        if (expires is { } end)
            status["expirationTimestamp"] = end.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        return new JsonObject { ["kind"] = "ExecCredential", ["apiVersion"] = apiVersion, ["status"] = status }.ToJsonString();
    }

    private string At(string name) => Path.Combine(folder, name);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
