using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Access;

/// <summary>A kubeconfig as clouds write it, read by the published program, from which most of the package for kubeconfigs is cut off.</summary>
public sealed class KubeconfigTests
{
    [Fact]
    public async Task A_plugin_of_a_kubeconfig_with_all_that_may_stand_in_one_gives_the_token()
    {
        using var folder = new TemporaryFolder();
        await using var stage = await Stage.StartAsync("deployments", "shop/rental-api:v2-errors", kubeconfig: async space =>
            folder.Write("kubeconfig", ByPlugin(await LeastPrivilege.KubeconfigAsync(space), folder)));

        await stage.AlertAsync();

        ((string?)(await stage.Service.ClosedAsync(TimeSpan.FromSeconds(90)))["outcome"]).ShouldBe("rolled_back");
        (await stage.Workload.ImageAsync()).ShouldBe(Stage.Good);
        File.ReadAllText(Path.Combine(folder.Path, "asked")).ShouldStartWith("rental\nproduction\n");
    }

    /// <summary>The same access, but the token is what a plugin prints that is told where by its arguments and its environment.</summary>
    private static string ByPlugin(string kubeconfig, TemporaryFolder folder)
    {
        var config = (JsonObject)JsonNode.Parse(kubeconfig)!;
        var token = (string)config["users"]![0]!["user"]!["token"]!;
        var script = folder.Write("plugin", $$$"""
            #!/bin/sh
            printf '%s\n%s\n' "$TEAM" "$1" >> {{{Path.Combine(folder.Path, "asked")}}}
            echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "{{{token}}}"}}'
            """);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var extensions = JsonNode.Parse("""[{"name": "cloud", "extension": {"last-update": "Fri, 27 Nov 2026 10:00:00 UTC", "versions": ["v1", "v2"]}}]""")!;
        config["extensions"] = extensions.DeepClone();
        config["preferences"] = new JsonObject { ["colors"] = true };
        config["clusters"]![0]!["cluster"]!["extensions"] = extensions.DeepClone();
        config["contexts"]![0]!["context"]!["extensions"] = extensions.DeepClone();
        ((JsonArray)config["users"]!).Add(new JsonObject
        {
            ["name"] = "another",
            ["user"] = new JsonObject { ["auth-provider"] = new JsonObject { ["name"] = "oidc", ["config"] = new JsonObject { ["client-id"] = "kubernetes" } } },
        });
        config["users"]![0]!["user"] = new JsonObject
        {
            ["exec"] = new JsonObject
            {
                ["apiVersion"] = "client.authentication.k8s.io/v1",
                ["command"] = script,
                ["args"] = new JsonArray("production"),
                ["env"] = new JsonArray(new JsonObject { ["name"] = "TEAM", ["value"] = "rental" }),
                ["interactiveMode"] = "Never",
                ["provideClusterInfo"] = true,
                ["installHint"] = "ask the platform team",
            },
        };
        return config.ToJsonString();
    }
}
