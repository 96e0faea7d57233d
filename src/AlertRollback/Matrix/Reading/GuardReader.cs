using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Reads <c>guards:</c> of a playbook.</summary>
/// <param name="recorded">Reads checks that are asked while a release runs, too.</param>
internal sealed class GuardReader(CheckReader checks, CheckReader recorded)
{
    public static readonly FileKeys Keys = new("guards: of a playbook", "When one refuses, nothing is changed, the reason is told, and people are asked. The operator's own guards come first.", [
        new("deployed_within", KeyForm.Duration, "The running release must have become current at most this long before the earliest alert of the service that fires, whichever row has it, and never after it. Without it a release of any age is a suspect, which `check` warns of where alerts start the playbook.", Default: "not asked", Example: "4h"),
        new("hold", KeyForm.Duration, "After its last change the same playbook does not act again for this long.", Default: "15m", Example: "20m"),
        new("cooldown", KeyForm.Duration, "The same after any playbook's last change of the workload.", Default: "0s", Example: "1h"),
        new("same_as_at_target", KeyForm.Any, "A check or a list: they must answer now what they answered while the release to go back to ran. Asked before every method, of what that one goes back to. Where that cannot be told (it was not recorded, or the action goes back to no recorded release, as git_revert), a later method runs only if it has an approval of its own, where silence is no yes: those people are told, and decide. It is asked while a release runs, too, and so takes neither the inputs of a start by hand nor `${started}` and `${initiator}`.", Default: "not asked", Example: "[sql: {database: rental, query: SELECT version_num FROM alembic_version}]"),
        new("all_zero", KeyForm.Any, "A check or a list: every number they answer must be 0.", Default: "not asked", Example: "[sql: {database: rental, file: in-use.sql}]"),
        new("database_change", KeyForm.Texts, "Classes of database change (annotation alertrollback.io/database-change of the pod template, else of the workload, where rollout_undo puts back what it was, or takes it away where only the template tells: StatefulSet, DaemonSet) that may be rolled back: none, safe, caution, breaking. Asked of the running release, and of those that rollout_undo jumps over, for each method that takes code back. Without an annotation people are asked.", Default: "not asked", Example: "[none, safe]"),
    ]);

    private static readonly IReadOnlyList<string> DatabaseChanges = ["none", "safe", "caution", "breaking"];

    public GuardsDraft Read(MapReader playbook)
    {
        if (playbook.Map("guards", Keys) is not { } guards) return new GuardsDraft(GuardSettings.Default, [], []);
        var settings = new GuardSettings(
            guards.Duration("deployed_within"),
            guards.Duration("hold") ?? GuardSettings.DefaultHold,
            guards.Duration("cooldown") ?? TimeSpan.Zero);
        var draft = new GuardsDraft(
            guards.Take("database_change") is null ? settings : settings with { DatabaseChange = ReadDatabaseChange(guards) },
            ReadChecks(guards, "same_as_at_target", recorded),
            ReadChecks(guards, "all_zero", checks));
        guards.Done();
        return draft;
    }

    private static IReadOnlyList<CheckDraft> ReadChecks(MapReader guards, string key, CheckReader reader)
    {
        if (guards.Take(key) is not { } node) return [];
        var read = reader.ReadInline(node, guards.Name(key), judging: false);
        foreach (var check in read.Where(c => !c.Check.CanBeCompared(c.Parameters.Json)))
        {
            guards.Faults.Add(
                check.Place,
                $"{guards.Name(key)} asks {check.Check.Name}, whose answer cannot be compared: it holds a time, or something is run for it",
                "ask what stays the same until something is changed, as sql, migration or exec do");
        }

        return read;
    }

    private static List<string> ReadDatabaseChange(MapReader guards)
    {
        var classes = guards.Texts("database_change");
        foreach (var unknown in classes.Where(c => !DatabaseChanges.Contains(c.Text)))
            guards.Faults.Add(unknown.Place, $"{guards.Name("database_change")} has the unknown class {Shown.Quoted(unknown.Text)}", NearestName.Remedy(unknown.Text, DatabaseChanges, "classes"));
        return [.. classes.Select(c => c.Text)];
    }
}
