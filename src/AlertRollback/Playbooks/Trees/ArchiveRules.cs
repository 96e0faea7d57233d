using System.Formats.Tar;

namespace AlertRollback.Playbooks.Trees;

/// <summary>
/// What an archive may hold: files, directories and links, all of it below one root, each place once. Looked at before
/// anything is touched, and again while it is unpacked.
/// </summary>
internal sealed class ArchiveRules
{
    // A tree larger than this is no module of a program.
    private const int MostEntries = 200_000;

    private readonly Dictionary<string, TarEntryType> _seen = new(StringComparer.Ordinal);

    /// <summary>The entry's place below the root; empty for the root itself, null for what is no part of a tree (a header).</summary>
    /// <exception cref="ArchiveException">It must not be there.</exception>
    public string? PlaceOf(TarEntry entry)
    {
        if (entry.EntryType is TarEntryType.GlobalExtendedAttributes or TarEntryType.ExtendedAttributes)
            return null;
        var place = Inside(entry.Name, $"the entry {Shown(entry.Name)}");
        if (!IsKnown(entry.EntryType))
            throw new ArchiveException($"{Shown(entry.Name)} is neither a file nor a directory nor a link ({entry.EntryType})");
        if (place.Length == 0)
            return entry.EntryType == TarEntryType.Directory ? "" : throw new ArchiveException("its root is no directory");
        if (!_seen.TryAdd(place, entry.EntryType) && !(entry.EntryType == TarEntryType.Directory && _seen[place] == TarEntryType.Directory))
            throw new ArchiveException($"{Shown(entry.Name)} is in it twice");
        if (_seen.Count > MostEntries)
            throw new ArchiveException($"it holds more than {MostEntries} entries");
        CheckParents(place, entry.Name);
        CheckLink(entry, place);
        return place;
    }

    // Whatever is written below a link lands where the link leads.
    private void CheckParents(string place, string name)
    {
        for (var slash = place.LastIndexOf('/'); slash > 0; slash = place.LastIndexOf('/', slash - 1))
        {
            if (_seen.TryGetValue(place[..slash], out var parent) && parent != TarEntryType.Directory)
                throw new ArchiveException($"{Shown(name)} lies below something that is no directory");
        }
    }

    private void CheckLink(TarEntry entry, string place)
    {
        switch (entry.EntryType)
        {
            case TarEntryType.SymbolicLink:
                if (entry.LinkName.StartsWith('/'))
                    throw new ArchiveException($"{Shown(entry.Name)} is a link out of it, to {Shown(entry.LinkName)}");
                Inside(place.Contains('/', StringComparison.Ordinal) ? $"{place[..place.LastIndexOf('/')]}/{entry.LinkName}" : entry.LinkName, $"{Shown(entry.Name)}, a link,", mayGoUp: true);
                break;
            case TarEntryType.HardLink when !_seen.TryGetValue(Inside(entry.LinkName, $"{Shown(entry.Name)}, a link,"), out var target) || target is TarEntryType.SymbolicLink or TarEntryType.Directory:
                throw new ArchiveException($"{Shown(entry.Name)} is a second name of {Shown(entry.LinkName)}, which is no file before it");
        }
    }

    private static string Inside(string name, string what, bool mayGoUp = false)
    {
        if (name.StartsWith('/') || name.Contains('\\', StringComparison.Ordinal) || name.Contains('\0', StringComparison.Ordinal))
            throw new ArchiveException($"{what} does not lead to a place inside it");
        var parts = new List<string>();
        foreach (var part in name.Split('/').Where(p => p.Length > 0 && p != "."))
        {
            if (part != "..")
                parts.Add(part);
            else if (mayGoUp && parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
            else
                throw new ArchiveException($"{what} leads out of it");
        }

        return string.Join('/', parts);
    }

    private static bool IsKnown(TarEntryType type) => IsFile(type) || type is TarEntryType.Directory or TarEntryType.SymbolicLink or TarEntryType.HardLink;

    public static bool IsFile(TarEntryType type) => type is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile;

    private static string Shown(string name) => $"\"{Texts.Clip(new string([.. name.Select(c => char.IsControl(c) ? '?' : c)]), 120)}\"";
}
