using System.Collections.Immutable;

namespace AlertRollback.Rollbacks;

/// <summary>Work for people that an alert gave, open until somebody says it is done.</summary>
public sealed record TaskState(TaskEvent.Given Given, DateTimeOffset At, long LastSequence)
{
    public ImmutableList<Cause> Causes { get; init; } = Given.Cause is { } cause ? [cause] : [];
    public ImmutableHashSet<string> ResolvedFingerprints { get; init; } = [];
    public TaskEvent.Done? Done { get; init; }

    /// <summary>The sequence of the event that gave it.</summary>
    public long GivenAs { get; init; } = LastSequence;

    /// <summary>When something last happened that people are told of.</summary>
    public DateTimeOffset LastEventAt { get; init; } = At;

    public bool IsOpen => Done is null;

    public IEnumerable<Cause> FiringCauses => Causes.Where(c => !ResolvedFingerprints.Contains(c.Fingerprint));

    /// <summary>Whether an alert that gave it has not resolved.</summary>
    public bool StillFires => FiringCauses.Any();

    public static string Stream(string id) => $"task/{id}";

    public TaskState Apply(long sequence, DateTimeOffset at, TaskEvent e)
    {
        var next = this with { LastSequence = sequence, LastEventAt = at };
        return e switch
        {
            TaskEvent.CauseAttached x => next with
            {
                Causes = Causes.RemoveAll(c => c.Fingerprint == x.Cause.Fingerprint).Add(x.Cause),
                ResolvedFingerprints = ResolvedFingerprints.Remove(x.Cause.Fingerprint),
            },

            // Nothing to tell people of what they have done already.
            TaskEvent.CauseResolved x when !IsOpen => this with { ResolvedFingerprints = ResolvedFingerprints.Add(x.Fingerprint) },
            TaskEvent.CauseResolved x => next with { ResolvedFingerprints = ResolvedFingerprints.Add(x.Fingerprint) },
            TaskEvent.Done x => next with { Done = x },
            _ => next,
        };
    }
}
