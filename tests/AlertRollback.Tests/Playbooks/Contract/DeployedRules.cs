using AlertRollback.Playbooks;
using AlertRollback.Yaml;

namespace AlertRollback.Tests.Playbooks.Contract;

/// <summary>What the Roles of deploy/ grant, as they are written.</summary>
internal static class DeployedRules
{
    /// <summary>Whether the folder grants it that it says; where it says that none does, whether that is so.</summary>
    public static bool Grants(NeededRight right) => right.GrantedBy is { } folder ? Grants(folder, right) : !Folders.Any(f => Grants(f, right));

    private static IEnumerable<string> Folders =>
        Directory.GetFiles(GrantedRights.Deploy(), "role.yaml", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(GrantedRights.Deploy(), Path.GetDirectoryName(f)!));

    private static bool Grants(string folder, NeededRight right) =>
        Rules(folder).Any(r => Has(r, "apiGroups", right.Group) && Has(r, "resources", right.Resource) && Has(r, "verbs", right.Verb));

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
