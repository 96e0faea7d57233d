using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Storage;
using AlertRollback.Tests.Announcements;
using AlertRollback.Tests.Rollbacks.Simulated;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Playbooks.Contract;

/// <summary>
/// What an action pins is read by others than itself: messages, pages and the status page look into the pins of all actions
/// for what some of them keep there. So the real pin of every action is told, wherever its run is.
/// </summary>
public sealed class PlanIsToldTests
{
    public static TheoryData<string> All => ActionContractTests.All;

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_plan_of_every_action_can_be_told_and_comes_back_from_the_journal_as_it_was(string name)
    {
        await using var world = await ActionContractTests.Uses[name].ArrangeAsync(real: false);
        var step = await PlanAsync(world);
        var made = Made(step);

        var back = EventJson.FromStore<RollbackEvent>(Stored(1, made)).ShouldBeOfType<RollbackEvent.PlanMade>();

        EventJson.ToStore(Journalled, Noon, back).Data.ShouldBe(Stored(1, made).Data);
        Plan.Of(0, back.Plan.MethodName, back.Plan.Steps).Digest.ShouldBe(made.Plan.Digest, "an approval is bound to it");
        Tell([.. Acting(step), Ended(step, StepResult.Done), .. UntilRolledBack().Skip(UntilVerifying().Count() - 1)]);
        Tell([.. Acting(step), Ended(step, StepResult.Failed), new RollbackEvent.MethodFailed(0, Reason.CommandFailed, "no"), .. BadEnd(Outcome.Failed, Reason.CommandFailed, "no")]);
        var meanwhile = step with { Meanwhile = true };
        Tell([.. Acting(meanwhile), Ended(meanwhile, StepResult.Done), PutBack(StepResult.Done), .. UntilRolledBack().Skip(UntilVerifying().Count() - 1)]);
        Tell([.. Acting(meanwhile), Ended(meanwhile, StepResult.Done), PutBack(StepResult.Failed), .. BadEnd(Outcome.Failed, Reason.CommandFailed, "no")]);

        RollbackEvent PutBack(StepResult result) => new RollbackEvent.StepRestored(step.Key, step.Action, result, Reason.Applied, "as before");
    }

    private static async Task<PlannedStep> PlanAsync(ActionWorld world)
    {
        var action = world.Create();
        var context = Actions.Acting.Context(world.Service, stepKey: "kubernetes/0");
        var outcome = await action.PinAsync(context, world.Parameters, TestContext.Current.CancellationToken);
        return PlannedStep.Of(context.StepKey, action, world.Parameters, outcome.ShouldBeOfType<PinOutcome.Pinned>(outcome.ToString()));
    }

    private static RollbackEvent.PlanMade Made(PlannedStep step) => new(Plan.Of(0, "kubernetes", [step]));

    private static IEnumerable<RollbackEvent> Acting(PlannedStep step) =>
    [
        Proposed(),
        GuardsPass(),
        Made(step),
        new RollbackEvent.Started(step.Locks, []),
        new RollbackEvent.MethodStarted(0, "kubernetes", Noon + TimeSpan.FromMinutes(10)),
        new RollbackEvent.StepStarted(step.Key, step.Action, 1),
    ];

    private static RollbackEvent.StepEnded Ended(PlannedStep step, StepResult result) => new(step.Key, step.Action, result, Reason.Applied, "as it ended");

    // After each event, as the journal gives them back.
    private static void Tell(IEnumerable<RollbackEvent> story)
    {
        var book = Book.Empty;
        foreach (var (e, index) in story.Select((e, i) => (e, i)))
        {
            book = book.Apply(Stored(index + 1, e));
            Audit.Tell(book, book.Rollbacks[Id], AnnouncementWorld.Operators).ShouldBeEmpty();
        }
    }

    private static StoredEvent Stored(long sequence, RollbackEvent e)
    {
        var stored = EventJson.ToStore(Journalled, Noon + TimeSpan.FromSeconds(10 * sequence), e);
        return new StoredEvent(sequence, stored.Stream, stored.At, stored.Type, stored.Data);
    }
}
