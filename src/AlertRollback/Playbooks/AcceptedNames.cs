using System.Text.RegularExpressions;

namespace AlertRollback.Playbooks;

/// <summary>Names that Kubernetes accepts.</summary>
internal static partial class AcceptedNames
{
    /// <summary>What <see cref="IsKey"/> takes, for people.</summary>
    public const string Key = "a key: letters, digits, '-', '_' and '.'";

    /// <summary>Of a value in a ConfigMap or Secret.</summary>
    public static bool IsKey(string name) => KeyPattern().IsMatch(name);

    /// <summary>Of an environment variable. A dot or dash is of no use in a shell, but runtimes read such names.</summary>
    public static bool IsVariable(string name) => VariablePattern().IsMatch(name);

    [GeneratedRegex(@"^[-._a-zA-Z0-9]{1,253}\z", RegexOptions.CultureInvariant)]
    private static partial Regex KeyPattern();

    [GeneratedRegex(@"^[-._a-zA-Z][-._a-zA-Z0-9]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex VariablePattern();
}
