using AlertRollback.Matrix;

namespace AlertRollback.Rollbacks.Running;

// What an alert gives people to do.
internal sealed partial class Dispatching
{
    private void GiveTask(string seed, Decision.GiveTask give, Cause cause, bool isAgain)
    {
        // What a rollback left to do is no work that an alert gives, whatever its row says by now.
        var alike = _tasks.Values.Where(t => t.Given.Of is null && t.Given.Row.Team == give.Row.Team && t.Given.Row.Name == give.Row.Name && t.Given.Service.Name == give.Service.Name).ToList();
        if (alike.Find(t => t.IsOpen) is { } open)
        {
            var known = open.Knows(cause.Fingerprint) ? open.Causes.Find(c => c.Fingerprint == cause.Fingerprint) : null;
            if (known is null || ((isAgain || cause.IsLaterThan(known)) && open.ResolvedAt.ContainsKey(cause.Fingerprint)))
                Add(open, new TaskEvent.CauseAttached(cause));
            return;
        }

        if (alike.Exists(t => IsDoneFor(t, cause)))
            return;

        var id = NewId(give.Service.Name, $"{seed}/{cause.Fingerprint}/{give.Row.Name}");
        var given = new TaskEvent.Given(id, give.Row, give.Service, give.Severity.Name, give.Row.Subject, give.Row.TaskRole, cause) { Within = give.Severity.StartWithin };
        _entries.Add(Entry.Of(id, given));
        _tasks[id] = new TaskState(given, now, 0);
    }

    // What people have done is not given again while the same alert fires on.
    private static bool IsDoneFor(TaskState task, Cause cause) => task.FiringCauses.Any(c => c.Fingerprint == cause.Fingerprint && !c.BeganAnewAs(cause));

    private void Add(TaskState task, TaskEvent e)
    {
        _entries.Add(Entry.Of(task.Given.Id, e));
        _tasks[task.Given.Id] = task.Apply(0, now, e);
    }
}
