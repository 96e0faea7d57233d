using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Trees;

/// <summary>
/// Replaces a directory by an archive's content: what is there is archived, the archive is unpacked beside it, and the two
/// change names. What the directory holds says how far an earlier attempt came (S17).
/// </summary>
/// <param name="path">The directory as the operator granted it.</param>
/// <param name="file">The archive as the operator granted it.</param>
internal sealed class TreeSwap(TreePin pin, string path, string file, StepContext context)
{
    private const string ArchivedMark = "archived";
    private const string SwappedMark = "swapped";

    private readonly string _next = Path.Combine(Path.GetDirectoryName(path)!, pin.Next);
    private readonly string _kept = Path.Combine(Path.GetDirectoryName(path)!, pin.Kept);

    private string Archive => $"{_kept}.tar.gz";

    /// <exception cref="ArchiveException">The archive is not what was planned.</exception>
    /// <exception cref="IOException">Something cannot be read or written; also <see cref="UnauthorizedAccessException"/>.</exception>
    public async Task<StepOutcome> ReplaceAsync(CancellationToken cancellation)
    {
        Mend();
        var live = await DirectoryTree.ReadAsync(path, cancellation);
        if (live?.Digest == pin.Target)
            return await DoneAsync(cancellation);
        if (live?.Digest != pin.Origin)
            return new StepOutcome.Superseded(live is null ? $"{pin.Directory} is not there any more" : $"{pin.Directory} was changed since it was planned: it is left as it is");
        if (await ArchiveAsync(cancellation) is { } stop)
            return stop;
        if (await UnpackAsync(cancellation) is { } unpackStop)
            return unpackStop;
        if (context.Journal.MayWrite() is { } swapStop)
            return swapStop;
        SwapByRename.Run(path, _next);
        return await DoneAsync(cancellation);
    }

    /// <summary>Puts back what was there, as long as the directory still holds what the archive does (S7).</summary>
    /// <exception cref="IOException">As above.</exception>
    public async Task<StepOutcome> PutBackAsync(CancellationToken cancellation)
    {
        Mend();
        var live = await DirectoryTree.ReadAsync(path, cancellation);
        if (live?.Digest == pin.Origin)
            return PutBack();
        if (live is not null && live.Digest != pin.Target)
            return new StepOutcome.Superseded($"{pin.Directory} was changed since it was replaced: it is left as it is");
        var kept = Directory.Exists(_kept) ? _kept : _next;
        if ((await DirectoryTree.ReadAsync(kept, cancellation))?.Digest != pin.Origin)
            return new StepOutcome.CannotTell(Reason.ValuesGone, $"what {pin.Directory} held before is not in {pin.Kept} any more; it is archived as {Path.GetFileName(Archive)}");
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        if (live is null)
            Directory.Move(kept, path);
        else
            SwapByRename.Run(path, kept);
        return PutBack();
    }

    private StepOutcome.Done PutBack()
    {
        foreach (var left in new[] { _next, _kept }.Where(Directory.Exists))
            Directory.Delete(left, recursive: true);
        return new StepOutcome.Done(Reason.Applied, $"{pin.Directory} holds what it held before");
    }

    // A file system that cannot exchange two names may have been stopped in between: the old one's place comes first.
    private void Mend()
    {
        foreach (var between in new[] { $"{_next}.between", $"{_kept}.between" }.Where(Directory.Exists))
            Directory.Move(between, Directory.Exists(path) ? between[..^".between".Length] : path);
    }

    private async Task<StepOutcome?> ArchiveAsync(CancellationToken cancellation)
    {
        if (File.Exists(Archive))
            return null;
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        await TreeArchive.PackAsync(path, Archive, cancellation);
        await context.Journal.MarkAsync(ArchivedMark, [], $"what {pin.Directory} holds is archived as {Path.GetFileName(Archive)}", cancellation);
        return null;
    }

    private async Task<StepOutcome?> UnpackAsync(CancellationToken cancellation)
    {
        if ((await DirectoryTree.ReadAsync(_next, cancellation))?.Digest == pin.Target)
            return null;
        var archive = new TreeArchive(file, Path.GetFileName(path));
        if ((await archive.CheckAsync(cancellation)).Digest != pin.Target)
            throw new ArchiveException("it was changed since it was planned");
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        if (Directory.Exists(_next))
            Directory.Delete(_next, recursive: true);
        await archive.UnpackAsync(_next, cancellation);
        File.SetUnixFileMode(_next, File.GetUnixFileMode(path));
        return (await DirectoryTree.ReadAsync(_next, cancellation))?.Digest == pin.Target
            ? null
            : throw new ArchiveException("what was unpacked is not what is in it");
    }

    private async Task<StepOutcome> DoneAsync(CancellationToken cancellation)
    {
        if (Directory.Exists(_next) && !Directory.Exists(_kept))
        {
            if ((await DirectoryTree.ReadAsync(_next, cancellation))?.Digest == pin.Origin)
                Directory.Move(_next, _kept);
            else
                Directory.Delete(_next, recursive: true);
        }

        if (!context.Journal.Marks.ContainsKey(SwappedMark))
            await context.Journal.MarkAsync(SwappedMark, new JsonObject(), "", cancellation);
        var kept = Directory.Exists(_kept) ? $"; what was there is kept as {pin.Kept}, and archived as {Path.GetFileName(Archive)}" : "";
        return new StepOutcome.Done(Reason.Applied, $"{pin.Directory} holds {pin.Archive}{kept}");
    }
}
