using AlertRollback.Announcements;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;

namespace AlertRollback.Tests.Kubernetes;

public sealed class ClippedTests
{
    [Theory]
    [InlineData("", 3, "", "")]
    [InlineData("abc", 3, "abc", "abc")]
    [InlineData("abcd", 3, "ab…", "…cd")]
    [InlineData("abcd", 1, "…", "…")]
    [InlineData("a🚗b", 3, "a…", "…b")]
    [InlineData("🚗🚗", 3, "🚗…", "…🚗")]
    [InlineData("🚗🚗", 2, "…", "…")]
    [InlineData("🚗🚗", 4, "🚗🚗", "🚗🚗")]
    public void What_is_too_long_is_cut_where_a_character_ends(string text, int longest, string head, string tail)
    {
        Clipped.Head(text, longest).ShouldBe(head);
        Clipped.Tail(text, longest).ShouldBe(tail);
    }

    public static TheoryData<string, Func<string, string>> Cuts => new()
    {
        { "figures", text => Texts.Clip(text, 300) },
        { "messages", text => PlainText.Truncate(text, 300) },
        { "why it cannot be taken back", text => Irreversibility.Reason(text)! },
    };

    [Theory]
    [MemberData(nameof(Cuts), DisableDiscoveryEnumeration = true)]
    public void Wherever_a_text_is_cut_it_is_cut_like_that(string where, Func<string, string> cut)
    {
        foreach (var before in (string[])["", "x"])
            cut(before + string.Concat(Enumerable.Repeat("🚗", 300))).ShouldBe(before + string.Concat(Enumerable.Repeat("🚗", 149)) + "…", where);
    }
}
