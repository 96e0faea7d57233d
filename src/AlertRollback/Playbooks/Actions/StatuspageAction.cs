using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.StatusPages;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>statuspage: {maintenance: begin}</c>, <c>statuspage: {incident: open, name: …, text: …}</c> tells customers what a playbook says.</summary>
public sealed class StatuspageAction(IStatusPage page, INoticeMemory memory) : IAction
{
    private const string Incident = "incident";
    private const string Maintenance = "maintenance";

    public string Name => "statuspage";

    public string Summary => "Opens, updates and ends an incident of the playbook's own, or a scheduled maintenance. What a person changed there is left to people. A playbook with such a step gets no automatic incident.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => false;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new(Incident, ParameterType.Text, "What becomes of the incident.", Example: "open", Allowed: ["open", "update", "resolve"]),
        new(Maintenance, ParameterType.Text, "What becomes of the scheduled maintenance; schedule announces it once, however many playbooks ask for it.", Example: "begin", Allowed: ["schedule", "begin", "verify", "complete"]),
        new("name", ParameterType.Text, "The title, with open and schedule.", Example: "AI Diagnostics service degradation"),
        new("text", ParameterType.Text, "What customers read; needed with open, update and schedule.", Example: "Results may be late. We are looking into it."),
        new("status", ParameterType.Text, "How far an incident is, with open and update.", Default: "investigating", Allowed: ["investigating", "identified", "monitoring"]),
        new("component", ParameterType.Text, "How bad the service's component is with open, until resolve; it shows the worst of all that is open on it.", Example: "partial_outage", Allowed: ["degraded_performance", "partial_outage", "major_outage"]),
        new("starts_at", ParameterType.Text, "When the maintenance is to begin, with schedule; default: when the playbook was started.", Example: "2026-12-01T22:00:00Z"),
        new("lasts", ParameterType.Duration, "How long it is to last, with schedule.", Default: "1h", Example: "2h"),
        new("key", ParameterType.Text, "A name of its own, where a service has several at once; other steps and playbooks say the same.", Default: "the service's one", Example: "upgrade"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (parameters.ContainsKey(Incident) == parameters.ContainsKey(Maintenance))
        {
            yield return $"it has one of \"{Incident}\" and \"{Maintenance}\"";
            yield break;
        }

        var verb = Verb(parameters);
        foreach (var key in Needed(verb).Where(k => !parameters.ContainsKey(k)))
            yield return $"\"{verb}\" needs \"{key}\"";
        foreach (var key in parameters.Select(p => p.Key).Where(k => k is not (Incident or Maintenance or "text" or "key") && !Fitting(verb).Contains(k)))
            yield return $"\"{key}\" means nothing with \"{verb}\"";
        if (parameters["starts_at"]?.ToString() is { } at && !at.Contains("${", StringComparison.Ordinal) && Time(at) is null)
            yield return "\"starts_at\" is written like 2026-11-25T22:00:00Z";
    }

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) => Task.FromResult(Pin(context, parameters));

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        pin["opens"]!.GetValue<bool>() ? await OpenAsync(context, pin, cancellation) : await ChangeAsync(context, pin, cancellation);

    private PinOutcome Pin(StepContext context, JsonObject parameters)
    {
        if (page.Refusal(context.Service) is { } refusal)
            return new PinOutcome.Refused(Reason.NotGranted, refusal);
        string? Filled(string key) => parameters[key]?.GetValue<string>() is { } text ? page.AsShown(context.Fill(text, Placeholders.AsIs)) : null;
        var (kind, verb) = (parameters.ContainsKey(Incident) ? Incident : Maintenance, Verb(parameters));
        var starts = Filled("starts_at") is { } written ? Time(written) : context.Run.Started;
        if (starts is not { } from)
            return new PinOutcome.Refused(Reason.NotAsExpected, $"starts_at is no time: {Texts.Clip(Filled("starts_at")!, 40)}");
        var lasts = parameters["lasts"]?.GetValue<string>() is { } span && Durations.TryParse(span, out var given) ? given : TimeSpan.FromHours(1);
        var pin = new JsonObject
        {
            ["kind"] = kind,
            ["key"] = parameters["key"]?.GetValue<string>() ?? "",
            ["opens"] = verb is "open" or "schedule",
            ["status"] = StatusOf(verb, parameters).ToString(),
            ["name"] = Filled("name"),
            ["text"] = Filled("text") ?? DefaultText(verb),
            ["component"] = ShownOf(verb, parameters)?.ToString(),
            ["from"] = kind == Maintenance && verb == "schedule" ? Text(from) : null,
            ["until"] = kind == Maintenance && verb == "schedule" ? Text(from + lasts) : null,
        };
        return new PinOutcome.Pinned(pin, "", $"status page: {kind} {(Filled("name") is { } name ? $"\"{name}\" " : "")}{Word(StatusOf(verb, parameters))}", [], [], []);
    }

    private async Task<StepOutcome> OpenAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        if (Own(context) is { } mine)
            return new StepOutcome.Done(Reason.AlreadyAtTarget, $"{mine.Kind} {mine.Id} was opened");
        if (memory.Latest(context.Service, Kind(pin), Key(pin)) is { IsOver: false } open)
        {
            switch (await page.ReadAsync(open.Id, cancellation))
            {
                case NoticeAnswer.None or NoticeAnswer.Is { Notice.Status: IncidentStatus.Resolved or IncidentStatus.Completed }:
                    break;
                case NoticeAnswer.Is:
                    return new StepOutcome.Done(Reason.AlreadyAtTarget, $"{open.Kind} {open.Id} is open already, no second one was opened");
                case var unread:
                    // It may well be open: a second one would tell customers twice.
                    return await EndAsync(context, pin, unread, open.Status, open.Shown, Reason.AlreadyAtTarget, cancellation);
            }
        }

        var mark = $"{context.RollbackId}/{context.StepKey}";
        // Sent once already, and nobody knows whether it arrived (S20).
        if (context.Attempt > 1 || context.Journal.Marks.ContainsKey("sending"))
        {
            var found = await page.FindAsync(mark, cancellation);
            if (found is not NoticeAnswer.None)
                return await EndAsync(context, pin, found, StatusOf(pin), ComponentOf(pin), Reason.AlreadyAtTarget, cancellation);
        }

        if (context.Journal.MayWrite() is { } stop)
            return stop;
        await context.Journal.MarkAsync("sending", [], "", cancellation);
        var notice = new NewNotice(mark, pin["name"]!.GetValue<string>(), StatusOf(pin), pin["text"]!.GetValue<string>(), ComponentOf(pin))
        {
            Planned = Time(pin["from"]?.GetValue<string>()) is { } from && Time(pin["until"]?.GetValue<string>()) is { } until ? (from, until) : null,
        };
        var answer = await page.OpenAsync(context.Service, notice, cancellation);
        return await EndAsync(context, pin, answer, notice.Status, (answer as NoticeAnswer.Is)?.Shown, Reason.Applied, cancellation);
    }

    private async Task<StepOutcome> ChangeAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        // A status page that was down when it was to be opened keeps nobody from working.
        if ((Own(context) ?? Latest(context, pin)) is not { } kept)
            return new StepOutcome.Done(Reason.NotFound, $"no {Kind(pin)} of {context.Service.Name} is open, and nothing is said on the status page");
        var answer = await page.ReadAsync(kept.Id, cancellation);
        if (answer is NoticeAnswer.None)
            return new StepOutcome.Done(Reason.Superseded, $"{kept.Kind} {kept.Id} was deleted by a person, and nothing is said there");
        if (answer is not NoticeAnswer.Is { Notice: var now })
            return await EndAsync(context, pin, answer, kept.Status, kept.Shown, Reason.Applied, cancellation);
        var (status, text) = (StatusOf(pin), pin["text"]!.GetValue<string>());
        // Word for word the update whose answer was lost is ours; anything else that is new there is a person's.
        if (now.Status == status && now.LastText?.Trim() == text && (context.Attempt > 1 || kept.ChangedByPerson(now) is null))
            return await EndAsync(context, pin, answer, status, ComponentOf(pin) ?? kept.Shown, Reason.AlreadyAtTarget, cancellation);
        if (kept.ChangedByPerson(now) is { } change)
            return new StepOutcome.Done(Reason.Superseded, $"{kept.Kind} {kept.Id} is left to people: {change}");
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        var written = await page.ChangeAsync(context.Service, kept.Id, new NoticeChange(status, text, ComponentOf(pin)), cancellation);
        return await EndAsync(context, pin, written, status, (written as NoticeAnswer.Is)?.Shown ?? kept.Shown, Reason.Applied, cancellation);
    }

    // What is over is not gone on with: customers would read of last month's again. What only repeats its end may.
    private KeptNotice? Latest(StepContext context, JsonObject pin) =>
        memory.Latest(context.Service, Kind(pin), Key(pin)) is { } kept && (!kept.IsOver || kept.Status == StatusOf(pin)) ? kept : null;

    private static async Task<StepOutcome> EndAsync(
        StepContext context, JsonObject pin, NoticeAnswer answer, IncidentStatus status, ComponentStatus? shown, Reason reason, CancellationToken cancellation)
    {
        switch (answer)
        {
            case NoticeAnswer.Is { Notice: var notice }:
                var kept = new KeptNotice(Kind(pin), Key(pin), notice.Id, notice.Name, status, notice.LastUpdate, shown);
                var text = $"{kept.Kind} {notice.Id} on the status page: {Word(status)}{(notice.Link is null ? "" : $", {notice.Link}")}";
                if (Own(context) != kept)
                    await context.Journal.MarkAsync(KeptNotice.MarkName, kept.ToJson(), text, cancellation);
                return new StepOutcome.Done(reason, text);
            case NoticeAnswer.Refused refused:
                return new StepOutcome.Failed(Reason.RejectedByService, refused.Why);
            case NoticeAnswer.Later later:
                return new StepOutcome.CannotTell(Reason.ApiError, later.Why);
            case NoticeAnswer.Unknown unknown:
                return new StepOutcome.CannotTell(Reason.OutcomeUnknown, unknown.Why);
            default:
                return new StepOutcome.Failed(Reason.NotFound, $"the {Kind(pin)} is not on the status page any more");
        }
    }

    private static KeptNotice? Own(StepContext context) =>
        context.Journal.Marks.TryGetValue(KeptNotice.MarkName, out var mark) ? KeptNotice.FromJson(mark) : null;

    private static string Verb(JsonObject parameters) => (parameters[Incident] ?? parameters[Maintenance])!.GetValue<string>();

    private static string[] Needed(string verb) => verb is "open" or "schedule" ? ["name", "text"] : verb == "update" ? ["text"] : [];

    private static string[] Fitting(string verb) => verb switch
    {
        "open" => ["name", "status", "component"],
        "update" => ["status"],
        "schedule" => ["name", "starts_at", "lasts"],
        _ => [],
    };

    private static IncidentStatus StatusOf(string verb, JsonObject parameters) => verb switch
    {
        "resolve" => IncidentStatus.Resolved,
        "schedule" => IncidentStatus.Scheduled,
        "begin" => IncidentStatus.InProgress,
        "verify" => IncidentStatus.Verifying,
        "complete" => IncidentStatus.Completed,
        _ => Enum.Parse<IncidentStatus>(parameters["status"]?.GetValue<string>() ?? "investigating", ignoreCase: true),
    };

    private static ComponentStatus? ShownOf(string verb, JsonObject parameters) => verb switch
    {
        "begin" => ComponentStatus.UnderMaintenance,
        "resolve" or "complete" => ComponentStatus.Operational,
        _ => SnakeCase.TryParse(parameters["component"]?.GetValue<string>() ?? "", out ComponentStatus shown) ? shown : null,
    };

    private static string? DefaultText(string verb) => verb switch
    {
        "resolve" => "This is resolved.",
        "begin" => "The maintenance has begun.",
        "verify" => "The work is done, and we are checking that all is well.",
        "complete" => "The maintenance is completed.",
        _ => null,
    };

    private static IncidentStatus StatusOf(JsonObject pin) => Enum.Parse<IncidentStatus>(pin["status"]!.GetValue<string>());

    private static ComponentStatus? ComponentOf(JsonObject pin) => pin["component"]?.GetValue<string>() is { } word ? Enum.Parse<ComponentStatus>(word) : null;

    private static string Kind(JsonObject pin) => pin["kind"]!.GetValue<string>();

    private static string Key(JsonObject pin) => pin["key"]!.GetValue<string>();

    private static string Word(IncidentStatus status) => status == IncidentStatus.InProgress ? "in progress" : status.ToString().ToLowerInvariant();

    private static string Text(DateTimeOffset time) => time.ToString("O", CultureInfo.InvariantCulture);

    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;
}
