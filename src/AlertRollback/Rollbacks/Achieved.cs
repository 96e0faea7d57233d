using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.Rollbacks;

/// <summary>What was done, measured and watched, and no more: words about a rollback are chosen by it, so that none claims more.</summary>
/// <param name="Undone">A step that replaces a suspect was carried out.</param>
/// <param name="Quarantined">Everything that was undone is kept from being deployed again.</param>
/// <param name="Changed">A step that changes production was carried out.</param>
/// <param name="Measured">Checks answered.</param>
/// <param name="Watched">It is watched for some time after that, or was to the end.</param>
public sealed record Achieved(bool Undone, bool Quarantined, bool Changed, bool Measured, bool Watched)
{
    public static Achieved By(RollbackState rollback)
    {
        var done = rollback.DoneSteps.ToList();
        var undone = done.Where(s => s.HasSuspect).ToList();
        return new Achieved(
            undone.Count > 0,
            undone.TrueForAll(s => Quarantines(s) && !rollback.Steps[s.Key].Marks.ContainsKey(IRevisionLedger.NotQuarantined)),
            done.Exists(s => s.ChangesProduction),
            !rollback.Answers.IsEmpty,
            rollback.Playbook.Stabilise > TimeSpan.Zero && rollback.Closed?.Reason != Reason.WatchCutShort)
        {
            Asked = done.Exists(s => s.Action == CheckAction.Word),
        };
    }

    /// <summary>Checks were asked as steps: they measured something, but not whether what was done worked.</summary>
    public bool Asked { get; init; }

    /// <summary>
    /// Whether what was found there instead is another release: of one that a step was to replace, or that came after the steps.
    /// Somebody else's hand on a flag or on the replicas mends nothing by itself.
    /// </summary>
    public static bool WasOvertaken(RollbackState rollback) =>
        rollback.Plans.SelectMany(p => p.Steps).Where(s => rollback.Steps.GetValueOrDefault(s.Key)?.Ended is { Result: StepResult.Superseded }).ToList()
            is not { Count: > 0 } superseded || superseded.Exists(s => s.HasSuspect);

    /// <summary>One word for what was done.</summary>
    public string Did => Undone ? "undone" : Changed ? "carried out" : "looked";

    /// <summary>What was done and what is known of it, after everything went well.</summary>
    /// <param name="did">The word for what was done.</param>
    public string Well(string did) => (Measured, Watched) switch
    {
        (true, true) => $"{did}, verified and stable",
        (true, false) => $"{did} and verified",
        (false, true) => $"{did} and watched{NothingMeasured}",
        _ => $"{did}{NothingMeasured}",
    };

    private string NothingMeasured => Asked ? "" : ", nothing measured";

    // The others replace a release that cannot be known again, or put it back themselves.
    private static bool Quarantines(PlannedStep step) => step.Action is "rollout_undo" or "container" || LeftRelease.DigestIn(step.Pin) is not null;
}
