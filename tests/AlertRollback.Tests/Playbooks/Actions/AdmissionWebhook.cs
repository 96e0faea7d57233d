using System.Reflection;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>
/// An API whose admission webhook puts a proxy before the containers of a Deployment, and a variable before those of each
/// container, in dry runs too. As a real server it writes half a CPU as 500m.
/// </summary>
public class AdmissionWebhook : DispatchProxy
{
    private IKubernetesApi _inner = null!;

    public static IKubernetesApi Before(IKubernetesApi inner)
    {
        var api = Create<IKubernetesApi, AdmissionWebhook>();
        ((AdmissionWebhook)(object)api)._inner = inner;
        return api;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == nameof(IKubernetesApi.ServerSideApplyAsync) && args![0] is ObjectRef { Kind.Kind: "Deployment" })
            args[1] = Mutated((JsonObject)args[1]!);
        return targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
    }

    private static JsonObject Mutated(JsonObject manifest)
    {
        var copy = (JsonObject)manifest.DeepClone();
        var containers = copy["spec"]!["template"]!["spec"]!["containers"]!.AsArray();
        foreach (var container in containers)
        {
            container!["env"]!.AsArray().Insert(0, new JsonObject { ["name"] = "PROXY", ["value"] = "on" });
            container["resources"]!["limits"]!["cpu"] = "500m";
        }

        containers.Insert(0, new JsonObject { ["name"] = "proxy", ["image"] = "proxy:v1" });
        return copy;
    }
}
