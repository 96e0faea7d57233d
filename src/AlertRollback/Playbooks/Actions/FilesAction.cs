using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Trees;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>files: {directory: rentals-module, archive: rentals-module-pre-refactor}</c> puts an archived tree of files in a directory's place.</summary>
public sealed class FilesAction(OperatorConfiguration operators, TimeProvider time) : IAction
{
    public string Name => "files";

    public string Summary => "Replaces a granted directory by the content of a granted archive (tar, also gzipped): what is there is archived first, the archive is checked to its end before anything is touched, and the two trees change names. What was there is kept beside it.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool ReplacesRelease => true;

    public bool Restores => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("directory", ParameterType.Text, "The operator's name of the directory.", Required: true, Example: "rentals-module", Grant: Grant.Directory),
        new("archive", ParameterType.Text, "The operator's name of one of its archives.", Required: true, Example: "rentals-module-pre-refactor"),
    ];

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var (name, archive) = (parameters["directory"]!.GetValue<string>(), parameters["archive"]!.GetValue<string>());
        if (Find(context, name, archive) is not var (path, file))
            return new PinOutcome.Refused(Reason.NotGranted, $"directory {name} with archive {archive} is not granted to team {context.Service.Team}");
        try
        {
            if (await DirectoryTree.ReadAsync(path, cancellation) is not { } live)
                return new PinOutcome.Refused(Reason.NotFound, $"directory {name} is not there");
            if (!File.Exists(file))
                return new PinOutcome.Refused(Reason.TargetPruned, $"archive {archive} is not there");
            var target = await new TreeArchive(file, Path.GetFileName(path)).CheckAsync(cancellation);
            if (target.Digest == live.Digest)
                return new PinOutcome.Refused(Reason.TargetEqualsCurrent, $"{name} holds what is in {archive} already");
            return NoRoom(path, live.Bytes + target.Bytes) ?? (PinOutcome)Pinned(context, name, archive, path, live, target);
        }
        catch (ArchiveException fault)
        {
            return new PinOutcome.Refused(Reason.NoCandidate, $"archive {archive} is not taken: {fault.Message}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new PinOutcome.CannotTell($"{name} or {archive} cannot be read: {fault.GetType().Name}");
        }
    }

    public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        ActAsync(context, TreePin.FromJson(pin), swap => swap.ReplaceAsync(cancellation));

    public Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        ActAsync(context, TreePin.FromJson(pin), swap => swap.PutBackAsync(cancellation));

    private async Task<StepOutcome> ActAsync(StepContext context, TreePin pin, Func<TreeSwap, Task<StepOutcome>> act)
    {
        if (Find(context, pin.Directory, pin.Archive) is not var (path, file))
            return new StepOutcome.CannotTell(Reason.NotGranted, $"directory {pin.Directory} with archive {pin.Archive} is not granted any more");
        try
        {
            return await act(new TreeSwap(pin, path, file, context, time));
        }
        catch (ArchiveException fault)
        {
            return new StepOutcome.Failed(Reason.RejectedByService, $"{pin.Directory} is as it was: archive {pin.Archive} is not taken: {fault.Message}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Every write can be looked at again: the same attempt, made later, goes on where this one ended.
            return new StepOutcome.CannotTell(Reason.ApiError, $"{pin.Directory}: {Texts.Clip(fault.Message, 200)}");
        }
    }

    private static PinOutcome.Pinned Pinned(StepContext context, string name, string archive, string path, TreeContent live, TreeContent target)
    {
        // Hidden, so that nothing that looks for modules beside the directory finds them.
        var own = $".{Path.GetFileName(path)}";
        var pin = new TreePin(name, archive, live.Digest, target.Digest, context.NameFor($"{own}-next", 120), context.NameFor($"{own}-replaced", 120));
        return new PinOutcome.Pinned(pin.ToJson(), $"{name}: {live}", $"{archive}: {target}", [], Diff(live, target), [$"directory/{path}"])
        {
            HasSuspect = true,
            SuspectSince = live.Newest,
        };
    }

    private static IReadOnlyList<string> Diff(TreeContent live, TreeContent target)
    {
        var (before, after) = (live.Entries.ToHashSet(), target.Entries.ToHashSet());
        var (gone, come) = (before.Except(after).Select(e => e.Path).ToHashSet(StringComparer.Ordinal), after.Except(before).Select(e => e.Path).ToHashSet(StringComparer.Ordinal));
        return [$"files: {gone.Intersect(come).Count()} changed, {gone.Except(come).Count()} removed, {come.Except(gone).Count()} added"];
    }

    private static PinOutcome.Refused? NoRoom(string path, long bytes) => new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace is var free && free < bytes
        ? new PinOutcome.Refused(Reason.NoRoom, $"there is no room for what is there and what is in the archive: {bytes / 1_000_000} MB are needed, {free / 1_000_000} MB are free")
        : null;

    private (string Path, string File)? Find(StepContext context, string directory, string archive) =>
        operators.Teams.GetValueOrDefault(context.Service.Team)?.Directories.GetValueOrDefault(directory) is { } granted && granted.Archives.TryGetValue(archive, out var file)
            ? (granted.Path, file)
            : null;
}
