namespace AlertRollback.Rollbacks.Guards;

/// <summary>What one guard said. Without a <paramref name="Refusal"/> it let the rollback pass.</summary>
/// <param name="Guard">The guard's word: <c>kill_switch</c>, <c>hold</c>, <c>attribution</c>, …</param>
/// <param name="LapsesAt">When a refusal of this kind is to be judged anew; null: only a person, or never.</param>
/// <param name="Parks">Whether the alert waits for the refusal to lapse (S11).</param>
public sealed record GuardResult(string Guard, Reason? Refusal, string Text, DateTimeOffset? LapsesAt = null, bool Parks = false)
{
    public bool Passed => Refusal is null;

    /// <summary>The service that is frozen; null: none is, or it was not noted.</summary>
    public string? Service { get; init; }

    public static GuardResult Pass(string guard, string text) => new(guard, null, text);

    /// <summary>Nothing is done and a person is asked.</summary>
    public static GuardResult Refuse(string guard, Reason reason, string text) => new(guard, reason, text);

    /// <summary>Nothing is done now; the alert is decided anew at <paramref name="until"/>, or when what is in the way ends.</summary>
    public static GuardResult Park(string guard, Reason reason, string text, DateTimeOffset? until) => new(guard, reason, text, until, Parks: true);
}
