using System.Globalization;
using System.Text.RegularExpressions;
using AlertRollback.Announcements;
using AlertRollback.Announcements.Slack;
using AlertRollback.Announcements.Statuspage;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Storage;
using AlertRollback.Tests.Support.Stubs;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Rollbacks.Simulated;

/// <summary>Tells a journal to Slack and the status page while answers are lost, limits are hit and the process is killed.</summary>
internal sealed partial class Telling : IDisposable
{
    private const int LongestData = 400;
    private const int MostRounds = 400;

    private readonly Random _lot;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 11, 0, 0, TimeSpan.Zero));
    private readonly OperatorConfiguration _operators = Shop.Operators();
    private readonly SlackStub _slack = new();
    private readonly StatuspageStub _page = new();
    private readonly Wire _slackWire = new();
    private readonly Wire _pageWire = new();
    private readonly HttpClient _slackHttp;
    private readonly HttpClient _pageHttp;
    private readonly StubChannel _channel;
    private readonly MortalJournal _journal = new();
    private readonly Dictionary<(string Announcer, string Stream), DateTimeOffset> _again = [];
    private readonly List<string> _story = [];

    // The journal that is told is written already: what telling would add to it comes to nothing.
    private readonly Chronicle _chronicle;
    private Book _book = Book.Empty;
    private List<IAnnouncer> _announcers;

    public Telling(int seed)
    {
        _lot = new Random(seed);
        (_slackHttp, _pageHttp) = (new HttpClient(_slackWire), new HttpClient(_pageWire));
        _channel = _slack.AddChannel("C1", "shop");
        _slack.AddChannel("C2", "ops");
        _page.AddComponent("comp1", "Shop");
        _chronicle = new Chronicle(_journal, _time);
        _announcers = Begin();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _slackHttp.Dispose();
        _pageHttp.Dispose();
        _chronicle.Dispose();
        _slack.Dispose();
        _page.Dispose();
    }

    private List<IAnnouncer> Begin()
    {
        var page = new StatuspageApi(_pageHttp, _page.Root, () => StatuspageStub.Key, _time);
        return
        [
            new SlackAnnouncer(new SlackWebApi(_slackHttp, () => SlackStub.Token, _time, _slack.Root), _operators, _time),
            new StatuspageAnnouncer(
                page, StatuspageStub.Page, new StatuspageComponents(page, StatuspageStub.Page, _journal), _operators, _chronicle, _time, NullLogger<StatuspageAnnouncer>.Instance),
        ];
    }

    /// <summary>What people saw otherwise than it was; empty when nothing.</summary>
    /// <param name="commits">What was written together is seen together.</param>
    public async Task<IReadOnlyList<string>> RunAsync(IReadOnlyList<IReadOnlyList<StoredEvent>> commits)
    {
        foreach (var commit in commits)
        {
            PassUntil(commit[^1].At);
            _book = commit.Aggregate(_book, (book, stored) => book.Apply(stored));
            if (_lot.Next(3) == 0)
                await RoundAsync(withFaults: true);
        }

        Heal();
        var rounds = 0;
        while (await RoundAsync(withFaults: false) && ++rounds < MostRounds)
            PassUntil(_again.Values.Where(a => a > _time.GetUtcNow()).DefaultIfEmpty(_time.GetUtcNow() + TimeSpan.FromSeconds(5)).Min());
        List<string> violations = rounds == MostRounds ? ["is never done with telling"] : [];
        violations.AddRange(InSlack(await _journal.CursorsAsync("slack", Ct)));
        violations.AddRange(await OnThePageAsync());
        return violations.Count == 0 ? [] : [.. violations, "the story:", .. _story, "the journal:", .. commits.SelectMany((c, i) => c.Select(e => Line(i, e)))];
    }

    // A busy machine lets other things happen by the same seed, so that it may not be seen again.
    private static string Line(int commit, StoredEvent e) => $"{commit} {e.Sequence} {e.At:HH:mm:ss} {e.Stream} {e.Type} {e.Data[..Math.Min(e.Data.Length, LongestData)]}";

    private void PassUntil(DateTimeOffset at)
    {
        if (at > _time.GetUtcNow())
            _time.SetUtcNow(at);

        // Set back, it would give a message's time stamp twice.
        if (_slack.Now < _time.GetUtcNow())
            _slack.Now = _time.GetUtcNow();
    }

    /// <summary>Everyone tells of each stream that is due; false when none was.</summary>
    private async Task<bool> RoundAsync(bool withFaults)
    {
        var any = false;
        foreach (var announcer in _announcers.ToList())
        {
            var cursors = (await _journal.CursorsAsync(announcer.Name, Ct)).ToDictionary(c => c.Stream);
            foreach (var (stream, last) in announcer.Topics(_book).ToList())
            {
                var cursor = cursors.GetValueOrDefault(stream) ?? new AnnouncerCursor(announcer.Name, stream, 0, "");
                var again = _again.TryGetValue((announcer.Name, stream), out var at) ? at : (DateTimeOffset?)null;
                if (again > _time.GetUtcNow() || (again is null && cursor.Sequence >= last))
                {
                    any |= again is not null;
                    continue;
                }

                any = true;
                if (withFaults && _lot.Next(6) == 0)
                    Disturb();
                if (!await TellAsync(announcer, cursor))
                    return true;
            }
        }

        return any;
    }

    /// <summary>False when the process was killed over it.</summary>
    private async Task<bool> TellAsync(IAnnouncer announcer, AnnouncerCursor cursor)
    {
        _again.Remove((announcer.Name, cursor.Stream));
        try
        {
            var keeper = new CursorKeeper(cursor, _journal);
            var telling = await announcer.TellAsync(_book, keeper, Ct);
            _story.Add($"{_time.GetUtcNow():HH:mm:ss} {announcer.Name} {cursor.Stream}: {cursor.Sequence} to {keeper.Cursor.Sequence}, again {telling.Again:HH:mm:ss} {telling.Trouble} {keeper.Cursor.Remote}");
            if (telling.Again is { } again)
                _again[(announcer.Name, cursor.Stream)] = again;
            return true;
        }
        catch (JournalUnavailableException)
        {
            _story.Add($"{_time.GetUtcNow():HH:mm:ss} killed while {announcer.Name} told of {cursor.Stream}");
            _again.Clear();
            _announcers = Begin();
            return false;
        }
    }

    private void Disturb()
    {
        var what = _lot.Next(8);
        _story.Add($"{_time.GetUtcNow():HH:mm:ss} disturbance {what}");
        switch (what)
        {
            case 0:
                _slackWire.Lose = 1 + _lot.Next(3);
                break;
            case 1:
                _pageWire.Lose = 1 + _lot.Next(3);
                break;
            case 2:
                _slack.Fail(new StubFault.RateLimit(3));
                break;
            case 3:
                _page.Fail(new StubFault.RateLimit(3));
                break;
            case 4:
                _slack.Fail(new StubFault.Status(500, _lot.Next(2) == 0));
                break;
            case 5:
                _page.Fail(new StubFault.Status(502, _lot.Next(2) == 0));
                break;
            case 6:
                (_slackWire.Down, _pageWire.Down) = (_lot.Next(2) == 0, _lot.Next(2) == 0);
                break;
            default:
                _journal.Left = _lot.Next(4);
                break;
        }
    }

    private void Heal()
    {
        (_slackWire.Down, _pageWire.Down, _slackWire.Lose, _pageWire.Lose) = (false, false, 0, 0);
        _journal.Left = int.MaxValue;
        _story.Add($"{_time.GetUtcNow():HH:mm:ss} all is well again");
    }

    private IEnumerable<string> InSlack(IReadOnlyList<AnnouncerCursor> cursors)
    {
        foreach (var (stream, _) in _announcers[0].Topics(_book))
        {
            var known = SlackCursor.Read(new CursorKeeper(cursors.FirstOrDefault(c => c.Stream == stream) ?? new AnnouncerCursor("slack", stream, 0, ""), _journal));
            if (SlackTopic.Of(stream, _book, _operators, _time.GetUtcNow(), known.Replied, known.NotCalled) is not { Channel: "#shop" } topic)
                continue;
            var summaries = _channel.Messages.Where(m => m.ThreadTs is null && (string?)m.Metadata?["event_payload"]?["rollback_id"] == topic.Id).ToList();
            if (summaries is not [var summary])
            {
                yield return $"slack: {stream} has {summaries.Count} messages";
                continue;
            }

            if (summary.Blocks.ToJsonString() != SlackBlock.ToJson(topic.Summary.Blocks).ToJsonString())
                yield return $"slack: {stream} reads\n{summary.Blocks.ToJsonString()}\nand should read\n{SlackBlock.ToJson(topic.Summary.Blocks).ToJsonString()}";
            if (stream.StartsWith("task/", StringComparison.Ordinal))
            {
                // Its calls say how its alerts stand when they are sent, and those that are late come as one.
                if (_channel.Messages.Any(m => m.ThreadTs == summary.Ts) != topic.LinesAfter(0).Any())
                    yield return $"slack: {stream} {(topic.LinesAfter(0).Any() ? "has no call in its thread" : "calls for nothing")}";
                continue;
            }

            var replies = Timeless(_channel.Messages.Where(m => m.ThreadTs == summary.Ts).Select(m => m.Text));
            var lines = Timeless(topic.LinesAfter(0).Select(l => l.Text.ToString()));
            var (called, calls) = (_channel.Messages.Count(m => m.ThreadTs == summary.Ts && m.Text.Contains("*What you must do now:*", StringComparison.Ordinal)), topic.LinesAfter(0).Count(l => l.Calls));
            if (called < calls)
                yield return $"slack: {stream} called {called} times and should have {calls} times";
            if (replies != lines)
                yield return $"slack: {stream} has the thread\n{replies}\nand should have\n{lines}";
        }
    }

    // A call says how things stand when it is sent, also whether anybody has to come, and of those that join or resolve, those are told together that are told at the same time.
    private static string Timeless(IEnumerable<string> texts)
    {
        var lines = texts.SelectMany(t => Late().Replace(t, "").Split('\n')).Where(l => !l.StartsWith('*') && !l.StartsWith("<@", StringComparison.Ordinal)).ToList();
        var (joined, resolved) = (lines.Sum(l => Count(Joined().Match(l))), lines.Sum(l => Count(Resolved().Match(l))));
        return string.Join("\n", lines.Where(l => !Joined().IsMatch(l) && !Resolved().IsMatch(l)).Append($"{joined} joined, {resolved} resolved"));
    }

    private static int Count(Match match) =>
        !match.Success ? 0 : match.Groups["several"] is { Success: true, Value: var several } ? int.Parse(several, CultureInfo.InvariantCulture) : 1;

    [GeneratedRegex(@"^`[^`]*` (?:(?<several>\d+) more alerts join: |\S+(?: of \S+)? joins(?: \(|$))")]
    private static partial Regex Joined();

    [GeneratedRegex(@"^`[^`]*` .* had to be called, and what for is over: |^`[^`]* UTC` ", RegexOptions.Multiline)]
    private static partial Regex Late();

    [GeneratedRegex(@"^`[^`]*` (?:(?<several>\d+) alerts resolved: .*|\S+(?: of \S+)?(?: \(\S+\))? resolved)$")]
    private static partial Regex Resolved();

    private async Task<List<string>> OnThePageAsync()
    {
        var violations = new List<string>();
        foreach (var cursor in await _journal.CursorsAsync("statuspage", Ct))
        {
            var run = _book.Rollbacks[cursor.Stream["rollback/".Length..]];
            var mine = _page.Incidents.Where(i => i["metadata"]!.ToJsonString().Contains($"\"{run.Id}\"", StringComparison.Ordinal)).ToList();
            var state = StatuspageCursor.Read(new CursorKeeper(cursor, _journal));
            if (mine.Count > 1)
                violations.Add($"statuspage: {run.Id} has {mine.Count} incidents");
            if (state.LeftTo is { } why)
                violations.Add($"statuspage: {run.Id} is left to people, though nobody touched it: {why}");
            if (mine is [var incident] && (string?)incident["status"] is var status && status != StatuspageStory.Of(StatuspageCourse.From(_book, run)).Status.Word())
                violations.Add($"statuspage: {run.Id} is {status}");
        }

        if (_page.Incidents.TrueForAll(i => (string?)i["status"] == "resolved") && (string?)_page.Components[0]["status"] is var component and not "operational")
            violations.Add($"statuspage: everything is resolved, and the component is {component}");
        return violations;
    }

    /// <summary>Dies at so many saved cursors from now.</summary>
    private sealed class MortalJournal : MemoryJournal
    {
        public int Left { get; set; } = int.MaxValue;

        public override Task SaveCursorAsync(AnnouncerCursor cursor, CancellationToken cancellation) => LivingAsync(() => base.SaveCursorAsync(cursor, cancellation));

        public override Task SaveDocumentAsync(string name, string content, CancellationToken cancellation) => LivingAsync(() => base.SaveDocumentAsync(name, content, cancellation));

        private Task LivingAsync(Func<Task> save)
        {
            if (Left-- > 0)
                return save();
            Left = int.MaxValue;
            throw new JournalUnavailableException("killed");
        }
    }
}
