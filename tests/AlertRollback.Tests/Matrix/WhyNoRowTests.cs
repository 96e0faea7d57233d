using AlertRollback.Alerts;
using AlertRollback.Alerts.Matching;
using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

public sealed class WhyNoRowTests
{
    private static readonly string[] Written = ["a=\"x\"", "a=\"y\"", "a=~\"x|y\"", "a!=\"x\"", "a!~\"y.*\"", "b=\"x\"", "b=~\".*\"", "b!=\"\"", "b=\"\"", "c=\"x\"", "c=~\"x?\""];
    private static readonly Matcher[] Matchers = [.. Written.Select(w => MatcherParser.ParseOne(w).Matchers.Single())];

    [Fact]
    public void What_is_told_without_looking_at_every_row_is_what_looking_at_every_row_says()
    {
        var random = new Random(7);
        var (missing, unfit, neither) = (0, 0, 0);
        for (var round = 0; round < 20_000; round++)
        {
            var rows = Enumerable.Range(0, random.Next(1, 6)).Select(_ => (IReadOnlyList<Matcher>)random.GetItems(Matchers, random.Next(1, 5)).Distinct().ToList()).ToList();
            var labels = LabelSet.Of(new[] { "a", "b", "c" }.Select(n => (n, random.GetItems(["", "x", "y", "z"], 1)[0])).ToArray());
            if (rows.Exists(r => r.All(m => m.Matches(labels))))
                continue;

            var told = new WhyNoRow(rows).Of(labels);

            Words(told).ShouldBe(Words(ByEveryRow(rows, labels)), ignoreOrder: true, customMessage: $"{string.Join(" | ", rows.Select(r => string.Join(",", r)))} of {labels}");
            (missing, unfit, neither) = told switch { "" => (missing, unfit, neither + 1), _ when told.StartsWith("; the alert has no label", StringComparison.Ordinal) => (missing + 1, unfit, neither), _ => (missing, unfit + 1, neither) };
        }

        new[] { missing, unfit, neither }.ShouldAllBe(n => n > 100);
    }

    private static string[] Words(string told) => told.Replace(",", "", StringComparison.Ordinal).Split(' ');

    private static string ByEveryRow(IReadOnlyList<IReadOnlyList<Matcher>> rows, LabelSet labels)
    {
        var failing = rows.Select(r => r.Where(m => !m.Matches(labels)).ToList()).ToList();
        if (failing.All(r => r.Exists(m => labels[m.Name].Length == 0)))
            return $"; the alert has no label {string.Join(", ", rows.SelectMany(r => r).Where(m => !m.Matches("")).Select(m => m.Name).Distinct().Where(n => labels[n].Length == 0).Select(n => $"\"{n}\""))}";
        var unfit = failing.SelectMany(r => r).Select(m => m.Name).Distinct().Where(n => labels[n].Length > 0 && !rows.Any(r => Fits(r, n))).ToList();
        return unfit.Count == 0 ? "" : $"; {string.Join(", ", unfit.Select(n => $"{n} \"{labels[n]}\""))} fits none";

        bool Fits(IReadOnlyList<Matcher> row, string name) => row.Any(m => m.Name == name) && row.Where(m => m.Name == name).All(m => m.Matches(labels));
    }
}
