using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Databases;

/// <summary>What proving a backup found.</summary>
internal abstract record Proof
{
    public sealed record Readable : Proof;

    public sealed record Broken(string Why) : Proof;

    /// <param name="Reason">Why it could not be found out, in the one word for it.</param>
    public sealed record Unknown(string Why, Reason Reason = Reason.CannotTell) : Proof
    {
        public static Unknown Of(string why, CommandResult result) => new(why, (result as CommandResult.NotStarted)?.Reason ?? Reason.CannotTell);
    }
}

/// <summary>The backups of one database, where its programs run. A backup is called one only once it is proven readable.</summary>
internal sealed class BackupFiles(ICommandPlace place, GrantedDatabase database)
{
    private const string Unfinished = ".part";
    /// <summary>For what is there at once, or not at all.</summary>
    public static readonly TimeSpan Quick = TimeSpan.FromSeconds(30);

    private readonly GrantedBackups _backups = database.Backups!;

    public string PathOf(string file) => $"{_backups.Directory}/{file}";

    /// <summary>Null: they could not be listed, and why.</summary>
    public Task<(IReadOnlyList<FoundBackup>? Found, string Why)> ListAsync(CancellationToken cancellation) =>
        ListAsync(["ls", "-1", _backups.Directory], _backups.Directory, cancellation);

    /// <summary>The same of where they are kept besides, if the operator says how that is listed.</summary>
    public Task<(IReadOnlyList<FoundBackup>? Found, string Why)> ListStoreAsync(CancellationToken cancellation) =>
        _backups.Listing.Count == 0 ? ListAsync(cancellation) : ListAsync(_backups.Listing, $"the store ({_backups.Listing[0]})", cancellation);

    private async Task<(IReadOnlyList<FoundBackup>? Found, string Why)> ListAsync(IReadOnlyList<string> command, string what, CancellationToken cancellation) =>
        await place.RunAsync(command, Quick, cancellation) switch
        {
            CommandResult.Ended { ExitCode: 0, Clipped: false } ended => (new BackupNames(_backups.Name).Among(ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(NameIn)), ""),
            var other => (null, $"{what} cannot be listed: {Why(other)}"),
        };

    // Dates and sizes may come first, as s3 ls prints them; no name of ours has a blank or a slash.
    private static string NameIn(string line) => line[(line.LastIndexOfAny([' ', '\t', '/']) + 1)..];

    /// <summary>Makes one file; until it is proven it has another name.</summary>
    public Task<CommandResult> MakeAsync(string file, IReadOnlyList<string> tables, string? collection, TimeSpan timeout, CancellationToken cancellation) =>
        place.RunAsync(BackupCommands.Make(database, PathOf(file) + Unfinished, tables, collection), timeout, cancellation);

    /// <summary>Proves what was made, and gives it its name.</summary>
    public async Task<Proof> FinishAsync(string file, TimeSpan timeout, CancellationToken cancellation)
    {
        var path = PathOf(file);
        if (await ProveAsync(path + Unfinished, file, timeout, cancellation) is not Proof.Readable and var proof)
            return proof;
        var moved = await place.RunAsync(["mv", "-n", path + Unfinished, path], Quick, cancellation);
        return moved is CommandResult.Ended { ExitCode: 0 } ? await ExistsAsync(path, cancellation) : Proof.Unknown.Of($"{file} was not given its name: {Why(moved)}", moved);
    }

    public Task<Proof> ProveAsync(string file, TimeSpan timeout, CancellationToken cancellation) => ProveAsync(PathOf(file), file, timeout, cancellation);

    /// <summary>All files of a backup; the first that is not readable decides.</summary>
    public async Task<Proof> ProveAsync(FoundBackup backup, TimeSpan timeout, CancellationToken cancellation)
    {
        foreach (var file in backup.Files)
        {
            if (await ProveAsync(file, timeout, cancellation) is not Proof.Readable and var proof)
                return proof;
        }

        return new Proof.Readable();
    }

    public async Task<CommandResult> PutBackAsync(string file, TimeSpan timeout, CancellationToken cancellation) =>
        ErrorLine.Of(await place.RunAsync(BackupCommands.PutBack(database, PathOf(file)), timeout, cancellation));

    private async Task<Proof> ExistsAsync(string path, CancellationToken cancellation) => await place.RunAsync(["test", "-s", path], Quick, cancellation) switch
    {
        CommandResult.Ended { ExitCode: 0 } => new Proof.Readable(),
        CommandResult.Ended { ExitCode: 1 } => new Proof.Broken("it is not there, or empty"),
        var other => Proof.Unknown.Of(Why(other), other),
    };

    private async Task<Proof> ProveAsync(string path, string file, TimeSpan timeout, CancellationToken cancellation)
    {
        foreach (var command in BackupCommands.Prove(database, path, file))
        {
            switch (await place.RunAsync(command, timeout, cancellation))
            {
                case CommandResult.Ended { ExitCode: 0 }:
                    continue;
                case CommandResult.Ended broken when BackupCommands.SaysOfTheFile(command, broken):
                    return new Proof.Broken(command[0] == "test" ? $"{file} is not there, or empty" : $"{file} cannot be read: {Why(broken)}");
                case var other:
                    return Proof.Unknown.Of($"{file} cannot be proven: {Why(other)}", other);
            }
        }

        return new Proof.Readable();
    }

    /// <summary>Why something did not end well, for people.</summary>
    public static string Why(CommandResult result) => result switch
    {
        CommandResult.Ended ended => ended.LastLine.Length == 0 ? $"exit code {ended.ExitCode}" : ended.LastLine,
        CommandResult.NotStarted not => not.Why,
        CommandResult.Unknown unknown => unknown.Why,
        _ => throw new InvalidOperationException($"no such result: {result}"),
    };
}
