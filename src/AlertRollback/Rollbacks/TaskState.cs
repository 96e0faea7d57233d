using System.Collections.Immutable;

namespace AlertRollback.Rollbacks;

/// <summary>Work for people that an alert gave, open until somebody says it is done.</summary>
public sealed record TaskState(TaskEvent.Given Given, DateTimeOffset At, long LastSequence)
{
    /// <summary>An alert that flaps calls people no more often.</summary>
    public static readonly TimeSpan CallEvery = TimeSpan.FromMinutes(15);

    public ImmutableList<Cause> Causes { get; init; } = Given.Cause is { } cause ? [cause] : [];

    /// <summary>When a cause's resolution was noted, by fingerprint; a cause that is not in it fires.</summary>
    public ImmutableDictionary<string, DateTimeOffset> ResolvedAt { get; init; } = ImmutableDictionary<string, DateTimeOffset>.Empty;
    public TaskEvent.Done? Done { get; init; }

    /// <summary>The sequence of the event that gave it.</summary>
    public long GivenAs { get; init; } = LastSequence;

    /// <summary>When something last happened that people are told of.</summary>
    public DateTimeOffset LastEventAt { get; init; } = At;

    // In a storm each of ten thousand alerts is looked for.
    private ImmutableHashSet<string> Fingerprints { get; init; } = Given.Cause is { } cause ? [cause.Fingerprint] : [];

    private ImmutableSortedSet<string> Names { get; init; } = Given.Cause is { } cause ? [cause.AlertName] : [];

    private ImmutableList<TaskCall> Calls { get; init; } = [];

    /// <summary>One whose time has not come as far as the journal tells.</summary>
    private TaskCall? Waiting { get; init; }

    public bool IsOpen => Done is null;

    public IEnumerable<Cause> FiringCauses => Causes.Where(Fires);

    /// <summary>Whether an alert that gave it has not resolved.</summary>
    public bool StillFires => ResolvedAt.Count < Fingerprints.Count;

    public static string Stream(string id) => $"task/{id}";

    public bool Knows(string fingerprint) => Fingerprints.Contains(fingerprint);

    public bool Fires(Cause cause) => !ResolvedAt.ContainsKey(cause.Fingerprint);

    /// <summary>
    /// The calls that people who were told up to a sequence were not told of: those that are due as one, because late they
    /// say nothing new one by one, and then the one that may still have to wait.
    /// </summary>
    public IEnumerable<TaskCall> CallsAfter(long told)
    {
        var made = Calls.FindAll(c => c.Sequence > told);
        if (made is [.., var last])
            yield return last with { News = [.. made.SelectMany(c => c.News)] };
        if (Waiting is { } waiting && waiting.Sequence > told && IsCalledFor(waiting))
            yield return waiting;
    }

    /// <summary>The oldest call that people who were told up to a sequence were not told of, and that is due; null: there is none.</summary>
    public TaskCall? FirstCallAfter(long told) => Calls.Find(c => c.Sequence > told);

    public TaskState Apply(long sequence, DateTimeOffset at, TaskEvent e)
    {
        var now = Settled(at);
        var next = now with { LastSequence = sequence, LastEventAt = at };
        return e switch
        {
            TaskEvent.CauseAttached x => next.Calling(sequence, at, x.Cause) with
            {
                Causes = (Knows(x.Cause.Fingerprint) ? Causes.RemoveAll(c => c.Fingerprint == x.Cause.Fingerprint) : Causes).Add(x.Cause),
                Fingerprints = Fingerprints.Add(x.Cause.Fingerprint),
                Names = Names.Add(x.Cause.AlertName),
                ResolvedAt = ResolvedAt.Remove(x.Cause.Fingerprint),
            },
            TaskEvent.CauseResolved x when !Knows(x.Fingerprint) => next,

            // Nothing to tell people of what they have done already.
            TaskEvent.CauseResolved x when !IsOpen => now with { ResolvedAt = ResolvedAt.SetItem(x.Fingerprint, at) },
            TaskEvent.CauseResolved x => next with { ResolvedAt = ResolvedAt.SetItem(x.Fingerprint, at) },
            TaskEvent.Done x => next with { Done = x },
            _ => next,
        };
    }

    // What had to wait is called for once its time has come, if it still is to be: by what the journal says alone, so that it
    // is the same after a crash.
    private TaskState Settled(DateTimeOffset at) => Waiting is { } waiting && at >= waiting.At
        ? this with { Waiting = null, Calls = IsCalledFor(waiting) ? Calls.Add(waiting) : Calls }
        : this;

    // Of a new name people hear even if it has resolved meanwhile, or somebody who did not know of it has said that all is done.
    private bool IsCalledFor(TaskCall waiting) => !waiting.News.IsEmpty || (IsOpen && StillFires);

    private TaskState Calling(long sequence, DateTimeOffset at, Cause cause)
    {
        var isNew = !Names.Contains(cause.AlertName);
        if (StillFires && !isNew)
            return this;
        TaskCall Joined(TaskCall call) => call with { Sequence = sequence, News = isNew ? call.News.Add(cause.AlertName) : call.News };
        if (Waiting is { } waiting)
            return this with { Waiting = Joined(waiting) };

        // What comes in one breath with the task, or with a call, is told with it.
        var last = Calls.IsEmpty ? At : Calls[^1].At;
        if (at == last)
            return Calls.IsEmpty ? this : this with { Calls = Calls.SetItem(Calls.Count - 1, Joined(Calls[^1])) };
        var call = Joined(new TaskCall(sequence, at, []));
        return at - last >= CallEvery
            ? this with { Calls = Calls.Add(call) }
            : this with { Waiting = call with { At = last + CallEvery } };
    }
}
