using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.Playbooks.Manifests;

/// <summary>
/// Applies Secrets from files that the operator granted for a namespace. Their values are read anew at every step, and never
/// told: the pin has a salted hash of the manifest, and the version of the Secret that was there.
/// </summary>
public sealed class SecretManifests(OperatorConfiguration operators, IConfigurationLedger ledger, TimeProvider time)
{
    private const string Mark = "apply";

    internal async Task<(IReadOnlyList<SecretPin> Pins, PinOutcome? Refused)> PinAsync(
        StepContext context, IKubernetesApi api, IEnumerable<string> grants, bool force, CancellationToken cancellation)
    {
        var pins = new List<SecretPin>();
        foreach (var grant in grants)
        {
            var (manifests, fault) = await ReadAsync(context.Service, grant, cancellation);
            if (fault is not null)
                return ([], new PinOutcome.Refused(Reason.NotGranted, fault));
            foreach (var (manifest, number) in manifests.Select((m, i) => (m, i)))
            {
                if (ManifestTargets.Elsewhere(manifest, ResourceKind.Secret, Namespace(context.Service)!) is { } elsewhere)
                    return ([], elsewhere);
                var target = new ObjectRef(ResourceKind.Secret, Namespace(context.Service)!, manifest.Name);
                var live = await api.GetAsync(target, cancellation);
                var plan = await new EditPlanning(api).PinApplyAsync(target, live, Encoded(manifest.Json), force, null, context.MarkOf(Mark), cancellation);
                if (plan is EditPlan.Refused refused)
                    return ([], new PinOutcome.Refused(ServiceWorkload.Word(refused.Refusal), refused.Text));
                pins.Add(new SecretPin(grant, number, await HashAsync(manifest, cancellation), target, live?.Uid ?? "", live?.ResourceVersion ?? "", force));
            }
        }

        return (pins, null);
    }

    internal async Task<StepOutcome> ApplyAsync(StepContext context, IKubernetesApi api, SecretPin pin, CancellationToken cancellation)
    {
        if (context.Journal.Marks.ContainsKey(MarkOf(pin)))
            return new StepOutcome.Done(Reason.AlreadyAtTarget, "dealt with before");
        try
        {
            var (edit, stop) = await EditAsync(context, api, pin, cancellation);
            if ((stop ?? context.Journal.MayWrite()) is { } not)
                return not;
            var outcome = ObjectChanges.Word(await new ObjectEdit(api, time).ApplyAsync(edit!, context.MarkOf(Mark), cancellation));
            if (outcome is StepOutcome.Done)
                await context.Journal.MarkAsync(MarkOf(pin), [], $"{pin.Object}: {outcome.Text}", cancellation);
            return outcome;
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, fault.Message);
        }
    }

    internal async Task<StepOutcome> RestoreAsync(StepContext context, IKubernetesApi api, SecretPin pin, CancellationToken cancellation)
    {
        if (pin.Uid.Length > 0)
            return new StepOutcome.CannotTell(Reason.ValuesGone, $"{pin.Object} stays as it is: its old values were never kept");
        try
        {
            var (edit, stop) = await EditAsync(context, api, pin, cancellation);
            return stop ?? ObjectChanges.Word(await new ObjectEdit(api, time).RestoreAsync(edit!, context.MarkOf(Mark), cancellation));
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, fault.Message);
        }
    }

    /// <summary>Whether the Secrets are as their file says, without saying what they are.</summary>
    internal async Task<IReadOnlyList<CheckResult>> CompareAsync(ServiceDefinition service, IKubernetesApi api, string grant, string expected, CancellationToken cancellation)
    {
        var (manifests, fault) = await ReadAsync(service, grant, cancellation);
        if (fault is not null)
            return [new CheckResult(Verdict.Inconclusive, $"secret {grant}", fault, expected)];
        var results = new List<CheckResult>();
        foreach (var manifest in manifests)
        {
            var target = new ObjectRef(ResourceKind.Secret, Namespace(service)!, manifest.Name);
            if (ManifestTargets.Elsewhere(manifest, ResourceKind.Secret, target.Namespace) is { } elsewhere)
            {
                results.Add(new CheckResult(Verdict.Inconclusive, $"secret {grant}", elsewhere.Text, expected));
                continue;
            }

            var live = await api.GetAsync(target, cancellation);
            var differing = live is null ? 0 : ObjectDifference.Between(live.Json, Encoded(manifest.Json)).Count(c => c.To is not null);
            results.Add(live is null ? new CheckResult(Verdict.Fail, $"{target}", "it does not exist", expected)
                : differing > 0 ? new CheckResult(Verdict.Fail, $"{target}", $"{(differing == 1 ? "1 value differs" : $"{differing} values differ")} (not shown)", expected)
                : new CheckResult(Verdict.Pass, $"{target}", expected, expected));
        }

        return results;
    }

    // In memory only: the whole change, with the values of the file and those that are there.
    private async Task<(EditPin? Edit, StepOutcome? Stop)> EditAsync(StepContext context, IKubernetesApi api, SecretPin pin, CancellationToken cancellation)
    {
        var (manifests, fault) = await ReadAsync(context.Service, pin.Grant, cancellation);
        var manifest = manifests.ElementAtOrDefault(pin.Document);
        if (manifest is null || fault is not null)
            return (null, new StepOutcome.CannotTell(Reason.NotGranted, fault ?? $"{pin.Grant} has fewer documents than when it was planned"));
        if (await HashAsync(manifest, cancellation) != pin.Hash)
            return (null, new StepOutcome.CannotTell(Reason.NotGranted, $"{pin.Grant} was changed since it was planned"));
        var json = Encoded(manifest.Json);
        if (pin.Uid.Length == 0)
            return (new EditPin(ResourceKind.Secret, pin.Object.Namespace, pin.Object.Name, "", [], json) { ServerSide = new ServerSideForm(false, null) }, null);
        var live = await api.GetAsync(pin.Object, cancellation);
        var places = ObjectDifference.Between(Bare(live), json).Where(c => c.To is not null)
            .Select(c => new PlacePin(c.Path, live?.ResourceVersion == pin.Version ? PlaceValue.Plain(c.Path.In(live.Json)) : Unknown, PlaceValue.Plain(c.To), null, 0)).ToList();
        return (new EditPin(ResourceKind.Secret, pin.Object.Namespace, pin.Object.Name, pin.Uid, places) { ServerSide = new ServerSideForm(pin.Force, json) }, null);
    }

    // Matches nothing that is live: somebody changed it since it was planned.
    private static readonly PlaceValue Unknown = new(null, "changed since");

    private static JsonObject Bare(KubernetesObject? live) => live?.Json ?? [];

    private async Task<(IReadOnlyList<Manifest> Manifests, string? Fault)> ReadAsync(ServiceDefinition service, string grant, CancellationToken cancellation)
    {
        if (operators.Teams.GetValueOrDefault(service.Team)?.Secrets.GetValueOrDefault(grant) is not { } granted)
            return ([], $"the secret {grant} is not granted to the team {service.Team}");
        if (Namespace(service) is not { } @namespace || !granted.Namespaces.Contains(service.Workload?.GrantedNamespace ?? @namespace))
            return ([], $"the secret {grant} may not be applied to {Namespace(service) ?? "a service without a namespace"}");
        try
        {
            var (manifests, faults) = ManifestReader.Read(grant, await File.ReadAllTextAsync(granted.File, cancellation));

            // Faults may quote values.
            return faults.Count > 0 ? ([], $"the secret {grant} cannot be read as a manifest ({faults.Count} faults)")
                : manifests.All(m => m.IsSecret) ? (manifests, null)
                : ([], $"the secret {grant} has something else than Secrets in it");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return ([], $"the file of the secret {grant} cannot be read");
        }
    }

    private async Task<string> HashAsync(Manifest manifest, CancellationToken cancellation) =>
        $"hmac-sha256:{Convert.ToHexStringLower(HMACSHA256.HashData(await ledger.SaltAsync(cancellation), Encoding.UTF8.GetBytes(manifest.Json.ToJsonString())))}";

    // As the server keeps it: what is there could not be compared otherwise.
    private static JsonObject Encoded(JsonObject manifest)
    {
        var encoded = (JsonObject)manifest.DeepClone();
        if (encoded["stringData"] is not JsonObject texts)
            return encoded;
        var data = encoded["data"] as JsonObject ?? [];
        foreach (var (key, value) in texts)
            data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value?.ToString() ?? ""));
        encoded.Remove("stringData");
        encoded["data"] = data.Parent is null ? data : data.DeepClone();
        return encoded;
    }

    private static string? Namespace(ServiceDefinition service) => service.Workload?.Namespace ?? service.Namespace;

    private static string MarkOf(SecretPin pin) => $"secret-{pin.Grant}-{pin.Document}";
}
