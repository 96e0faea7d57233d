using System.Text.Json;
using System.Text.Json.Serialization;

namespace AlertRollback;

/// <summary>
/// Why something was, or was not, done. One enumeration for all: the snake_case form is the word in the log, the metric
/// label, the timeline and the message.
/// </summary>
[JsonConverter(typeof(ReasonConverter))]
public enum Reason
{
    // Decisions
    NoServiceLabel,
    UnknownService,
    NoRowMatched,
    LogOnly,
    WorkloadNotDeclared,

    /// <summary>The sender of the alert only says that it could not measure.</summary>
    NotMeasured,

    // Guards that can lapse: the alert is parked and decided anew
    KillSwitch,
    Hold,
    Cooldown,
    Freeze,
    Limit,
    Breaker,
    TargetLocked,
    RunUnderWay,
    OutsideWindow,

    // Guards that need a person
    Shadow,
    OwnedByGitops,
    Paused,
    DeployedAfterAlert,
    DeployedTooLongAgo,
    DeployTimeUnknown,

    /// <summary>What runs was put back, by a rollback or by somebody: it is not what was released last.</summary>
    NoNewRelease,
    NoCandidate,
    NoKnownGood,
    TargetPruned,
    TargetEqualsCurrent,
    NothingWouldChange,
    OnDelete,
    Partitioned,

    /// <summary>The Argo Rollout takes its template from another object (workloadRef).</summary>
    TemplateElsewhere,

    /// <summary>The Argo Rollout has a version that is still on its way.</summary>
    CanaryUnderWay,
    NotFound,
    BeingDeleted,
    BelowAutoscalerMinimum,

    /// <summary>What is meant could be several things.</summary>
    Ambiguous,

    /// <summary>Nothing would answer at the place that traffic is sent to.</summary>
    NothingWouldMatch,

    /// <summary>It would reach further than was said.</summary>
    TooMuch,

    /// <summary>Fields belong to another field manager.</summary>
    FieldConflict,

    /// <summary>Later commits changed what a revert would take back.</summary>
    RevertConflict,

    /// <summary>The disk is too full.</summary>
    NoRoom,

    /// <summary>The old values that a restore needs are kept nowhere any more.</summary>
    ValuesGone,
    Irreversible,
    DatabaseChange,
    DatabaseChangeUnknown,
    ChangedSinceTarget,
    NotZero,

    /// <summary>The pods were taken off the network and are evidence.</summary>
    Isolated,
    AmbiguousTarget,

    // Answers to pipelines
    Quarantined,
    Stabilising,
    StaleAlert,

    /// <summary>A start by hand had to wait for so long that the person's look at things is an old one.</summary>
    StaleStart,
    NotGranted,
    CannotTell,

    // Course of a run
    Applied,
    AlreadyAtTarget,
    Superseded,

    /// <summary>What was undone was released once more.</summary>
    DeployedAgain,
    ReplacedByStrongerRow,
    MatrixChanged,
    Resolved,
    RolloutFailed,
    TimedOut,
    CheckFailed,
    Inconclusive,
    Ineffective,
    FiringAgain,
    OutcomeUnknown,
    ApiError,
    RejectedByApi,
    InternalError,
    CommandFailed,
    JobFailed,
    ProgramAbsent,
    RejectedByService,
    NotAsExpected,
    StoppedByPerson,
    ApprovalNeeded,
    RejectedByPerson,
    ApprovalTimedOut,
    ConditionNotMet,
    NotPutBack,

    /// <summary>A person started something that changes what was watched.</summary>
    WatchCutShort,

    /// <summary>The word of a newer version that wrote this journal, too.</summary>
    Unknown,
}

/// <summary>A reason is a label: one that only a newer version knows is shown as unknown, and keeps nobody from reading on.</summary>
public sealed class ReasonConverter : JsonConverter<Reason>
{
    public override Reason Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() is { } word && SnakeCase.TryParse(word, out Reason reason) ? reason : Reason.Unknown;

    public override void Write(Utf8JsonWriter writer, Reason value, JsonSerializerOptions options) => writer.WriteStringValue(value.Word());
}
