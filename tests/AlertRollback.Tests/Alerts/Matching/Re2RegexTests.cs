using AlertRollback.Alerts.Matching;

namespace AlertRollback.Tests.Alerts.Matching;

public sealed class Re2RegexTests
{
    // The expectations were produced with Go's regexp package, anchored as Alertmanager does.
    [Theory]
    [InlineData("[[:alpha:]]+", "abc", true)]
    [InlineData("[[:alpha:]]+", "\u00e4", false)]
    [InlineData("[^[:alpha:]]", "1", true)]
    [InlineData("[^[:alpha:]]", "a", false)]
    [InlineData("[^[:alpha:]]", "\n", true)]
    [InlineData("[[:^digit:]]", "a", true)]
    [InlineData("[[:^digit:]]", "1", false)]
    [InlineData("\\d", "1", true)]
    [InlineData("\\d", "\u0663", false)]
    [InlineData("\\w+", "a_1", true)]
    [InlineData("\\w+", "\u00e9", false)]
    [InlineData("\\s", "\t", true)]
    [InlineData("\\s", "\v", false)]
    [InlineData("\\s", "\u00a0", false)]
    [InlineData("\\Qa.b\\E", "a.b", true)]
    [InlineData("\\Qa.b\\E", "axb", false)]
    [InlineData("\\pL", "\u00e9", true)]
    [InlineData("\\pL", "\U0001d518", true)]
    [InlineData("\\pL", "1", false)]
    [InlineData("\\pL", "\n", false)]
    [InlineData("\\PL", "\n", true)]
    [InlineData("\\PL", "1", true)]
    [InlineData("\\PL", "a", false)]
    [InlineData("\\p{^Lu}", "a", true)]
    [InlineData("\\p{^Lu}", "A", false)]
    [InlineData("(?P<name>a)b", "ab", true)]
    [InlineData("(?U)a+?", "aa", true)]
    [InlineData("a$", "a", true)]
    [InlineData("a$", "a\n", false)]
    [InlineData("a.", "a\r", true)]
    [InlineData("a.", "a\n", false)]
    [InlineData("a.", "a\U0001f600", true)]
    [InlineData("(?s)a.", "a\n", true)]
    [InlineData("..", "\U0001f600", false)]
    [InlineData("..", "ab", true)]
    [InlineData("[^a]", "\U0001f600", true)]
    [InlineData("[^a]", "\n", true)]
    [InlineData("(?i)k", "K", true)]
    [InlineData("(?i)k", "\u212a", true)]
    [InlineData("(?i)s", "\u017f", true)]
    [InlineData("(?i)i", "\u0130", false)]
    [InlineData("(?i)i", "\u0131", false)]
    [InlineData("(?i)i", "I", true)]
    [InlineData("(?i)\u03c3", "\u03c2", true)]
    [InlineData("(?i)\u03c3", "\u03a3", true)]
    [InlineData("(?i)\u00df", "\u1e9e", true)]
    [InlineData("(?i)\u00df", "ss", false)]
    [InlineData("(?i)\U00010400", "\U00010428", true)]
    [InlineData("(?i)[^k]", "\u212a", false)]
    [InlineData("(?i)[^k]", "x", true)]
    [InlineData(".*\\bfoo\\b.*", "a foo b", true)]
    [InlineData(".*\\bfoo\\b.*", "\u00e9foo\u00e9", true)]
    [InlineData(".*\\bfoo\\b.*", "afoo", false)]
    [InlineData("(?m)a$\\n^b", "a\nb", true)]
    [InlineData("(?m)a$\\n^b", "ab", false)]
    [InlineData("a)|(?:b", "axx", true)]
    [InlineData("a)|(?:b", "xxb", true)]
    [InlineData("a)|(?:b", "xbx", false)]
    [InlineData("a{,2}", "a{,2}", true)]
    [InlineData("a{,2}", "aa", false)]
    [InlineData("a{0}", "", true)]
    [InlineData("a{0}", "a", false)]
    [InlineData("\\x{1F600}", "\U0001f600", true)]
    [InlineData("\\101", "A", true)]
    [InlineData("[]a]", "]", true)]
    [InlineData("[a-]", "-", true)]
    [InlineData("(?i-s:A)b", "ab", true)]
    [InlineData("(?i-s:A)b", "aB", false)]
    [InlineData("(?:)*", "", true)]
    [InlineData("[^\\x{0}-\\x{10FFFF}]", "", false)]
    [InlineData("[^\\x{0}-\\x{10FFFF}]", "a", false)]
    [InlineData("a|", "", true)]
    [InlineData("a|", "a", true)]
    public void Matches_as_Go_does(string pattern, string text, bool expected)
    {
        Matcher.TryCreate("a", MatchOperator.Matches, pattern, out var matcher, out var fault).ShouldBeTrue(fault);

        matcher.Matches(text).ShouldBe(expected);
    }

    // The first lines are invalid in Go, too; the last ones are valid there but have no faithful translation here.
    [Theory]
    [InlineData("(", "not closed")]
    [InlineData("a))", "no opening one")]
    [InlineData("[a", "not closed")]
    [InlineData("[b-a]", "backwards")]
    [InlineData("[[:foo:]]", "is no class")]
    [InlineData("*", "nothing to repeat")]
    [InlineData("a**", "follows a repetition")]
    [InlineData("a{1001}", "not pass 1000")]
    [InlineData("(?:a{100}){11}", "more than 1000")]
    [InlineData("(?:a{501}){2,}", "more than 1000")]
    [InlineData("\\xA", "two hexadecimal digits")]
    [InlineData("\\xg", "two hexadecimal digits")]
    [InlineData("(?=a)", "neither lookaround")]
    [InlineData("(?<=a)", "a group's name")]
    [InlineData("(a)\\1", "backreference")]
    [InlineData("\\C", "is no escape")]
    [InlineData("\\Z", "is no escape")]
    [InlineData("\\x{110000}", "up to 10FFFF")]
    [InlineData("\\", "not closed")]
    [InlineData("\\p{Greek}", "a script")]
    [InlineData("\\pC", "between versions of Go")]
    [InlineData("(?m)^\\PL$", "leave (?m) out")]
    [InlineData(".{1000}.{1000}.{1000}.{1000}", "too large")]
    public void What_cannot_be_matched_faithfully_is_a_fault(string pattern, string reason)
    {
        Matcher.TryCreate("a", MatchOperator.Matches, pattern, out _, out var fault).ShouldBeFalse();

        fault.ShouldNotBeNull().ShouldContain(reason);
    }

    [Fact]
    public void A_long_text_is_matched_in_linear_time()
    {
        Matcher.TryCreate("a", MatchOperator.Matches, "(a*)*(a|aa)*b", out var matcher, out _).ShouldBeTrue();

        // A backtracking engine would not return within a lifetime.
        matcher.Matches(new string('a', 100_000)).ShouldBeFalse();
    }
}
