using System.Text.Json.Nodes;

namespace AlertRollback.Matrix.Reading;

/// <summary>Makes the playbooks of a draft without faults: check sets, services and playbooks that take over become part of them.</summary>
internal sealed class PlaybookCompiler(TeamDraft team, IReadOnlyList<ServiceDefinition> services)
{
    private readonly Dictionary<string, CheckSetDefinition> _checkSets = team.CheckSets.ToDictionary(c => c.Name.Text, TeamCompiler.CheckSet, StringComparer.Ordinal);

    public IReadOnlyList<PlaybookDefinition> All()
    {
        var alone = team.Playbooks.ToDictionary(p => p.Name.Text, Playbook, StringComparer.Ordinal);
        // Once only: the one that takes over has nobody to hand over to.
        return [.. team.Playbooks.Select(p => p.Then is { } then ? alone[p.Name.Text] with { Then = alone[then.Text] } : alone[p.Name.Text])];
    }

    private PlaybookDefinition Playbook(PlaybookDraft draft) => new(
        draft.Name.Text,
        Guards(draft.Guards),
        Steps(draft.Before),
        [.. draft.Methods.Select(m => new MethodDefinition(m.Name.Text, m.Within, Steps(m.Steps)) { OnlyManual = m.OnlyManual, Approval = m.Approval?.Definition })],
        [.. draft.Verify.Select(v => CheckSet(v.Text))],
        Afterwards(draft.OnFailure),
        draft.Stabilise)
    {
        Manual = draft.Manual is { } manual ? new ManualDefinition([.. manual.Roles.Select(r => r.Text)], manual.Inputs, manual.SeveralServices) : null,
        Approval = draft.Approval?.Definition,
        Meanwhile = Steps(draft.Meanwhile),
        KeepMeanwhileOnFailure = draft.KeepMeanwhileOnFailure,
        FollowUp = [.. (draft.FollowUp ?? team.FollowUp).Select(f => f.Definition)],
        Targets = draft.Targets ?? team.Targets,
    };

    // What only services have: each its own, which ServiceDefinition.Own puts in its place. Nothing that could pass until then.
    private CheckSetDefinition CheckSet(string name) =>
        _checkSets.GetValueOrDefault(name) ?? new CheckSetDefinition(name, CheckSetDefinition.DefaultWithin, CheckSetDefinition.DefaultEvery, []);

    private static GuardSettings Guards(GuardsDraft draft) =>
        draft is { SameAsAtTarget: [], AllZero: [] }
            ? draft.Settings
            : draft.Settings with { SameAsAtTarget = TeamCompiler.Checks(draft.SameAsAtTarget), AllZero = TeamCompiler.Checks(draft.AllZero) };

    // A named step is one draft in many places; every use gets parameters of its own.
    private List<StepDefinition> Steps(IReadOnlyList<StepDraft> drafts) =>
        [.. drafts.Select(s => new StepDefinition(s.Action.Name, (JsonObject)s.Parameters.Json.DeepClone())
        {
            Name = s.Name,
            Within = s.Within,
            If = Checks(s.If),
            Unless = Checks(s.Unless),
            IfSets = Sets(s.If),
            UnlessSets = Sets(s.Unless),
            Services = Services(s.Services),
        })];

    // No method's time is left for what comes after them all: each has its own, which grows by what it waits for.
    private List<StepDefinition> Afterwards(IReadOnlyList<StepDraft> drafts) =>
        [.. Steps(drafts).Zip(drafts, (step, draft) => draft is { Within: null, Takes: var span } && span > TimeSpan.Zero ? step with { Within = MethodDefinition.DefaultWithin + span } : step)];

    private static IReadOnlyList<CheckDefinition> Checks(ConditionDraft? draft) => draft is null ? [] : TeamCompiler.Checks(draft.Checks);

    private List<CheckSetDefinition> Sets(ConditionDraft? draft) => draft is null ? [] : [.. draft.Sets.Select(s => CheckSet(s.Text))];

    private List<ServiceDefinition> Services(StepServicesDraft? draft) => draft switch
    {
        null => [],
        { Names: [] } => [.. services.Where(s => s.Workload is not null)],
        _ => [.. draft.Names.Select(n => services.Single(s => s.Name == n.Text))],
    };
}
