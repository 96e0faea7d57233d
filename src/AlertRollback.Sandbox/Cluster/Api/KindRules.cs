using System.Text.Json;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>What the API server refuses in kinds that run no pods: the mistakes that a patch or a manifest makes easily.</summary>
internal static class KindRules
{
    public static void Check(ResourceKind kind, JsonObject json, JsonObject? before, List<Cause> causes)
    {
        if (kind == ResourceKind.ConfigMap) Texts(kind, json, "data");
        if (kind == ResourceKind.Secret) Encoded(json, causes);
        if (kind == ResourceKind.ConfigMap || kind == ResourceKind.Secret) Immutable(json, before, causes);
        if (kind == ResourceKind.Service) Service(json, causes);
        if (kind == ResourceKind.Ingress) Ingress(json, causes);
        if (kind == ResourceKind.Job) Job(json, before, causes);
        if (kind == ResourceKind.CronJob) Required(json, causes, "spec", "schedule");
    }

    /// <summary>A number or a flag does not become a text: the whole request cannot be read.</summary>
    private static void Texts(ResourceKind kind, JsonObject json, string member)
    {
        foreach (var (key, value) in json.ObjectAt(member) ?? [])
        {
            if (value is not null && value.GetValueKind() != JsonValueKind.String)
            {
                throw ApiRefusal.BadRequest(
                    $"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: json: cannot unmarshal {value.GetValueKind().ToString().ToLowerInvariant()} into Go struct field {kind.Kind}.{member}.{key} of type string");
            }
        }
    }

    private static void Encoded(JsonObject json, List<Cause> causes)
    {
        foreach (var (key, value) in json.TextsAt("data"))
        {
            if (!Convert.TryFromBase64String(value, new byte[value.Length], out _)) causes.Add(new Cause($"data[{key}]", "Invalid value: illegal base64 data"));
        }
    }

    private static void Immutable(JsonObject json, JsonObject? before, List<Cause> causes)
    {
        if (before.FlagAt("immutable") && !JsonNode.DeepEquals(before.At("data"), json.At("data")))
            causes.Add(new Cause("data", "Forbidden: field is immutable when `immutable` is set", "FieldValueForbidden"));
    }

    private static void Service(JsonObject json, List<Cause> causes)
    {
        if (json.TextAt("spec", "type") != "ExternalName" && json.TextAt("spec", "clusterIP") != "None" && !json.Each("spec", "ports").Any())
            causes.Add(new Cause("spec.ports", "Required value", "FieldValueRequired"));
    }

    private static void Ingress(JsonObject json, List<Cause> causes)
    {
        foreach (var (rule, r) in json.Each("spec", "rules").Select((rule, r) => (rule, r)))
        {
            foreach (var (path, p) in rule.Each("http", "paths").Select((path, p) => (path, p)))
            {
                var field = $"spec.rules[{r}].http.paths[{p}]";
                if (path.TextAt("pathType") is null) causes.Add(new Cause($"{field}.pathType", "Required value: pathType must be specified", "FieldValueRequired"));
                Backend(path.ObjectAt("backend"), $"{field}.backend", causes);
            }
        }

        if (json.ObjectAt("spec", "defaultBackend") is { } backend) Backend(backend, "spec.defaultBackend", causes);
    }

    private static void Backend(JsonObject? backend, string field, List<Cause> causes)
    {
        if (backend.At("resource") is not null) return;
        if (string.IsNullOrEmpty(backend.TextAt("service", "name"))) causes.Add(new Cause($"{field}.service.name", "Required value", "FieldValueRequired"));
        if (backend.ObjectAt("service", "port") is null or { Count: 0 })
            causes.Add(new Cause($"{field}.service.port", "Required value: port name or number is required", "FieldValueRequired"));
    }

    private static void Job(JsonObject json, JsonObject? before, List<Cause> causes)
    {
        if (json.TextAt("spec", "template", "spec", "restartPolicy") is not ("Never" or "OnFailure"))
        {
            causes.Add(new Cause(
                "spec.template.spec.restartPolicy", "Unsupported value: \"Always\": supported values: \"OnFailure\", \"Never\"", "FieldValueNotSupported"));
        }

        if (before is not null && !JsonNode.DeepEquals(before.At("spec", "template"), json.At("spec", "template")))
            causes.Add(new Cause("spec.template", "Invalid value: field is immutable"));
    }

    private static void Required(JsonObject json, List<Cause> causes, params string[] path)
    {
        if (string.IsNullOrEmpty(json.TextAt(path))) causes.Add(new Cause(string.Join('.', path), "Required value", "FieldValueRequired"));
    }
}
