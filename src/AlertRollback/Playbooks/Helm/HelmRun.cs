using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Playbooks.Programs;

namespace AlertRollback.Playbooks.Helm;

/// <summary>
/// One rollback of a release as it was pinned. Helm numbers on: from revision 7 to 5 is revision 8, called "Rollback to 5". So
/// the history tells whether it was begun, goes on, is done or has failed, whoever asks and however often.
/// </summary>
internal sealed class HelmRun(HelmProgram helm, JsonObject pin, TimeProvider time)
{
    private const string At = "at";
    private const string Until = "until";
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    // It reads the cluster before it writes its new revision.
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(30);

    private readonly HelmRelease _release = new(pin["namespace"]!.GetValue<string>(), pin["release"]!.GetValue<string>());
    private readonly long _from = pin["from"]!.GetValue<long>();
    private readonly long _to = pin["to"]!.GetValue<long>();

    /// <summary>How it ended, or null when it is still to be begun.</summary>
    /// <param name="begun">When an earlier process let helm begin, and until when helm may work; null: there was none.</param>
    public async Task<StepOutcome?> LookAsync(StepContext context, JsonObject? begun, CancellationToken cancellation)
    {
        while (true)
        {
            // Looked at first: what ends in between is in the history then.
            var mayBeAtWork = begun is not null && helm.MayBeAtWork(_release, _to);
            if (await helm.HistoryAsync(_release, cancellation) is not HelmHistory.Read { Revisions: [.., var last] })
                return new StepOutcome.CannotTell(Reason.ApiError, $"{_release}: its history cannot be read");
            var (isNew, works) = (last.Number != _from, IsOurs(last) && last.IsPending);
            if (isNew && !works)
                return Judge(last);
            if (works && begun is null)
                return new StepOutcome.Superseded($"{_release}: somebody else is going back to revision {_to}");

            // It may be about to begin, or at work. What died on its way, and after its time any, is begun anew.
            if (!mayBeAtWork || time.GetUtcNow() >= (works ? Time(begun!, Until) : Time(begun!, At) + Start))
                return null;
            if (time.GetUtcNow() + Every >= context.Deadline)
                return new StepOutcome.CannotTell(Reason.OutcomeUnknown, $"{_release}: the rollback that was begun has not ended");
            await Task.Delay(Every, time, cancellation);
        }
    }

    /// <summary>What is journalled before helm is let begin.</summary>
    public JsonObject Beginning(StepContext context) => new() { [At] = Text(time.GetUtcNow()), [Until] = Text(context.Deadline) };

    public async Task<StepOutcome> RollbackAsync(StepContext context, CancellationToken cancellation)
    {
        var result = await helm.RollbackAsync(_release, _to, context.Deadline - time.GetUtcNow(), cancellation);
        if (result is ProgramResult.NotStarted not)
        {
            var text = $"helm was not run: {not.Why}";
            return not.Measured ? new StepOutcome.Failed(Reason.ProgramAbsent, text) : new StepOutcome.CannotTell(Reason.CannotTell, text);
        }

        if (await helm.HistoryAsync(_release, cancellation) is not HelmHistory.Read { Revisions: [.., var last] })
            return new StepOutcome.CannotTell(Reason.OutcomeUnknown, $"{_release}: helm ended, but the history cannot be read");
        var said = result switch
        {
            ProgramResult.Ended { ExitCode: 0 } => "",
            ProgramResult.Ended ended => $"exit code {ended.ExitCode}: {ended.LastLine}",
            ProgramResult.TimedOut timed => $"killed after {Durations.Format(timed.After)}",
            var other => throw new InvalidOperationException($"no such result: {other}"),
        };
        return Judge(last) switch
        {
            // Nothing new in the history: helm gave up before it changed anything.
            null => new StepOutcome.Failed(Reason.CommandFailed, $"{_release} was not rolled back: {said}"),
            StepOutcome.Failed failed when said.Length > 0 => failed with { Text = $"{failed.Text} ({said})" },
            StepOutcome.Done when said.Length > 0 => new StepOutcome.Failed(Reason.CommandFailed, $"{_release}: {said}"),
            var ended => ended,
        };
    }

    /// <summary>What the newest revision says; null when it is still the one that was there when it was planned.</summary>
    private StepOutcome? Judge(HelmRevision last)
    {
        if (last.Number == _from)
            return null;
        if (!IsOurs(last))
            return new StepOutcome.Superseded($"{_release} is at {last} by now: {Texts.Clip(last.Description, 120)}");
        return last switch
        {
            { Status: "deployed" } => new StepOutcome.Done(Reason.Applied, $"{_release}: {pin["target"]} is deployed again, as revision {last.Number}"),
            { IsPending: true } => new StepOutcome.Failed(Reason.TimedOut, $"{_release}: the rollback to revision {_to} did not end in time; helm calls it {last.Status}"),
            _ => new StepOutcome.Failed(Reason.RolloutFailed, $"{_release}: revision {last.Number} is {last.Status}: {Texts.Clip(last.Description, 200)}"),
        };
    }

    // A failed one is described by its failure, which begins with "Rollback" or "Release"; a failed upgrade with "Upgrade".
    private bool IsOurs(HelmRevision last) =>
        last.Number > _from && (last.RollbackTo == _to || (last is { Status: "failed" } && last.Number == _from + 1 && !last.Description.StartsWith("Upgrade", StringComparison.Ordinal)));

    private static DateTimeOffset Time(JsonObject mark, string name) => DateTimeOffset.Parse(mark[name]!.GetValue<string>(), CultureInfo.InvariantCulture);

    private static string Text(DateTimeOffset time) => time.ToString("O", CultureInfo.InvariantCulture);
}
