using System.Text;
using AlertRollback.Tests.AlertRules;
using AlertRollback.Yaml;

namespace AlertRollback.Tests.Yaml;

public sealed class YamlFileTests
{
    [Theory]
    [InlineData("", "f.yml:1:1: the file is empty.")]
    [InlineData("# nothing\n", "f.yml:1:1: the file is empty.")]
    [InlineData("- a\n", "f.yml:1:1: the file must be a mapping of keys, not a list.")]
    [InlineData("a: 1\n---\nb: 2\n", "f.yml:2:1: a second document begins here.")]
    [InlineData("a: &x 1\n", "f.yml:1:4: the anchor \"&x\" is not supported.")]
    [InlineData("a: *x\n", "f.yml:1:4: the alias \"*x\" is not supported.")]
    [InlineData("a: !!str 1\n", "f.yml:1:4: the tag \"tag:yaml.org,2002:str\" is not supported.")]
    [InlineData("a: !exec rm\n", "f.yml:1:4: the tag \"!exec\" is not supported.")]
    [InlineData("[a]: 1\n", "f.yml:1:1: a key must be a name, not a list.")]
    [InlineData("a: {b: 1, b: 2}\n", "f.yml:1:11: the key \"b\" is here twice.")]
    [InlineData("a:\n\tb: 1\n", "f.yml:2:1: this line is indented with a tab.")]
    [InlineData("a: [1\n", "f.yml:2:1: this is not YAML")]
    [InlineData("s:\n  a: {d: x/y\nrows: 3\n", "f.yml:2:7: this is not YAML: it cannot be read from here on.")]
    [InlineData("a: ${x}\nb: {c: ${x}}\n", "f.yml:2:9: ")]
    public void What_is_not_understood_is_a_fault_with_its_place(string content, string expected)
    {
        var faults = new FaultList();

        YamlFile.Read("f.yml", content, faults);

        faults.Sorted().ShouldContain(f => f.ToString().StartsWith(expected, StringComparison.Ordinal), string.Join('\n', faults.Sorted()));
    }

    [Theory]
    [InlineData("healthy:\n  - promql: {query: up{job=\"x\"}, equals: 1}\n", 2, "quotes")]
    [InlineData("checks:\n  healthy: http: /health\n", 2, "quotes")]
    [InlineData("healthy:\n  - {query: up{job=\"x\"} > 1}\n", 2, "quotes")]
    [InlineData("checks:\n  healthy:\n    within: 5m\n   all: [http: /health]\nteam: rental\n", 4, "indentation")]
    [InlineData("matchers:\n  - \"a\" b\n", 2, "after a closing quote")]
    [InlineData("rows: [1, 2\n", 2, "not closed")]
    [InlineData("roles: {lead: @here}\n", 1, "put the text that begins with @ in quotes")]
    [InlineData("lead: `x`\n", 1, "put the text that begins with ` in quotes")]
    [InlineData("slack: {token_file: x, channel: #ops}\nteam: a\n", 1, "# begins a comment: put a text that begins with it in quotes, or close the bracket before it")]
    [InlineData("channels: [#ops, general]\n", 2, "# begins a comment: put a text that begins with it in quotes, or close the bracket before it")]
    public void What_is_no_YAML_has_a_remedy(string content, int line, string remedy)
    {
        var faults = new FaultList();

        YamlFile.Read("f.yml", content, faults);

        var fault = faults.Sorted().ShouldHaveSingleItem();
        fault.Message.ShouldStartWith("this is not YAML");
        fault.Line.ShouldBe(line);
        fault.Remedy.ShouldNotBeNull().ShouldContain(remedy);
    }

    [Fact]
    public void What_the_parser_says_is_not_cut_off_before_it_says_it()
    {
        var faults = new FaultList();
        YamlFile.Read("f.yml", "roles: {lead: @here}\n", faults);
        faults.Sorted().ShouldHaveSingleItem().ToString().ShouldBe(
            "f.yml:1:15: this is not YAML: while scanning for the next token, found character that cannot start any token. Put the text that begins with @ in quotes.");
    }

    [Theory]
    [InlineData("slack: #rental-ops\n", true)]
    [InlineData("slack:\n  - #rental-ops\n", true)]
    [InlineData("slack:\n# the channel\n", false)]
    [InlineData("slack:\n", false)]
    public void A_text_that_a_sign_made_a_comment_of_is_told_to_be_put_in_quotes(string content, bool comment)
    {
        var faults = new FaultList();
        var value = YamlFile.Read("f.yml", content, faults).ShouldNotBeNull().Entries.ShouldHaveSingleItem().Value;

        Scalars.Texts(value, "\"slack\"", faults);

        faults.Sorted().ShouldHaveSingleItem().ToString().ShouldEndWith(comment ? "must be a text, not nothing. Put it in quotes: # begins a comment." : "must be a text, not nothing.");
    }

    [Fact]
    public void No_damage_to_a_matrix_is_more_than_a_fault()
    {
        const string Signs = "{}[]:,&*!|>'\"%@`\t\n-#? \0\u0085\ud800";
        var random = new Random(7);
        foreach (var path in Directory.EnumerateFiles(Path.Combine(TeamFiles.Repository, "alert-rules"), "matrix.yml", SearchOption.AllDirectories))
        {
            var whole = File.ReadAllText(path);
            for (var i = 0; i < 400; i++)
            {
                var damaged = new StringBuilder(whole[..random.Next(1, whole.Length)]);
                for (var n = random.Next(3); n > 0; n--)
                    damaged.Insert(random.Next(damaged.Length), Signs[random.Next(Signs.Length)]);
                var text = damaged.ToString();
                Should.NotThrow(() => YamlFile.Read("f.yml", text, new FaultList()), text);
            }
        }
    }

    [Fact]
    public void Endless_nesting_is_a_fault_and_not_the_end()
    {
        var faults = new FaultList();

        YamlFile.Read("f.yml", "a: " + new string('[', 5_000) + new string(']', 5_000), faults);

        faults.Sorted().ShouldContain(f => f.Message == "nested deeper than 32 levels");
    }

    [Fact]
    public void All_faults_are_told_at_once_in_the_order_of_the_file()
    {
        var faults = new FaultList();

        YamlFile.Read("f.yml", "a: 1\na: 2\nb: &x 1\nb: *x\n", faults);

        faults.Sorted().Select(f => (f.Line, f.Column)).ShouldBe([(2, 1), (3, 4), (4, 1), (4, 4)]);
    }

    [Fact]
    public void Places_count_from_one()
    {
        var map = YamlFile.Read("f.yml", "# team\nteam: rental\n", new FaultList()).ShouldNotBeNull();

        var entry = map.Entries.ShouldHaveSingleItem();
        entry.Key.ShouldBe(new Placed("team", new Place("f.yml", 2, 1)));
        entry.Value.Place.ShouldBe(new Place("f.yml", 2, 7));
    }
}
