using System.Diagnostics.CodeAnalysis;
using AlertRollback.Yaml;

namespace AlertRollback.Operators;

/// <summary>Paths as the configuration writes them: relative to its own folder, not to where the program was started.</summary>
internal sealed class Paths(string file)
{
    private readonly string _folder = Path.GetDirectoryName(Path.GetFullPath(file))!;

    [return: NotNullIfNotNull(nameof(written))]
    public string? Full(Placed? written) => written is null ? null : Path.GetFullPath(written.Text, _folder);
}
