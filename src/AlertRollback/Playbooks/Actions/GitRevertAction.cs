using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Containers;
using AlertRollback.Playbooks.Git;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>git_revert: {repository: rental-manager-backend, commit: deployed, into: main, by: pull_request}</c> takes a commit back.</summary>
public sealed class GitRevertAction(GrantedRepositories repositories, PullRequests pulls, DeployedCommit deployed, Clusters clusters, TimeProvider time) : IAction, INeedsRights
{
    private const string Deployed = "deployed";
    private const string ByPullRequest = "pull_request";
    private const string ByMerge = "merge";

    public string Name => "git_revert";

    public string Summary => "Reverts a commit in a granted repository: by a pull request, which is waited for until people have merged it, or by a push straight to the branch.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool ReplacesRelease => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("repository", ParameterType.Text, "The operator's name of the repository.", Required: true, Example: "rental-manager-backend", Grant: Grant.Repository),
        new("commit", ParameterType.Text, "The commit's id, or deployed: what the running release says it was built from (org.opencontainers.image.revision).", Default: Deployed, Example: "31779dc", Main: true),
        new("into", ParameterType.Text, "The branch; one of those the operator allows.", Default: "main", Example: "main"),
        new("by", ParameterType.Text, "By pull_request, a branch and a pull request, it is done once people have merged that; by merge it is pushed straight to the branch.", Default: ByPullRequest, Allowed: [ByPullRequest, ByMerge], Example: ByPullRequest),
        new("bypass", ParameterType.YesNo, "With merge: push although the branch is protected. The operator has to allow it, and it is told with the outcome.", Default: "false", Example: "true"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (parameters["commit"]?.GetValue<string>() is { } commit && !commit.Contains("${", StringComparison.Ordinal) && !IsCommit(commit))
            yield return $"\"commit\" is deployed or a commit's id of 7 to 64 hexadecimal digits, not \"{Texts.Clip(commit, 80)}\"";
        if (parameters["bypass"]?.GetValue<bool>() == true && parameters["by"]?.GetValue<string>() != ByMerge)
            yield return "\"bypass\" goes with \"by: merge\": a pull request bypasses nothing";
    }

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        [.. (parameters["commit"]?.ToString() ?? Deployed) == Deployed ? NeededRight.ToRead(service) : [], .. SuspendedOwner.Rights(service, "get")];

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var (name, into) = (parameters["repository"]!.GetValue<string>(), parameters["into"]?.GetValue<string>() ?? "main");
        var (merge, bypass) = (parameters["by"]?.GetValue<string>() == ByMerge, parameters["bypass"]?.GetValue<bool>() == true);
        var wanted = context.Fill(parameters["commit"]?.GetValue<string>() ?? Deployed, Placeholders.AsIs);
        if (repositories.Find(context.Service.Team, name) is not { } granted)
            return Refused(Reason.NotGranted, $"repository {name} is not granted to team {context.Service.Team}");
        if (Objection(granted, name, into, wanted, merge, bypass) is { } objection)
            return objection;
        try
        {
            if (merge && !bypass && granted.Api is not null && await pulls.IsProtectedAsync(granted, into, cancellation))
                return Refused(Reason.NotGranted, $"{into} of {name} is protected: it is changed by pull_request, or by merge with \"bypass: true\"");
            var (since, putBack) = ((DateTimeOffset?)null, false);
            if (wanted == Deployed)
            {
                var found = await deployed.FindAsync(context, cancellation);
                if (found.Commit is null)
                    return Refused(found.Reason, found.Text);
                (wanted, since, putBack) = (found.Commit, found.Since, found.WasPutBack);
            }

            var prepared = await repositories.WorkAsync(granted, clone => Revert.PrepareAsync(clone, wanted, into, context.RollbackId, context.Run.Started, cancellation), cancellation);
            return prepared switch
            {
                RevertOutcome.Ready ready => Pinned(granted, new RevertPin(name, into, BranchOf(context), ready.Head, ready.Reverted, ready.Commit, ready.Subject, merge, bypass), since, await SuspendedOwner.WarningAsync(context, clusters, cancellation)) with { WasPutBack = putBack },
                RevertOutcome.RevertedAlready already => Refused(Reason.NothingWouldChange, $"{wanted} was reverted in {into} already, by {Revert.Short(already.By)}"),
                RevertOutcome.Refused refused => Refused(refused.Reason, refused.Text),
                var other => throw new InvalidOperationException($"no such outcome: {other}"),
            };
        }
        catch (GitException fault)
        {
            return fault.Fault == GitFault.NotThere ? Refused(Reason.ProgramAbsent, fault.Message) : new PinOutcome.CannotTell($"repository {name}: {fault.Message}");
        }
        catch (Exception fault) when (fault is KubernetesException or EngineException)
        {
            return new PinOutcome.CannotTell($"which commit is deployed cannot be read: {fault.Message}");
        }
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var revert = RevertPin.FromJson(pin);
        if (repositories.Find(context.Service.Team, revert.Repository) is not { } granted || (revert.Bypass && !granted.BypassAllowed))
            return new StepOutcome.CannotTell(Reason.NotGranted, $"repository {revert.Repository} is not granted any more as it was planned");
        try
        {
            return await new RevertPush(repositories, pulls, granted, revert, context, time).RunAsync(cancellation);
        }
        catch (GitException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, $"repository {revert.Repository}: {fault.Message}");
        }
    }

    private static PinOutcome.Refused? Objection(GrantedRepository granted, string name, string into, string wanted, bool merge, bool bypass)
    {
        if (!granted.Branches.Contains(into, StringComparer.Ordinal))
            return Refused(Reason.NotGranted, $"branch {into} of {name} is not granted");
        if (!IsCommit(wanted))
            return Refused(Reason.NoCandidate, $"{Texts.Clip(wanted, 80)} is no commit's id");
        if (bypass && !granted.BypassAllowed)
            return Refused(Reason.NotGranted, $"the operator does not allow to push to {into} of {name} past its protection");
        return !merge && granted.Api is null ? Refused(Reason.NotGranted, $"the operator declared no API of {name} to open a pull request with") : null;
    }

    private static PinOutcome.Pinned Pinned(GrantedRepository granted, RevertPin pin, DateTimeOffset? since, string? warning) => new(
        pin.ToJson(), $"{pin.Repository} {pin.Into} with {Revert.Short(pin.Reverted)} \"{pin.Subject}\"", $"without it ({Revert.Short(pin.Commit)}), by {(pin.Merge ? "a push" : "a pull request")}",
        [
            .. pin.Bypass ? [$"It is pushed to {pin.Into} past its protection, without a review: the playbook asks for it and the operator allows it."] : Array.Empty<string>(),
            .. warning is null ? Array.Empty<string>() : [warning],
        ],
        [$"{pin.Into}: {Revert.Short(pin.Head)} → {Revert.Short(pin.Commit)}"], [$"repository/{granted.Url}/{pin.Into}"])
    {
        HasSuspect = true,
        SuspectSince = since,
    };

    // One time, the rollback's own: separate looks at a clock would give names that differ.
    private static string BranchOf(StepContext context) =>
        $"rollback/{context.NameFor($"{context.Service.Name}-{context.Run.Started.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}", 120)}";

    private static bool IsCommit(string text) => text == Deployed || (text.Length is >= 7 and <= 64 && text.All(char.IsAsciiHexDigit));

    private static PinOutcome.Refused Refused(Reason reason, string text) => new(reason, text);
}
