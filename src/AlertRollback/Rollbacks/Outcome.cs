using System.Text.Json.Serialization;

namespace AlertRollback.Rollbacks;

/// <summary>How a rollback ended. Only <see cref="RolledBack"/> is a success.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Outcome>))]
public enum Outcome
{
    /// <summary>Undone, verified and watched through stabilisation.</summary>
    RolledBack,

    /// <summary>Only planned: shadow mode.</summary>
    Shadowed,

    /// <summary>A guard or a pin refused; nothing was changed.</summary>
    Refused,

    /// <summary>The alert resolved before anything was changed.</summary>
    Withdrawn,

    /// <summary>A stronger row took over before anything was changed.</summary>
    Replaced,

    /// <summary>Somebody deployed, or changed the same thing, meanwhile; theirs was left alone.</summary>
    Superseded,

    /// <summary>Measured bad at the end of the ladder.</summary>
    Failed,

    /// <summary>It cannot be told whether it worked.</summary>
    Inconclusive,

    /// <summary>Carried out, but the alert still fires after the hold.</summary>
    Ineffective,

    /// <summary>Stopped by a person.</summary>
    Stopped,
}

/// <summary>Where a rollback is on its way.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Phase>))]
public enum Phase
{
    /// <summary>The alert was accepted and decided; nothing was looked at yet.</summary>
    Proposed,

    /// <summary>Something that can lapse is in the way.</summary>
    Parked,

    /// <summary>Everything is pinned.</summary>
    Planned,

    /// <summary>From the first write on.</summary>
    Acting,

    Verifying,

    /// <summary>Verified; watched until the period is over.</summary>
    Stabilising,

    Closed,
}
