using System.Text.Json.Serialization;

namespace AlertRollback.Rollbacks;

/// <summary>An alert as far as a rollback remembers it: why it runs, and for how long it may.</summary>
/// <param name="ReceivedAt">When Alertmanager's message was acknowledged.</param>
/// <param name="AlertmanagerUrl">The sender's page, kept for people who read the journal: nothing here reads it.</param>
public sealed record Cause(
    string Fingerprint,
    [property: JsonConverter(typeof(SharedTextConverter))] string AlertName,
    [property: JsonConverter(typeof(SharedLabelsConverter))] IReadOnlyDictionary<string, string> Labels,
    [property: JsonConverter(typeof(SharedTextConverter))] string? Summary,
    DateTimeOffset StartsAt,
    DateTimeOffset ReceivedAt,
    [property: JsonConverter(typeof(SharedTextConverter))] string? GeneratorUrl,
    [property: JsonConverter(typeof(SharedTextConverter))] string? AlertmanagerUrl)
{
    // Either of a Prometheus pair may say when it began: they look an evaluation interval apart.
    private static readonly TimeSpan Pairs = TimeSpan.FromMinutes(1);

    /// <summary>
    /// It is as it was before it resolved just then: another Alertmanager's message, or one that had to be sent again, may tell of the
    /// time before; or its resolution was a false one.
    /// </summary>
    public bool MayBeLate { get; init; }

    /// <summary>
    /// Since when its sender says that it fires, where that lay more than a minute ahead when it was received: its clock runs ahead, and a release that
    /// came after the alert would look like its cause. Null: <see cref="StartsAt"/> is its word.
    /// </summary>
    public DateTimeOffset? SaidToStartAt { get; init; }

    /// <summary>Since when it fires by the clock of its sender: what tells one firing from another.</summary>
    internal DateTimeOffset StartsAtItsSender => SaidToStartAt ?? StartsAt;

    /// <summary>Whether it is a later firing than that one: by the sender's clock where that runs ahead for both.</summary>
    internal bool IsLaterThan(Cause known) => SaidToStartAt is { } said && known.SaidToStartAt is { } before ? said > before : StartsAt > known.StartsAt;

    /// <summary>
    /// Whether the same alert fires since later: it ended in between, also where no resolution was sent (a silence, an
    /// inhibition, <c>send_resolved: false</c>).
    /// </summary>
    public bool BeganAnewAs(Cause later) => later.Fingerprint == Fingerprint && later.StartsAtItsSender - StartsAtItsSender > Pairs;
}
