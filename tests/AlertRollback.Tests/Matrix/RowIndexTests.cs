using AlertRollback.Alerts;
using AlertRollback.Alerts.Matching;
using AlertRollback.Matrix;
using FsCheck;
using FsCheck.Fluent;

namespace AlertRollback.Tests.Matrix;

public sealed class RowIndexTests
{
    private static readonly string[] Names = ["a", "b", "c"];
    private static readonly string[] Values = ["", "x", "y", "z"];

    [Fact]
    public void The_index_finds_the_row_that_a_scan_finds()
    {
        var matcher =
            from name in Gen.Elements(Names)
            from op in Gen.Elements(MatchOperator.Equal, MatchOperator.Equal, MatchOperator.NotEqual, MatchOperator.Matches, MatchOperator.NotMatches)
            from value in Gen.Elements([.. Values, "x|y", "[xz]"])
            select Create(name, op, value);
        var rows = matcher.ListOf().Resize(4).Select(r => (IReadOnlyList<Matcher>)[.. r]).ListOf().Resize(12);
        var labels =
            from values in Gen.Elements(Values).ArrayOf(Names.Length)
            select LabelSet.Of(Names.Zip(values, KeyValuePair.Create));
        var cases =
            from matrix in rows
            from alert in labels
            select (Rows: (IReadOnlyList<IReadOnlyList<Matcher>>)[.. matrix], Alert: alert);

        Prop.ForAll(cases.ToArbitrary(), c => new RowIndex(c.Rows).FirstMatch(c.Alert) == Scan(c.Rows, c.Alert))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Only_rows_with_the_alerts_own_values_are_candidates()
    {
        var rows = Enumerable.Range(0, 1000)
            .Select(i => (IReadOnlyList<Matcher>)[Create("severity", MatchOperator.Equal, "critical"), Create("alertname", MatchOperator.Equal, $"alert-{i}")])
            .ToList();

        new RowIndex(rows).Candidates(LabelSet.Of(("severity", "critical"), ("alertname", "alert-7"))).ShouldBe([7]);
    }

    [Fact]
    public void A_row_that_asks_for_no_value_is_always_a_candidate()
    {
        IReadOnlyList<Matcher>[] rows = [[Create("severity", MatchOperator.Equal, "critical")], [Create("severity", MatchOperator.Matches, "crit.*")], []];
        new RowIndex(rows).Candidates(LabelSet.Of(("severity", "low"))).ShouldBe([1, 2]);
    }

    private static int Scan(IReadOnlyList<IReadOnlyList<Matcher>> rows, LabelSet labels)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            if (rows[i].All(m => m.Matches(labels))) return i;
        }

        return -1;
    }

    private static Matcher Create(string name, MatchOperator op, string value) =>
        Matcher.TryCreate(name, op, value, out var matcher, out var fault) ? matcher : throw new ArgumentException(fault);
}
