using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Git;

/// <summary>A revert that is made in the clone and not pushed yet. The same commit is made again from the same plan.</summary>
/// <param name="Branch">For the pull request.</param>
/// <param name="Head">What <paramref name="Into"/> was at.</param>
/// <param name="Commit">The commit that takes <paramref name="Reverted"/> back.</param>
/// <param name="Merge">It goes straight to <paramref name="Into"/>.</param>
internal sealed record RevertPin(string Repository, string Into, string Branch, string Head, string Reverted, string Commit, string Subject, bool Merge, bool Bypass)
{
    public JsonObject ToJson() => new()
    {
        ["repository"] = Repository,
        ["into"] = Into,
        ["branch"] = Branch,
        ["head"] = Head,
        ["reverted"] = Reverted,
        ["commit"] = Commit,
        ["subject"] = Subject,
        ["merge"] = Merge,
        ["bypass"] = Bypass,
    };

    public static RevertPin FromJson(JsonObject json) => new(
        Text(json, "repository"), Text(json, "into"), Text(json, "branch"), Text(json, "head"), Text(json, "reverted"), Text(json, "commit"), Text(json, "subject"),
        json["merge"]!.GetValue<bool>(), json["bypass"]!.GetValue<bool>());

    private static string Text(JsonObject json, string name) => json[name]!.GetValue<string>();
}
