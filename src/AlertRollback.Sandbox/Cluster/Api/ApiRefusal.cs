using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>One thing that is wrong with an object.</summary>
internal sealed record Cause(string Field, string Message, string Reason = "FieldValueInvalid");

/// <summary>An answer other than success, as a Kubernetes Status; caught in one place, where requests are answered.</summary>
internal sealed class ApiRefusal(int code, string reason, string message, JsonObject? details = null) : Exception(message)
{
    public int Code { get; } = code;

    public JsonObject Status
    {
        get
        {
            var status = new JsonObject
            {
                ["kind"] = "Status",
                ["apiVersion"] = "v1",
                ["metadata"] = new JsonObject(),
                ["status"] = "Failure",
                ["message"] = Message,
                ["reason"] = reason,
            };
            if (details is not null) status["details"] = details.Clone();
            status["code"] = Code;
            return status;
        }
    }

    public static ApiRefusal NotFound(ResourceKind kind, string name) =>
        new(404, "NotFound", $"{kind.Qualified()} \"{name}\" not found", Details(kind, name));

    public static ApiRefusal AlreadyExists(ResourceKind kind, string name) =>
        new(409, "AlreadyExists", $"{kind.Qualified()} \"{name}\" already exists", Details(kind, name));

    public static ApiRefusal Modified(ResourceKind kind, string name) => Conflict(
        kind, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiRefusal Conflict(ResourceKind kind, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {kind.Qualified()} \"{name}\": {why}", Details(kind, name));

    public static ApiRefusal Invalid(ResourceKind kind, string name, IReadOnlyList<Cause> causes)
    {
        var texts = causes.Select(c => $"{c.Field}: {c.Message}").ToList();
        var list = texts.Count == 1 ? texts[0] : $"[{string.Join(", ", texts)}]";
        var qualified = kind.Group.Length == 0 ? kind.Kind : $"{kind.Kind}.{kind.Group}";
        var details = Details(kind, name);
        details["kind"] = kind.Kind;
        details["causes"] = new JsonArray([
            .. causes.Select(c => new JsonObject { ["reason"] = c.Reason, ["message"] = c.Message, ["field"] = c.Field })]);
        return new ApiRefusal(422, "Invalid", $"{qualified} \"{name}\" is invalid: {list}", details);
    }

    /// <summary>What a JSON patch that does not apply is told: no cause at all.</summary>
    public static ApiRefusal PatchDoesNotApply() =>
        new(422, "Invalid", "the server rejected our request due to an error in our request", []);

    public static ApiRefusal BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiRefusal Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static ApiRefusal Expired(string message) => new(410, "Expired", message);

    public static ApiRefusal MethodNotAllowed() =>
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", []);

    public static ApiRefusal UnsupportedMediaType(string accepted) => new(
        415, "UnsupportedMediaType",
        $"the body of the request was in an unknown format - accepted media types include: {accepted}", []);

    private static JsonObject Details(ResourceKind kind, string name)
    {
        var details = new JsonObject { ["name"] = name };
        if (kind.Group.Length > 0) details["group"] = kind.Group;
        details["kind"] = kind.Plural;
        return details;
    }
}
