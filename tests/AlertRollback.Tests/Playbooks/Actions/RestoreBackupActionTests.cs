using System.Text.Json.Nodes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Matrix;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Playbooks.Databases;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>Of a MongoDB whose programs are scripts: what is said of a restore that does not come to its end.</summary>
public sealed class RestoreBackupActionTests : IDisposable
{
    private const string Backup = "20260120T000000Z";

    private readonly Scripts _scripts = new();
    private readonly TemporaryFolder _folder = new();
    private readonly FakeStepJournal _journal = new();
    private readonly PassingTime _time = new(Acting.Started);

    public RestoreBackupActionTests()
    {
        _folder.Write("uri", "mongodb://db/reports");
        Dumps("true");
        Restores("true");
        foreach (var part in (string[])["a", "b"])
            Shell.Run(["sh", "-c", $"echo data | gzip > {_folder.Path}/{Backup}+{part}.archive.gz"]).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_restore_for_which_no_time_is_left_is_not_begun()
    {
        // Between the backup's proof and keeping the present.
        _journal.BeforeWrite = () => _ = Task.Delay(TimeSpan.FromHours(1), _time);

        var outcome = await ApplyAsync();

        outcome.ShouldBe(new StepOutcome.Failed(Reason.TimedOut, "nothing was changed: proving the backup and keeping the present took all the time"));
        _journal.Marks.Keys.ShouldBe(["kept"]);
        _scripts.Lines("restored").ShouldBe(0);
    }

    [Theory]
    [InlineData("exit 3", "failed", Reason.CommandFailed, "exit code 3")]
    [InlineData("sleep 100", "unknown", Reason.OutcomeUnknown, "killed after 1s")]
    public async Task S16_only_a_program_that_ended_is_a_measured_failure_to_keep_the_present(string mongodump, string word, Reason reason, string why)
    {
        Dumps(mongodump);

        var outcome = await ApplyAsync();

        var text = $"nothing was changed: the present could not be backed up ({why})";
        outcome.ShouldBe(word == "failed" ? new StepOutcome.Failed(reason, text) : new StepOutcome.CannotTell(reason, text));
        _scripts.Lines("restored").ShouldBe(0);
    }

    [Fact]
    public async Task S17_a_restore_that_stops_at_a_later_file_is_not_called_one_that_changed_nothing()
    {
        Restores("case \"$*\" in *+b.archive*) exit 3;; esac");

        var outcome = await ApplyAsync();

        outcome.ShouldBeOfType<StepOutcome.CannotTell>(outcome.Text).Reason.ShouldBe(Reason.OutcomeUnknown);
        outcome.Text.ShouldContain($"{Backup}+a.archive.gz put back, {Backup}+b.archive.gz not: exit code 3");
    }

    public void Dispose()
    {
        _scripts.Dispose();
        _folder.Dispose();
    }

    private void Dumps(string body) => _scripts.Write("mongodump", $"cat > /dev/null; {body} || exit; for a; do case $a in --archive=*) echo data | gzip > \"${{a#--archive=}}\";; esac; done");

    private void Restores(string body) => _scripts.Write("mongorestore", $"cat > /dev/null; case \"$*\" in *--drop*) echo \"$*\" >> {_scripts.At("restored")}; {body};; esac");

    private async Task<StepOutcome> ApplyAsync()
    {
        var database = new GrantedDatabase(DatabaseKind.Mongodb, new DatabaseReach.Program(null))
        {
            Database = "reports",
            Uri = new DatabaseSecret(Path.Combine(_folder.Path, "uri"), null),
            Allow = ["restore"],
            Backups = new GrantedBackups(_folder.Path, "${time}.archive.gz"),
        };
        var action = new RestoreBackupAction(Granting.Of(database, _scripts.Programs()), _time);
        var context = Acting.Context(journal: _journal, deadline: Acting.Started + TimeSpan.FromMinutes(10));
        return await action.ApplyAsync(context, await action.PinAsync(context, new JsonObject { ["database"] = "rental", ["from"] = Backup, ["timeout"] = "1s" }));
    }
}
