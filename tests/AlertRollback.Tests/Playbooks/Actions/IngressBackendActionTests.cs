using System.Reflection;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class IngressBackendActionTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;
    private WorkloadRef _workload = null!;

    private ServiceDefinition Service => new("rental", "rental-api", new WorkloadDefinition("deployment", _cluster.Namespace, "rental-api"), null, null, null);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (_cluster, _workload) = await KubernetesWorld.TwoReleasesAsync(real: false);
        await IngressesOf.ArrangeAsync(_cluster.Api, _cluster.Namespace, ResourceKind.Ingress);
        await IngressesOf.AddServiceAsync(_cluster.Api, _cluster.Namespace, "empty", """{"selector": {"app": "nothing"}, "ports": [{"port": 80}]}""");
        await IngressesOf.AddServiceAsync(_cluster.Api, _cluster.Namespace, "outside", """{"type": "ExternalName", "externalName": "example.com", "ports": [{"port": 80}]}""");
        await IngressesOf.AddServiceAsync(_cluster.Api, _cluster.Namespace, "several", """{"selector": {"app": "rental-api"}, "ports": [{"name": "http", "port": 80}, {"name": "admin", "port": 81}]}""");
        await IngressesOf.AddServiceAsync(_cluster.Api, _cluster.Namespace, "named", """{"selector": {"app": "rental-api"}, "ports": [{"port": 80, "targetPort": "web"}]}""");
        _cluster.Forget();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData(""" "host": "shop.example.com", "path": ["/reports"] """, "/ api:http, /reports maintenance:80; * /x x:1")]
    [InlineData(""" "host": "shop.example.com", "path": ["/reports", "/"], "whole_host": true """, "/ maintenance:80, /reports maintenance:80; * /x x:1")]
    [InlineData("", "/ api:http, /reports reports:8080; * /x maintenance:80")]
    public async Task Only_the_named_paths_lead_elsewhere_and_lead_back_afterwards(string where, string expected)
    {
        var before = await SpecAsync();
        var context = Acting.Context(Service);
        var pin = await Action.PinAsync(context, Parameters(where));

        (await Action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
        (await IngressesOf.LookAsync(_cluster.Api, _cluster.Namespace, ResourceKind.Ingress)).ShouldBe(expected);

        (await Action.RestoreAsync(context, pin, Cancellation)).ShouldBeOfType<StepOutcome.Done>();
        (await SpecAsync()).ShouldBe(before, "exactly as it was");
    }

    [Theory]
    [InlineData(""" "host": "shop.example.com", "path": ["/"] """, Reason.TooMuch)]
    [InlineData(""" "host": "shop.example.com" """, Reason.Ambiguous)]
    [InlineData(""" "host": "other.example.com", "path": ["/"] """, Reason.NotFound)]
    [InlineData(""" "host": "shop.example.com", "path": ["/report"] """, Reason.NotFound)]
    [InlineData(""" "path": ["/reports"] """, Reason.NotFound)]
    public async Task What_is_unclear_or_takes_the_whole_application_is_refused(string where, Reason reason) =>
        (await Action.RefusedAsync(Acting.Context(Service), Parameters(where))).Reason.ShouldBe(reason);

    [Theory]
    [InlineData("nothing", "service/NS/nothing does not exist")]
    [InlineData("empty", "service empty has no ready pod (app=nothing)")]
    [InlineData("outside", "service outside has no selector: it cannot be told whether anything answers behind it")]
    [InlineData("several", "service/NS/several has several ports (http (80), admin (81)): name one")]
    [InlineData("named", "no ready pod of service named has a port named web")]
    public async Task A_service_behind_which_nothing_would_answer_is_refused(string to, string said)
    {
        var refused = await Action.RefusedAsync(Acting.Context(Service), Parameters("", to));

        (refused.Reason, refused.Text).ShouldBe((Reason.NothingWouldMatch, said.Replace("NS", _cluster.Namespace)));
    }

    [Theory]
    [InlineData("80")]
    [InlineData("http")]
    public async Task A_port_is_named_by_number_or_name(string port)
    {
        var context = Acting.Context(Service);
        await Action.ApplyAsync(context, await Action.PinAsync(context, Parameters($""" "port": "{port}" """, "several")));

        (await IngressesOf.LookAsync(_cluster.Api, _cluster.Namespace, ResourceKind.Ingress)).ShouldEndWith("/x several:80");
    }

    [Fact]
    public async Task Pods_that_are_gone_by_the_time_of_the_write_are_a_measured_failure()
    {
        var context = Acting.Context(Service);
        var pin = await Action.PinAsync(context, Parameters(""));
        await _cluster.Api.MergePatchAsync(_workload.Object, (JsonObject)JsonNode.Parse("""{"spec": {"replicas": 0}}""")!, new WriteOptions(), Cancellation);
        await Until.TrueAsync(async () => (await _cluster.Api.ListAsync(ResourceKind.Pod, _cluster.Namespace, null, Cancellation)).All(p => p.BeingDeleted));
        _cluster.Forget();

        (await Action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Failed>().Reason.ShouldBe(Reason.NothingWouldMatch);
        _cluster.Writes.ShouldBe(0);
    }

    [Theory]
    [InlineData("/.*")]
    [InlineData("/*")]
    [InlineData("/(.*)")]
    public void A_pattern_that_matches_everything_takes_the_whole_host(string path) => new IngressPaths("shop.example.com", [path]).TakesAll.ShouldBeTrue();

    [Fact]
    public async Task The_form_of_the_beta_is_written_where_the_server_has_no_other()
    {
        await using var real = await TestCluster.RealAsync();
        var beta = ResourceKind.Ingress with { Version = "v1beta1" };
        await real.TwoReleasesAsync();
        await IngressesOf.ArrangeAsync(real.Api, real.Namespace, beta);
        var action = new IngressBackendAction(new Clusters(OldServer.Over(real.Api)), TimeProvider.System);
        var context = Acting.Context(Service with { Workload = Service.Workload! with { Namespace = real.Namespace } });
        var before = await SpecAsync(real, beta);
        var pin = await action.PinAsync(context, Parameters(""" "host": "shop.example.com", "path": ["/reports"] """));

        (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
        (await IngressesOf.LookAsync(real.Api, real.Namespace, beta)).ShouldBe("/ api:http, /reports maintenance:80; * /x x:1");
        (await action.RestoreAsync(context, pin, Cancellation)).ShouldBeOfType<StepOutcome.Done>();
        (await SpecAsync(real, beta)).ShouldBe(before);
    }

    private IngressBackendAction Action => new(new Clusters(_cluster.Api), TimeProvider.System);

    private static JsonObject Parameters(string where, string to = "maintenance") =>
        Acting.Json($$"""{"name": "shop", "to": "{{to}}"{{(where.Length == 0 ? "" : $", {where}")}} }""");

    private Task<string> SpecAsync() => SpecAsync(_cluster, ResourceKind.Ingress);

    private static async Task<string> SpecAsync(TestCluster cluster, ResourceKind kind) =>
        (await cluster.Api.GetAsync(new ObjectRef(kind, cluster.Namespace, "shop"), Cancellation))!.Json["spec"]!.ToJsonString();
}

/// <summary>A server before 1.19, as far as its Ingresses are concerned.</summary>
public class OldServer : DispatchProxy
{
    private IKubernetesApi _inner = null!;

    public static IKubernetesApi Over(IKubernetesApi inner)
    {
        var api = Create<IKubernetesApi, OldServer>();
        ((OldServer)(object)api)._inner = inner;
        return api;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == nameof(IKubernetesApi.FindKindAsync) && (string)args![0]! == "networking.k8s.io/v1"
            ? Task.FromResult<ResourceKind?>(null)
            : targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
}
