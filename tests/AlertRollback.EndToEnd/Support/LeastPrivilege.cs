using System.Text.Json.Nodes;

namespace AlertRollback.EndToEnd.Support;

/// <summary>The service account and the role of deploy/overlays/example, put into a test's namespace.</summary>
internal static class LeastPrivilege
{
    private static readonly string[] Granted = ["ServiceAccount", "Role", "RoleBinding"];

    /// <summary>The text of a kubeconfig with the account's token and nothing else.</summary>
    public static async Task<string> KubeconfigAsync(ClusterNamespace space)
    {
        var rendered = await Tool.RunAsync("kubectl", ["kustomize", "deploy/overlays/example"]);
        var objects = rendered.Split("\n---\n").Where(o => Granted.Any(kind => $"\n{o}".Contains($"\nkind: {kind}\n", StringComparison.Ordinal)));
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
