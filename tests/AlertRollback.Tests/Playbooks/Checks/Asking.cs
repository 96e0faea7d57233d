using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;

namespace AlertRollback.Tests.Playbooks.Checks;

/// <summary>One rollback's question to a check.</summary>
internal static class Asking
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public static CheckContext Context(string? url = null, string service = "rental-api", string @namespace = "production", double changedMinutesAgo = 3) => new(
        "r-1",
        new ServiceDefinition("rental", service, new WorkloadDefinition("deployment", @namespace, "rental-api"), url, null, null),
        Noon - TimeSpan.FromMinutes(changedMinutesAgo),
        Noon,
        new Dictionary<string, JsonObject>());

    public static OperatorConfiguration Granting(TeamGrants? rental = null, HttpSource? prometheus = null, HttpSource? alertmanager = null) => new()
    {
        Matrix = "unused",
        Journal = "unused",
        Prometheus = prometheus,
        Alertmanager = alertmanager,
        Teams = rental is null ? new Dictionary<string, TeamGrants>() : new Dictionary<string, TeamGrants> { ["rental"] = rental },
    };

    public static JsonObject Parameters(string json) => JsonNode.Parse(json)!.AsObject();

    /// <summary>As the service makes it: redirects are not followed.</summary>
    public static HttpClient Http() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = Timeout.InfiniteTimeSpan };
}
