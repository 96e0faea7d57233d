using AlertRollback.Matrix;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Matrix;

public sealed class MatrixSourceTests : IDisposable
{
    private const string Faulty = "team: rental\nrows: oops\n";

    private readonly TemporaryFolder _folder = new();
    private readonly DocumentJournal _journal = new();
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_start_loads_the_matrix_and_keeps_it_in_the_journal()
    {
        _folder.Write("matrix.yml", Matrices.Rental);
        using var source = Source();

        await source.StartAsync(Cancellation);

        source.Current.ShouldNotBeNull();
        source.Trouble.ShouldBeNull();
        _journal.Documents.ShouldContainKey(MatrixSource.LastGood);
        await source.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_change_is_in_use_after_the_next_look()
    {
        _folder.Write("matrix.yml", Matrices.Rental);
        using var source = Source();
        var changed = new TaskCompletionSource<MatrixChange>();
        await source.StartAsync(Cancellation);
        source.Changed += changed.SetResult;

        _folder.Write("matrix.yml", Matrices.Replaced("critical band", "worst band"));
        _time.Advance(MatrixSource.PollEvery);

        (await changed.Task.WaitAsync(Cancellation)).Matrix!.Teams[0].Rows[0].Name.ShouldBe("worst band");
        source.Current!.Teams[0].Rows[0].Name.ShouldBe("worst band");
        await source.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_faulty_reload_keeps_the_last_good_matrix_and_says_so()
    {
        _folder.Write("matrix.yml", Matrices.Rental);
        using var source = Source();
        await source.PollAsync(Cancellation);
        var good = source.Current;
        MatrixChange? told = null;
        source.Changed += change => told = change;

        _folder.Write("matrix.yml", Faulty);
        await source.PollAsync(Cancellation);

        source.Current.ShouldBeSameAs(good);
        source.Trouble.ShouldNotBeNull().ShouldContain("the last good one stays in use");
        told.ShouldNotBeNull().Faults.ShouldNotBeEmpty();

        _folder.Write("matrix.yml", Matrices.Rental);
        await source.PollAsync(Cancellation);
        source.Trouble.ShouldBeNull();
    }

    [Fact]
    public async Task A_restart_with_a_faulty_file_runs_on_the_last_good_matrix_of_the_journal()
    {
        _folder.Write("matrix.yml", Matrices.Rental);
        using (var before = Source()) await before.PollAsync(Cancellation);
        _folder.Write("matrix.yml", Faulty);

        using var source = Source();
        await source.PollAsync(Cancellation);

        source.Current.ShouldNotBeNull().Service("rental-api").ShouldNotBeNull();
        source.Trouble.ShouldNotBeNull().ShouldContain("from the journal");
    }

    [Fact]
    public async Task Without_a_file_and_without_a_last_good_matrix_there_is_none()
    {
        using var source = Source();

        await source.PollAsync(Cancellation);

        source.Current.ShouldBeNull();
        source.Trouble.ShouldNotBeNull().ShouldContain("there is no earlier one to use");
    }

    [Fact]
    public async Task The_same_contents_are_not_loaded_again()
    {
        _folder.Write("matrix.yml", Matrices.Rental);
        using var source = Source();
        await source.PollAsync(Cancellation);
        var first = source.Current;

        _folder.Write("matrix.yml", Matrices.Rental);
        await source.PollAsync(Cancellation);

        source.Current.ShouldBeSameAs(first);
    }

    [Fact]
    public async Task S14_what_is_decided_by_is_the_same_after_a_restart_and_another_after_an_edit_that_was_taken_back()
    {
        var first = await BasisAsync(Matrices.Rental);
        (await BasisAsync(Matrices.Rental)).ShouldBe(first);
        (await BasisAsync(Faulty)).ShouldBe(first);
        var edited = await BasisAsync(Matrices.Replaced("critical band", "worst band"));

        string[] all = [first, edited, await BasisAsync(Matrices.Rental)];
        all.ShouldBeUnique();
    }

    [Fact]
    public async Task A_journal_that_cannot_be_written_is_tried_again_while_the_matrix_is_in_use()
    {
        _folder.Write("matrix.yml", Matrices.Rental);
        _journal.Trouble = "disk full";
        using var source = Source();

        await source.PollAsync(Cancellation);
        source.Current.ShouldNotBeNull();
        _journal.Documents.ShouldBeEmpty();

        _journal.Trouble = null;
        await source.PollAsync(Cancellation);
        _journal.Documents.ShouldContainKey(MatrixSource.LastGood);
    }

    /// <summary>What a process decides by that starts with this matrix.</summary>
    private async Task<string> BasisAsync(string matrix)
    {
        _folder.Write("matrix.yml", matrix);
        using var source = Source();
        await source.PollAsync(Cancellation);
        return source.Basis.ShouldNotBeNull();
    }

    private MatrixSource Source() => new(
        GrantRulesTests.Configuration(new()
        {
            Namespaces = ["production"],
            Hosts = ["api.example.com"],
            Channels = ["#rental-ops"],
        }) with
        { Matrix = _folder.Path },
        FakeCatalog.Create(),
        _journal,
        _time,
        NullLogger<MatrixSource>.Instance);
}
