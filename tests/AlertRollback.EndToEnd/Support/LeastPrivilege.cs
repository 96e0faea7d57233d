using System.Text.Json.Nodes;

namespace AlertRollback.EndToEnd.Support;

/// <summary>
/// The service account of deploy/overlays/example with what every team grants (deploy/target), put into a test's namespace.
/// </summary>
internal static class LeastPrivilege
{
    private static readonly string[] Granted = ["ServiceAccount", "Role", "RoleBinding"];

    // One of deploy/rights, which the example's team needs besides; each is tried with the actions that need it.
    private const string More = "name: alertrollback-exec";

    /// <summary>The text of a kubeconfig with the account's token and nothing else.</summary>
    public static async Task<string> KubeconfigAsync(ClusterNamespace space)
    {
        var rendered = await Tool.RunAsync("kubectl", ["kustomize", "deploy/overlays/example"]);
        var objects = rendered.Split("\n---\n").Where(o => Granted.Any(kind => $"\n{o}".Contains($"\nkind: {kind}\n", StringComparison.Ordinal)) && !o.Contains(More, StringComparison.Ordinal));
        var here = string.Join("\n---\n", objects)
            .Replace("namespace: alertrollback", $"namespace: {space.Name}", StringComparison.Ordinal)
            .Replace("namespace: production", $"namespace: {space.Name}", StringComparison.Ordinal);
        await Tool.RunAsync("kubectl", ["--kubeconfig", space.Kubeconfig, "apply", "-f", "-"], here);

        var token = await space.PostAsync($"api/v1/namespaces/{space.Name}/serviceaccounts/alertrollback/token", new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenRequest",
            ["spec"] = new JsonObject { ["audiences"] = new JsonArray() },
        });
        var admin = await Tool.RunAsync("kubectl", ["--kubeconfig", space.Kubeconfig, "config", "view", "--raw", "--minify", "--flatten", "-o", "json"]);
        var config = (JsonObject)JsonNode.Parse(admin)!;
        config["users"]![0]!["user"] = new JsonObject { ["token"] = (string?)token["status"]!["token"] };
        return config.ToJsonString();
    }
}
