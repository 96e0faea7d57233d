using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Tests.Kubernetes.Workloads;

public sealed class ConfigurationTests
{
    private const string Everything = """
        {"spec": {
          "initContainers": [{"name": "i", "envFrom": [{"configMapRef": {"name": "init"}}]}],
          "containers": [{"name": "a",
            "env": [{"name": "X", "value": "plain"}, {"name": "Y", "valueFrom": {"configMapKeyRef": {"name": "key", "key": "k"}}}, {"name": "Z", "valueFrom": {"secretKeyRef": {"name": "hidden-key", "key": "k"}}}],
            "envFrom": [{"secretRef": {"name": "hidden-env"}}, {"configMapRef": {"name": "key"}}]}],
          "imagePullSecrets": [{"name": "registry"}],
          "volumes": [{"name": "v", "configMap": {"name": "files"}}, {"name": "w", "secret": {"secretName": "hidden-files"}}, {"name": "e", "emptyDir": {}},
            {"name": "p", "projected": {"sources": [{"configMap": {"name": "projected"}}, {"secret": {"name": "hidden-projected"}}, {"serviceAccountToken": {"path": "t"}}]}}]}}
        """;

    private static readonly byte[] Salt = [1, 2, 3];

    private readonly InMemoryKubernetes _cluster = new();

    [Fact]
    public void Everything_that_pods_read_is_found_and_what_only_pulls_images_is_not()
    {
        var references = ConfigurationReferences.Of((JsonObject)JsonNode.Parse(Everything)!);
        references.ConfigMaps.ShouldBe(["files", "init", "key", "projected"]);
        references.Secrets.ShouldBe(["hidden-env", "hidden-files", "hidden-key", "hidden-projected"]);
    }

    [Fact]
    public async Task S19_ConfigMaps_are_kept_by_content_binary_values_and_Secrets_by_hash_alone()
    {
        Put(ResourceKind.ConfigMap, "settings", """ "data": {"MODE": "on"}, "binaryData": {"logo": "AAECAw=="} """);
        Put(ResourceKind.Secret, "keys", """ "data": {"password": "aHVudGVyMg=="} """);

        var seen = await ReadAsync();

        seen.ConfigMaps[0].Data!["MODE"].ShouldBe("on");
        seen.ConfigMaps[0].Binary!["logo"].ShouldStartWith("sha256:");
        seen.Secrets[0].Hash.ShouldNotBeNull().ShouldStartWith("hmac-sha256:");
        var text = System.Text.Json.JsonSerializer.Serialize(seen);
        text.ShouldNotContain("hunter2");
        text.ShouldNotContain("aHVudGVyMg");
        text.ShouldNotContain("AAECAw");
        seen.SameAs(await ReadAsync()).ShouldBeTrue();
        (await ReadAsync([9])).Secrets[0].Hash.ShouldNotBe(seen.Secrets[0].Hash, "another journal's salt");
    }

    [Theory]
    [InlineData("settings")]
    [InlineData("keys")]
    public async Task A_change_of_either_is_seen(string changed)
    {
        Put(ResourceKind.ConfigMap, "settings", """ "data": {"MODE": "on"} """);
        Put(ResourceKind.Secret, "keys", """ "data": {"password": "aHVudGVyMg=="} """);
        var before = await ReadAsync();
        Put(changed == "keys" ? ResourceKind.Secret : ResourceKind.ConfigMap, changed, """ "data": {"MODE": "b2Zm"} """);

        before.SameAs(await ReadAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task What_may_not_be_read_is_unknown_and_what_does_not_exist_is_missing()
    {
        _cluster.BeforeRead = path =>
        {
            if (path.Contains("secrets", StringComparison.Ordinal))
                throw new KubernetesException(KubernetesFault.Forbidden, "no");
        };

        var seen = await ReadAsync();

        (seen.Secrets[0].Hash, seen.Secrets[0].Unknown).ShouldBe((null, "may not be read"));
        (seen.ConfigMaps[0].Hash, seen.ConfigMaps[0].Unknown).ShouldBe((null, null));
    }

    [Theory]
    [InlineData(ConfigurationReader.MaxContent - 4, true)]
    [InlineData(ConfigurationReader.MaxContent, false)]
    public async Task Too_much_is_known_by_its_hash_alone(int size, bool kept)
    {
        Put(ResourceKind.ConfigMap, "settings", $""" "data": {"{"}"MODE": "{new string('x', size)}"{"}"} """);

        var seen = (await ReadAsync()).ConfigMaps[0];

        (seen.Data is not null).ShouldBe(kept);
        seen.Hash.ShouldNotBeNull();
    }

    private Task<ConfigurationSnapshot> ReadAsync(byte[]? salt = null) =>
        new ConfigurationReader(_cluster, salt ?? Salt).ReadAsync("shop", new ConfigurationReferences(["settings"], ["keys"]), TestContext.Current.CancellationToken);

    private void Put(ResourceKind kind, string name, string content) =>
        _cluster.Put(kind, $"{"{"}\"metadata\": {"{"}\"name\": \"{name}\", \"namespace\": \"shop\", \"uid\": \"{name}\"{"}"}, {content}{"}"}");
}
