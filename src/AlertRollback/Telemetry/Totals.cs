using System.Collections.Immutable;
using AlertRollback.Rollbacks;

namespace AlertRollback.Telemetry;

/// <summary>How rollbacks ended, as far as they are counted together.</summary>
internal readonly record struct EndedAs(string Team, string Service, Outcome Outcome, Reason Reason, bool Shadow)
{
    public Sample Counted(long count) => Sample.Of(
        count, ("team", Team), ("service", Service), ("outcome", Outcome.Word()), ("reason", Reason.Word()), ("shadow", Shadow ? "true" : "false"));
}

/// <summary>
/// What a picture of the book says of all its rollbacks and tasks together, counted in one pass. It holds for every later
/// picture with the same rollbacks and tasks.
/// </summary>
internal sealed class Totals
{
    private readonly ImmutableSortedDictionary<string, RollbackState> _rollbacks;
    private readonly ImmutableSortedDictionary<string, TaskState> _tasks;
    private readonly Dictionary<EndedAs, long> _ended = [];
    private readonly Dictionary<string, DurationHistogram> _phases = PhaseTimes.All.ToDictionary(p => p, _ => new DurationHistogram());
    private readonly List<RollbackState> _open = [];

    public Totals(Book book)
    {
        (_rollbacks, _tasks) = (book.Rollbacks, book.Tasks);
        foreach (var (_, rollback) in _rollbacks)
            Count(rollback);
        OpenTasks = [.. _tasks.Values.Where(t => t.IsOpen)];
        Ended = [.. _ended.Select(e => e.Key.Counted(e.Value))];
        Phases = [.. _phases.SelectMany(p => p.Value.Samples(("phase", p.Key)))];
    }

    /// <summary>A series for each way in which rollbacks ended.</summary>
    public IReadOnlyList<Sample> Ended { get; }

    /// <summary>The series of the time that phases took.</summary>
    public IReadOnlyList<Sample> Phases { get; }

    public IReadOnlyList<RollbackState> Open => _open;

    public IReadOnlyList<TaskState> OpenTasks { get; }

    public bool AreOf(Book book) => ReferenceEquals(_rollbacks, book.Rollbacks) && ReferenceEquals(_tasks, book.Tasks);

    private void Count(RollbackState rollback)
    {
        if (rollback.Closed is { } closed)
        {
            var how = new EndedAs(rollback.Service.Team, rollback.Service.Name, closed.Outcome, closed.Reason, rollback.Shadow);
            _ended[how] = _ended.GetValueOrDefault(how) + 1;
        }
        else
        {
            _open.Add(rollback);
        }

        foreach (var (phase, took) in PhaseTimes.Of(rollback))
            _phases[phase].Add(took);
    }
}
