using AlertRollback.Announcements.Slack;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Tests.Matrix;
using AlertRollback.Tests.Support;
using AlertRollback.Tests.Support.Stubs;
using Microsoft.Extensions.Logging.Abstractions;

namespace AlertRollback.Tests.Announcements.Slack;

/// <summary>What would keep people from hearing is found before there is anything to hear.</summary>
public sealed class SlackReachTests : IDisposable
{
    private static readonly ServiceDefinition Rental = Happenings.Proposed().Service;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly CountedTime _time = new(Happenings.Noon);
    private readonly SlackStub _slack = new();
    private readonly HttpClient _http = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _slack.Dispose();
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_token_that_Slack_does_not_accept_is_found_at_the_start_and_good_once_the_file_is_another()
    {
        _slack.AddChannel("C1", "rental-ops");
        var token = _folder.Write("slack", "xoxb-wrong");
        using var reach = await StartAsync(token, Rental);
        reach.Faults.ShouldHaveSingleItem().ShouldStartWith("nobody can be called or asked: ");
        _slack.Calls.ShouldBe(["auth.test"]);

        File.WriteAllText(token, SlackStub.Token);
        await _time.PassAsync(Minute);
        reach.Faults.ShouldBeEmpty();
        _slack.Calls.ShouldBe(["auth.test", "auth.test", "conversations.list"]);
        await reach.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_channel_that_is_not_there_is_named_and_looked_for_again()
    {
        using var reach = await StartAsync(_folder.Write("slack", SlackStub.Token), Rental);
        reach.Faults.ShouldBe(["nobody can be called or asked in #rental-ops: the Slack app sees no channel of that name. Mend the name, or invite the app there"]);

        _slack.AddChannel("C1", "rental-ops");
        await _time.PassAsync(5 * Minute);
        reach.Faults.ShouldBeEmpty();
        await reach.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_channel_that_the_app_was_not_invited_to_is_named_and_all_are_looked_for_in_one_pass()
    {
        _slack.AddChannel("C1", "rental-ops", member: false);
        _slack.AddChannel("C2", "paperless-ops");
        using var reach = await StartAsync(_folder.Write("slack", SlackStub.Token), [Rental, Rental with { Slack = "#paperless-ops" }], "#rental-ops", "#paperless-ops");
        reach.Faults.ShouldBe(["nobody can be called or asked in #rental-ops: the Slack app is no member of it. Invite the app there"]);
        _slack.Calls.ShouldBe(["auth.test", "conversations.list"]);
        await reach.StopAsync(TestContext.Current.CancellationToken);
    }

    // What is away, or wants to be asked later, says nothing of the token; asked every minute it would never be done.
    [Fact]
    public async Task Slack_that_wants_to_be_asked_later_is_asked_after_five_minutes_and_nothing_is_claimed()
    {
        _slack.AddChannel("C1", "rental-ops");
        _slack.FailNext("conversations.list", new StubFault.RateLimit(3));
        using var reach = await StartAsync(_folder.Write("slack", SlackStub.Token), Rental);
        for (var minute = 0; minute < 4; minute++)
            await _time.PassAsync(Minute);
        (_slack.Calls.Count, reach.Faults.Count).ShouldBe((2, 0));

        await _time.PassAsync(Minute);
        _slack.Calls.Count.ShouldBe(4);
        reach.Faults.ShouldBeEmpty();
        await reach.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_service_whose_channel_is_an_id_needs_no_looking_for()
    {
        var token = _folder.Write("slack", SlackStub.Token);
        using var reach = await StartAsync(token, Rental with { Slack = "C0123ABC" }, "C0123ABC");

        File.WriteAllText(token, $"{SlackStub.Token}\n");
        await _time.PassAsync(Minute);
        await reach.StopAsync(TestContext.Current.CancellationToken);
        _slack.Calls.ShouldBe(["auth.test", "auth.test"]);
        reach.Faults.ShouldBeEmpty();
    }

    private Task<SlackReach> StartAsync(string tokenFile, ServiceDefinition service, string channel = "#rental-ops") => StartAsync(tokenFile, [service], channel);

    private async Task<SlackReach> StartAsync(string tokenFile, IReadOnlyList<ServiceDefinition> services, params string[] channels)
    {
        var operators = new OperatorConfiguration
        {
            Matrix = "",
            Journal = "",
            Slack = new SlackSettings(tokenFile, null, null, _slack.Root.ToString()),
            Teams = new Dictionary<string, TeamGrants> { ["rental"] = new() { Channels = [.. channels] } },
        };
        var reach = new SlackReach(operators, () => services, _http, _time, NullLogger<SlackReach>.Instance);
        await reach.StartAsync(TestContext.Current.CancellationToken);
        await _time.RestsAsync();
        return reach;
    }
}
