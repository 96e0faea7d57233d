using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Programs;

/// <summary>Environment variables as the operator declared them; those from files are secrets.</summary>
/// <param name="Trouble">Why they cannot be had; null when they can.</param>
internal sealed record GrantedEnvironment(IReadOnlyDictionary<string, string> Values, IReadOnlyCollection<string> Secrets, string? Trouble)
{
    public static async Task<GrantedEnvironment> ReadAsync(IReadOnlyDictionary<string, GrantedVariable> variables, CancellationToken cancellation)
    {
        var (values, secrets) = (new Dictionary<string, string>(StringComparer.Ordinal), new List<string>());
        foreach (var (name, variable) in variables)
        {
            if (variable.File is null)
            {
                values[name] = variable.Text ?? "";
                continue;
            }

            if (await SecretText.ReadAsync(variable.File, cancellation) is not { } secret)
                return new GrantedEnvironment(values, secrets, $"the file of the variable {name} cannot be read");
            values[name] = secret;
            secrets.Add(secret);
        }

        return new GrantedEnvironment(values, secrets, null);
    }
}

/// <summary>The operator's own files with secrets; their paths and contents are nobody's business.</summary>
internal static class SecretText
{
    /// <summary>The file's text without white space around it; null when it cannot be read or is empty.</summary>
    public static async Task<string?> ReadAsync(string file, CancellationToken cancellation)
    {
        try
        {
            var text = (await File.ReadAllTextAsync(file, cancellation)).Trim();
            return text.Length > 0 ? text : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
