using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>The feature-flag service and the log sink of the admission system.</summary>
internal sealed class PretendFlag
{
    private const string Flags = "/api/flags/";

    private readonly ConcurrentDictionary<string, int> percentages = [];
    private readonly List<(string Method, string? Authorization, string Body)> written = [];

    public PretendFlag(TeamApplication application) => application.Answer = asked => Task.FromResult(Answer(asked));

    public int Percentage => Of($"{Flags}user-service_routing");

    /// <summary>The services that get no traffic any more.</summary>
    public IEnumerable<string> Cut => percentages.Where(p => p.Value == 0).Select(p => p.Key[Flags.Length..^"_routing".Length]);

    /// <summary>Takes a change and does not make it.</summary>
    public bool Deaf { get; init; }

    public bool LogIsDown { get; init; }

    public IReadOnlyList<(string Method, string? Authorization, string Body)> Written => written;

    public (int Status, string Json) Answer(Asked asked)
    {
        if (asked.Path == "/api/emergency-log")
            return (LogIsDown ? 503 : 201, "{}");
        if (!asked.Path.StartsWith(Flags, StringComparison.Ordinal))
            return (200, "{}");
        if (asked.Method == "PATCH")
        {
            lock (written)
                written.Add((asked.Method, asked.Authorization, asked.Body));
            if (!Deaf)
                percentages[asked.Path] = (int)JsonNode.Parse(asked.Body)!["rollout_percentage"]!;
        }

        var percentage = Of(asked.Path);
        return (200, $$"""{"enabled": {{(percentage > 0 ? "true" : "false")}}, "rollout_percentage": {{percentage}}, "canary_percentage": 0}""");
    }

    private int Of(string path) => percentages.GetValueOrDefault(path, 100);
}
