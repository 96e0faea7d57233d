using System.Collections.Immutable;
using AlertRollback.Alerts.Intake;

namespace AlertRollback.Rollbacks;

/// <summary>What concerns every rollback: kill switch, breaker, freezes. A fold over <see cref="GlobalEvent"/>s.</summary>
public sealed record GlobalState
{
    public GlobalEvent.KillSwitchSet? KillSwitch { get; init; }
    public GlobalEvent.BreakerTripped? Breaker { get; init; }

    /// <summary>When the breaker was last reset: targets before that are not counted again.</summary>
    public DateTimeOffset? BreakerResetAt { get; init; }

    public ImmutableDictionary<string, GlobalEvent.Frozen> Freezes { get; init; } = ImmutableDictionary<string, GlobalEvent.Frozen>.Empty;

    /// <summary>Why the matrix in use is not the one in the files; null when it is, as far as it was journalled.</summary>
    public string? MatrixTrouble { get; init; }

    /// <summary>Why alert messages are refused, as far as it was journalled.</summary>
    public ImmutableDictionary<RefusalKind, string> WebhookTroubles { get; init; } = ImmutableDictionary<RefusalKind, string>.Empty;

    public bool KillSwitchIsOn => KillSwitch is { On: true };

    /// <summary>Running rollbacks have to stop before their next write.</summary>
    public bool StopsRunning => KillSwitch is { On: true, Now: true };

    public GlobalState Apply(DateTimeOffset at, GlobalEvent e) => e switch
    {
        GlobalEvent.KillSwitchSet x => this with { KillSwitch = x },
        GlobalEvent.BreakerTripped x => this with { Breaker = x },
        GlobalEvent.BreakerReset => this with { Breaker = null, BreakerResetAt = at },
        GlobalEvent.Frozen { Until: null } x => this with { Freezes = Freezes.Remove(x.Service) },
        GlobalEvent.Frozen x => this with { Freezes = Freezes.SetItem(x.Service, x) },
        GlobalEvent.MatrixTrouble x => this with { MatrixTrouble = x.Text },
        GlobalEvent.MatrixGood => this with { MatrixTrouble = null },
        GlobalEvent.WebhookTrouble x => this with { WebhookTroubles = WebhookTroubles.SetItem(x.Kind, x.Text) },
        GlobalEvent.WebhookGood x => this with { WebhookTroubles = WebhookTroubles.Remove(x.Kind) },
        _ => this,
    };
}
