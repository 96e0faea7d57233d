using AlertRollback.Matrix.Yaml;
using AlertRollback.Playbooks;

namespace AlertRollback.Tests.Playbooks.Contract;

/// <summary>What the Roles of deploy/ grant, as they are written.</summary>
internal static class DeployedRules
{
    public static bool Grants(NeededRight right) =>
        Rules(right.GrantedBy).Any(r => Has(r, "apiGroups", right.Group) && Has(r, "resources", right.Resource) && Has(r, "verbs", right.Verb));

    private static IEnumerable<YamlMap> Rules(string folder) =>
        from text in File.ReadAllText(Path.Combine(GrantedRights.Deploy(), folder, "role.yaml")).Split("\n---\n")
        let role = YamlFile.Read("role.yaml", text, new FaultList()).ShouldNotBeNull()
        from entry in role.Entries
        where entry.Key.Text == "rules"
        from rule in ((YamlList)entry.Value).Items
        select (YamlMap)rule;

    private static bool Has(YamlMap rule, string key, string value) =>
        rule.Entries.Where(e => e.Key.Text == key).SelectMany(e => ((YamlList)e.Value).Items).Any(i => ((YamlScalar)i).Text == value);
}
