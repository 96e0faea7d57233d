using System.Net;
using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes;

public sealed partial class KubernetesApi
{
    public async Task<bool> DeleteAsync(ObjectRef target, string uid, DeleteOptions options, CancellationToken cancellation)
    {
        ApiPath.Check(uid, "uid");
        // With a body the server does not look at the query any more.
        var body = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "DeleteOptions",
            ["preconditions"] = new JsonObject { ["uid"] = uid },
        };
        if (options.GraceSeconds is { } grace)
            body["gracePeriodSeconds"] = grace;
        if (options.Propagation is { } propagation)
            body["propagationPolicy"] = propagation;
        var answer = await transport.SendAsync(HttpMethod.Delete, ApiPath.Of(target), new(body.ToJsonString(), "application/json"), repeatable: false, cancellation).ConfigureAwait(false);
        if (answer.Succeeded || (answer.Status == HttpStatusCode.NotFound && answer.SubjectName == target.Name))
            return true;
        return IsAnother(answer) ? false : throw answer.Fault();
    }

    /// <summary>There are other conflicts, e.g. a namespace that is being emptied already. Servers word this one in two ways.</summary>
    private static bool IsAnother(ApiAnswer answer) => answer.Status == HttpStatusCode.Conflict
        && (answer.Message.Contains("UID in precondition", StringComparison.Ordinal) || answer.Message.Contains("UID in the precondition", StringComparison.Ordinal));
}
