using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks;

/// <summary>
/// A kind of thing that changes the world. One file each; every class that implements this is found by itself. What the matrix
/// file may say of it is <see cref="IActionKind"/>.
/// Three faces: pin (read only; the plan, dry run and shadow mode), apply (safe to repeat for the same pin) and restore.
/// </summary>
public interface IAction : IActionKind
{
    IEnumerable<ObjectRef> IActionKind.Named(ServiceDefinition service, JsonObject parameters) =>
        this is INeedsObjects needs ? needs.Objects(service, PossibleUses.Filled(parameters, service)).Select(n => n.Target) : [];

    /// <summary>Checks whose answers have to be remembered of a service's revision while it runs: going back to it will ask for them.</summary>
    IEnumerable<CheckDefinition> Remembers(ServiceDefinition service, JsonObject parameters) => [];

    /// <summary>Looks what is there and what it will be. Changes nothing.</summary>
    Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation);

    /// <summary>Carries out what was pinned and waits until it is done. Safe to call again for the same pin.</summary>
    Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation);

    /// <summary>Puts back what apply changed, as long as the live value is still ours (S7). Null where that makes no sense.</summary>
    Task<StepOutcome>? RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => null;
}

/// <summary>What pinning a step found.</summary>
public abstract record PinOutcome
{
    /// <param name="Pin">Everything apply needs, free of secrets; journalled.</param>
    /// <param name="From">What is there, for people: <c>rental-api:v2 (revision 7)</c>.</param>
    /// <param name="To">What it will be.</param>
    /// <param name="Warnings">What people should know beforehand.</param>
    /// <param name="Diff">Short lines, environment values masked (S19).</param>
    /// <param name="Locks">What it writes to, which nobody else changes meanwhile; a workload as <see cref="ServiceDefinition.Target"/> says it, e.g. <c>default/deployment/production/rental-api</c>.</param>
    public sealed record Pinned(
        JsonObject Pin,
        string From,
        string To,
        IReadOnlyList<string> Warnings,
        IReadOnlyList<string> Diff,
        IReadOnlyList<string> Locks) : PinOutcome
    {
        /// <summary>When the suspect became current, as the API server dates it; null when it cannot be told (S9).</summary>
        public DateTimeOffset? SuspectSince { get; init; }

        /// <summary>Whether the pin replaces a suspect at all; only then change attribution is asked.</summary>
        public bool HasSuspect { get; init; }

        /// <summary>Whether the suspect was put back in place of another release, and so is no new one.</summary>
        public bool WasPutBack { get; init; }

        /// <summary>What the suspect is, the same whenever it is looked at; null when that is told by its time alone.</summary>
        public string? Suspect { get; init; }

        /// <summary>What is there in its place afterwards, in the same words; null when that is not known beforehand.</summary>
        public string? Leaves { get; init; }

        /// <summary>What a person has to do once it is done and all is well again, and would otherwise be forgotten; null: nothing.</summary>
        public string? Afterwards { get; init; }

        /// <summary>Why this can hardly be taken back, as the workload's annotation says; null: it can. Forces an approval.</summary>
        public string? Irreversible { get; init; }
    }

    /// <summary>It must not be done.</summary>
    public sealed record Refused(Reason Reason, string Text) : PinOutcome;

    /// <summary>It could not be read; worth asking again.</summary>
    public sealed record CannotTell(string Text) : PinOutcome;
}

/// <summary>How a step ended.</summary>
public abstract record StepOutcome(string Text)
{
    /// <summary>Worth trying once more: what kept it from being known may be over a moment later.</summary>
    public bool IsWorthAnotherTry => this is CannotTell { Reason: Reason.ApiError or Reason.OutcomeUnknown or Reason.InternalError };

    /// <summary>Done, or found to be done already.</summary>
    public sealed record Done(Reason Reason, string Text) : StepOutcome(Text)
    {
        /// <summary>Put back, but what it brought back was not ready in time: it is not known to work again.</summary>
        public bool NotReady { get; init; }
    }

    /// <summary>A measured failure: the next method or on_failure may run (S16).</summary>
    public sealed record Failed(Reason Reason, string Text) : StepOutcome(Text);

    /// <summary>Somebody else changed it meanwhile; nothing more is done, people are asked.</summary>
    public sealed record Superseded(string Text) : StepOutcome(Text);

    /// <summary>Not known whether, or how, it ended; nothing more is done, people are asked.</summary>
    public sealed record CannotTell(Reason Reason, string Text) : StepOutcome(Text);
}
