using System.Globalization;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>Which revision an undo goes back to.</summary>
public abstract record UndoTarget
{
    /// <summary>The newest candidate.</summary>
    public sealed record Previous : UndoTarget
    {
        public override string ToString() => "previous";
    }

    /// <summary>The newest candidate that was seen complete for the soak period.</summary>
    public sealed record LastKnownGood : UndoTarget
    {
        public override string ToString() => "last_known_good";
    }

    public sealed record RevisionNumber(long Number) : UndoTarget
    {
        public override string ToString() => $"revision {Number}";
    }

    /// <summary>The one candidate of this version: its label <c>app.kubernetes.io/version</c>, or the tag of an image.</summary>
    public sealed record Version(string Text) : UndoTarget
    {
        public override string ToString() => $"version {Text}";
    }

    /// <summary>The one candidate with a container of exactly this image, or of this <c>@sha256:…</c> digest.</summary>
    public sealed record Image(string Reference) : UndoTarget
    {
        public override string ToString() => $"image {Reference}";
    }

    /// <summary>Reads <c>previous</c>, <c>last_known_good</c>, <c>revision 7</c>, <c>version 1.2.2</c> or <c>image shop/api:v1</c>; null when it is anything else.</summary>
    public static UndoTarget? Parse(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["previous"] => new Previous(),
        ["last_known_good"] => new LastKnownGood(),
        ["revision", var n] when long.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 => new RevisionNumber(number),
        ["version", var version] => new Version(version),
        ["image", var reference] => new Image(reference),
        _ => null,
    };
}

/// <summary>What is remembered of a workload's revisions, by template digest (S3).</summary>
/// <param name="IsQuarantined">Whether it was rolled back from before, or must not come back for another reason.</param>
/// <param name="IsKnownGood">Whether it was seen complete for the soak period.</param>
/// <param name="KnownGood">All digests ever known to be good, whether they still exist or not.</param>
public sealed record RevisionKnowledge(Func<string, bool> IsQuarantined, Func<string, bool> IsKnownGood, IReadOnlyCollection<string> KnownGood)
{
    public static readonly RevisionKnowledge None = new(_ => false, _ => false, []);

    /// <summary>Why one of the quarantined was never rolled back from, and must not come back all the same; null: it was.</summary>
    public Func<string, string?> WhyBarred { get; init; } = _ => null;
}
