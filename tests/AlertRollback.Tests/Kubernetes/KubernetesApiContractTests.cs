using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Tests.Support;
using k8s;
using KubernetesException = AlertRollback.Kubernetes.KubernetesException;
using KubernetesObject = AlertRollback.Kubernetes.KubernetesObject;
using WatchEventType = AlertRollback.Kubernetes.WatchEventType;

namespace AlertRollback.Tests.Kubernetes;

/// <summary>What a real API server, named by <c>KUBECONFIG</c>, makes of our requests. Each test has a namespace of its own.</summary>
public sealed class KubernetesApiContractTests : IAsyncLifetime
{
    private readonly string space = $"kube-contract-{Guid.NewGuid():n}"[..30];
    private KubernetesApi api = null!;
    private k8s.Kubernetes raw = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var kubeconfig = Need.Cluster();
        var choice = new KubernetesConnection(kubeconfig).Connect(TimeProvider.System, () => 0.5, new KubernetesRetry { PageSize = 3 });
        api = choice.Api.ShouldNotBeNull(choice.Source);
        raw = new k8s.Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));
        await api.CreateAsync(ResourceKind.Namespace, "", Body("v1", "Namespace", space), new WriteOptions(), Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (raw is null)
            return;
        // Also after a cancelled test the namespace has to go.
        await raw.CoreV1.DeleteNamespaceAsync(space, cancellationToken: CancellationToken.None);
        raw.Dispose();
    }

    [Fact]
    public async Task An_object_that_is_not_there_is_null() => (await api.GetAsync(Map("none"), Cancellation)).ShouldBeNull();

    [Fact]
    public async Task A_list_longer_than_a_page_comes_whole()
    {
        for (var i = 0; i < 7; i++)
            await CreateMapAsync($"page-{i}", i < 5 ? "first" : "last");
        (await api.ListAsync(ResourceKind.ConfigMap, space, "part", Cancellation)).Select(m => m.Name)
            .ShouldBe(Enumerable.Range(0, 7).Select(i => $"page-{i}"));
        (await api.ListAsync(ResourceKind.ConfigMap, space, "part in (last)", Cancellation)).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(true, true, null)]
    [InlineData(true, false, KubernetesFault.Conflict)]
    [InlineData(false, false, KubernetesFault.Conflict)] // deleted and created again: a new uid never keeps the old version
    [InlineData(false, true, KubernetesFault.Invalid)]
    public async Task A_json_patch_holds_only_for_the_uid_and_version_it_was_made_for(bool sameUid, bool sameVersion, KubernetesFault? expected)
    {
        var old = await CreateMapAsync("map", "first");
        var live = sameVersion ? old : await api.MergePatchAsync(Map("map"), Part("second"), new WriteOptions(), Cancellation);
        live.ResourceVersion.Equals(old.ResourceVersion, StringComparison.Ordinal).ShouldBe(sameVersion);
        JsonArray patch =
        [
            Replace("/metadata/uid", sameUid ? old.Uid : Guid.NewGuid().ToString()),
            Replace("/metadata/resourceVersion", old.ResourceVersion),
            Replace("/metadata/labels/part", "patched"),
        ];

        if (expected is null)
            (await api.JsonPatchAsync(Map("map"), patch, new WriteOptions(), Cancellation)).Label("part").ShouldBe("patched");
        else
            (await FaultOf(() => api.JsonPatchAsync(Map("map"), patch, new WriteOptions(), Cancellation))).ShouldBe(expected.Value);
        var after = await api.GetAsync(Map("map"), Cancellation);
        after!.Label("part").ShouldBe(expected is null ? "patched" : live.Label("part"));
    }

    [Fact]
    public async Task A_patch_tells_the_server_who_made_it()
    {
        await CreateMapAsync("map", "first");
        var patched = await api.MergePatchAsync(Map("map"), Part("second"), new WriteOptions(), Cancellation);
        (patched.At("metadata", "managedFields") as JsonArray).ShouldNotBeNull()
            .Select(entry => entry?["manager"]?.GetValue<string>()).ShouldContain("alertrollback");
    }

    [Fact]
    public async Task A_dry_run_answers_with_the_outcome_and_changes_nothing()
    {
        var created = await CreateMapAsync("map", "first");
        var dry = new WriteOptions(DryRun: true);
        (await api.MergePatchAsync(Map("map"), Part("merged"), dry, Cancellation)).Label("part").ShouldBe("merged");
        (await api.JsonPatchAsync(Map("map"), [Replace("/metadata/labels/part", "patched")], dry, Cancellation)).Label("part").ShouldBe("patched");
        await api.CreateAsync(ResourceKind.ConfigMap, space, Body("v1", "ConfigMap", "other"), dry, Cancellation);
        (await api.GetAsync(Map("map"), Cancellation))!.ResourceVersion.ShouldBe(created.ResourceVersion);
        (await api.GetAsync(Map("other"), Cancellation)).ShouldBeNull();
    }

    [Fact]
    public async Task A_name_that_exists_already_conflicts_and_a_wrong_object_is_invalid()
    {
        await CreateMapAsync("map", "first");
        (await FaultOf(() => CreateMapAsync("map", "first"))).ShouldBe(KubernetesFault.Conflict);
        (await FaultOf(() => CreateMapAsync("Not A Name", "first"))).ShouldBe(KubernetesFault.Invalid);
        (await FaultOf(() => api.MergePatchAsync(Map("none"), Part("x"), new WriteOptions(), Cancellation))).ShouldBe(KubernetesFault.NotFound);
    }

    [Fact]
    public async Task A_watch_tells_what_is_there_and_what_happens()
    {
        var first = await CreateMapAsync("first", "watched");
        await using var watch = api.WatchAsync(ResourceKind.ConfigMap, space, "part", null, Cancellation).GetAsyncEnumerator(Cancellation);
        (await NextAsync(watch)).ShouldBe((WatchEventType.Added, "first", "watched"));

        await CreateMapAsync("second", "watched");
        (await NextAsync(watch)).ShouldBe((WatchEventType.Added, "second", "watched"));
        await api.MergePatchAsync(Map("second"), Part("changed"), new WriteOptions(), Cancellation);
        (await NextAsync(watch)).ShouldBe((WatchEventType.Modified, "second", "changed"));
        await raw.CoreV1.DeleteNamespacedConfigMapAsync("first", space, cancellationToken: Cancellation);
        (await NextAsync(watch)).ShouldBe((WatchEventType.Deleted, "first", "watched"));
        watch.Current.Object.Uid.ShouldBe(first.Uid);
    }

    [Fact]
    public async Task A_field_selector_narrows_a_watch()
    {
        await CreateMapAsync("first", "watched");
        await CreateMapAsync("second", "watched");
        await using var watch = api.WatchAsync(ResourceKind.ConfigMap, space, null, "metadata.name=second", Cancellation).GetAsyncEnumerator(Cancellation);
        (await NextAsync(watch)).Name.ShouldBe("second");

        await api.MergePatchAsync(Map("first"), Part("changed"), new WriteOptions(), Cancellation);
        await api.MergePatchAsync(Map("second"), Part("changed"), new WriteOptions(), Cancellation);
        (await NextAsync(watch)).ShouldBe((WatchEventType.Modified, "second", "changed"));
    }

    [Fact]
    public async Task A_pod_is_evicted_only_for_its_own_uid()
    {
        var pod = await RunAsync("web", "nginx:1", Ready);
        (await api.EvictAsync(space, "none", pod.Uid, Cancellation)).ShouldBeFalse();
        (await api.EvictAsync(space, "web", Guid.NewGuid().ToString(), Cancellation)).ShouldBeFalse();
        (await api.GetAsync(Pod("web"), Cancellation))!.BeingDeleted.ShouldBeFalse();

        (await api.EvictAsync(space, "web", pod.Uid, Cancellation)).ShouldBeTrue();
        await Until.TrueAsync(async () => await api.GetAsync(Pod("web"), Cancellation) is null or { BeingDeleted: true });
    }

    [Fact]
    public async Task A_running_containers_log_is_read()
    {
        await RunAsync("web", "nginx:1", Ready);
        (await LogAsync("web", new LogOptions())).ShouldNotBeNullOrWhiteSpace();
        (await LogAsync("web", new LogOptions(LimitBytes: 5)))!.Length.ShouldBe(5);
        (await LogAsync("web", new LogOptions(TailLines: 1)))!.Trim().ShouldNotContain("\n");
        (await LogAsync("web", new LogOptions(Previous: true))).ShouldBeNull();
    }

    [Fact]
    public async Task A_crashing_container_has_a_previous_log()
    {
        await RunAsync("web", "nginx:broken", pod => Status(pod)?["restartCount"]?.GetValue<int>() > 0);
        (await LogAsync("web", new LogOptions(Previous: true))).ShouldNotBeNullOrWhiteSpace();
    }

    [Fact]
    public async Task A_container_that_has_not_started_has_no_log()
    {
        await RunAsync("web", "nginx:bad", pod => Status(pod)?["state"]?["waiting"] is not null);
        (await LogAsync("web", new LogOptions())).ShouldBeNull();
        (await FaultOf(() => LogAsync("none", new LogOptions()))).ShouldBe(KubernetesFault.NotFound);
    }

    private ObjectRef Map(string name) => new(ResourceKind.ConfigMap, space, name);
    private ObjectRef Pod(string name) => new(ResourceKind.Pod, space, name);

    private Task<string?> LogAsync(string pod, LogOptions options) => api.ReadLogAsync(space, pod, "main", options, Cancellation);

    private Task<KubernetesObject> CreateMapAsync(string name, string part)
    {
        var body = Body("v1", "ConfigMap", name);
        body["metadata"]!["labels"] = new JsonObject { ["part"] = part };
        return api.CreateAsync(ResourceKind.ConfigMap, space, body, new WriteOptions(), Cancellation);
    }

    private async Task<KubernetesObject> RunAsync(string name, string image, Func<KubernetesObject, bool> until)
    {
        var account = new ObjectRef(new ResourceKind("", "v1", "ServiceAccount", "serviceaccounts"), space, "default");
        await Until.TrueAsync(async () => await api.GetAsync(account, Cancellation) is not null);
        var body = Body("v1", "Pod", name);
        body["spec"] = new JsonObject
        {
            ["automountServiceAccountToken"] = false,
            ["terminationGracePeriodSeconds"] = 0,
            ["containers"] = new JsonArray(new JsonObject { ["name"] = "main", ["image"] = image }),
        };
        await api.CreateAsync(ResourceKind.Pod, space, body, new WriteOptions(), Cancellation);
        KubernetesObject? pod = null;
        await Until.TrueAsync(async () => (pod = await api.GetAsync(Pod(name), Cancellation)) is not null && until(pod));
        return pod!;
    }

    private static async Task<(WatchEventType Type, string Name, string? Part)> NextAsync(IAsyncEnumerator<WatchEvent> watch)
    {
        (await watch.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Cancellation)).ShouldBeTrue();
        return (watch.Current.Type, watch.Current.Object.Name, watch.Current.Object.Label("part"));
    }

    private static async Task<KubernetesFault> FaultOf(Func<Task> work) => (await Should.ThrowAsync<KubernetesException>(work)).Fault;

    private static bool Ready(KubernetesObject pod) => Status(pod)?["ready"]?.GetValue<bool>() == true;

    private static JsonNode? Status(KubernetesObject pod) => (pod.At("status", "containerStatuses") as JsonArray)?.FirstOrDefault();

    private static JsonObject Body(string version, string kind, string name) =>
        new() { ["apiVersion"] = version, ["kind"] = kind, ["metadata"] = new JsonObject { ["name"] = name } };

    private static JsonObject Part(string value) => new() { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["part"] = value } } };

    private static JsonObject Replace(string path, string value) => new() { ["op"] = "replace", ["path"] = path, ["value"] = value };
}
