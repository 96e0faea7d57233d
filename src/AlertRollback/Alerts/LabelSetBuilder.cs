namespace AlertRollback.Alerts;

/// <summary>Collects labels in any order; can be used again after <see cref="Build"/>.</summary>
internal sealed class LabelSetBuilder
{
    private readonly List<(string Name, string Value, int Order)> labels = [];

    public void Add(string name, string value) => labels.Add((name, value, labels.Count));

    public LabelSet Build()
    {
        if (labels.Count == 0) return LabelSet.Empty;
        labels.Sort(static (a, b) => CodePointOrder.Compare(a.Name, b.Name) is var c && c != 0 ? c : a.Order - b.Order);

        var pairs = new List<string>(labels.Count * 2);
        for (var i = 0; i < labels.Count; i++)
        {
            var repeatedLater = i + 1 < labels.Count && labels[i + 1].Name == labels[i].Name;
            if (repeatedLater || labels[i].Value.Length == 0) continue;
            pairs.Add(labels[i].Name);
            pairs.Add(labels[i].Value);
        }
        labels.Clear();
        return pairs.Count == 0 ? LabelSet.Empty : new LabelSet([.. pairs]);
    }
}
