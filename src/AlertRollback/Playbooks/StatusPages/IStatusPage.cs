using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.StatusPages;

/// <summary>An incident or a scheduled maintenance as the page has it.</summary>
/// <param name="Status">Null: one that we do not know.</param>
/// <param name="LastUpdate">Id of its newest entry, by which a person's hand is recognised.</param>
public sealed record Notice(string Id, string Name, IncidentStatus? Status, string? LastUpdate, string? LastText, string? Link);

/// <summary>A notice to be opened.</summary>
/// <param name="Mark">By which it is found again when the answer is lost (S20).</param>
/// <param name="Shown">What it says of the service's component: shown is the worst that is said, and what a person set stays. Null: nothing.</param>
public sealed record NewNotice(string Mark, string Name, IncidentStatus Status, string Text, ComponentStatus? Shown)
{
    /// <summary>When a maintenance is to begin and to end; null for an incident.</summary>
    public (DateTimeOffset From, DateTimeOffset Until)? Planned { get; init; }
}

/// <summary>One more entry of a notice.</summary>
/// <param name="Shown">What it says of the component from now on: shown is the worst that is said, and what a person set stays. Null: the same as before.</param>
public sealed record NoticeChange(IncidentStatus Status, string Text, ComponentStatus? Shown);

/// <summary>What came of a call to the status page.</summary>
public abstract record NoticeAnswer
{
    /// <param name="Shown">What the call made of the component; null: it was left alone.</param>
    public sealed record Is(Notice Notice, ComponentStatus? Shown = null) : NoticeAnswer;

    /// <summary>There is no such notice.</summary>
    public sealed record None : NoticeAnswer;

    /// <summary>Nothing was changed, and will not be.</summary>
    public sealed record Refused(string Why) : NoticeAnswer;

    /// <summary>Nothing was changed; worth asking again.</summary>
    public sealed record Later(string Why) : NoticeAnswer;

    /// <summary>Sent, and nobody knows whether it was carried out.</summary>
    public sealed record Unknown(string Why) : NoticeAnswer;
}

/// <summary>The operator's status page, on the component that the operator granted the service's team (S15).</summary>
public interface IStatusPage
{
    /// <summary>Why nothing can be written there for this service; null when it can.</summary>
    string? Refusal(ServiceDefinition service);

    /// <summary>A text as customers will read it: on one line, and nothing in it acts as markup.</summary>
    string AsShown(string text);

    Task<NoticeAnswer> ReadAsync(string id, CancellationToken cancellation);

    /// <summary>The notice that carries our mark, whether it is over or not.</summary>
    Task<NoticeAnswer> FindAsync(string mark, CancellationToken cancellation);

    Task<NoticeAnswer> OpenAsync(ServiceDefinition service, NewNotice notice, CancellationToken cancellation);

    Task<NoticeAnswer> ChangeAsync(ServiceDefinition service, string id, NoticeChange change, CancellationToken cancellation);
}

/// <summary>Where the operator configured no status page.</summary>
public sealed class NoStatusPage : IStatusPage
{
    private const string Why = "the operator configured no status page";

    public string? Refusal(ServiceDefinition service) => Why;

    public string AsShown(string text) => text;

    public Task<NoticeAnswer> ReadAsync(string id, CancellationToken cancellation) => Task.FromResult<NoticeAnswer>(new NoticeAnswer.Refused(Why));

    public Task<NoticeAnswer> FindAsync(string mark, CancellationToken cancellation) => Task.FromResult<NoticeAnswer>(new NoticeAnswer.Refused(Why));

    public Task<NoticeAnswer> OpenAsync(ServiceDefinition service, NewNotice notice, CancellationToken cancellation) =>
        Task.FromResult<NoticeAnswer>(new NoticeAnswer.Refused(Why));

    public Task<NoticeAnswer> ChangeAsync(ServiceDefinition service, string id, NoticeChange change, CancellationToken cancellation) =>
        Task.FromResult<NoticeAnswer>(new NoticeAnswer.Refused(Why));
}
