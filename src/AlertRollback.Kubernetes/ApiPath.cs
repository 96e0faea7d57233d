namespace AlertRollback.Kubernetes;

/// <summary>Paths and queries that a name cannot break out of. The names come from alerts, which are untrusted.</summary>
internal static class ApiPath
{
    public static string Of(ObjectRef target)
    {
        Check(target.Name, "name");
        if (target.Kind.Namespaced)
            Check(target.Namespace, "namespace");
        return target.Path;
    }

    public static string ToCreate(ResourceKind kind, string @namespace)
    {
        if (kind.Namespaced)
            Check(@namespace, "namespace");
        return kind.CollectionPath(@namespace);
    }

    /// <summary>An empty namespace means all of them.</summary>
    public static string ToList(ResourceKind kind, string @namespace) =>
        @namespace.Length == 0 ? kind.CollectionPath(null) : ToCreate(kind, @namespace);

    /// <summary>Kubernetes' own rule for path segments; a URL would also resolve dots away.</summary>
    public static void Check(string value, string what)
    {
        if (string.IsNullOrWhiteSpace(value) || value is "." or ".." || value.AsSpan().ContainsAny('/', '%', '\\'))
            throw new KubernetesException(KubernetesFault.Invalid, $"not a valid {what}");
    }

    public static string Query(params (string Name, string? Value)[] parts)
    {
        var given = parts.Where(p => !string.IsNullOrEmpty(p.Value)).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}");
        return "?" + string.Join('&', given);
    }
}
