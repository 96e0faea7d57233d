using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Edits;

namespace AlertRollback.Tests.Kubernetes.Edits;

public sealed class ObjectDifferenceTests
{
    [Theory]
    [InlineData("""{"data": {"template": "@"} }""", false)]
    [InlineData("""{"spec": {"target": {"template": {"type": "@"} } } }""", false)]
    [InlineData("""{"spec": {"template": {"spec": {"hostname": "@"} } } }""", true)]
    [InlineData("""{"spec": {"jobTemplate": {"spec": {"template": {"spec": {"hostname": "@"} } } } } }""", true)]
    [InlineData("""{"template": {"spec": {"hostname": "@"} } }""", true)]
    public void S19_only_what_pods_are_made_from_may_be_secret_and_anything_else_is_kept_to_be_put_back(string json, bool sealedThere)
    {
        var change = ObjectDifference.Between(Of("old"), Of("new")).ShouldHaveSingleItem();

        change.MayBeSecret.ShouldBe(sealedThere);

        JsonObject Of(string value) => (JsonObject)JsonNode.Parse(json.Replace("@", value, StringComparison.Ordinal))!;
    }
}
