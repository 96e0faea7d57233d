using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;

namespace AlertRollback.Playbooks.Isolation;

/// <summary>One policy that is to go: exactly this one, as long as it says what it said.</summary>
internal sealed record LiftedPolicy(string Name, string Uid, JsonObject Body)
{
    /// <summary>What makes it the same again: labels, annotations and what it forbids.</summary>
    public static LiftedPolicy Of(KubernetesObject policy) => new(policy.Name, policy.Uid, new JsonObject
    {
        ["metadata"] = new JsonObject
        {
            ["labels"] = policy.At("metadata", "labels")?.DeepClone(),
            ["annotations"] = policy.At("metadata", "annotations")?.DeepClone(),
        },
        ["spec"] = policy.At("spec")?.DeepClone(),
    });

    public JsonObject ToJson() => new() { ["name"] = Name, ["uid"] = Uid, ["body"] = Body.DeepClone() };

    public static LiftedPolicy FromJson(JsonNode json) => new(json["name"]!.GetValue<string>(), json["uid"]!.GetValue<string>(), (JsonObject)json["body"]!);

    public bool SaysTheSame(KubernetesObject live) => JsonNode.DeepEquals(live.At("spec"), Body["spec"]);
}

/// <summary>Takes policies of ours away, whichever rollback applied them, and puts them back where that is asked for.</summary>
internal sealed class IsolationLift(IKubernetesApi api, string @namespace)
{
    /// <exception cref="KubernetesException">It could not be done, or it is not known whether it was.</exception>
    public async Task<StepOutcome> LiftAsync(LiftedPolicy policy, CancellationToken cancellation)
    {
        var target = Target(policy);
        if (await api.GetAsync(target, cancellation) is not { } live)
            return new StepOutcome.Done(Reason.AlreadyAtTarget, $"{target} is gone already");
        if (live.Uid != policy.Uid || !policy.SaysTheSame(live))
            return new StepOutcome.Superseded($"{target} was changed meanwhile by somebody else, and stays");
        return await api.DeleteAsync(target, policy.Uid, new DeleteOptions(), cancellation)
            ? new StepOutcome.Done(Reason.Applied, $"{target} is gone")
            : new StepOutcome.Superseded($"{target} was created anew meanwhile by somebody else, and stays");
    }

    /// <exception cref="KubernetesException">It could not be done, or it is not known whether it was.</exception>
    public async Task<StepOutcome> PutBackAsync(LiftedPolicy policy, CancellationToken cancellation)
    {
        var target = Target(policy);
        if (await api.GetAsync(target, cancellation) is { } live)
        {
            return policy.SaysTheSame(live)
                ? new StepOutcome.Done(Reason.AlreadyAtTarget, $"{target} is there already")
                : new StepOutcome.Superseded($"{target} is somebody else's by now, and stays");
        }

        var body = (JsonObject)policy.Body.DeepClone();
        (body["apiVersion"], body["kind"]) = (ResourceKind.NetworkPolicy.ApiVersion, ResourceKind.NetworkPolicy.Kind);
        (body["metadata"]!["name"], body["metadata"]!["namespace"]) = (policy.Name, @namespace);
        await api.CreateAsync(ResourceKind.NetworkPolicy, @namespace, body, new WriteOptions(), cancellation);
        return new StepOutcome.Done(Reason.Applied, $"{target} is there again");
    }

    private ObjectRef Target(LiftedPolicy policy) => new(ResourceKind.NetworkPolicy, @namespace, policy.Name);
}
