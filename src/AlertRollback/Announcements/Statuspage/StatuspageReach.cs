using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Announcements.Statuspage;

/// <summary>Whether Statuspage accepts the API key, and has the page and the components that incidents are published for.</summary>
/// <param name="services">Those of the matrix in use.</param>
public sealed class StatuspageReach(OperatorConfiguration operators, Func<IEnumerable<ServiceDefinition>> services, HttpClient http, TimeProvider time, ILogger<StatuspageReach> log)
    : Reach("statuspage", operators is { Statuspage: not null, Shadow: false }, time, log)
{
    private readonly StatuspageApi? _statuspage = operators.Statuspage is { } page ? Announcers.Statuspage(page, http, time) : null;

    protected override Question Now() => new(Announcers.Secret(operators.Statuspage!.TokenFile), Components().Select(c => $"{c.Name}={c.Id}"));

    // One pass: Statuspage takes one request a second, and announcements need them more.
    protected override async Task<IReadOnlyList<string>?> AskAsync(CancellationToken cancellation) => await _statuspage!.ComponentsAsync(operators.Statuspage!.Page, cancellation) switch
    {
        RemoteAnswer<IReadOnlyList<StatuspageComponent>>.Ok(var there, _) =>
            [.. Components().ExceptBy(there.Select(c => c.Id), c => c.Id).Select(c =>
                $"no incident of {c.Team}'s component \"{c.Name}\" can be published: the status page {operators.Statuspage.Page} has no component {c.Id}. Mend it under \"components\" of the team in the operator's configuration")],
        RemoteAnswer<IReadOnlyList<StatuspageComponent>>.Refused { Error: StatuspageApi.TooManyItems } => [],
        RemoteAnswer<IReadOnlyList<StatuspageComponent>>.Refused { WorthRetrying: false } refused => [$"nothing can be published on the status page {operators.Statuspage.Page}: {refused.Explanation}"],
        _ => null,
    };

    private List<(string Team, string Name, string Id)> Components() =>
    [
        .. services()
            .Where(s => s.Statuspage is not null)
            .Select(s => (s.Team, s.Statuspage!.Component, Id: StatuspageComponents.IdOf(s, operators)))
            .Where(c => c.Id is not null).Distinct()
            .OrderBy(c => c.Team, StringComparer.Ordinal).ThenBy(c => c.Component, StringComparer.Ordinal)
            .Select(c => (c.Team, c.Component, c.Id!)),
    ];
}
