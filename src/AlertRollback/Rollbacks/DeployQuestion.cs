using System.Text.Json.Serialization;
using AlertRollback.Matrix;

namespace AlertRollback.Rollbacks;

/// <summary>What a pipeline hears that asks whether it may deploy.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<MayDeploy>))]
public enum MayDeploy
{
    Yes,
    No,

    /// <summary>A person has to say.</summary>
    Ask,
}

/// <summary>The answer to a pipeline.</summary>
/// <param name="Reason">Null when nothing is known against it.</param>
/// <param name="Text">The reason for people.</param>
/// <param name="Until">When a "no" ends by itself; null: unknown, or only by a person.</param>
/// <param name="RollbackId">The rollback it comes from; null for none.</param>
public sealed record DeployAnswer(MayDeploy Deploy, Reason? Reason, string Text, DateTimeOffset? Until, string? RollbackId);

/// <summary>May this image be deployed now? Read off the book alone. Pure.</summary>
public static class DeployQuestion
{
    /// <param name="services">Of all teams.</param>
    /// <param name="service">Where it is to be deployed; null: anywhere.</param>
    public static DeployAnswer Answer(Book book, IReadOnlyList<ServiceDefinition> services, ImageReference image, string? service, DateTimeOffset now)
    {
        if (service is not null && services.All(s => s.Name != service))
            return new DeployAnswer(MayDeploy.Ask, Reason.UnknownService, $"no team declares the service {Shown.Quoted(service)}; {NearestName.Remedy(service, services.Select(s => s.Name), "services")}", null, null);

        var places = Places(book, services, image, service);
        return Quarantined(book, places, image, service, now)
            ?? UnderWay(book, places, service, now)
            ?? Spared(book, places, image, service)
            ?? new DeployAnswer(MayDeploy.Yes, null, "nothing is known against it", null, null);
    }

    // Without a service: every service that ran this repository's images.
    private static HashSet<string> Places(Book book, IReadOnlyList<ServiceDefinition> services, ImageReference image, string? service) => service is not null
        ? services.Where(s => s.Name == service).Select(s => s.Workload?.Address).OfType<string>().ToHashSet(StringComparer.Ordinal)
        : book.Workloads.Values.Select(w => w.Current).OfType<WorkloadEvent.BecameCurrent>()
            .Where(c => c.Images.Any(i => image.Name is not null && ImageReference.Parse(i)?.Name == image.Name)).Select(c => c.Workload).ToHashSet(StringComparer.Ordinal);

    private static DeployAnswer? Quarantined(Book book, HashSet<string> places, ImageReference image, string? service, DateTimeOffset now)
    {
        var found = book.Workloads.Values.SelectMany(w => w.Quarantine.Values)
            .Where(q => (service is null || places.Contains(q.Workload) || IsOf(book, service, q.RollbackId)) && !(q.Until <= now))
            .Select(q => (Quarantine: q, Match: MatchOf(q.Images, image)))
            .Where(q => q.Match != ImageMatch.No)
            .OrderByDescending(q => q.Match).ThenByDescending(q => q.Quarantine.Until ?? DateTimeOffset.MaxValue)
            .FirstOrDefault();
        if (found.Quarantine is not { } quarantine)
            return null;
        var text = $"{quarantine.Workload} was rolled back from it ({string.Join(", ", quarantine.Images)})";
        return found.Match == ImageMatch.Yes
            ? new DeployAnswer(MayDeploy.No, Reason.Quarantined, text, quarantine.Until, quarantine.RollbackId)
            : new DeployAnswer(MayDeploy.Ask, Reason.Quarantined, $"{text}, and by its name alone it cannot be told whether this is the same image", quarantine.Until, quarantine.RollbackId);
    }

    private static DeployAnswer? UnderWay(Book book, HashSet<string> places, string? service, DateTimeOffset now)
    {
        var open = book.Open.Where(r => r is { Shadow: false, ChangesNothing: false } && (r.Service.Name == service || (r.Service.Workload is { } w && places.Contains(w.Address)))).ToList();
        if (open.Where(r => r.Phase == Phase.Stabilising && r.StabiliseUntil > now).MaxBy(r => r.StabiliseUntil) is { } watched)
            return new DeployAnswer(MayDeploy.No, Reason.Stabilising, $"{watched.Service.Name} is watched after a rollback: deployments are frozen", watched.StabiliseUntil, watched.Id);
        if (open.FirstOrDefault(r => r.HasActed) is { } acting)
            return new DeployAnswer(MayDeploy.No, Reason.RunUnderWay, $"{acting.Service.Name} is being rolled back", null, acting.Id);
        return open.FirstOrDefault() is { } waiting
            ? new DeployAnswer(MayDeploy.Ask, Reason.RunUnderWay, $"an alert of {waiting.Service.Name} is being decided: deploy only what mends it", null, waiting.Id)
            : null;
    }

    private static DeployAnswer? Spared(Book book, HashSet<string> places, ImageReference image, string? service) =>
        book.Workloads.Values.SelectMany(w => w.Withheld.Values)
            .LastOrDefault(w => (places.Contains(w.Workload) || IsOf(book, service, w.RollbackId)) && MatchOf(w.Images, image) == ImageMatch.Yes) is { } withheld
            ? new DeployAnswer(MayDeploy.Yes, null, $"it was rolled back from once: {withheld.Why}", null, withheld.RollbackId)
            : null;

    // Not every service has a workload: a container has an address that its engine gives, and the rollback knows whose it is.
    private static bool IsOf(Book book, string? service, string rollbackId) =>
        service is not null && book.Rollbacks.GetValueOrDefault(rollbackId)?.Service.Name == service;

    internal static ImageMatch MatchOf(IReadOnlyList<string> images, ImageReference asked) =>
        images.Select(i => ImageReference.Parse(i)?.Is(asked) ?? ImageMatch.No).DefaultIfEmpty(ImageMatch.No).Max();
}
