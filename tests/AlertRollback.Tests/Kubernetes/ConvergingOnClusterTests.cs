using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Kubernetes;

/// <summary>Whatever converges, by the pretend cluster and by a real API server, over a line on which the answer of one write is lost.</summary>
public sealed class ConvergingOnClusterTests
{
    private const string id = "rb-lost";
    private static readonly StepMark mark = new($"{Marks.Prefix}edit-1", id, "kubernetes/0");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("undo", Loss.OfAnswer, false)]
    [InlineData("undo", Loss.OfRequest, false)]
    [InlineData("undo", Loss.OfAnswer, true)]
    [InlineData("undo", Loss.OfRequest, true)]
    [InlineData("scale", Loss.OfAnswer, false)]
    [InlineData("scale", Loss.OfRequest, false)]
    [InlineData("scale", Loss.OfAnswer, true)]
    [InlineData("scale", Loss.OfRequest, true)]
    [InlineData("edit", Loss.OfAnswer, false)]
    [InlineData("edit", Loss.OfRequest, false)]
    [InlineData("edit", Loss.OfAnswer, true)]
    [InlineData("edit", Loss.OfRequest, true)]
    [InlineData("create", Loss.OfAnswer, false)]
    [InlineData("create", Loss.OfRequest, false)]
    [InlineData("create", Loss.OfAnswer, true)]
    [InlineData("create", Loss.OfRequest, true)]
    public async Task S2_a_lost_answer_is_read_back_and_a_lost_write_is_sent_once_more(string what, Loss loss, bool real)
    {
        await using var cluster = real ? await TestCluster.RealAsync() : await TestCluster.SandboxAsync();
        var workload = await cluster.TwoReleasesAsync();
        var line = new LossyLine();
        var api = new KubernetesConnection(cluster.Sandbox?.KubeconfigPath ?? Need.Cluster()).Connect(TimeProvider.System, () => 0.5, instrument: line.Over).Api!;
        var write = await PinAsync(what, api, workload);
        line.Next = loss;

        // The undo says that its patch stands; which turn it was that wrote it makes no difference to it.
        (await write()).ShouldBe(loss == Loss.OfAnswer && what != "undo" ? "AlreadyThere" : "Applied");

        line.Arrived.ShouldBe(1, "what was carried out is not written again");
    }

    private static async Task<Func<Task<string>>> PinAsync(string what, IKubernetesApi api, WorkloadRef workload)
    {
        var map = new ObjectRef(ResourceKind.ConfigMap, workload.Namespace, "settings");
        var body = (JsonObject)JsonNode.Parse("""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"MODE": "old"} }""")!;
        switch (what)
        {
            case "undo":
                var undo = new Undo(api, TimeProvider.System);
                var undone = (await undo.PinAsync(workload, new UndoTarget.Previous(), _ => RevisionKnowledge.None, _ => false, id, Cancellation)).ShouldBeOfType<UndoPlan.Pinned>().Pin;
                return async () => (await undo.ApplyAsync(undone, id, false, () => Task.FromResult(true), Cancellation)).GetType().Name;
            case "scale":
                var scaling = new Scaling(api, TimeProvider.System);
                var scaled = (await scaling.PinAsync(workload, 3, Cancellation)).ShouldBeOfType<ScalePlan.Pinned>().Pin;
                return async () => (await scaling.ApplyAsync(scaled, id, Cancellation)).GetType().Name;
            case "edit":
                var live = await api.CreateAsync(map.Kind, map.Namespace, body, new WriteOptions(), Cancellation);
                var edited = await new EditPlanning(api).PinAsync(map, live, [new Change(ObjectPath.Of("data", "MODE"), "new")], null, mark, Cancellation);
                return Edit(edited);
            default:
                return Edit(await new EditPlanning(api).PinCreationAsync(map, body, mark, Cancellation));
        }

        Func<Task<string>> Edit(EditPlan plan) =>
            async () => (await new ObjectEdit(api, TimeProvider.System).ApplyAsync(plan.ShouldBeOfType<EditPlan.Pinned>().Pin, mark, Cancellation)).GetType().Name;
    }

    public enum Loss { OfAnswer, OfRequest }

    /// <summary>Loses one write, either on its way there or on its way back.</summary>
    private sealed class LossyLine
    {
        public Loss? Next { get; set; }

        /// <summary>Writes that were carried out since something was to be lost.</summary>
        public int Arrived { get; private set; }

        public DelegatingHandler Over(HttpMessageHandler inner) => new Handler(this, inner);

        private sealed class Handler(LossyLine line, HttpMessageHandler inner) : DelegatingHandler(inner)
        {
            private bool _over;

            protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                if (line.Next is not { } loss || request.Method == HttpMethod.Get)
                    return await base.SendAsync(request, cancellationToken);
                var lost = !_over;
                _over = true;
                if (lost && loss == Loss.OfRequest)
                    throw new HttpRequestException(HttpRequestError.ResponseEnded);
                var response = await base.SendAsync(request, cancellationToken);
                line.Arrived += response.IsSuccessStatusCode ? 1 : 0;
                return lost ? throw new HttpRequestException(HttpRequestError.ResponseEnded) : response;
            }
        }
    }
}
