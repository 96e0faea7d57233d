namespace AlertRollback.Tests.Matrix;

public sealed class LaterRulesTests
{
    [Theory]
    [InlineData("rows:\n", "drills: [{name: monthly, schedule: 0 10 1 * *, service: rental-api, expect: undo}]\nrows:\n", "10:1: nothing comes of \"drills\" yet: no drill is started. Remove it, and let people start one by hand.")]
    [InlineData("rows:\n", "updates: {at: [0m, 5m], then_every: 5m}\nrows:\n", "10:1: nothing comes of \"updates\" yet: people are told with every event, not by the clock. Remove it, and let people tell what they tell by the clock.")]
    [InlineData("    slack:", "    email: {to: [engineering]}\n    slack:", "6:5: nothing comes of \"email\" yet: no mail is sent. Remove it, and tell people in the service's Slack channel.")]
    [InlineData("services:\n", "service_defaults:\n  email: {to: [engineering]}\nservices:\n  rental-worker: {}\n", "3:3: nothing comes of \"email\" yet: no mail is sent. Remove it, and tell people in the service's Slack channel.")]
    public void What_nothing_comes_of_yet_is_warned_of_and_keeps_nobody_from_the_matrix(string part, string by, string expected)
    {
        var outcome = Matrices.Load(Matrices.Replaced(part, by));

        outcome.Faults.ShouldBeEmpty();
        outcome.Warnings.Where(w => w.Line > 0).Select(w => w.ToString()).ShouldBe([$"matrix.yml:{expected}"]);
    }

    [Fact]
    public void Nothing_else_is() => Matrices.Load(Matrices.Rental).Warnings.ShouldAllBe(w => w.Line == 0);
}
