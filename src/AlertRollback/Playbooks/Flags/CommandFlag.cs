using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Flags;

/// <summary>Flags that a program in a pod of the service reads and sets; name and value are arguments of their own, last.</summary>
internal sealed class CommandFlag(IKubernetesApi api, PodChoice choice, IReadOnlyList<string> get, IReadOnlyList<string> set) : IFlagPlace
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    private PodPlace? _place;

    public string Text => $"flags of {choice.Text}";

    public async Task<FlagReading> ReadAsync(IReadOnlyList<string> fields, CancellationToken cancellation)
    {
        try
        {
            if (await PlaceAsync(cancellation) is not { } place)
                return new FlagReading.NotHere($"no pod runs for {choice.Text}");
            var values = new JsonObject();
            foreach (var field in fields)
            {
                switch (await place.RunAsync([.. get, field], Timeout, cancellation))
                {
                    case CommandResult.Ended { ExitCode: 0 } well:
                        values[field] = LastLine(well.Output);
                        break;
                    case var other:
                        return new FlagReading.Unreadable($"{field}: {Said(other)}");
                }
            }

            return new FlagReading.Read(values);
        }
        catch (KubernetesException fault)
        {
            return new FlagReading.Unreadable($"the Kubernetes API cannot be read: {fault.Message}");
        }
    }

    public IEnumerable<JsonObject> WrittenAtOnce(JsonObject values) => values.Select(v => new JsonObject { [v.Key] = v.Value?.DeepClone() });

    public async Task<FlagWriting> WriteAsync(JsonObject values, CancellationToken cancellation)
    {
        try
        {
            if (await PlaceAsync(cancellation) is not { } place)
                return new FlagWriting.Rejected($"no pod runs for {choice.Text}");
            var (field, value) = values.Single();
            return await place.RunAsync([.. set, field, FlagValues.Plain(value)], Timeout, cancellation) switch
            {
                CommandResult.Ended { ExitCode: 0 } => new FlagWriting.Accepted(),
                CommandResult.Unknown unknown => new FlagWriting.Unknown(unknown.Why),
                var other => new FlagWriting.Rejected($"{field}: {Said(other)}"),
            };
        }
        catch (KubernetesException fault)
        {
            return new FlagWriting.Rejected($"the Kubernetes API cannot be read: {fault.Message}");
        }
    }

    // One pod for reading and writing, as long as it lives.
    private async Task<PodPlace?> PlaceAsync(CancellationToken cancellation)
    {
        if (_place is not null && await _place.StillIsAsync(cancellation))
            return _place;
        return _place = await choice.FindAsync(api, cancellation) is { } pod ? new PodPlace(api, pod) : null;
    }

    private static string LastLine(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "";

    private static string Said(CommandResult result) => result switch
    {
        CommandResult.Ended ended => $"exit code {ended.ExitCode}{(ended.LastLine.Length == 0 ? "" : $": {ended.LastLine}")}",
        CommandResult.NotStarted not => not.Why,
        CommandResult.Unknown unknown => unknown.Why,
        _ => throw new InvalidOperationException($"no such result: {result}"),
    };
}
