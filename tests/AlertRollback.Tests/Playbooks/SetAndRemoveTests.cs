using AlertRollback.CommandLine;
using AlertRollback.Tests.Playbooks.Actions;

namespace AlertRollback.Tests.Playbooks;

/// <summary>What <c>config_map</c>, <c>env</c> and <c>service_selector</c> say of what they set and take away.</summary>
public sealed class SetAndRemoveTests
{
    private static readonly (string Action, string What)[] Uses =
        [("config_map", "a key: letters, digits, '-', '_' and '.'"), ("env", "a variable"), ("service_selector", "a label")];

    [Theory]
    [InlineData("""{"set": {"A": "1"}, "remove": ["B"]}""")]
    [InlineData("""{"set": {"A": "1"}}""")]
    [InlineData("""{"remove": ["A", "B"]}""")]
    [InlineData("{}", "it has neither \"set\" nor \"remove\"")]
    [InlineData("""{"set": {}, "remove": []}""", "it has neither \"set\" nor \"remove\"")]
    [InlineData("""{"set": {"A": "1", "B": "1"}, "remove": ["B", "C"]}""", "\"B\" is both set and removed")]
    [InlineData("""{"set": {"a b": "1"}, "remove": ["c d"]}""", "\"a b\" is not the name of WHAT", "\"c d\" is not the name of WHAT")]
    [InlineData("""{"set": {"A": 1.50}}""", "\"A\" under \"set\" needs quotes, or it may not come out as it is written")]
    public void Each_of_them_says_the_same(string parameters, params string[] faults)
    {
        var catalog = OfflineCatalog.Create();
        foreach (var (action, what) in Uses)
            catalog.Actions[action].Validate(Acting.Json(parameters)).ShouldBe(faults.Select(f => f.Replace("WHAT", what, StringComparison.Ordinal)), action);
    }
}
