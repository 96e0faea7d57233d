using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Trees;

/// <summary>
/// Replaces a directory by an archive's content: what is there is archived, the archive is unpacked beside it, and the two
/// change names. What the directory holds says how far an earlier attempt came (S17). What comes out of a swap and is not
/// what was meant to, because somebody deployed meanwhile, goes back in and is never deleted (S1).
/// </summary>
/// <param name="path">The directory as the operator granted it.</param>
/// <param name="file">The archive as the operator granted it.</param>
internal sealed class TreeSwap(TreePin pin, string path, string file, StepContext context, TimeProvider time)
{
    private const string ArchivedMark = "archived";
    private const string SwappedMark = "swapped";
    private const string Planned = "planned";
    private const string Replaced = "replaced";

    private readonly string _next = Path.Combine(Path.GetDirectoryName(path)!, pin.Next);
    private readonly string _ready = Path.Combine(Path.GetDirectoryName(path)!, $"{pin.Next}.ready");
    private readonly string _kept = Path.Combine(Path.GetDirectoryName(path)!, pin.Kept);

    private string Archive => $"{_kept}.tar.gz";

    /// <exception cref="ArchiveException">The archive is not what was planned.</exception>
    /// <exception cref="IOException">Something cannot be read or written; also <see cref="UnauthorizedAccessException"/>.</exception>
    public async Task<StepOutcome> ReplaceAsync(CancellationToken cancellation)
    {
        Mend();
        var live = await DigestAsync(path, cancellation);
        if (live == pin.Target)
            return await TakenOutAsync(_ready, Planned, cancellation) ?? await DoneAsync(cancellation);
        if (live != pin.Origin)
            return live is null ? new StepOutcome.Superseded($"{pin.Directory} is not there any more") : Changed(Planned);
        if (await ArchiveAsync(cancellation) is { } stop)
            return stop;
        if (await UnpackAsync(cancellation) is { } unpackStop)
            return AsItWas(unpackStop);
        if (context.Journal.MayWrite() is null && time.GetUtcNow() >= context.Deadline)
            return new StepOutcome.Failed(Reason.TimedOut, $"{pin.Directory} is as it was: archiving it and unpacking {pin.Archive} took all the time");
        return await SwapAsync(_ready, pin.Origin, Planned, cancellation) is { } swapStop ? AsItWas(swapStop) : await DoneAsync(cancellation);
    }

    private StepOutcome AsItWas(StepOutcome stop) => stop is StepOutcome.CannotTell
        ? stop with { Text = $"{stop.Text}; {pin.Directory} is as it was, and archived as {Path.GetFileName(Archive)}" }
        : stop;

    /// <summary>Puts back what was there, as long as the directory still holds what the archive does (S7).</summary>
    /// <exception cref="IOException">As above.</exception>
    public async Task<StepOutcome> PutBackAsync(CancellationToken cancellation)
    {
        Mend();
        var live = await DigestAsync(path, cancellation);
        if (live == pin.Origin)
            return await TakenOutAsync(_kept, Replaced, cancellation) ?? await CleanAsync(cancellation);
        if (live is not null && live != pin.Target)
            return Changed(Replaced);
        if (live is not null && await TakenOutAsync(_ready, Planned, cancellation) is { } superseded)
            return superseded;
        await NameAsync(cancellation);
        if (await DigestAsync(_kept, cancellation) != pin.Origin)
            return new StepOutcome.CannotTell(Reason.ValuesGone, $"what {pin.Directory} held before is not in {pin.Kept} any more; it is archived as {Path.GetFileName(Archive)}");
        if (live is not null)
            return await SwapAsync(_kept, pin.Target, Replaced, cancellation) ?? await CleanAsync(cancellation);
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        Directory.Move(_kept, path);
        return await CleanAsync(cancellation);
    }

    /// <summary>Null when what came out is what the directory held when it was decided.</summary>
    private async Task<StepOutcome?> SwapAsync(string other, string expected, string since, CancellationToken cancellation)
    {
        // Packing and unpacking take their time: whoever deployed meanwhile is seen here, or else by what comes out.
        if (await DigestAsync(path, cancellation) != expected)
            return Changed(since);
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        SwapByRename.Run(path, other);
        if (await DigestAsync(other, cancellation) == expected)
            return null;
        SwapByRename.Run(path, other);
        return Changed(since);
    }

    // A process that ended right after its swap did not see what came out. What went in was looked at before.
    private async Task<StepOutcome?> TakenOutAsync(string other, string since, CancellationToken cancellation)
    {
        if (await DigestAsync(other, cancellation) is not { } taken || taken == pin.Origin || taken == pin.Target)
            return null;
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        SwapByRename.Run(path, other);
        return Changed(since);
    }

    private StepOutcome.Superseded Changed(string since) => new($"{pin.Directory} was changed since it was {since}: it is left as it is");

    private static async Task<string?> DigestAsync(string directory, CancellationToken cancellation) => (await DirectoryTree.ReadAsync(directory, cancellation))?.Digest;

    private async Task<StepOutcome> CleanAsync(CancellationToken cancellation)
    {
        foreach (var left in new[] { _next, _ready, _kept }.Where(Directory.Exists))
        {
            // Half unpacked, or what can be had again: the archive's, and what is there.
            if (left == _next || await DigestAsync(left, cancellation) is var digest && (digest == pin.Target || digest == pin.Origin))
                Directory.Delete(left, recursive: true);
        }

        return new StepOutcome.Done(Reason.Applied, $"{pin.Directory} holds what it held before");
    }

    // A file system that cannot exchange two names may have been stopped in between: the old one's place comes first.
    private void Mend()
    {
        foreach (var between in new[] { $"{_next}.between", $"{_ready}.between", $"{_kept}.between" }.Where(Directory.Exists))
            Directory.Move(between, Directory.Exists(path) ? between[..^".between".Length] : path);
    }

    private async Task<StepOutcome?> ArchiveAsync(CancellationToken cancellation)
    {
        if (File.Exists(Archive))
            return null;
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        await TreeArchive.PackAsync(path, Archive, cancellation);
        await context.Journal.PrepareAsync(ArchivedMark, [], $"what {pin.Directory} holds is archived as {Path.GetFileName(Archive)}", cancellation);
        return null;
    }

    private async Task<StepOutcome?> UnpackAsync(CancellationToken cancellation)
    {
        if (await DigestAsync(_ready, cancellation) == pin.Target)
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
        if (await DigestAsync(_next, cancellation) != pin.Target)
            throw new ArchiveException("what was unpacked is not what is in it");

        // Under this name there is never half of it: only this, or what a swap took out.
        Directory.Move(_next, _ready);
        return null;
    }

    // What was there gets its name; of the rest only what the archive holds anyway is deleted.
    private async Task NameAsync(CancellationToken cancellation)
    {
        foreach (var left in new[] { _ready, _next })
        {
            var digest = await DigestAsync(left, cancellation);
            if (digest == pin.Origin && !Directory.Exists(_kept))
                Directory.Move(left, _kept);
            else if (digest == pin.Target)
                Directory.Delete(left, recursive: true);
        }
    }

    private async Task<StepOutcome> DoneAsync(CancellationToken cancellation)
    {
        await NameAsync(cancellation);
        if (!context.Journal.Marks.ContainsKey(SwappedMark))
            await context.Journal.MarkAsync(SwappedMark, new JsonObject(), "", cancellation);
        var kept = Directory.Exists(_kept) ? $"; what was there is kept as {pin.Kept}, and archived as {Path.GetFileName(Archive)}" : "";
        return new StepOutcome.Done(Reason.Applied, $"{pin.Directory} holds {pin.Archive}{kept}");
    }
}
