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
}
