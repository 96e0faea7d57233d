using System.Security.Cryptography.X509Certificates;
using System.Text;
using AlertRollback.Kubernetes;

namespace AlertRollback.Tests.Kubernetes;

public sealed class KubernetesConnectionTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kube-connection-").FullName;
    private readonly Dictionary<string, string> environment = [];
    private readonly TestAuthority authority = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public KubernetesConnectionTests() => environment["HOME"] = folder;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_token_file_is_read_again_for_each_request()
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        Write("token", server.Token = "first");
        var api = Connect(Kubeconfig("config", server, "tokenFile: token"));
        (await ApiServerStub.AskAsync(api)).ShouldBe(ApiServerStub.Answer);

        Write("token", server.Token = "second");
        (await ApiServerStub.AskAsync(api)).ShouldBe(ApiServerStub.Answer);
    }

    [Fact]
    public async Task A_pods_token_and_authority_are_followed_when_they_rotate()
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        InPod(server, server.Token = "first");
        var api = Connect(new KubernetesConnection(InCluster: true) { ServiceAccountFolder = folder });
        (await ApiServerStub.AskAsync(api)).ShouldBe(ApiServerStub.Answer);

        Write("token", server.Token = "second");
        (await ApiServerStub.AskAsync(api)).ShouldBe(ApiServerStub.Answer);

        var next = new TestAuthority();
        server.Present(next);
        (await Should.ThrowAsync<KubernetesException>(() => ApiServerStub.AskAsync(api))).Fault.ShouldBe(KubernetesFault.Unavailable);
        Write("ca.crt", authority.Pem + "\n" + next.Pem);
        (await ApiServerStub.AskAsync(api)).ShouldBe(ApiServerStub.Answer);
    }

    [Fact]
    public async Task A_server_of_another_authority_is_not_told_the_token()
    {
        await using var server = await ApiServerStub.StartAsync(new TestAuthority());
        var api = Connect(Kubeconfig("config", server, "token: secret"));
        (await Should.ThrowAsync<KubernetesException>(() => ApiServerStub.AskAsync(api))).Fault.ShouldBe(KubernetesFault.Unavailable);
    }

    [Theory]
    [InlineData("authority", null)]
    [InlineData("an authority below it", "the server's certificate is not from the cluster's authority, or not valid now: PartialChain")]
    [InlineData("its root alone, and the server does not show what is between", "the server's certificate is not from the cluster's authority, or not valid now: PartialChain")]
    [InlineData("another name", "the server's certificate was given to another name")]
    public async Task An_authority_that_has_its_word_from_another_is_enough(string who, string? refused)
    {
        var corporate = new TestAuthority();
        var cluster = new TestAuthority(corporate);
        await using var server = await ApiServerStub.StartAsync(who == "an authority below it" ? new TestAuthority(cluster) : cluster);
        if (who == "another name")
            server.Present(cluster, "api.example");
        server.Token = "secret";
        var trusted = who.StartsWith("its root", StringComparison.Ordinal) ? corporate : cluster;
        var kubeconfig = Kubeconfig("config", server, "token: secret");
        Write("config", (await File.ReadAllTextAsync($"{folder}/config", Cancellation)).Replace(Base64(authority.Pem), Base64(trusted.Pem), StringComparison.Ordinal));
        var api = Connect(kubeconfig);
        if (refused is null)
            (await ApiServerStub.AskAsync(api)).ShouldBe(ApiServerStub.Answer);
        else
            (await Should.ThrowAsync<KubernetesException>(() => ApiServerStub.AskAsync(api))).Message.ShouldBe($"no answer from the API server: {refused}");
    }

    [Theory]
    // the name in the certificate that the server shows | the kubeconfig's tls-server-name
    [InlineData("node-7.example", null, false)]
    [InlineData("api.example", "api.example", true)]
    [InlineData("127.0.0.1", "api.example", false)]
    public async Task A_server_with_somebody_elses_certificate_of_the_same_authority_is_not_told_the_token(string certificate, string? serverName, bool trusted)
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        server.Present(authority, certificate);
        server.Token = "secret";
        var api = Connect(Kubeconfig("config", server, "token: secret", serverName is null ? "" : $", tls-server-name: {serverName}"));
        if (trusted)
            (await ApiServerStub.AskAsync(api)).ShouldBe(ApiServerStub.Answer);
        else
            (await Should.ThrowAsync<KubernetesException>(() => ApiServerStub.AskAsync(api))).Fault.ShouldBe(KubernetesFault.Unavailable);
        server.Requests.ShouldBe(trusted ? 1 : 0);
    }

    [Fact]
    public async Task Who_the_kubeconfig_wants_to_be_taken_for_is_said_with_each_request_unless_the_command_names_another()
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        server.Token = "secret";
        var connection = Kubeconfig("config", server, "token: secret, as: robot, as-uid: u-1, as-groups: [ops], as-user-extra: {Reason: drill}");
        await ApiServerStub.AskAsync(Connect(connection));
        server.Impersonated.ShouldBe(["Impersonate-Extra-reason: drill", "Impersonate-Group: ops", "Impersonate-Uid: u-1", "Impersonate-User: robot"]);

        server.Impersonated.Clear();
        await ApiServerStub.AskAsync(Connect(connection with { As = "other" }));
        server.Impersonated.ShouldBe(["Impersonate-User: other"]);
        Choose(Kubeconfig("groups", server, "token: secret, as: robot, as-groups: [ops, all]")).Source.ShouldStartWith("the cluster's configuration is faulty: as-groups must not name more than one group");
    }

    [Fact]
    public async Task A_clusters_proxy_is_the_way_to_it()
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        server.Token = "secret";
        var nobody = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        nobody.Start();
        var port = ((System.Net.IPEndPoint)nobody.LocalEndpoint).Port;
        nobody.Stop();

        var api = Connect(Kubeconfig("config", server, "token: secret", $", proxy-url: 'http://127.0.0.1:{port}'"));
        (await Should.ThrowAsync<KubernetesException>(() => ApiServerStub.AskAsync(api))).Fault.ShouldBe(KubernetesFault.Unavailable);
        server.Requests.ShouldBe(0);
        Choose(Kubeconfig("faulty", server, "token: secret", ", proxy-url: proxy")).Source.ShouldBe("the cluster's configuration is faulty: proxy-url must begin with http://, https:// or socks5://");
    }

    [Theory]
    [InlineData("joe:se%20cret@", true)]
    [InlineData("joe:wrong@", false)]
    [InlineData("", false)]
    public async Task A_proxys_user_and_password_are_sent_to_it(string user, bool admitted)
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        server.Token = "secret";
        using var proxy = new ProxyStub("joe:se cret");
        var api = Connect(Kubeconfig("config", server, "token: secret", $", proxy-url: 'http://{user}127.0.0.1:{proxy.Port}'"));
        if (admitted)
            (await ApiServerStub.AskAsync(api)).ShouldBe(ApiServerStub.Answer);
        else
            (await Should.ThrowAsync<KubernetesException>(() => api.MergePatchAsync(new ObjectRef(new ResourceKind("", "v1", "ConfigMap", "configmaps"), "production", "a"), [], new WriteOptions(), Cancellation))).Fault.ShouldBe(KubernetesFault.Unavailable, "nothing was sent");
        server.Requests.ShouldBe(admitted ? 1 : 0);
    }

    [Theory]
    [InlineData("# to be filled\n", "the cluster's configuration is faulty: {0}/config is empty")]
    [InlineData("", "the cluster's configuration is faulty: {0}/config is empty")]
    [InlineData(null, "the cluster's configuration is faulty: {0}/config is not there")]
    [InlineData("{contexts: [{name: here, context: {cluster: c, user: u}}], current-context: here, clusters: [{name: c, cluster: {server: 'ftp://c'}}], users: [{name: u, user: {token: t}}]}", "the cluster's configuration is faulty: the cluster's server is no address")]
    [InlineData("{contexts: [{name: here, context: {cluster: c, user: u}}], current-context: here, clusters: [{name: c, cluster: {server: 'https://c', certificate-authority: gone.crt}}], users: [{name: u, user: {token: t}}]}", "the cluster's configuration cannot be read: {0}/gone.crt is not there")]
    public void What_is_empty_or_not_there_is_named(string? content, string said)
    {
        if (content is not null)
            Write("config", content);
        Choose(new KubernetesConnection($"{folder}/config")).Source.ShouldBe(said.Replace("{0}", folder, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_certificate_within_the_kubeconfig_is_shown()
    {
        await using var server = await ApiServerStub.StartAsync(authority, clientCertificates: true);
        using var mine = authority.Issue("on-call");
        var user = $"client-certificate-data: {Base64(mine.ExportCertificatePem())}, client-key-data: {Base64(KeyOf(mine))}";
        (await ApiServerStub.AskAsync(Connect(Kubeconfig("config", server, user)))).ShouldBe(ApiServerStub.Answer);
        server.Subjects.ShouldBe(["CN=on-call"]);
    }

    [Fact]
    public void A_key_that_is_another_certificates_is_said()
    {
        using var mine = authority.Issue("on-call");
        using var other = authority.Issue("other");
        Write("config", $$"""
            current-context: here
            contexts: [{name: here, context: {cluster: c, user: u} }]
            clusters: [{name: c, cluster: {server: "https://c"} }]
            users: [{name: u, user: {client-certificate-data: {{Base64(mine.ExportCertificatePem())}}, client-key-data: {{Base64(KeyOf(other))}} } }]
            """);
        Choose(new KubernetesConnection($"{folder}/config")).Source.ShouldBe("the cluster's configuration cannot be read: ArgumentException");
    }

    [Fact]
    public async Task Whose_certificate_it_is_does_not_count_where_the_kubeconfig_says_so()
    {
        await using var server = await ApiServerStub.StartAsync(new TestAuthority());
        server.Token = "secret";
        (await ApiServerStub.AskAsync(Connect(Kubeconfig("config", server, "token: secret", ", insecure-skip-tls-verify: true")))).ShouldBe(ApiServerStub.Answer);
    }

    [Fact]
    public async Task Files_named_by_merged_kubeconfigs_lie_beside_the_one_that_names_them()
    {
        await using var server = await ApiServerStub.StartAsync(authority, clientCertificates: true);
        using var mine = authority.Issue("on-call");
        Write("clusters/ca.crt", authority.Pem);
        Write("users/me.crt", mine.ExportCertificatePem());
        Write("users/me.key", KeyOf(mine));
        Write("config", """
            contexts: [{name: here, context: {cluster: c, user: u}}]
            """);
        Write("clusters/config", $$"""
            clusters: [{name: c, cluster: {server: "{{server.Url}}", certificate-authority: ca.crt} }]
            """);
        Write("users/config", """
            current-context: here
            users: [{name: u, user: {client-certificate: me.crt, client-key: me.key}}]
            clusters: [{name: c, cluster: {server: "https://second.invalid"}}]
            """);
        environment["KUBECONFIG"] = $"{folder}/config:{folder}/clusters/config:{folder}/users/config:{folder}/missing";
        (await ApiServerStub.AskAsync(Connect(new KubernetesConnection()))).ShouldBe(ApiServerStub.Answer);
        server.Subjects.ShouldBe(["CN=on-call"]);
    }

    [Fact]
    public async Task A_client_certificate_in_files_is_followed_when_it_is_renewed_and_half_of_it_never()
    {
        await using var server = await ApiServerStub.StartAsync(authority, clientCertificates: true);
        using var first = authority.Issue("first");
        using var second = authority.Issue("second");
        Write("me.crt", first.ExportCertificatePem());
        Write("me.key", KeyOf(first));
        var api = Connect(Kubeconfig("config", server, "client-certificate: me.crt, client-key: me.key"));
        await ApiServerStub.AskAsync(api);

        Write("me.crt", second.ExportCertificatePem());
        await ApiServerStub.AskAsync(api);
        Write("me.key", KeyOf(second));
        await ApiServerStub.AskAsync(api);

        server.Subjects.ShouldBe(["CN=first", "CN=first", "CN=second"]);
    }

    [Fact]
    public async Task Several_clusters_are_talked_to_at_once_by_file_and_context()
    {
        await using var first = await ApiServerStub.StartAsync(authority);
        await using var second = await ApiServerStub.StartAsync(authority);
        (first.Token, second.Token) = ("one", "two");
        var path = Write("config", $$"""
            current-context: first
            contexts: [{name: first, context: {cluster: c1, user: u1} }, {name: second, context: {cluster: c2, user: u2} }]
            clusters:
              - {name: c1, cluster: {server: "{{first.Url}}", certificate-authority-data: "{{Base64(authority.Pem)}}"} }
              - {name: c2, cluster: {server: "{{second.Url}}", certificate-authority-data: "{{Base64(authority.Pem)}}"} }
            users: [{name: u1, user: {token: one} }, {name: u2, user: {token: two} }]
            """);
        var apis = new[] { Connect(new KubernetesConnection(path)), Connect(new KubernetesConnection(path, "second")), Connect(Kubeconfig("other", first, "token: one")) };
        (await Task.WhenAll(apis.Select(ApiServerStub.AskAsync))).ShouldAllBe(v => v == ApiServerStub.Answer);
    }

    [Fact]
    public void With_nothing_there_no_cluster_is_configured()
    {
        var choice = Choose(new KubernetesConnection { ServiceAccountFolder = folder });
        choice.Api.ShouldBeNull();
        choice.Source.ShouldBe("no cluster configured");
    }

    [Fact]
    public async Task What_is_said_most_plainly_is_chosen()
    {
        await using var server = await ApiServerStub.StartAsync(authority);
        var nothingSaid = new KubernetesConnection { ServiceAccountFolder = folder };

        Kubeconfig(".kube/config", server, "token: t");
        Choose(nothingSaid).Source.ShouldBe($"{folder}/.kube/config");
        InPod(server, "t");
        Choose(nothingSaid).Source.ShouldBe("in-cluster");
        environment["KUBECONFIG"] = Kubeconfig("env", server, "token: t").Kubeconfig!;
        Choose(nothingSaid).Source.ShouldBe("KUBECONFIG");
        Choose(nothingSaid with { InCluster = true }).Source.ShouldBe("in-cluster");
        var plain = Choose(nothingSaid with { InCluster = true, Kubeconfig = Kubeconfig("plain", server, "token: t").Kubeconfig });
        plain.Source.ShouldBe($"{folder}/plain");
        plain.Api.ShouldNotBeNull();
    }

    [Fact]
    public void KUBECONFIG_naming_only_missing_files_is_said_and_nothing_else_is_chosen()
    {
        environment["KUBECONFIG"] = $"{folder}/missing";
        var choice = Choose(new KubernetesConnection());
        choice.Api.ShouldBeNull();
        choice.Source.ShouldContain("none of the kubeconfig files exists");
    }

    [Fact]
    public void In_cluster_outside_of_a_pod_says_so()
    {
        var choice = Choose(new KubernetesConnection(InCluster: true) { ServiceAccountFolder = folder });
        choice.Api.ShouldBeNull();
        choice.Source.ShouldContain("no pod");
    }

    [Theory]
    [InlineData("users: [{name: u, user: {token: hunter2")]
    [InlineData("hunter2")]
    [InlineData("clusters: [{name: c, cluster: {insecure-skip-tls-verify: hunter2}}]")]
    [InlineData("{contexts: [{name: here, context: {cluster: c, user: u}}], current-context: here, clusters: [{name: c, cluster: {server: 'https://c'}}], users: [{name: u, user: {client-certificate-data: hunter2, client-key-data: hunter2}}]}")]
    public void A_faulty_kubeconfig_is_said_without_its_content(string content)
    {
        Write("config", content);
        var choice = Choose(new KubernetesConnection($"{folder}/config"));
        choice.Api.ShouldBeNull();
        choice.Source.ShouldStartWith("the cluster's configuration");
        choice.Source.ShouldNotContain("hunter2");
    }

    private ClusterChoice Choose(KubernetesConnection connection) =>
        connection.Connect(TimeProvider.System, () => 0.5, new KubernetesRetry { Repetitions = 1, Pause = TimeSpan.FromMilliseconds(1) },
            environment: environment.GetValueOrDefault);

    private KubernetesApi Connect(KubernetesConnection connection)
    {
        var choice = Choose(connection);
        return choice.Api.ShouldNotBeNull(choice.Source);
    }

    private KubernetesConnection Kubeconfig(string name, ApiServerStub server, string user, string cluster = "")
    {
        var path = Write(name, $$"""
            current-context: here
            contexts: [{name: here, context: {cluster: c, user: u} }]
            clusters: [{name: c, cluster: {server: "{{server.Url}}", certificate-authority-data: "{{Base64(authority.Pem)}}"{{cluster}} } }]
            users: [{name: u, user: { {{user}} } }]
            """);
        return new KubernetesConnection(path);
    }

    private void InPod(ApiServerStub server, string token)
    {
        environment["KUBERNETES_SERVICE_HOST"] = server.Url.Host;
        environment["KUBERNETES_SERVICE_PORT"] = $"{server.Url.Port}";
        Write("token", token);
        Write("ca.crt", authority.Pem);
    }

    private string Write(string name, string content)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    private static string KeyOf(X509Certificate2 certificate) => certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
