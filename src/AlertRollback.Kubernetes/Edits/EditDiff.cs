using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AlertRollback.Kubernetes.Edits;

/// <summary>A pinned change as short lines for people, without anything that may be a secret (S19).</summary>
public static partial class EditDiff
{
    private const int longest = 100;
    private const string masked = "***";

    public static IReadOnlyList<string> Lines(EditPin pin) => pin.Body is not null
        ? [$"{pin.Object}: created"]
        : [.. pin.Places.Where(p => !p.From.SameAs(p.To)).Select(p => $"{pin.Object} {p.Path}: {Change(pin, p)}")];

    private static string Change(EditPin pin, PlacePin place)
    {
        if (place.To.IsNothing)
            return place.From.Digest is null ? $"removed ({Shown(pin, place, place.From)})" : "removed";
        return place.From.IsNothing ? $"added ({Shown(pin, place, place.To)})" : $"{Shown(pin, place, place.From)} -> {Shown(pin, place, place.To)}";
    }

    private static string Shown(EditPin pin, PlacePin place, PlaceValue value)
    {
        if (value.Value is not { } node || place.From.Digest is not null || pin.Kind.Kind == "Secret" || SoundsSecret(place.Path))
            return masked;
        var text = node is JsonValue plain && plain.GetValueKind() == JsonValueKind.String ? plain.GetValue<string>() : node.ToJsonString();
        return text.Contains('\n', StringComparison.Ordinal) ? $"{text.Split('\n').Length} lines"
            : Clipped.Head(text, longest);
    }

    private static bool SoundsSecret(ObjectPath path) => path.Parts.Any(p => p is PathPart.Member { Name: "env" } || SecretWord().IsMatch(p.ToString()));

    [GeneratedRegex("passw|secret|token|credential|api_?key|private|auth", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretWord();
}
