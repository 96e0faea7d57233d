using System.Text.Json.Nodes;

namespace AlertRollback.Sandbox.Cluster;

/// <summary>What an access review answers: everything is allowed but what was denied. Requests themselves are never refused for it.</summary>
public sealed class SandboxAccess
{
    private readonly Lock gate = new();
    private readonly HashSet<(string User, string Verb, string Resource)> denied = [];

    /// <param name="user">Whom the reviewer stands for; empty: the kubeconfig's own.</param>
    /// <param name="resource">The plural, with its subresource.</param>
    public void Deny(string user, string verb, string resource)
    {
        lock (gate) denied.Add((user, verb, resource));
    }

    internal bool Allows(string user, JsonObject asked)
    {
        var part = asked["subresource"]?.ToString();
        lock (gate) return !denied.Contains((user, $"{asked["verb"]}", string.IsNullOrEmpty(part) ? $"{asked["resource"]}" : $"{asked["resource"]}/{part}"));
    }
}
