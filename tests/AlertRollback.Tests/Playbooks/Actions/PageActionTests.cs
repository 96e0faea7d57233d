using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class PageActionTests
{
    [Theory]
    [InlineData("""{"role": "devops", "text": "Look at ${service} ${version}, which ${initiator} rolled back"}""", "Look at rental-api v1.4.2, which kim rolled back")]
    [InlineData("""{"role": "devops"}""", "")]
    public async Task People_are_told_the_values_and_not_their_placeholders(string parameters, string told)
    {
        var journal = new FakeStepJournal();
        var context = Acting.Context(journal: journal);

        await new PageAction().ApplyAsync(context, await new PageAction().PinAsync(context, Acting.Json(parameters)));

        journal.Pages.ShouldBe([("devops", told)]);
    }

    [Theory]
    [InlineData(null, "called devops")]
    [InlineData("no Slack is configured", "nobody was called, no Slack is configured: it would be devops")]
    public async Task It_claims_a_call_only_where_somebody_hears_it(string? unheard, string said)
    {
        var context = Acting.Context(journal: new FakeStepJournal { Unheard = unheard });

        var outcome = await new PageAction().ApplyAsync(context, await new PageAction().PinAsync(context, Acting.Json("""{"role": "devops"}""")));

        outcome.ShouldBe(new StepOutcome.Done(Reason.Applied, said));
    }
}
