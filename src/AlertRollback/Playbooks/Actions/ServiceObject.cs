using AlertRollback.Kubernetes;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Actions;

/// <summary>Objects in a service's declared namespace; nothing outside of it is ever named.</summary>
internal static class ServiceObject
{
    public static string? NamespaceOf(ServiceDefinition service) => service.Workload?.Namespace;

    /// <summary>The object a step names; null with why it is refused.</summary>
    public static ObjectRef? Of(StepContext context, ResourceKind kind, string name, out PinOutcome? refused)
    {
        var filled = context.Fill(name, Placeholders.AsIs);
        refused = NamespaceOf(context.Service) is null ? NoNamespace(context.Service)
            : IsName(filled) ? null
            : new PinOutcome.Refused(Reason.NotFound, $"\"{filled}\" cannot be the name of a {kind.Kind}");
        return refused is null ? new ObjectRef(kind, NamespaceOf(context.Service)!, filled) : null;
    }

    public static PinOutcome NoNamespace(ServiceDefinition service) =>
        new PinOutcome.Refused(Reason.WorkloadNotDeclared, $"service {service.Name} declares neither a workload nor a namespace");

    // Kubernetes' own rule for names (RFC 1123), so that no path trick gets any further than here.
    public static bool IsName(string text) =>
        text.Length is > 0 and <= 253
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')
        && char.IsAsciiLetterOrDigit(text[0])
        && char.IsAsciiLetterOrDigit(text[^1]);
}
