using AlertRollback.Announcements.Statuspage;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Tests.Matrix;
using AlertRollback.Tests.Support;
using AlertRollback.Tests.Support.Stubs;
using Microsoft.Extensions.Logging.Abstractions;

namespace AlertRollback.Tests.Announcements.Statuspage;

/// <summary>What would keep customers from reading of an incident is found before there is one.</summary>
public sealed class StatuspageReachTests : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly ServiceDefinition Api = Happenings.Proposed().Service with { Team = "rental", Statuspage = new StatuspageTarget("Rental", Minute) };

    private readonly CountedTime _time = new(Happenings.Noon);
    private readonly StatuspageStub _statuspage = new();
    private readonly HttpClient _http = new();
    private readonly TemporaryFolder _folder = new();
    private IReadOnlyList<ServiceDefinition> _services = [Api];

    public void Dispose()
    {
        _statuspage.Dispose();
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_key_that_is_not_accepted_is_found_at_the_start_and_good_once_the_file_is_another()
    {
        _statuspage.AddComponent("rental", "Rental");
        var key = _folder.Write("statuspage", "wrong");
        using var reach = await StartAsync(key);
        reach.Faults.ShouldHaveSingleItem().ShouldStartWith($"nothing can be published on the status page {StatuspageStub.Page}: Statuspage does not accept the API key");

        File.WriteAllText(key, StatuspageStub.Key);
        await _time.PassAsync(Minute);
        reach.Faults.ShouldBeEmpty();
        _statuspage.Calls.Count.ShouldBe(2);
        await _time.PassAsync(10 * Minute);
        _statuspage.Calls.Count.ShouldBe(2, "what is in order is not asked for again");
    }

    [Fact]
    public async Task A_page_that_is_not_there_is_named()
    {
        using var reach = await StartAsync(page: "another");
        reach.Faults.ShouldHaveSingleItem().ShouldStartWith("nothing can be published on the status page another: Statuspage knows no such page");
    }

    [Fact]
    public async Task A_component_that_is_not_there_is_named_once_and_all_are_looked_for_in_one_pass()
    {
        _services = [Api, Api with { Name = "rental-web" }, Api with { Name = "search", Statuspage = new StatuspageTarget("Search", Minute) }, Api with { Name = "silent", Statuspage = null }];
        for (var other = 0; other < 100; other++)
            _statuspage.AddComponent($"other{other}", "Other");
        _statuspage.AddComponent("search", "Search");
        using var reach = await StartAsync();
        reach.Faults.ShouldBe([
            $"no incident of rental's component \"Rental\" can be published: the status page {StatuspageStub.Page} has no component rental. Mend it under \"components\" of the team in the operator's configuration",
        ]);
        _statuspage.Calls.Count.ShouldBe(2, "two pages of components");

        _statuspage.AddComponent("rental", "Rental");
        await _time.PassAsync(5 * Minute);
        reach.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_component_of_a_new_matrix_is_looked_for()
    {
        _statuspage.AddComponent("rental", "Rental");
        using var reach = await StartAsync();
        reach.Faults.ShouldBeEmpty();

        _services = [Api with { Statuspage = new StatuspageTarget("Search", Minute) }];
        await _time.PassAsync(Minute);
        reach.Faults.ShouldHaveSingleItem().ShouldContain("no component search");
    }

    // What is away, or wants to be asked later, says nothing of the key; asked every minute it would never be done.
    [Fact]
    public async Task Statuspage_that_wants_to_be_asked_later_is_asked_after_five_minutes_and_nothing_is_claimed()
    {
        _statuspage.AddComponent("rental", "Rental");
        _statuspage.Fail(new StubFault.RateLimit(3));
        using var reach = await StartAsync();
        for (var minute = 0; minute < 4; minute++)
            await _time.PassAsync(Minute);
        (_statuspage.Calls.Count, reach.Faults.Count).ShouldBe((1, 0));

        await _time.PassAsync(Minute);
        (_statuspage.Calls.Count, reach.Faults.Count).ShouldBe((2, 0));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Where_nothing_is_told_nothing_is_asked(bool shadow, bool configured)
    {
        using var reach = Create(_folder.Write("statuspage", "wrong"), StatuspageStub.Page, shadow, configured);
        await reach.StartAsync(TestContext.Current.CancellationToken);
        await reach.ExecuteTask!;
        (_statuspage.Calls.Count, reach.Faults.Count).ShouldBe((0, 0));
    }

    private async Task<StatuspageReach> StartAsync(string? key = null, string page = StatuspageStub.Page)
    {
        var reach = Create(key ?? _folder.Write("statuspage", StatuspageStub.Key), page);
        await reach.StartAsync(TestContext.Current.CancellationToken);
        await _time.RestsAsync();
        return reach;
    }

    private StatuspageReach Create(string key, string page, bool shadow = false, bool configured = true)
    {
        var operators = new OperatorConfiguration
        {
            Matrix = "",
            Journal = "",
            Shadow = shadow,
            Statuspage = configured ? new StatuspageSettings(page, key, _statuspage.Root.ToString()) : null,
            Teams = new Dictionary<string, TeamGrants> { ["rental"] = new() { Components = new Dictionary<string, string> { ["Rental"] = "rental", ["Search"] = "search" } } },
        };
        return new StatuspageReach(operators, () => _services, _http, _time, NullLogger<StatuspageReach>.Instance);
    }
}
