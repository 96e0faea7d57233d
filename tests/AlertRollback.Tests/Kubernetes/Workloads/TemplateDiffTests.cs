using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Tests.Kubernetes.Workloads;

public sealed class TemplateDiffTests
{
    [Fact]
    public void Harmless_values_are_shown_and_all_others_are_masked()
    {
        var from = Pod("""{"name": "app", "image": "i:2", "args": ["--password=hunter2"], "env": [{"name": "KEY", "value": "hunter2"}], "resources": {"limits": {"memory": "1Gi"}}}""");
        var to = Pod("""{"name": "app", "image": "i:1", "args": ["--password=hunter3"], "env": [{"name": "KEY", "value": "hunter3"}, {"name": "NEW", "value": "x"}], "resources": {"limits": {"memory": "2Gi"}}}""");

        TemplateDiff.Masked(from, to).ShouldBe([
            "containers[app].args: *** -> ***",
            "containers[app].env[KEY].value: *** -> ***",
            "containers[app].env[NEW]: added",
            "containers[app].image: i:2 -> i:1",
            "containers[app].resources.limits.memory: 1Gi -> 2Gi",
        ]);
    }

    [Fact]
    public void An_annotation_that_is_called_like_a_harmless_member_is_masked()
    {
        var from = Pod("""{"name": "app", "image": "i"}""");
        from["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["image"] = "hunter2" } };

        string.Join('\n', TemplateDiff.Masked(from, Pod("""{"name": "app", "image": "i"}"""))).ShouldNotContain("hunter2");
    }

    [Fact]
    public void Containers_that_come_and_go_show_their_image() =>
        TemplateDiff.Masked(Pod("""{"name": "app", "image": "i"}"""), Pod("""{"name": "web", "image": "w:1"}""")).ShouldBe([
            "containers[app]: removed (i)",
            "containers[web]: added (w:1)",
        ]);

    [Fact]
    public void A_long_difference_is_cut()
    {
        var env = string.Join(',', Enumerable.Range(0, 100).Select(n => $$"""{"name": "E{{n}}", "value": "x"}"""));

        var lines = TemplateDiff.Masked(Pod("""{"name": "app", "image": "i", "env": []}"""), Pod($$"""{"name": "app", "image": "i", "env": [{{env}}]}"""));

        lines.Count.ShouldBe(TemplateDiff.MaxLines);
        lines[^1].ShouldBe("… and 61 more");
    }

    private static JsonObject Pod(string container) => (JsonObject)JsonNode.Parse($$"""{"spec": {"containers": [{{container}}] } }""")!;
}
