using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Tests.Kubernetes.Workloads;

public sealed class PodTemplateTests
{
    private const string plain = """{"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "app", "image": "i:1"}]}}""";

    [Theory]
    [InlineData(plain)]
    [InlineData("""{"spec": {"containers": [{"image": "i:1", "name": "app"}]}, "metadata": {"labels": {"app": "a"}}}""")]
    [InlineData("""{"metadata": {"creationTimestamp": null, "labels": {"app": "a"}, "annotations": {}}, "spec": {"containers": [{"name": "app", "image": "i:1"}]}}""")]
    [InlineData("""{"metadata": {"labels": {"app": "a", "pod-template-hash": "x"}}, "spec": {"containers": [{"name": "app", "image": "i:1"}]}}""")]
    [InlineData("""{"metadata": {"labels": {"app": "a", "controller-revision-hash": "x"}}, "spec": {"containers": [{"name": "app", "image": "i:1"}]}}""")]
    [InlineData("""{"$patch": "replace", "metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "app", "image": "i:1"}]}}""")]
    [InlineData("""{"metadata": {"labels": {"app": "\u0061"}}, "spec": {"containers": [{"name": "app", "image": "i:1"}]}}""")]
    public void Spelling_and_the_controllers_own_marks_make_no_difference(string other) =>
        PodTemplate.SameAs(Read(plain), Read(other)).ShouldBeTrue();

    [Theory]
    // member path of the first container or the pod | what runs changes | more than marks differs
    [InlineData("image", "\"i:2\"", true)]
    [InlineData("command", "[\"sh\"]", true)]
    [InlineData("args", "[\"-v\"]", true)]
    [InlineData("env", "[{\"name\": \"A\", \"value\": \"1\"}]", true)]
    [InlineData("envFrom", "[{\"secretRef\": {\"name\": \"s\"}}]", true)]
    [InlineData("resources", "{\"limits\": {\"cpu\": \"1\"}}", false)]
    [InlineData("imagePullPolicy", "\"Always\"", false)]
    public void What_runs_is_image_command_environment_and_configuration(string member, string value, bool changes)
    {
        var other = Read(plain);
        other["spec"]!["containers"]![0]![member] = JsonNode.Parse(value);

        PodTemplate.ChangesWhatRuns(Read(plain), other).ShouldBe(changes);
        PodTemplate.DiffersBeyondMarks(Read(plain), other).ShouldBeTrue();
    }

    [Fact]
    public void What_prepares_a_pod_is_part_of_what_runs()
    {
        var other = Read(plain);
        other["spec"]!["initContainers"] = new JsonArray(new JsonObject { ["name"] = "migrate", ["image"] = "m:1" });
        var newer = (JsonObject)other.DeepClone();
        newer["spec"]!["initContainers"]![0]!["image"] = "m:2";

        PodTemplate.ChangesWhatRuns(Read(plain), other).ShouldBeTrue();
        PodTemplate.ChangesWhatRuns(other, newer).ShouldBeTrue();
    }

    [Theory]
    [InlineData("""{"name": "v", "configMap": {"name": "c"}}""", true)]
    [InlineData("""{"name": "v", "secret": {"secretName": "c"}}""", true)]
    [InlineData("""{"name": "v", "projected": {"sources": [{"configMap": {"name": "c"}}]}}""", true)]
    [InlineData("""{"name": "v", "emptyDir": {}}""", false)]
    public void A_mounted_configuration_is_part_of_what_runs(string volume, bool changes)
    {
        var other = Read(plain);
        other["spec"]!["volumes"] = new JsonArray(JsonNode.Parse(volume));

        PodTemplate.ChangesWhatRuns(Read(plain), other).ShouldBe(changes);
    }

    [Theory]
    [InlineData("kubectl.kubernetes.io/restartedAt", false)]
    [InlineData("alertrollback.io/anything", false)]
    [InlineData("checksum/config", true)]
    public void Restart_marks_and_ours_are_no_difference_worth_an_undo(string annotation, bool differs)
    {
        var other = Read(plain);
        other["metadata"]!["annotations"] = new JsonObject { [annotation] = "x" };

        PodTemplate.DiffersBeyondMarks(Read(plain), other).ShouldBe(differs);
        PodTemplate.SameAs(Read(plain), other).ShouldBeFalse();
    }

    [Fact]
    public void Container_sets_are_compared_by_name()
    {
        var other = Read(plain);
        other["spec"]!["containers"]!.AsArray().Add(new JsonObject { ["name"] = "proxy", ["image"] = "p:1" });

        PodTemplate.ContainersOnlyInOne(Read(plain), other).ShouldBe(["proxy"]);
    }

    internal static JsonObject Read(string json) => PodTemplate.Normalize((JsonObject)JsonNode.Parse(json)!);
}
