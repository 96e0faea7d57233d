using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster;

namespace AlertRollback.Tests.Sandbox.Cluster;

/// <summary>What only the pretend cluster can do: faults on demand, its request log, a forgotten history.</summary>
public sealed class SandboxClusterTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_the_token_everything_is_unauthorized()
    {
        await using var cluster = await SandboxCluster.StartAsync();
        using var http = Client(cluster, "wrong");
        (await http.GetAsync("api/v1/pods", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_planned_fault_hits_the_next_matching_request_only()
    {
        await using var cluster = await SandboxCluster.StartAsync();
        using var http = Client(cluster);
        cluster.Faults.Next("GET", "/pods", SandboxFault.TooManyRequests(7));
        (await http.GetAsync("api/v1/namespaces", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var refused = await http.GetAsync("api/v1/pods", Cancellation);
        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(7));
        (await http.GetAsync("api/v1/pods", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_write_whose_answer_is_lost_is_carried_out()
    {
        await using var cluster = await SandboxCluster.StartAsync();
        using var http = Client(cluster);
        cluster.Faults.Next("POST", "configmaps", SandboxFault.AnswerLost);
        await Should.ThrowAsync<HttpRequestException>(() => PostAsync(http, "api/v1/namespaces/default/configmaps", """{"metadata":{"name":"x"}}"""));
        cluster.Peek(new ObjectRef(ResourceKind.ConfigMap, "default", "x")).ShouldNotBeNull();
        cluster.Requests.Writes.Single().Path.ShouldBe("/api/v1/namespaces/default/configmaps");
    }

    [Fact]
    public async Task A_write_that_is_never_answered_is_not_carried_out()
    {
        await using var cluster = await SandboxCluster.StartAsync();
        using var http = Client(cluster);
        cluster.Faults.Next("POST", "configmaps", SandboxFault.NeverAnswered);
        await Should.ThrowAsync<HttpRequestException>(() => PostAsync(http, "api/v1/namespaces/default/configmaps", """{"metadata":{"name":"x"}}"""));
        cluster.Peek(new ObjectRef(ResourceKind.ConfigMap, "default", "x")).ShouldBeNull();
    }

    [Fact]
    public async Task A_watch_from_a_forgotten_version_is_told_that_it_is_gone()
    {
        await using var cluster = await SandboxCluster.StartAsync();
        using var http = Client(cluster);
        cluster.ForgetHistory();
        var line = await http.GetStringAsync("api/v1/namespaces?watch=1&resourceVersion=1&timeoutSeconds=5", Cancellation);
        JsonNode.Parse(line)!["type"]!.ToString().ShouldBe("ERROR");
        JsonNode.Parse(line)!["object"]!["code"]!.GetValue<int>().ShouldBe(410);
    }

    [Fact]
    public async Task A_watch_that_ends_says_with_a_bookmark_from_where_to_go_on()
    {
        await using var cluster = await SandboxCluster.StartAsync();
        using var http = Client(cluster);
        var lines = await http.GetStringAsync("api/v1/namespaces?watch=1&timeoutSeconds=0.2&allowWatchBookmarks=true", Cancellation);
        var events = lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!["type"]!.ToString());
        events.ShouldBe(["ADDED", "ADDED", "BOOKMARK"]);
    }

    [Fact]
    public async Task Lists_come_in_pages_in_the_order_of_names()
    {
        await using var cluster = await SandboxCluster.StartAsync();
        using var http = Client(cluster);
        foreach (var name in new[] { "c", "a", "b" }) await PostAsync(http, "api/v1/namespaces/default/configmaps", $$$"""{"metadata":{"name":"{{{name}}}"}}""");
        var first = JsonNode.Parse(await http.GetStringAsync("api/v1/namespaces/default/configmaps?limit=2", Cancellation))!;
        first["items"]!.AsArray().Select(i => i!["metadata"]!["name"]!.ToString()).ShouldBe(["a", "b"]);
        var more = Uri.EscapeDataString(first["metadata"]!["continue"]!.ToString());
        var second = JsonNode.Parse(await http.GetStringAsync($"api/v1/namespaces/default/configmaps?limit=2&continue={more}", Cancellation))!;
        second["items"]!.AsArray().Select(i => i!["metadata"]!["name"]!.ToString()).ShouldBe(["c"]);
        second["metadata"]!["continue"].ShouldBeNull();
    }

    [Theory]
    [InlineData("app=web", true)]
    [InlineData("app==web,tier!=db", true)]
    [InlineData("app in (api, web)", true)]
    [InlineData("app notin (api,web)", false)]
    [InlineData("!old", true)]
    [InlineData("app,old", false)]
    public async Task Label_selectors_choose(string selector, bool chosen)
    {
        await using var cluster = await SandboxCluster.StartAsync();
        using var http = Client(cluster);
        await PostAsync(http, "api/v1/namespaces/default/configmaps", """{"metadata":{"name":"x","labels":{"app":"web"}}}""");
        var list = JsonNode.Parse(await http.GetStringAsync($"api/v1/configmaps?labelSelector={Uri.EscapeDataString(selector)}", Cancellation))!;
        list["items"]!.AsArray().Count.ShouldBe(chosen ? 1 : 0);
    }

    private static HttpClient Client(SandboxCluster cluster, string token = "sandbox-token")
    {
        var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        var http = new HttpClient(handler) { BaseAddress = cluster.BaseAddress };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, string path, string body) =>
        http.PostAsync(path, new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancellation);
}
