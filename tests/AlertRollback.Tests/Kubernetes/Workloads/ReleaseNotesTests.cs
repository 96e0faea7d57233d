using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Tests.Kubernetes.Workloads;

public sealed class ReleaseNotesTests
{
    [Theory]
    // on the pod template | on the workload | answer
    [InlineData(null, null, null)]
    [InlineData("safe", null, "safe")]
    [InlineData(null, "breaking", "breaking")]
    [InlineData("none", "breaking", "none")]
    [InlineData(" Caution ", null, "caution")]
    [InlineData("harmless", null, null)]
    [InlineData("", "safe", null)]
    public void The_template_says_what_changed_in_the_database_before_the_workload_does(string? template, string? workload, string? said) =>
        ReleaseNotes.DatabaseChange(Workload(Marks.DatabaseChange, template, workload)).ShouldBe(said);

    [Theory]
    [InlineData(true, "alertrollback.io/database-change=safe alertrollback.io/irreversible=")]
    [InlineData(false, "alertrollback.io/database-change=")]
    public async Task What_a_revision_may_have_of_the_release_before_loosens_nothing(bool own, string back)
    {
        var shop = Shop.WithReleases("v1", "v2");
        shop.Cluster.Change(Shop.Api.Object, o => o["metadata"]!["annotations"] = new JsonObject { [Marks.DatabaseChange] = "breaking", [Marks.Irreversible] = "orders are paid out" });
        var read = (await shop.ReadAsync())!;
        var target = read.Revisions[^1] with { NotesAreItsOwn = own, Notes = new Dictionary<string, string> { [Marks.DatabaseChange] = "safe" } };

        string.Join(" ", ReleaseNotes.BackAt(read.Live, target).Select(n => $"{n.Name}={n.Note}")).ShouldBe(back);
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("orders are paid out", null, "orders are paid out")]
    [InlineData(null, "orders are paid out", "orders are paid out")]
    [InlineData("true", null, "it is marked as irreversible, without a reason")]
    [InlineData("", null, "it is marked as irreversible, without a reason")]
    [InlineData("false", "orders are paid out", null)]
    public void An_irreversible_release_says_why(string? template, string? workload, string? reason) =>
        Irreversibility.Of(Workload(Marks.Irreversible, template, workload)).ShouldBe(reason);

    [Theory]
    [InlineData("template", "v2 (revision 2), which is jumped over: orders are paid out")]
    [InlineData("keeper", "v2 (revision 2), which is jumped over: orders are paid out")]
    [InlineData("target", null)]
    [InlineData("live", "the running one says more")]
    public async Task A_release_that_is_jumped_over_may_be_irreversible_too(string where, string? reason)
    {
        var shop = Shop.WithReleases("v1", "v2", "v3");
        void Mark(ObjectRef place, string? path, string said) => shop.Cluster.Change(place, o =>
        {
            var metadata = (path is null ? o : o["spec"]!["template"]!)["metadata"]!.AsObject();
            metadata["annotations"] ??= new JsonObject();
            metadata["annotations"]![Marks.Irreversible] = said;
        });
        Mark(Shop.ReplicaSetRef(where == "target" ? 1 : 2), where == "keeper" ? null : "template", "orders are paid out");
        if (where == "live")
            Mark(Shop.Api.Object, null, "the running one says more");

        Irreversibility.Of((await shop.ReadAsync())!, target: 1).ShouldBe(reason);
    }

    private static KubernetesObject Workload(string annotation, string? template, string? workload) => new(new JsonObject
    {
        ["metadata"] = new JsonObject { ["annotations"] = Annotations(annotation, workload) },
        ["spec"] = new JsonObject { ["template"] = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = Annotations(annotation, template) } } },
    });

    private static JsonObject? Annotations(string name, string? value) => value is null ? null : new JsonObject { [name] = value };
}
