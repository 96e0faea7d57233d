using System.Collections.Immutable;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Rollbacks.Guards;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>Inputs of a playbook that nobody was there to give, and a rollback whose next move cannot be told.</summary>
public sealed class InputTests
{
    private static Decision.Act Asking(RollbackWorld world, ManualDefinition? manual)
    {
        var row = world.Row("critical", 0, "undo", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]));
        return row with
        {
            Playbook = row.Playbook with { Manual = manual, Approval = new ApprovalDefinition("on-call", TimeSpan.FromHours(1), OnSilence.Deny, "the note", "${note}", false) },
        };
    }

    [Fact]
    public async Task An_alert_gives_inputs_their_defaults()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = Asking(world, new ManualDefinition(["on-call"], [new InputDefinition("note", "routine")], false));
        var filled = new List<string>();
        world.BeforeApply = context =>
        {
            filled.Add(context.Fill("${note}", Placeholders.AsIs));
            return Task.CompletedTask;
        };
        await world.FireAsync();
        await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        await world.CrashAsync();
        await world.BootAsync();

        var asked = world.Chronicle.Book.Rollbacks.Values.Single();
        asked.Approvals.ShouldHaveSingleItem().Request.Answer.ShouldBe("routine");
        await world.AnswerAsync(asked.Id, yes: true);
        await world.UntilAsync(Phase.Stabilising);
        filled.ShouldBe(["routine"]);
    }

    [Fact]
    public void What_a_person_gave_comes_before_the_defaults_of_a_playbook_that_takes_over()
    {
        var proposed = Runs.Proposed("one");
        var next = proposed with
        {
            Playbook = proposed.Playbook with { Manual = new ManualDefinition(["on-call"], [new InputDefinition("note", "routine"), new InputDefinition("backup", "newest")], false) },
            Manual = new ManualStart("alice", "drill", null, ImmutableSortedDictionary<string, string>.Empty.Add("note", "urgent"), null),
        };

        next.Facts.Inputs.Select(i => $"{i.Key}={i.Value}").ShouldBe(["backup=newest", "note=urgent"]);
    }

    [Fact]
    public async Task One_whose_next_move_cannot_be_told_does_not_keep_the_others_from_being_taken_up()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = Asking(world, manual: null);
        world.Rows["low"] = world.Row("low", 1, "undo", workload: "other-api");
        await world.FireAsync();
        await world.UntilAsync(Phase.Planned);
        await world.CrashAsync();
        await world.BootAsync();
        await world.FireAsync("low");
        await world.UntilAsync(r => r is { Service.Name: "other-api", Phase: Phase.Stabilising });

        await world.ResolveAsync();
        var stuck = await world.AfterAsync(TimeSpan.FromSeconds(6), r => r.Closed is not null);
        stuck.Closed!.Outcome.ShouldBe(Outcome.Withdrawn, "it was tried again");
    }
}
