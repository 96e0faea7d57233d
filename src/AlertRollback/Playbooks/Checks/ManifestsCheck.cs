using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Manifests;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>manifests: {file: configuration.yml}</c>: the cluster is as the manifests say, as <c>kubectl diff</c> asks.</summary>
public sealed class ManifestsCheck(Clusters clusters, GrantedKinds kinds, SecretManifests secrets) : ICheck, INeedsRights
{
    private const string AsWritten = "as written";
    private const int Shown = 10;

    // Only to ask with: a dry run leaves no mark.
    private static readonly StepMark Nobody = new("alertrollback.io/apply-check", "check", "check");

    public string Name => "manifests";

    public string Summary => "The objects of manifests are in the service's namespace and as they are written there; what differs is told, values that may be secret are not. Asked by a dry run, also where the object or its fields belong to somebody else, e.g. Argo CD.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        .. ManifestTargets.Parameters,
        new("secret", ParameterType.Texts, "Files with manifests of Secrets, by the operator's names.", Example: "paperless-secrets-v1", Grant: Grant.Secret),
    ];

    public IEnumerable<string> Validate(JsonObject parameters) =>
        !parameters.ContainsKey("file") && !parameters.ContainsKey("manifest") && !parameters.ContainsKey("secret")
            ? ["it needs \"file\", \"manifest\" or \"secret\""]
            : ManifestTargets.Of(parameters).Faults;

    // The dry run that compares is a patch.
    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        ManifestTargets.Rights(parameters, (kind, name) => NeededRight.Beyond("get patch", kind, name));

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var api = clusters.Of(context.Service);
        try
        {
            var (targets, refused) = await ManifestTargets.FindAsync(api, kinds, context.Service, parameters, t => CheckPlaceholders.Fill(t, context, Placeholders.AsIs), cancellation);
            if (refused is not null)
                return [new CheckResult(Verdict.Inconclusive, Name, refused.Text, AsWritten)];
            var results = new List<CheckResult>();
            foreach (var target in targets)
                results.Add(await AskAsync(api, target, cancellation));
            foreach (var grant in TextValues.List(parameters["secret"]))
                results.AddRange(await secrets.CompareAsync(context.Service, api, grant, AsWritten, cancellation));
            return results;
        }
        catch (KubernetesException fault)
        {
            return [new CheckResult(Verdict.Inconclusive, Name, $"the Kubernetes API cannot be read: {fault.Message}", AsWritten)];
        }
    }

    private static async Task<CheckResult> AskAsync(IKubernetesApi api, ManifestTarget target, CancellationToken cancellation)
    {
        var what = $"{target.Object}";
        if (await api.GetAsync(target.Object, cancellation) is not { } live)
            return new CheckResult(Verdict.Fail, what, "it does not exist", AsWritten);

        // Only a change has to respect whose the object is; to compare it, that does not matter.
        var (lines, why) = await new EditPlanning(api).CompareAsync(target.Object, live, target.Manifest.Json, Nobody, cancellation);
        return lines switch
        {
            null => new CheckResult(Verdict.Inconclusive, what, why, AsWritten),
            [] => new CheckResult(Verdict.Pass, what, AsWritten, AsWritten),
            _ => new CheckResult(Verdict.Fail, what, Text(lines, what) + Owned(live), AsWritten),
        };
    }

    // Where people would have to change it.
    private static string Owned(KubernetesObject live) => Ownership.Of(live).Owner is { } owner ? $"; it belongs to {owner}" : "";

    private static string Text(IReadOnlyList<string> lines, string what)
    {
        var told = string.Join("; ", lines.Take(Shown).Select(l => l.StartsWith(what, StringComparison.Ordinal) ? l[what.Length..].TrimStart() : l));
        return lines.Count > Shown ? $"{told}; and {lines.Count - Shown} more" : told;
    }
}
