using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>A Service in front of rental-api, and a standby of its own that traffic could go to.</summary>
internal sealed class ServiceSelectorUse : ActionUse
{
    public override Type Action => typeof(ServiceSelectorAction);

    public override bool OnRealCluster => true;

    public override IReadOnlyList<string> Rights => ["services"];

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "services/rental-api-service");

    public override Task<ActionWorld> ArrangeAsync(bool real) => WorldAsync(real, """{"name": "${service}-service", "set": {"app": "standby", "version": "stable"}, "remove": ["tier"]}""");

    public static async Task<ActionWorld> WorldAsync(bool real, string parameters)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        var world = new ObjectWorld(cluster, workload, parameters, w => new ServiceSelectorAction(w.Clusters, TimeProvider.System))
        {
            States = ("app=rental-api,tier=front", "app=standby,version=stable"),
            Look = LookAsync,
            Hand = w => w.PatchAsync(ResourceKind.Service, "rental-api-service", """{"spec": {"selector": {"app": "rental-api", "tier": "front", "version": null} } }"""),
            Refusals = w =>
            [
                (w.Service with { Workload = null }, Reason.WorkloadNotDeclared),
                (w.Service with { Workload = w.Service.Workload! with { Namespace = "elsewhere" } }, Reason.NotFound),
            ],
        };
        await world.AddAsync(ResourceKind.Service, """{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "rental-api-service"}, "spec": {"selector": {"app": "rental-api", "tier": "front"}, "ports": [{"port": 80}]} }""");
        await world.AddAsync(ResourceKind.Deployment, """
            {
              "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "standby"},
              "spec": {
                "replicas": 1, "selector": {"matchLabels": {"app": "standby"} },
                "template": {"metadata": {"labels": {"app": "standby", "version": "stable"} }, "spec": {"containers": [{"name": "app", "image": "rental-api:v1"}], "terminationGracePeriodSeconds": 0} }
              }
            }
            """);
        await cluster.CompleteAsync(new WorkloadRef(WorkloadKind.Deployment, cluster.Namespace, "standby"), "rental-api:v1");
        cluster.Forget();
        return world;
    }

    public static async Task<string> LookAsync(ObjectWorld world) => string.Join(',',
        ((System.Text.Json.Nodes.JsonObject)(await world.GetAsync(ResourceKind.Service, "rental-api-service"))!.At("spec", "selector")!).Select(l => $"{l.Key}={l.Value}").Order(StringComparer.Ordinal));
}

public sealed class ServiceSelectorActionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"name": "a"}""")]
    [InlineData("""{"name": "a", "set": {"a b": "c"} }""")]
    [InlineData("""{"name": "a", "set": {"a": "no/label"} }""")]
    [InlineData("""{"name": "a", "set": {"a": "b"}, "remove": ["a"]}""")]
    [InlineData("""{"name": "a", "set": {"a": "b"}, "at_least": 0}""")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters) => new ServiceSelectorAction(null!, TimeProvider.System).Validate(Acting.Json(parameters)).ShouldHaveSingleItem();

    [Theory]
    [InlineData("""{"name": "rental-api-service", "set": {"version": "stable"} }""", "no ready pod would match app=rental-api,tier=front,version=stable")]
    [InlineData("""{"name": "rental-api-service", "set": {"app": "standby"}, "remove": ["tier"], "at_least": 2}""", "only 1 of 2 ready pods would match app=standby")]
    [InlineData("""{"name": "rental-api-service", "remove": ["app", "tier"]}""", "would have no selector left")]
    public async Task Traffic_is_never_sent_where_nobody_would_answer(string parameters, string text)
    {
        await using var world = await ServiceSelectorUse.WorldAsync(real: false, parameters);
        var refused = (await world.Create().PinAsync(Acting.Context(world.Service), world.Parameters, Cancellation)).ShouldBeOfType<PinOutcome.Refused>();

        refused.Reason.ShouldBe(Reason.NothingWouldMatch);
        refused.Text.ShouldContain(text);
    }

    [Fact]
    public async Task Pods_that_went_between_plan_and_write_are_missed_before_the_write()
    {
        await using var world = (ObjectWorld)await ServiceSelectorUse.WorldAsync(real: false, """{"name": "rental-api-service", "set": {"app": "standby"}, "remove": ["tier"]}""");
        var pin = await world.Create().PinAsync(Acting.Context(world.Service), world.Parameters);
        await world.PatchAsync(ResourceKind.Deployment, "standby", """{"spec": {"replicas": 0} }""");
        await WithoutPodsAsync(world, "app=standby");

        (await world.Create().ApplyAsync(Acting.Context(world.Service), pin)).ShouldBeOfType<StepOutcome.Failed>().Reason.ShouldBe(Reason.NothingWouldMatch);
        (await world.LookAsync()).ShouldBe(world.Before);
    }

    [Fact]
    public async Task Pods_that_went_after_the_write_do_not_make_it_a_failure()
    {
        await using var world = (ObjectWorld)await ServiceSelectorUse.WorldAsync(real: false, """{"name": "rental-api-service", "set": {"app": "standby"}, "remove": ["tier"]}""");
        var pin = await world.Create().PinAsync(Acting.Context(world.Service), world.Parameters);
        await world.Create().ApplyAsync(Acting.Context(world.Service), pin);
        await world.PatchAsync(ResourceKind.Deployment, "standby", """{"spec": {"replicas": 0} }""");
        await WithoutPodsAsync(world, "app=standby");

        (await world.Create().ApplyAsync(Acting.Context(world.Service, attempt: 2), pin)).ShouldBeOfType<StepOutcome.Done>();
    }

    private static Task WithoutPodsAsync(ObjectWorld world, string labels) =>
        Until.TrueAsync(async () => (await world.Api.ListAsync(ResourceKind.Pod, world.Namespace, labels, Cancellation)).Count == 0);
}
