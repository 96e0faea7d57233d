using System.Text.Json.Nodes;
using AlertRollback.CommandLine;
using AlertRollback.Matrix;
using AlertRollback.Operators;
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
                Restores = true,
            },
            new FakeAction("capture", false,
                new Parameter("logs", ParameterType.Duration, "How far back."),
                new Parameter("describe", ParameterType.YesNo, "Also the objects."),
                new Parameter("dashboard", ParameterType.Text, "Which.")),
            new FakeAction("page", false,
                new Parameter("role", ParameterType.Text, "Whom.", Required: true, Main: true, Grant: Grant.Role),
                new Parameter("text", ParameterType.Text, "What.")),
            new FakeAction("restore_backup", true,
                new Parameter("database", ParameterType.Text, "Which.", Required: true, Grant: Grant.Database),
                new Parameter("from", ParameterType.Text, "Which backup."))
            {
                DestroysData = true,
            },
            new FakeAction("check", false, new Parameter("checks", ParameterType.Checks, "What is asked.", Required: true, Main: true)),
            new FakeAction("feature_flag", true,
                new Parameter("set", ParameterType.Mapping, "Fields.", Required: true),
                new Parameter("read_back", ParameterType.Mapping, "How it is read.")
                {
                    Fields = [new("after", ParameterType.Duration, "Pause.", Required: true, Example: "5s"), new("expect", ParameterType.Mapping, "Fields.")],
                })
            {
                ServiceParameters = [new("flag", ParameterType.Mapping, "The flag.")
                {
                    Fields = [
                        new("url", ParameterType.Text, "Address.", Required: true, Main: true, Grant: Grant.Host),
                        new("bearer", ParameterType.Text, "Secret.", Grant: Grant.Secret),
                    ],
                }],
            },
            new FakeAction("helm_rollback", true, new Parameter("to", ParameterType.Text, "Which."))
            {
                ServiceParameters = [new("helm_release", ParameterType.Text, "The release.", Grant: Grant.Namespace)],
            },
            new FakeAction("http_request", false,
                new Parameter("post", ParameterType.Text, "Address.", Required: true, Grant: Grant.Host),
                new Parameter("json", ParameterType.Mapping, "Body.")),
            new FakeAction("backup", false, new Parameter("database", ParameterType.Text, "Which.", Required: true, Grant: Grant.Database)),
            new FakeAction("migration_down", true,
                new Parameter("database", ParameterType.Text, "Which.", Required: true, Grant: Grant.Database),
                new Parameter("tool", ParameterType.Text, "Tool.", Allowed: ["alembic", "npm"]),
                new Parameter("to", ParameterType.Text, "Revision."))
            {
                DestroysData = true,
            },
            new FakeAction("sql", true,
                new Parameter("database", ParameterType.Text, "Which.", Required: true, Grant: Grant.Database),
                new Parameter("file", ParameterType.Text, "Beside the matrix."))
            {
                DestroysData = true,
            },
            new FakeAction("command", true, new Parameter("name", ParameterType.Text, "Which.", Required: true, Main: true, Grant: Grant.Command)),
            new FakeAction("files", true,
                new Parameter("directory", ParameterType.Text, "Which.", Required: true, Grant: Grant.Directory),
                new Parameter("archive", ParameterType.Text, "Which.", Required: true)),
            new FakeAction("container", true,
                new Parameter("name", ParameterType.Text, "Which.", Required: true),
                new Parameter("host", ParameterType.Text, "Engine.", Grant: Grant.Engine),
                new Parameter("image", ParameterType.Text, "Which.")),
            new FakeAction("git_revert", true,
                new Parameter("repository", ParameterType.Text, "Which.", Required: true, Grant: Grant.Repository),
                new Parameter("commit", ParameterType.Text, "Which."),
                new Parameter("into", ParameterType.Text, "Branch."),
                new Parameter("by", ParameterType.Text, "How.", Allowed: ["pull_request", "push"])),
        ],
        [
            new FakeCheck("http",
                new Parameter("get", ParameterType.Texts, "Paths.", Required: true, Main: true, Grant: Grant.Host),
                new Parameter("bearer", ParameterType.Text, "Secret.", Grant: Grant.Secret),
                new Parameter("mean_below", ParameterType.Duration, "Latency."),
                new Parameter("samples", ParameterType.Integer, "How often.")),
            new FakeCheck("promql",
                new Parameter("query", ParameterType.Text, "Query.", Required: true),
                new Parameter("below", ParameterType.Number, "Limit.")),
            new FakeCheck("rollout_status"),
            new FakeCheck("command", new Parameter("name", ParameterType.Text, "Which.", Required: true, Main: true, Grant: Grant.Command)),
            new FakeCheck("sql",
                new Parameter("database", ParameterType.Text, "Which.", Required: true, Grant: Grant.Database),
                new Parameter("query", ParameterType.Text, "SQL."),
                new Parameter("file", ParameterType.Text, "Beside the matrix."),
                new Parameter("equals", ParameterType.Number, "Limit."))
            {
                Limit = "equals",
            },
        ]);

    /// <summary>The real actions and checks, and the fakes of those that do not exist yet.</summary>
    public static Catalog RealWhereTheyExist()
    {
        var (real, fake) = (OfflineCatalog.Create(), Create());
        return new Catalog(
            real.Actions.Values.Concat(fake.Actions.Values.Where(a => !real.Actions.ContainsKey(a.Name))),
            real.Checks.Values.Concat(fake.Checks.Values.Where(c => !real.Checks.ContainsKey(c.Name))));
    }

    internal sealed class FakeAction(string name, bool changesProduction, params Parameter[] parameters) : IAction
    {
        public Func<JsonObject, IEnumerable<string>> Faults { get; init; } = _ => [];

        public string Name => name;

        public string Summary => name;

        public Repeatability Repeatability => Repeatability.Converges;

        public IReadOnlyList<Parameter> Parameters => parameters;

        public bool ChangesProduction => changesProduction;

        public bool Restores { get; init; }

        public bool DestroysData { get; init; }

        public IReadOnlyList<Parameter> ServiceParameters { get; init; } = [];

        public IEnumerable<string> Validate(JsonObject parameters) => Faults(parameters);

        public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => throw new NotSupportedException();
    }

    private sealed class FakeCheck(string name, params Parameter[] parameters) : ICheck
    {
        /// <summary>The parameter without which it always passes.</summary>
        public string? Limit { get; init; }

        public bool Judges(JsonObject parameters) => Limit is null || parameters.ContainsKey(Limit);

        public string Name => name;

        public string Summary => name;

        public IReadOnlyList<Parameter> Parameters => parameters;

        public Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation) => throw new NotSupportedException();
    }
}
