using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Secrets;

/// <summary>Granted secrets as values of a Kubernetes Secret: only in the namespaces the operator granted each of them for (S15).</summary>
public sealed class GrantedValues(OperatorConfiguration operators)
{
    private const int LongestFile = 64 * 1024;

    /// <summary>The content without the line break that editors leave, or why it cannot be had.</summary>
    public async Task<(string? Value, string? Trouble)> ReadAsync(ServiceDefinition service, string name, CancellationToken cancellation)
    {
        if (!operators.Teams.TryGetValue(service.Team, out var grants) || !grants.Secrets.TryGetValue(name, out var granted))
            return (null, $"secret {name} is not granted to team {service.Team}");
        if (service.Workload is not { } workload || !granted.Namespaces.Contains(workload.GrantedNamespace))
            return (null, $"secret {name} may not be put into namespace {service.Workload?.GrantedNamespace}");
        try
        {
            if (new FileInfo(granted.File).Length > LongestFile)
                return (null, $"secret {name} is longer than a secret is");
            var text = (await File.ReadAllTextAsync(granted.File, cancellation)).TrimEnd('\r', '\n');
            return text.Length == 0 ? (null, $"secret {name} is empty") : (text, null);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return (null, $"secret {name} cannot be read");
        }
    }
}
