using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using AlertRollback.Playbooks;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Contract;

/// <summary>A service account with the rights of deploy/target, and of those folders of deploy/rights that an action needs, and no more.</summary>
internal static class GrantedRights
{
    /// <summary>The text of a kubeconfig with the account's token and nothing else.</summary>
    public static async Task<string> KubeconfigAsync(string @namespace, IReadOnlyList<string> rights)
    {
        await KubectlAsync(["-n", @namespace, "create", "serviceaccount", "alertrollback"]);
        foreach (var folder in rights.Select(r => $"rights/{r}").Prepend("target"))
        {
            var rendered = await KubectlAsync(["kustomize", Path.Combine(Deploy(), folder)]);
            await KubectlAsync(["-n", @namespace, "apply", "-f", "-"], rendered.Replace("namespace: alertrollback", $"namespace: {@namespace}", StringComparison.Ordinal));
        }

        return await TokenAsync(@namespace);
    }

    /// <summary>The same with exactly these rights.</summary>
    public static async Task<string> KubeconfigAsync(string @namespace, IEnumerable<NeededRight> rights)
    {
        await KubectlAsync(["-n", @namespace, "create", "serviceaccount", "alertrollback"]);
        var role = new JsonObject
        {
            ["apiVersion"] = "rbac.authorization.k8s.io/v1",
            ["kind"] = "Role",
            ["metadata"] = new JsonObject { ["name"] = "exactly" },
            ["rules"] = new JsonArray([.. rights.Select(r => new JsonObject { ["apiGroups"] = new JsonArray(r.Group), ["resources"] = new JsonArray(r.Resource), ["verbs"] = new JsonArray(r.Verb), ["resourceNames"] = r.Name is null ? null : new JsonArray(r.Name) })]),
        };
        await KubectlAsync(["-n", @namespace, "apply", "-f", "-"], role.ToJsonString());
        await KubectlAsync(["-n", @namespace, "create", "rolebinding", "exactly", "--role=exactly", $"--serviceaccount={@namespace}:alertrollback"]);
        return await TokenAsync(@namespace);
    }

    private static async Task<string> TokenAsync(string @namespace)
    {
        var token = await KubectlAsync(["-n", @namespace, "create", "token", "alertrollback"]);
        var config = (JsonObject)JsonNode.Parse(await KubectlAsync(["config", "view", "--raw", "--minify", "--flatten", "-o", "json"]))!;
        config["users"]![0]!["user"] = new JsonObject { ["token"] = token.Trim() };
        return config.ToJsonString();
    }

    private static async Task<string> KubectlAsync(IReadOnlyList<string> arguments, string input = "")
    {
        var cancellation = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo(Need.Program("kubectl"), ["--kubeconfig", Need.Cluster(), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var kubectl = Process.Start(start)!;
        var (output, errors) = (kubectl.StandardOutput.ReadToEndAsync(cancellation), kubectl.StandardError.ReadToEndAsync(cancellation));
        await kubectl.StandardInput.WriteAsync(input);
        kubectl.StandardInput.Close();
        await kubectl.WaitForExitAsync(cancellation);
        kubectl.ExitCode.ShouldBe(0, $"kubectl {string.Join(' ', arguments)}: {await errors}");
        return await output;
    }

    public static string Deploy([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "..", "deploy"));
}
