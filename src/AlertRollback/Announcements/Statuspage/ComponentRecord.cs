using System.Text.Json.Serialization;
using AlertRollback.Playbooks.StatusPages;

namespace AlertRollback.Announcements.Statuspage;

/// <summary>How bad one open incident of ours says that the component is.</summary>
/// <param name="Mark">What the incident carries: our rollback's id, or the step's.</param>
/// <param name="Incident">Null before it is known.</param>
internal sealed record ComponentSay(string Mark, string? Incident, ComponentStatus Status);

/// <summary>What is being made of the component, together with a change of one incident.</summary>
internal sealed record ComponentMaking(string Mark, ComponentStatus Status);

/// <summary>
/// One component as the journal knows it, whoever of us speaks of it. It shows the worst that our open incidents say, as long
/// as it is as we made it; once a person set it, it is theirs until the last of those incidents is over.
/// </summary>
/// <param name="Said">By our open incidents, also while it is left to people.</param>
/// <param name="Made">What we last made of it, or found it to be: operational.</param>
/// <param name="Making">Journalled before the call: after a lost answer it may be either.</param>
internal sealed record ComponentRecord(IReadOnlyList<ComponentSay> Said, ComponentStatus Made, ComponentMaking? Making, bool IsTheirs)
{
    private static readonly ComponentRecord Untouched = new([], ComponentStatus.Operational, null, false);

    // As Statuspage ranks them: an outage is not hidden by a maintenance.
    private static readonly ComponentStatus[] FromBest =
        [ComponentStatus.Operational, ComponentStatus.UnderMaintenance, ComponentStatus.DegradedPerformance, ComponentStatus.PartialOutage, ComponentStatus.MajorOutage];

    /// <summary>Where the journal has none: what our incidents said when they were created.</summary>
    public static ComponentRecord From(StatuspageOutlook outlook)
    {
        List<ComponentSay> said = [.. outlook.Open.Where(i => i is { RollbackId: not null, Outage: not null }).Select(i => new ComponentSay(i.RollbackId!, i.Id, i.Outage!.Value))];
        return Untouched with { Said = said, Made = Worst(said) };
    }

    public bool Says(string mark) => Said.Any(s => s.Mark == mark);

    /// <summary>After a look at the page.</summary>
    /// <param name="over">Marks of incidents that are not open any more.</param>
    public ComponentRecord Seen(ComponentStatus? now, IReadOnlyCollection<string> over)
    {
        var left = With([.. Said.Where(s => !over.Contains(s.Mark))]);
        var made = left.Making?.Status == now ? now!.Value : left.Made;
        // Before the first incident nothing but our own doing or a component that is well is ours.
        if (left.Said.Count == 0 && now == ComponentStatus.Operational)
            made = ComponentStatus.Operational;
        return left with { Made = made, Making = null, IsTheirs = left.IsTheirs || now != made };
    }

    /// <summary>Adds or replaces what an incident says.</summary>
    public ComponentRecord Saying(ComponentSay say) => this with { Said = [.. Said.Where(s => s.Mark != say.Mark), say] };

    /// <summary>What is to be made of it now; null: it stays. How bad others' incidents are nobody knows, so while one is open it becomes no better.</summary>
    /// <param name="ending">The mark of an incident that is about to be over; null: none.</param>
    public ComponentStatus? Due(string? ending, bool othersAreOpen)
    {
        var worst = Worst(Said.Where(s => s.Mark != ending));
        return IsTheirs || worst == Made || (othersAreOpen && Rank(worst) < Rank(Made)) ? null : worst;
    }

    /// <summary>After an incident was certainly changed.</summary>
    public ComponentRecord Carried(string mark, string incident, bool over)
    {
        var settled = Making is { } making && making.Mark == mark ? this with { Made = making.Status, Making = null } : this;
        return settled.With([.. settled.Said.Where(s => !over || s.Mark != mark).Select(s => s.Mark == mark ? s with { Incident = incident } : s)]);
    }

    /// <summary>After an incident was certainly not changed.</summary>
    /// <param name="unsaid">Whether what it was to say was new.</param>
    public ComponentRecord NotCarried(string mark, bool unsaid)
    {
        var settled = Making?.Mark == mark ? this with { Making = null } : this;
        return settled.With([.. settled.Said.Where(s => !unsaid || s.Mark != mark)]);
    }

    // What is theirs is anybody's again when nothing of ours is open; how we once made it means nothing then.
    private ComponentRecord With(IReadOnlyList<ComponentSay> said) => said.Count == 0 && IsTheirs ? Untouched : this with { Said = said };

    private static ComponentStatus Worst(IEnumerable<ComponentSay> said) => said.Select(s => s.Status).Append(ComponentStatus.Operational).MaxBy(Rank);

    private static int Rank(ComponentStatus status) => Array.IndexOf(FromBest, status);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ComponentRecord))]
internal sealed partial class ComponentRecordJson : JsonSerializerContext;
