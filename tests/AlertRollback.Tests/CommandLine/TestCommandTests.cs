using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text;
using AlertRollback.CommandLine;
using AlertRollback.Tests.Matrix;

namespace AlertRollback.Tests.CommandLine;

public sealed class TestCommandTests : IDisposable
{
    private const string Sound = """
        - {name: a critical alert is undone, alert: {service: rental-api, severity: critical}, expect: {row: critical band, playbook: undo, approval: none, in: none}}
        - {name: a low one is logged, alert: {service: rental-api, severity: low}, expect: {log: true}}
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _folder.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("rental")]
    [InlineData("rental/matrix.test.yml")]
    public void Tests_that_pass_are_counted(string path)
    {
        _folder.Write("rental/matrix.yml", Matrices.Rental);
        _folder.Write("rental/matrix.test.yml", Sound);

        Run(path).ShouldBe(0);

        _output.ToString().ShouldBe("2 passed, 0 failed\n");
        _error.ToString().ShouldBeEmpty();
    }

    [Fact]
    public void A_failure_says_where_what_came_and_why()
    {
        _folder.Write("matrix.yml", Matrices.Rental);
        var file = _folder.Write("matrix.test.yml", "- name: all is well\n  alert: {service: rental-api, severity: low}\n  expect: {row: critical band, playbook: undo, service: rental-api}\n");

        Run("").ShouldBe(1);

        _output.ToString().ShouldBe($"""
            {file}:1:9: all is well: expected the playbook "undo", came only a log entry; expected the row "critical band", came "low band"; expected the service "rental-api", came none
                   1. critical band: severity="critical" does not match: it is "low"
                => 2. low band: decides: matches severity="low"
                log_only: row "low band" of team rental matches severity="low": only logged
            0 passed, 1 failed

            """);
        _error.ToString().ShouldBe("warning: no test decides by the row \"critical band\" of team rental\n");
    }

    [Theory]
    [InlineData("severity: critical", "{playbook: undo, severity: low}", "expected the severity \"low\", came \"critical\"")]
    [InlineData("severity: critical", "{playbook: undo, approval: [devops]}", "expected approval by devops, came nobody")]
    [InlineData("severity: critical", "{playbook: undo, in: maintenance}", "expected the window \"maintenance\", came no window")]
    [InlineData("severity: critical", "{task: true}", "expected a task, came the playbook \"undo\"")]
    [InlineData("severity: low", "{task: Look}", "expected the task \"Look\", came only a log entry")]
    [InlineData("a: b", "{nothing: unknown_service}", "expected nothing (unknown_service), came nothing (no_row_matched)")]
    public void Everything_that_is_expected_is_compared(string label, string expect, string difference)
    {
        _folder.Write("matrix.yml", Matrices.Rental);
        _folder.Write("matrix.test.yml", $"- {{name: x, alert: {{service: rental-api, {label}}}, expect: {expect}}}\n");

        Run("").ShouldBe(1);

        _output.ToString().ShouldContain($": x: {difference}\n");
    }

    [Fact]
    public void Approval_and_window_are_the_ones_of_severity_playbook_and_row()
    {
        _folder.Write("matrix.yml", Matrices.Replaced("start_within: 5m", "approval: {role: on-call}")
            .Replace("    playbook: undo", "    playbook: undo\n    in: night", StringComparison.Ordinal)
            .Replace("    verify:", "    approval: {role: devops}\n    verify:", StringComparison.Ordinal) + "windows: {night: {weekly: Mon-Sun 22:00-04:00}}\n");
        _folder.Write("matrix.test.yml", "- {name: x, alert: {service: rental-api, severity: critical}, expect: {playbook: undo, approval: [devops, on-call], in: night}}\n");

        Run("").ShouldBe(0);
    }

    [Fact]
    public void That_what_could_not_be_measured_undoes_nothing_can_be_tested()
    {
        _folder.Write("matrix.yml", Matrices.Rental);
        _folder.Write("matrix.test.yml", $"{Sound}\n- {{name: no data, alert: {{service: rental-api, severity: critical, alertname: DatasourceNoData, rulename: HighErrors}}, expect: {{nothing: not_measured, row: critical band}}}}\n");

        Run("").ShouldBe(0);

        _output.ToString().ShouldBe("3 passed, 0 failed\n");
    }

    [Theory]
    [InlineData("", "1:1: the file is empty. List tests: - {name: …, alert: {…}, expect: {…}}.")]
    [InlineData("[]", "1:1: the file is empty. List tests: - {name: …, alert: {…}, expect: {…}}.")]
    [InlineData("tests: []", "1:1: the file must be a list, not a mapping. List tests: - {name: …, alert: {…}, expect: {…}}.")]
    [InlineData("- {name: x, alert: {a: b}, expect: {log: true}, expected: 1}", "1:49: \"expected\" is not a key of a test. Did you mean \"expect\"?")]
    [InlineData("- {name: x, alert: {a: b}, expect: {log: true, why: 1}}", "1:48: \"why\" is not a key of \"expect\" of a test.")]
    [InlineData("- {name: x, alert: {a: b}, expect: {}}", "1:36: \"expect\" of a test says no decision. Write exactly one of playbook, task, log and nothing.")]
    [InlineData("- {name: x, alert: {a: b}, expect: {log: true, task: true}}", "1:36: \"expect\" of a test says both \"task\" and \"log\". Write exactly one of playbook, task, log and nothing.")]
    [InlineData("- {name: x, alert: {a: b}, expect: {nothing: hold}}", "1:46: \"nothing\" of \"expect\" of a test must not be \"hold\". Allowed here: no_row_matched, no_service_label, not_measured, unknown_service.")]
    [InlineData("- {name: x, alert: {a: [b]}, expect: {log: true}}", "1:24: the label \"a\" must be a text, not a list. Write \"\" for an empty one.")]
    [InlineData("- {alert: {a: b}, expect: {log: true}}", "1:3: a test has no \"name\". Say in a sentence what it shows.")]
    [InlineData("- {name: x, alert: {a: b}, expect: {log: true}}\n- {name: x, alert: {a: b}, expect: {log: true}}", "2:10: two tests have the name \"x\". The other is on line 1: rename one.")]
    [InlineData("- [", "this is not YAML")]
    public void A_file_that_cannot_be_read_fails(string content, string fault)
    {
        _folder.Write("matrix.yml", Matrices.Rental);
        _folder.Write("matrix.test.yml", content);

        Run("").ShouldBe(1);

        _error.ToString().ShouldContain($"matrix.test.yml:{(fault.StartsWith("this", StringComparison.Ordinal) ? "" : fault)}");
        _error.ToString().ShouldContain(fault);
        _output.ToString().ShouldContain("1 fault");
    }

    [Fact]
    public void Tests_that_are_not_UTF_8_or_not_there_any_more_are_faults()
    {
        _folder.Write("matrix.yml", Matrices.Rental);
        var file = _folder.Write("matrix.test.yml", "");
        File.WriteAllText(file, "- {name: Störung, alert: {}, expect: {log: true}}\n", Encoding.Latin1);
        var gone = Path.Combine(_folder.Path, "gone.matrix.test.yml");
        File.CreateSymbolicLink(gone, "nowhere.yml");

        Run("").ShouldBe(1);

        _error.ToString().ShouldEndWith($"{gone}: there is no such file.\n{file}:1:12: this is not UTF-8. Save the file as UTF-8.\n");
        _output.ToString().ShouldBe("0 passed, 0 failed, 2 faults\n");
    }

    [Fact]
    public void A_faulty_matrix_fails_its_tests()
    {
        _folder.Write("matrix.yml", Matrices.Replaced("playbook: undo", "playbook: redo"));
        _folder.Write("matrix.test.yml", Sound);

        Run("").ShouldBe(1);

        _error.ToString().ShouldContain("names the playbook \"redo\"");
        _output.ToString().ShouldBe("0 passed, 0 failed, 1 fault\n");
    }

    [Fact]
    public void No_tests_at_all_are_a_fault()
    {
        _folder.Write("matrix.yml", Matrices.Rental);

        Run("").ShouldBe(1);
        Run("nowhere").ShouldBe(1);

        _error.ToString().ShouldBe($"{Path.Combine(_folder.Path, "")}: the folder has no tests. Name the file matrix.test.yml.\n{Path.Combine(_folder.Path, "nowhere")}: there is no such file or folder.\n");
    }

    [Fact]
    public void The_shipped_matrices_decide_as_their_teams_expect()
    {
        Invoke(OfflineCatalog.Create, Path.Combine(Root(), "alert-rules")).ShouldBe(0, $"{_output}{_error}");

        _error.ToString().ShouldBeEmpty("every row is tested");
    }

    [Fact]
    public void Every_shipped_matrix_has_tests() =>
        Directory.EnumerateFiles(Path.Combine(Root(), "alert-rules"), "matrix.yml", SearchOption.AllDirectories)
            .Where(f => !File.Exists(Path.ChangeExtension(f, ".test.yml")))
            .ShouldBeEmpty();

    private int Run(string path) => Invoke(FakeCatalog.Create, Path.Combine(_folder.Path, path));

    private int Invoke(Func<AlertRollback.Playbooks.Catalog> catalog, string path) =>
        new RootCommand { TestCommand.Create(catalog) }.Parse(["test", path]).Invoke(new InvocationConfiguration { Output = _output, Error = _error });

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
