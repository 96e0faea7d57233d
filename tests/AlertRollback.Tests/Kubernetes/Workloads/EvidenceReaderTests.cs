using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Kubernetes.Workloads;

public sealed class EvidenceReaderTests
{
    private readonly Shop shop = Shop.WithReleases("v1", "broken2");

    public EvidenceReaderTests()
    {
        shop.Cluster.Put(ResourceKind.Pod, Pod("api-new", "rs-2", """{"waiting": {"reason": "CrashLoopBackOff"}}""", ready: false, restarts: 3));
        shop.Cluster.Put(ResourceKind.Pod, Pod("api-old", "rs-1", """{"waiting": {"reason": "CrashLoopBackOff"}}""", ready: false, restarts: 3));
        shop.Cluster.Put(ResourceKind.Pod, Pod("api-fine", "rs-2", """{"running": {}}""", ready: true, restarts: 0));
        shop.Cluster.Logs["api-new/app"] = "ERROR cannot connect, password=hunter2";
        shop.Cluster.Logs["api-new/app/previous"] = "panic";
    }

    [Fact]
    public async Task Failing_pods_of_the_current_revision_are_read_with_secrets_masked()
    {
        var evidence = await CaptureAsync();

        evidence.Failing.ShouldBe(1);
        var pod = evidence.Pods.ShouldHaveSingleItem();
        pod.ToString().ShouldBe("api-new (app): CrashLoopBackOff, 3 restarts");
        pod.Logs.ShouldBe([new ContainerLog("app", "ERROR cannot connect, password=***", "panic")]);
        evidence.Missing.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_cannot_be_read_is_said_and_the_rest_is_there()
    {
        shop.Cluster.BeforeRead = path =>
        {
            if (path.EndsWith("/events", StringComparison.Ordinal))
                throw new KubernetesException(KubernetesFault.Forbidden, "events is forbidden");
        };

        var evidence = await CaptureAsync();

        evidence.Pods.ShouldHaveSingleItem().Logs.ShouldHaveSingleItem().PreviousLog.ShouldBe("panic");
        evidence.Missing.ShouldBe(["events: events is forbidden"]);
    }

    // Whoever answers with errors is ready all the same.
    [Fact]
    public async Task Where_no_pod_of_the_release_fails_three_of_it_are_read()
    {
        shop.Cluster.Put(ResourceKind.Pod, Pod("api-new", "rs-2", """{"running": {}}""", ready: true, restarts: 1));
        foreach (var name in new[] { "api-other", "api-p", "api-q" })
            shop.Cluster.Put(ResourceKind.Pod, Pod(name, "rs-2", """{"running": {}}""", ready: true, restarts: 0));
        shop.Cluster.Logs["api-fine/app"] = "HTTP 500: no such table";
        var evidence = await CaptureAsync();

        evidence.Failing.ShouldBe(0);
        evidence.Pods.Select(p => p.ToString()).ShouldBe(["api-fine: ready", "api-new: ready", "api-other: ready"]);
        evidence.Pods[0].Logs.ShouldBe([new ContainerLog("app", "HTTP 500: no such table", null)]);
        evidence.Pods[1].Logs.ShouldBe([new ContainerLog("app", "ERROR cannot connect, password=***", "panic")]);
    }

    [Fact]
    public async Task All_of_it_is_every_pod_whatever_its_revision_the_failing_ones_first()
    {
        shop.Cluster.Logs["api-fine/app"] = "all is well";
        var evidence = await CaptureAsync(new EvidenceScope(All: true));

        evidence.Pods.Select(p => p.ToString()).ShouldBe(["api-new (app): CrashLoopBackOff, 3 restarts", "api-old (app): CrashLoopBackOff, 3 restarts", "api-fine: ready"]);
        evidence.Pods[2].Logs.ShouldBe([new ContainerLog("app", "all is well", null)]);
    }

    [Theory]
    [InlineData("Authorization: Bearer abc.def", "Authorization: Bearer ***")]
    [InlineData("""{"api_key": "abc"}""", """{"api_key": "***"}""")]
    [InlineData("postgres://rental:hunter2@db/rental", "postgres://rental:***@db/rental")]
    [InlineData("redis://:hunter2@cache:6379/0", "redis://:***@cache:6379/0")]
    [InlineData("amqp://rental:p@ss@mq/rental", "amqp://rental:***@mq/rental")]
    [InlineData("""parse "postgres://rental:p/ss@db/rental": invalid port ":p" after host""", """parse "postgres://rental:***@db/rental": invalid port ":p" after host""")]
    [InlineData("password:\n  hunter2\nuser: rental", "password:\n  ***\nuser: rental")]
    [InlineData("""{"password":12345,"error":"no route"}""", """{"password":***,"error":"no route"}""")]
    [InlineData("""{"log":"{\"pwd\":12345,\"error\":\"no route\"}"}""", """{"log":"{\"pwd\":***,\"error\":\"no route\"}"}""")]
    [InlineData("""{"max_tokens":512,"error":"x"}""", """{"max_tokens":512,"error":"x"}""")]
    [InlineData("""{"error":"x","max_tokens": 512}""", """{"error":"x","max_tokens": 512}""")]
    [InlineData("""{"tokens":"512","error":"x"}""", """{"tokens":"***","error":"x"}""")]
    [InlineData("""{"token":512,"error":"x"}""", """{"token":***,"error":"x"}""")]
    [InlineData("PGPASSWORD=P@ss,word;1 psql", "PGPASSWORD=*** psql")]
    [InlineData("""password='it is "long", really' next""", "password='***' next")]
    [InlineData("""{"password": "a\"b c", "user": "rental"}""", """{"password": "***", "user": "rental"}""")]
    [InlineData("""{"log": "{\"token\":\"a b\",\"user\":\"rental\"}"}""", """{"log": "{\"token\":\"***\",\"user\":\"rental\"}"}""")]
    [InlineData("AWS_SECRET_ACCESS_KEY=wJalrXUtn", "AWS_SECRET_ACCESS_KEY=***")]
    [InlineData("DB_PASS=hunter2", "DB_PASS=***")]
    [InlineData("private_key: MIIE", "private_key: ***")]
    [InlineData("GET /tokens 200", "GET /tokens 200")]
    [InlineData("cache key=rental:42 is gone, monkey: 3, pass: 12, bypass=yes", "cache key=rental:42 is gone, monkey: 3, pass: 12, bypass=yes")]
    [InlineData("connecting to http://db:5432/rental failed", "connecting to http://db:5432/rental failed")]
    [InlineData("docker-pullable://registry:5000/api@sha256:12", "docker-pullable://registry:5000/api@sha256:12")]
    public void What_looks_like_a_secret_is_masked(string line, string masked) => EvidenceReader.Mask(line).ShouldBe(masked);

    [Theory]
    [InlineData("http://h:8/,")]
    [InlineData("http://h:p,")]
    [InlineData("tokens:1")]
    [InlineData("password:")]
    public void A_log_of_one_line_without_an_end_is_masked_in_time(string part)
    {
        var line = string.Concat(Enumerable.Repeat(part, 64 * 1024 / part.Length));

        Should.NotThrow(() => EvidenceReader.Mask(line));
    }

    private async Task<Evidence> CaptureAsync(EvidenceScope? scope = null) => await new EvidenceReader(shop.Cluster, new FakeTimeProvider())
        .CaptureAsync((await shop.ReadAsync())!, scope ?? new EvidenceScope(), TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    private static string Pod(string name, string owner, string state, bool ready, int restarts) => $$"""
        {"metadata": {"name": "{{name}}", "namespace": "shop", "uid": "{{name}}", "labels": {"app": "api"},
          "ownerReferences": [{"controller": true, "kind": "ReplicaSet", "uid": "{{owner}}"}]},
         "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "{{(ready ? "True" : "False")}}"}],
          "containerStatuses": [{"name": "app", "ready": {{(ready ? "true" : "false")}}, "restartCount": {{restarts}}, "state": {{state}} }] } }
        """;
}
