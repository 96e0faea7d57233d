using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;

namespace AlertRollback.Playbooks.Commands;

/// <summary>A container of exactly one pod.</summary>
/// <param name="Uid">Another pod of the same name is not run in.</param>
/// <param name="Container">Null: the pod's default one.</param>
public sealed record PodPin(string Cluster, string Namespace, string Pod, string Uid, string? Container)
{
    public JsonObject ToJson() => new() { ["cluster"] = Cluster, ["namespace"] = Namespace, ["pod"] = Pod, ["uid"] = Uid, ["container"] = Container };

    public static PodPin FromJson(JsonNode json) => new(
        json["cluster"]!.GetValue<string>(), json["namespace"]!.GetValue<string>(), json["pod"]!.GetValue<string>(), json["uid"]!.GetValue<string>(),
        json["container"]?.GetValue<string>());
}

/// <summary>Runs programs in a pinned container, without terminal and input.</summary>
public sealed class PodPlace(IKubernetesApi api, PodPin pin) : ICommandPlace
{
    // What runtimes say of a program that they could not start. They also fail after it ran: waiting for it, reading its output.
    private static readonly string[] NeverStarted =
        ["executable file", "unable to start container process", "starting container process caused", "OCI permission denied", "container not found"];

    public PodPin Pin => pin;

    public string Text => $"pod {pin.Pod}{(pin.Container is null ? "" : $" ({pin.Container})")}";

    public async Task<CommandResult> RunAsync(IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            // The API takes no uid with an exec; between this look and the exec only a name that is used again could fool us.
            if (await StillIsAsync(cancellation) is false)
                return new CommandResult.NotStarted($"pod {pin.Pod} is gone", Measured: true);
            var result = await api.ExecAsync(pin.Namespace, pin.Pod, pin.Container, command, new ExecOptions(timeout > TimeSpan.Zero ? timeout : TimeSpan.FromMilliseconds(1), 1024 * 1024), cancellation);
            if (result.TimedOut)
                return new CommandResult.Unknown($"no end within {Durations.Format(timeout)}; it may still run", MayStillRun: true);
            return result.ExitCode is { } code ? new CommandResult.Ended(code, result.Output, result.Errors, result.Clipped)
                : WasNeverStarted(result) ? new CommandResult.NotStarted(result.Failure!, Measured: true)
                : new CommandResult.Unknown(result.Failure ?? "nothing says how it ended", MayStillRun: true);
        }
        catch (KubernetesException fault)
        {
            return fault.Fault == KubernetesFault.OutcomeUnknown ? new CommandResult.Unknown(fault.Message, MayStillRun: true) : new CommandResult.NotStarted(fault.Message);
        }
    }

    private static bool WasNeverStarted(ExecResult result) =>
        result is { Output.Length: 0, Errors.Length: 0, Failure: { } why } && NeverStarted.Any(w => why.Contains(w, StringComparison.OrdinalIgnoreCase));

    public async Task<bool> StillIsAsync(CancellationToken cancellation) =>
        await api.GetAsync(new ObjectRef(ResourceKind.Pod, pin.Namespace, pin.Pod), cancellation) is { BeingDeleted: false } live && live.Uid == pin.Uid;
}
