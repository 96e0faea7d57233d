using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Sandbox.Cluster;

namespace AlertRollback.Tests.Playbooks.Contract;

/// <summary>
/// How the contract of every action uses one of them. Lives beside the action's own tests and is found by itself; an
/// action without one fails <see cref="ActionContractTests.Every_action_is_under_contract"/>.
/// </summary>
internal abstract class ActionUse
{
    public abstract Type Action { get; }

    /// <summary>Told apart by this when an action is used in several ways.</summary>
    public virtual string Way => "";

    /// <summary>Whether it changes the world that <see cref="ActionWorld.LookAsync"/> looks at.</summary>
    public virtual bool Writes => true;

    /// <summary>Whether the test may also be run against the real API server.</summary>
    public virtual bool OnRealCluster => false;

    /// <summary>Whether a hand that changes the same thing is noticed.</summary>
    public virtual bool SeesOthers => Writes;

    /// <summary>The method and the path of its first write to the Kubernetes API; null: it makes none.</summary>
    public virtual (string Method, string Path)? KubernetesWrite => null;

    /// <summary>The folders of deploy/rights that it needs besides deploy/target.</summary>
    public virtual IReadOnlyList<string> Rights => [];

    public abstract Task<ActionWorld> ArrangeAsync(bool real);

    public override string ToString() => $"{((IAction)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(Action)).Name}{Way}";
}

/// <summary>The world of one use: what is there before, and what has to be there after.</summary>
internal abstract class ActionWorld : IAsyncDisposable
{
    public abstract ServiceDefinition Service { get; }

    public abstract JsonObject Parameters { get; }

    public abstract string Before { get; }

    public abstract string After { get; }

    /// <summary>How many writes one apply makes.</summary>
    public virtual int WritesOfOneApply => 1;

    /// <summary>Writes that were carried out since the world was arranged.</summary>
    public abstract int Writes { get; }

    /// <summary>The action as a new process would make it.</summary>
    public abstract IAction Create();

    /// <summary>What the action may change, in words.</summary>
    public abstract Task<string> LookAsync();

    /// <summary>Somebody else puts back, or changes, what the action changed.</summary>
    public virtual Task ChangeByHandAsync() => throw new NotSupportedException();

    /// <summary>What the world is after <see cref="ChangeByHandAsync"/>.</summary>
    public virtual string AfterHand => Before;

    /// <summary>The same service without what the action needs, and why that is refused.</summary>
    public virtual IEnumerable<(ServiceDefinition Service, Reason Reason)> Refused => [];

    /// <summary>From now on the action has these rights on the real cluster, and no others.</summary>
    public virtual Task RestrictAsync(IReadOnlyList<string> rights) => throw new NotSupportedException();

    public virtual SandboxFaults Faults => throw new NotSupportedException();

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
