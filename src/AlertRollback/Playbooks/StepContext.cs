using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks;

/// <summary>What a step knows of the rollback it belongs to.</summary>
/// <param name="StepKey">Stable name of the step within the rollback, e.g. <c>kubernetes/0</c>; names of created things derive from it (S17).</param>
/// <param name="Attempt">1 on the first call; more after a crash: the outcome of an earlier call may be unknown (S2).</param>
/// <param name="Deadline">When the step's time is over.</param>
public sealed record StepContext(
    string RollbackId,
    string StepKey,
    ServiceDefinition Service,
    int Attempt,
    DateTimeOffset Deadline,
    IStepJournal Journal)
{
    public RunFacts Run { get; init; } = RunFacts.None;

    /// <summary>
    /// While it is pinned: the steps that the same plan carries out before this one, in their order. What is there when this
    /// step's turn comes is what they leave behind, not what is there now.
    /// </summary>
    public IReadOnlyList<EarlierStep> Earlier { get; init; } = [];

    /// <summary>While it is pinned: what it changes is put back after the method's own steps.</summary>
    public bool IsPutBack { get; init; }

    /// <summary>Fills in the placeholders; every value goes through <paramref name="escape"/> for where it stands.</summary>
    public string Fill(string text, Func<string, string> escape) => Placeholders.Fill(text, Run.Values(Service), escape);

    /// <summary>A name for something that is created, the same at every attempt and after a crash, at most <paramref name="longest"/> characters (S17).</summary>
    public string NameFor(string what, int longest = 63)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{RollbackId}/{StepKey}")))[..8];
        return $"{PrefixFor(what, longest)}{hash}";
    }

    /// <summary>What all names begin with that are made of this, in whichever rollback and step.</summary>
    public static string PrefixFor(string what, int longest = 63) => $"{(what.Length > longest - 9 ? what[..(longest - 9)] : what).TrimEnd('-', '.')}-";
}

/// <summary>A step of the same plan, with what it will have done.</summary>
public sealed record EarlierStep(string Action, JsonObject Pin)
{
    /// <summary>Where it does it.</summary>
    public string Cluster { get; init; } = OperatorConfiguration.DefaultCluster;

    /// <summary>Whether a condition decides at its turn if it is carried out at all.</summary>
    public bool IsConditional { get; init; }
}

/// <summary>What a step tells the journal while it runs.</summary>
public interface IStepJournal
{
    /// <summary>The marks this step recorded before, also before a crash, by name.</summary>
    IReadOnlyDictionary<string, JsonObject> Marks { get; }

    /// <summary>Whether a write may still be made now: the kill switch and the lock are looked at. Null when it may, else why not.</summary>
    StepOutcome? MayWrite();

    /// <summary>Records a fact durably before going on, e.g. that the API accepted the patch.</summary>
    Task MarkAsync(string name, JsonObject data, string text, CancellationToken cancellation);

    /// <summary>The same for what comes before a write to production: it is no sign that the write was made.</summary>
    Task PrepareAsync(string name, JsonObject data, string text, CancellationToken cancellation);

    /// <summary>Calls people of a role, once for a step: not again after a crash. Returns why nobody hears of it; null: somebody does.</summary>
    Task<string?> PageAsync(string role, string text, CancellationToken cancellation);

    /// <summary>Tells people how far it is; may be dropped when nothing changed.</summary>
    Task ProgressAsync(int percent, string text, CancellationToken cancellation);
}
