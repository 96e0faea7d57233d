using AlertRollback.Matrix;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Wording;

/// <summary>Commands as people type them, with the names that they would have to look up filled in.</summary>
internal static class Commands
{
    private const int LongestInput = 60;

    public const string KillSwitchOff = "alertrollback kill-switch off --why …";

    public const string BreakerReset = "alertrollback breaker reset --why …";

    public static string Report(string rollback) => $"alertrollback report {rollback}";

    public static string Unfreeze(string service) => $"alertrollback freeze {service} off --why …";

    /// <summary>Null: the service has nothing that the command could show.</summary>
    public static string? Revisions(ServiceDefinition service) => ServiceWorkload.Of(service) is null ? null : $"alertrollback revisions {service.Name}";

    /// <summary>Starts its playbook by hand for its service, as it was started before where a person did so.</summary>
    public static string Trigger(RollbackState rollback, ManualDefinition manual)
    {
        var method = rollback.Manual?.Method is { } way ? $" --method {way}" : "";
        var inputs = manual.Inputs.Select(i => (i.Name, i.Default, Given: rollback.Manual?.Inputs.GetValueOrDefault(i.Name)))
            .Where(i => i.Default is null || (i.Given is not null && i.Given != i.Default)).Select(i => $" --input {i.Name}={Value(i.Given)}");
        return $"alertrollback trigger {rollback.Playbook.Name} --service {rollback.Service.Name}{method}{string.Concat(inputs)} --reason …";
    }

    /// <summary>A person's text is nothing to be typed into a shell unread: only what is plain there, and is shown as it is, is filled in.</summary>
    private static string Value(string? given) => given is { Length: > 0 and <= LongestInput } && given.Split('.', '_', ':', '/', '@', '+', '-').All(IsPlain) ? given : "…";

    private static bool IsPlain(string part) => part.Length > 0 && part.All(char.IsAsciiLetterOrDigit);
}
