namespace AlertRollback.Tests;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("90s", 90_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("500ms", 500)]
    [InlineData("1s500ms", 1_500)]
    [InlineData("1d", 86_400_000)]
    [InlineData("2w", 1_209_600_000)]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    public void Prometheus_form_is_read(string text, long milliseconds)
    {
        Durations.TryParse(text, out var duration).ShouldBeTrue();
        duration.ShouldBe(TimeSpan.FromMilliseconds(milliseconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5 m")]
    [InlineData("m")]
    [InlineData("-5m")]
    [InlineData("1.5h")]
    [InlineData("5m1h")]
    [InlineData("5m5m")]
    [InlineData("00:05:00")]
    [InlineData("5M")]
    [InlineData("99999999999999999999s")]
    [InlineData("9999999y")]
    public void Anything_else_is_refused(string text) => Durations.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("1h30m")]
    [InlineData("500ms")]
    [InlineData("1d")]
    [InlineData("0s")]
    public void What_is_written_is_what_was_read(string text)
    {
        Durations.TryParse(text, out var duration).ShouldBeTrue();
        Durations.Format(duration).ShouldBe(text);
    }
}
