namespace AlertRollback.EndToEnd.Support;

/// <summary>The program's own commands, as a person calls them against a running service.</summary>
internal sealed class Terminal(ServiceFiles files)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <param name="person">Whose token file is used.</param>
    public async Task<(int Exit, string Output)> RunAsync(string person, params string[] arguments)
    {
        await using var program = RunningProgram.Start(Repository.Program, [
            .. arguments, "--server", files.Url.GetLeftPart(UriPartial.Authority), "--token-file", TokenFileOf(person)]);
        var exit = await program.WaitForExitAsync(Patience);
        return (exit, program.Output);
    }

    /// <summary>Gives people credentials of their own and roles in the team, beside what the operator's configuration has.</summary>
    /// <param name="people">The YAML under <c>people:</c> of the team.</param>
    public void Admit(string people, params string[] persons)
    {
        foreach (var person in persons)
            File.WriteAllText(TokenFileOf(person), $"e2e-{person}-token");
        var more = string.Concat(persons.Select(p => $", {{name: {p}, bearer_file: credentials/{p}}}"));
        var configuration = File.ReadAllText(files.Config);
        configuration.ShouldContain(Operators);
        File.WriteAllText(files.Config, configuration.Replace(Operators, $"{Operators}{more}", StringComparison.Ordinal) + $"\n    people: {people}\n");
    }

    private const string Operators = "operators: [{name: on-call, bearer_file: credentials/operator}";

    private string TokenFileOf(string person) => Path.Combine(Path.GetDirectoryName(files.Config)!, "credentials", person);
}
