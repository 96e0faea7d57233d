using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Alerts.Matching.Re2;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Programs;

/// <summary>A command's line with its inputs filled in, or why that cannot be done.</summary>
/// <param name="Run">Null exactly when there is a fault.</param>
public sealed record CommandLineOutcome(IReadOnlyList<string>? Run, string? Fault);

/// <summary>Commands as far as a team was granted them, by name (S15). No text of a matrix or an alert is ever a program or a shell's.</summary>
public sealed class GrantedCommands(OperatorConfiguration operators, LocalPrograms programs)
{
    /// <summary>Null: the team was not granted a command of this name.</summary>
    public GrantedCommand? Find(string team, string name) => operators.Teams.GetValueOrDefault(team)?.Commands.GetValueOrDefault(name);

    /// <summary>Fills declared inputs into the arguments. A value has to match its expression and cannot become an option.</summary>
    public static CommandLineOutcome Fill(GrantedCommand command, IReadOnlyList<string> parts, IReadOnlyDictionary<string, string> inputs)
    {
        if (inputs.Keys.FirstOrDefault(name => !command.Inputs.ContainsKey(name)) is { } unknown)
            return new CommandLineOutcome(null, $"the operator declared no input {unknown}");
        foreach (var (name, value) in inputs)
        {
            if (!Re2Regex.TryCompile(command.Inputs[name], out var expression, out _) || !expression.IsMatch(value) || value.Contains('\0', StringComparison.Ordinal))
                return new CommandLineOutcome(null, $"the input {name} is not of the form the operator allows");
        }

        if (command.Inputs.Keys.FirstOrDefault(name => !inputs.ContainsKey(name)) is { } missing)
            return new CommandLineOutcome(null, $"the input {missing} is not given");
        var run = parts.Select(part => Placeholders.Fill(part, inputs, Placeholders.AsIs)).ToList();
        return run.Zip(parts).Any(p => p.First.StartsWith('-') && !p.Second.StartsWith('-'))
            ? new CommandLineOutcome(null, "an input begins with a dash: it would be read as an option")
            : new CommandLineOutcome(run, null);
    }

    /// <summary>Runs it with what the operator declared, at most for <paramref name="atMost"/>.</summary>
    public async Task<ProgramResult> RunAsync(GrantedCommand command, IReadOnlyList<string> run, TimeSpan atMost, CancellationToken cancellation)
    {
        var environment = await GrantedEnvironment.ReadAsync(command.Environment, cancellation);
        if (environment.Trouble is { } trouble)
            return new ProgramResult.NotStarted(trouble);
        var call = new ProgramCall(run, command.Timeout < atMost ? command.Timeout : atMost)
        {
            Directory = command.Directory,
            Environment = environment.Values,
            Secrets = environment.Secrets,
        };
        return await programs.RunAsync(call, cancellation);
    }

    /// <summary>What a plan is bound to: the same name may mean another program after the operator changed it.</summary>
    public static string Digest(IReadOnlyList<string> run) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', run))));

    /// <summary>The inputs of a step or check, filled in.</summary>
    internal static SortedDictionary<string, string> Inputs(JsonObject parameters, Func<string, string> fill) => new(
        (parameters["inputs"] as JsonObject ?? []).ToDictionary(i => i.Key, i => fill(i.Value?.ToString() ?? "")), StringComparer.Ordinal);
}
