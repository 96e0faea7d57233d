using AlertRollback.Playbooks.Manifests;

namespace AlertRollback.Tests.Playbooks.Manifests;

public sealed class ManifestReaderTests
{
    private const string Head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";

    [Theory]
    [InlineData("v: 0644", "420")]
    [InlineData("v: '0644'", "\"0644\"")]
    [InlineData("v: 0x1F", "31")]
    [InlineData("v: 5", "5")]
    [InlineData("v: 0.5", "0.5")]
    [InlineData("v: 500m", "\"500m\"")]
    [InlineData("v: true", "true")]
    [InlineData("v: \"true\"", "\"true\"")]
    [InlineData("v: 2026-01-21", "\"2026-01-21\"")]
    [InlineData("v: Infinity", "\"Infinity\"")]
    [InlineData("v: ~", "null")]
    [InlineData("v: |\n  a\n  b\n", "\"a\\nb\\n\"")]
    public void Values_are_what_kubectl_takes_them_for(string line, string json)
    {
        var (manifests, faults) = ManifestReader.Read("a.yml", Head + line);

        faults.ShouldBeEmpty();
        (manifests.ShouldHaveSingleItem().Json["v"]?.ToJsonString() ?? "null").ShouldBe(json);
    }

    [Theory]
    [InlineData(Head + "v: yes", "a.yml:4:4: yes is a text to some")]
    [InlineData(Head + "v: *alias", "the alias")]
    [InlineData(Head + "v: 1\nv: 2", "is here twice")]
    [InlineData("kind: ConfigMap\nmetadata: {name: x}", "no apiVersion or no kind")]
    [InlineData("apiVersion: v1\nkind: List\nitems: []", "is no object")]
    [InlineData("", "has no manifest")]
    [InlineData("a: [", "this is not YAML")]
    public void What_could_mean_something_else_is_a_fault(string text, string fault) =>
        ManifestReader.Read("a.yml", text).Faults.ShouldHaveSingleItem().ShouldContain(fault);

    [Fact]
    public void Documents_are_manifests_of_their_own_without_what_a_server_wrote()
    {
        var (manifests, faults) = ManifestReader.Read("a.yml", """
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: x, uid: u, resourceVersion: '7', managedFields: []}
            status: {phase: Active}
            ---
            # nothing
            ---
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "y"}}
            """);

        faults.ShouldBeEmpty();
        manifests.Select(m => (m.Source, m.Kind, m.Name)).ShouldBe([("a.yml, document 1", "ConfigMap", "x"), ("a.yml, document 2", "Service", "y")]);
        manifests[0].Json.ToJsonString().ShouldBe("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}}""");
    }
}
