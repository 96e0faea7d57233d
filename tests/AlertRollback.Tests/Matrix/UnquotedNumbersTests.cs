using AlertRollback.CommandLine;
using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

/// <summary>YAML reads <c>1.10</c> as a number, which to most programs is 1.1; to people it is a version.</summary>
public sealed class UnquotedNumbersTests
{
    [Theory]
    [InlineData("env: {set: {V: 1.0}}", "V", "set")]
    [InlineData("env: {set: {V: 12e3}}", "V", "set")]
    [InlineData("config_map: {name: c, set: {V: 2.0}}", "V", "set")]
    [InlineData("command: {name: deploy, inputs: {version: 1.10}}", "version", "inputs")]
    [InlineData("check: {command: {name: deployed, inputs: {version: 1.10}}}", "version", "inputs")]
    [InlineData("http_request: {post: /releases, headers: {X-Version: 1.10}}", "X-Version", "headers")]
    [InlineData("check: {http: {get: /releases, headers: {X-Version: 1.10}}}", "X-Version", "headers")]
    public void What_has_to_be_a_text_needs_quotes(string step, string name, string what) =>
        Load(step).Faults.ShouldHaveSingleItem().Message.ShouldEndWith($": \"{name}\" under \"{what}\" needs quotes, or it may not come out as it is written");

    [Theory]
    [InlineData("1.10")]
    [InlineData("1.0")]
    [InlineData("-0.5")]
    [InlineData("12e3")]
    public void Where_a_number_may_stand_it_stays_as_it_is_written(string number) =>
        Load($"http_request: {{post: /limits, json: {{value: {number}}}}}").Matrix.ShouldNotBeNull()
            .Teams[0].Playbooks[0].Methods[0].Steps[0].Parameters["json"]!.ToJsonString().ShouldBe($$"""{"value":{{number}}}""");

    [Theory]
    [InlineData(".5")]
    [InlineData("1.")]
    [InlineData("+1.5")]
    [InlineData("007e1")]
    public void What_JSON_cannot_write_as_a_number_is_a_fault(string number) =>
        Load($"http_request: {{post: /limits, json: {{value: {number}}}}}").Faults.ShouldHaveSingleItem().ToString()
            .ShouldEndWith($"contains \"{number}\", which may be a number or a text. Write a number like 0.5, a text in quotes.");

    [Fact]
    public void Whole_numbers_and_texts_in_quotes_come_out_as_they_are_written() =>
        Load("env: {set: {A: 8080, B: '1.10', C: 007, D: 1.10.2, E: true}}").Faults.ShouldBeEmpty();

    private static MatrixOutcome Load(string step)
    {
        var matrix = Matrices.Replaced("rollout_undo: {to: last_known_good}", step);
        return MatrixLoader.Load(new MatrixFiles([new MatrixFile("matrix.yml", "matrix.yml", matrix)]), OfflineCatalog.Create(), null);
    }
}
