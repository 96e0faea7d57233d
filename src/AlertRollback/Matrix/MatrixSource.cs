using System.Text.Json;
using AlertRollback.Operators;
using AlertRollback.Storage;
using AlertRollback.Yaml;

namespace AlertRollback.Matrix;

/// <summary>A reload that was accepted, or refused.</summary>
/// <param name="Trouble">Null when the matrix in use is the one in the files.</param>
public sealed record MatrixChange(DecisionMatrix? Matrix, string? Trouble, IReadOnlyList<MatrixFault> Faults);

/// <summary>
/// The matrix in use. Follows the files by their contents, because mounts of ConfigMaps swap links, and keeps the last
/// good matrix, in the journal too: a restart with a faulty file runs on it and says so (S14).
/// </summary>
public sealed partial class MatrixSource(
    OperatorConfiguration configuration,
    ICatalog catalog,
    IJournal journal,
    TimeProvider time,
    ILogger<MatrixSource> log) : BackgroundService
{
    public const string LastGood = "matrix/last-good";
    public const string LastUse = "matrix/last-use";

    public static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(5);

    private volatile State _state = new(null, "the matrix has not been read yet", null, null);
    private readonly BesideNames _names = new();
    private string? _seen;
    private MatrixFiles? _unsaved;
    private PeriodicTimer? _timer;

    /// <summary>What to decide by; null until one was loaded.</summary>
    public DecisionMatrix? Current => _state.Matrix;

    /// <summary>
    /// What tells <see cref="Current"/> from every other matrix, and from itself after another one was in use meanwhile: what
    /// that one closed has to be decided again. A restart changes nothing.
    /// </summary>
    public string? Basis => _state.Use is { } use ? $"{use.ContentHash}/{use.Number}" : null;

    /// <summary>Why the matrix in use is not the one in the files; null when it is.</summary>
    public string? Trouble => _state.Trouble;

    /// <summary>When the matrix in the files last came into use; null: not since this process began.</summary>
    public DateTimeOffset? LoadedAt => _state.LoadedAt;

    /// <summary>Raised after every reload, accepted or refused, on the thread that polls.</summary>
    public event Action<MatrixChange>? Changed;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await PollAsync(cancellationToken);
        _timer = new PeriodicTimer(PollEvery, time);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _timer!.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await PollAsync(stoppingToken);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                LogPollFailed(fault);
            }
        }
    }

    public override void Dispose()
    {
        _timer?.Dispose();
        base.Dispose();
    }

    /// <summary>Looks at the files once; returns when what they say is in use, or refused.</summary>
    public async Task PollAsync(CancellationToken cancellation)
    {
        var faults = new FaultList();
        var files = MatrixFiles.Read(configuration.Matrix, _names, faults);
        var seen = files?.ContentHash ?? string.Join('\n', faults.Sorted());
        if (seen != _seen)
        {
            _seen = seen;
            var outcome = files is null
                ? new MatrixOutcome(null, faults.Sorted(), [], null)
                : MatrixLoader.Load(files, catalog, configuration);
            if (outcome.Matrix is { } matrix) Accept(matrix, files!, await UseOfAsync(outcome.ContentHash!, cancellation), outcome.Warnings);
            else await RefuseAsync(outcome.Faults, cancellation);
        }

        await SaveAsync(cancellation);
    }

    private void Accept(DecisionMatrix matrix, MatrixFiles files, MatrixUse use, IReadOnlyList<MatrixFault> warnings)
    {
        _unsaved = files;
        _state = new State(matrix, null, use, time.GetUtcNow());
        LogLoaded(matrix.Teams.Count, matrix.Teams.Sum(t => t.Rows.Count), files.ContentHash);
        foreach (var warning in warnings) LogWarned(warning);
        Changed?.Invoke(new MatrixChange(matrix, null, []));
    }

    private async Task RefuseAsync(IReadOnlyList<MatrixFault> faults, CancellationToken cancellation)
    {
        foreach (var fault in faults) LogFault(fault);
        var trouble = $"the decision matrix is faulty ({faults.Count} {(faults.Count == 1 ? "fault" : "faults")}; the first: {faults[0]})";
        var (matrix, use, instead) = Current is { } current
            ? (current, _state.Use, "the last good one stays in use")
            : await FromJournalAsync(cancellation);
        _state = new State(matrix, $"{trouble}; {instead}", use, LoadedAt);
        LogRefused(_state.Trouble!);
        Changed?.Invoke(new MatrixChange(matrix, Trouble, faults));
    }

    private async Task<(DecisionMatrix?, MatrixUse?, string)> FromJournalAsync(CancellationToken cancellation)
    {
        try
        {
            if (await journal.DocumentAsync(LastGood, cancellation) is not { } json) return (null, null, "there is no earlier one to use");
            var outcome = MatrixLoader.Load(MatrixFiles.OfJson(json), catalog, configuration);
            return outcome.Matrix is { } matrix
                ? (matrix, await UseOfAsync(outcome.ContentHash!, cancellation), "the last good one, from the journal, is in use")
                : (null, null, $"the last good one is not valid any more: {outcome.Faults[0]}");
        }
        catch (Exception fault) when (fault is JsonException or JournalUnavailableException)
        {
            return (null, null, "the last good one could not be read");
        }
    }

    private async Task<MatrixUse> UseOfAsync(string contentHash, CancellationToken cancellation)
    {
        var last = _state.Use ?? await LastUseAsync(cancellation);
        return last?.ContentHash == contentHash ? last : new MatrixUse(contentHash, (last?.Number ?? 0) + 1);
    }

    private async Task<MatrixUse?> LastUseAsync(CancellationToken cancellation)
    {
        try
        {
            return await journal.DocumentAsync(LastUse, cancellation) is { } json ? JsonSerializer.Deserialize<MatrixUse>(json) : null;
        }
        catch (Exception fault) when (fault is JsonException or JournalUnavailableException)
        {
            return null;
        }
    }

    // Tried again at every poll: the matrix is in use meanwhile.
    private async Task SaveAsync(CancellationToken cancellation)
    {
        if (_unsaved is not { } files) return;
        try
        {
            await journal.SaveDocumentAsync(LastUse, JsonSerializer.Serialize(_state.Use), cancellation);
            await journal.SaveDocumentAsync(LastGood, files.ToJson(), cancellation);
            _unsaved = null;
        }
        catch (JournalUnavailableException fault)
        {
            LogNotSaved(fault);
        }
    }

    [LoggerMessage(LogLevel.Information, "Decision matrix loaded: {Teams} teams, {Rows} rows, content {Hash}")]
    private partial void LogLoaded(int teams, int rows, string hash);

    [LoggerMessage(LogLevel.Warning, "Decision matrix: {Warning}")]
    private partial void LogWarned(MatrixFault warning);

    [LoggerMessage(LogLevel.Error, "Decision matrix: {Fault}")]
    private partial void LogFault(MatrixFault fault);

    [LoggerMessage(LogLevel.Error, "Reload refused: {Trouble}")]
    private partial void LogRefused(string trouble);

    [LoggerMessage(LogLevel.Warning, "The good matrix could not be kept in the journal yet")]
    private partial void LogNotSaved(Exception fault);

    [LoggerMessage(LogLevel.Error, "Looking at the decision matrix failed; it is tried again")]
    private partial void LogPollFailed(Exception fault);

    private sealed record State(DecisionMatrix? Matrix, string? Trouble, MatrixUse? Use, DateTimeOffset? LoadedAt);

    /// <param name="Number">Counted up whenever another matrix than before comes into use.</param>
    private sealed record MatrixUse(string ContentHash, long Number);
}
