using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Which placeholders a text may contain, and which inputs of a playbook it uses.</summary>
/// <param name="builtIn">Names that always have a value there.</param>
/// <param name="inputs">Inputs that some playbook of the file declares; whether the right one does is asked later.</param>
internal sealed class PlaceholderRule(IReadOnlyList<string> builtIn, IReadOnlyList<string> inputs)
{
    public static readonly PlaceholderRule None = new([], []);

    private readonly List<Placed> _used = [];

    /// <summary>Every use of an input so far.</summary>
    public IReadOnlyList<Placed> Used => [.. _used];

    /// <summary>The same inputs with other names that always have a value.</summary>
    public PlaceholderRule Among(IReadOnlyList<string> names) => new(names, inputs);

    /// <summary>The same rule for another text, without the uses so far.</summary>
    public PlaceholderRule Anew() => new(builtIn, inputs);

    public void Use(IEnumerable<Placed> used) => _used.AddRange(used);

    public void Check(Placed text, string what, FaultList faults)
    {
        IReadOnlyList<string> allowed = [.. builtIn, .. inputs];
        if (Placeholders.FirstUnknown(text.Text, allowed) is { } unknown)
        {
            faults.Add(
                text.Place,
                $"{what} contains {Shown.Quoted(unknown)}, which nothing fills in",
                allowed.Count == 0 ? "write the value out" : $"allowed here: {string.Join(", ", allowed.Select(a => $"${{{a}}}"))}");
            return;
        }

        _used.AddRange(Placeholders.Names(text.Text).Where(n => !builtIn.Contains(n)).Select(n => text with { Text = n }));
    }
}
