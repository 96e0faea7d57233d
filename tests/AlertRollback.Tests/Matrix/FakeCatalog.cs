using System.Text.Json.Nodes;
using AlertRollback.CommandLine;
using AlertRollback.Playbooks;

namespace AlertRollback.Tests.Matrix;

/// <summary>Actions and checks with the parameters of the real ones, which are not meant to run.</summary>
internal static class FakeCatalog
{
    public static Catalog Create() => new(
        [
            new FakeAction("rollout_undo", true,
                new Parameter("to", ParameterType.Mapping, "Which revision.", Required: true, Example: "last_known_good", Allowed: ["previous", "last_known_good"])),
            new FakeAction("scale", true, new Parameter("replicas", ParameterType.Integer, "How many.", Required: true))
            {
                Faults = p => (int)p["replicas"]! < 0 ? ["replicas cannot be negative"] : [],
            },
            new FakeAction("capture", false,
                new Parameter("logs", ParameterType.Duration, "How far back."),
                new Parameter("describe", ParameterType.YesNo, "Also the objects.")),
            new FakeAction("page", false,
                new Parameter("role", ParameterType.Text, "Whom.", Required: true, Main: true),
                new Parameter("text", ParameterType.Text, "What.")),
        ],
        [
            new FakeCheck("http",
                new Parameter("get", ParameterType.Texts, "Paths.", Required: true, Main: true),
                new Parameter("bearer", ParameterType.Text, "Secret."),
                new Parameter("mean_below", ParameterType.Duration, "Latency."),
                new Parameter("samples", ParameterType.Integer, "How often.")),
            new FakeCheck("promql",
                new Parameter("query", ParameterType.Text, "Query.", Required: true),
                new Parameter("below", ParameterType.Number, "Limit.")),
            new FakeCheck("rollout_status"),
        ]);

    /// <summary>The real actions and checks, and the fakes of those that do not exist yet.</summary>
    public static Catalog RealWhereTheyExist()
    {
        var (real, fake) = (OfflineCatalog.Create(), Create());
        return new Catalog(
            real.Actions.Values.Concat(fake.Actions.Values.Where(a => !real.Actions.ContainsKey(a.Name))),
            real.Checks.Values.Concat(fake.Checks.Values.Where(c => !real.Checks.ContainsKey(c.Name))));
    }

    private sealed class FakeAction(string name, bool changesProduction, params Parameter[] parameters) : IAction
    {
        public Func<JsonObject, IEnumerable<string>> Faults { get; init; } = _ => [];

        public string Name => name;

        public string Summary => name;

        public Repeatability Repeatability => Repeatability.Converges;

        public IReadOnlyList<Parameter> Parameters => parameters;

        public bool ChangesProduction => changesProduction;

        public IEnumerable<string> Validate(JsonObject parameters) => Faults(parameters);

        public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => throw new NotSupportedException();
    }

    private sealed class FakeCheck(string name, params Parameter[] parameters) : ICheck
    {
        public string Name => name;

        public string Summary => name;

        public IReadOnlyList<Parameter> Parameters => parameters;

        public Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation) => throw new NotSupportedException();
    }
}
