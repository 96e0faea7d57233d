using System.Globalization;
using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

public sealed class WindowsTests
{
    [Theory]
    [InlineData("Sun 02:00-04:00", "Sunday", "02:00-04:00")]
    [InlineData("Mon-Fri 22:00-05:00", "Monday Tuesday Wednesday Thursday Friday", "22:00-05:00")]
    [InlineData("Sat,Sun 00:00-06:00", "Sunday Saturday", "00:00-06:00")]
    [InlineData("Fri-Mon 20:00-24:00", "Sunday Monday Friday Saturday", "20:00-00:00")]
    public void A_time_frame_has_days_and_times(string weekly, string days, string times)
    {
        var window = Window($"weekly: '{weekly}', zone: America/Santiago").ShouldNotBeNull();

        string.Join(' ', window.Days).ShouldBe(days);
        $"{window.From:HH:mm}-{window.To:HH:mm}".ShouldBe(times);
        (window.Name, window.Zone).ShouldBe(("maintenance", "America/Santiago"));
    }

    [Theory]
    [InlineData("2026-11-28T23:59:59Z", false)]
    [InlineData("2026-11-29T00:00:00Z", true)]
    [InlineData("2026-11-29T23:59:59Z", true)]
    [InlineData("2026-11-30T00:00:00Z", false)]
    public void A_whole_day_is_one_from_midnight_to_midnight(string at, bool open) =>
        Window("weekly: Sun 00:00-24:00").ShouldNotBeNull().IsOpen(DateTimeOffset.Parse(at, CultureInfo.InvariantCulture)).ShouldBe(open);

    [Theory]
    [InlineData("Sun")]
    [InlineData("Sun 00:00-00:00")]
    public void Who_tried_a_whole_day_in_another_way_is_told_how(string weekly) =>
        Load($"weekly: {weekly}").Faults.ShouldHaveSingleItem().Remedy.ShouldNotBeNull().ShouldEndWith("for the whole day, Sun 00:00-24:00");

    [Fact]
    public void Without_a_zone_it_is_UTC() => Window("weekly: Sun 02:00-04:00")!.Zone.ShouldBe("UTC");

    [Theory]
    [InlineData("Sun")]
    [InlineData("02:00-04:00")]
    [InlineData("Sun 2-4")]
    [InlineData("Sun 02:00-02:00")]
    [InlineData("Sun 24:00-24:00")]
    [InlineData("Sun 02:00-25:00")]
    [InlineData("Mon-Wed-Fri 02:00-04:00")]
    [InlineData("Sonntag 02:00-04:00")]
    [InlineData(", 02:00-04:00")]
    public void Anything_else_is_a_fault(string weekly) =>
        Load($"weekly: '{weekly}'").Faults.ShouldHaveSingleItem().Message.ShouldBe($"\"weekly\" of window \"maintenance\" is no time frame: \"{weekly}\"");

    [Fact]
    public void A_row_that_waits_for_it_says_so() =>
        Load("weekly: Sun 02:00-04:00").Matrix!.Decide(DecisionMatrixTests.Labels("service=rental-api,severity=critical")).Text.ShouldEndWith("playbook undo for rental-api in the window maintenance");

    private static WindowDefinition? Window(string keys) => Load(keys).Matrix?.Teams[0].Rows[0].Window;

    private static MatrixOutcome Load(string keys) =>
        Matrices.Load(Matrices.Replaced("    playbook: undo", "    playbook: undo\n    in: maintenance") + $"windows: {{maintenance: {{{keys}}}}}\n");
}
