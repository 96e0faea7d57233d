using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Databases;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>backup: {database: rental, younger_than: 25h}</c> passes when there is a backup that can be read.</summary>
public sealed class BackupCheck(GrantedDatabases databases) : ICheck, INeedsRights
{
    // Reading a large one takes its time.
    private static readonly TimeSpan LongestReading = TimeSpan.FromMinutes(10);
    private const int Shown = 5;

    public string Name => "backup";

    public string Summary => "Looks whether a database has a backup that can be read from beginning to end, and shows the newest five. With read: false it only has to be listed, also in object storage where the operator says how that is listed.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        DatabaseStep.Database with { Main = true },
        new("from", ParameterType.Text, "Which: a file's name, a time stamp, or latest, the newest that no rollback made.", Default: "latest", Example: "${backup}"),
        new("read", ParameterType.YesNo, "Whether it is read; else its being listed, where backups are kept, is enough.", Default: "true", Example: "false"),
        new("younger_than", ParameterType.Duration, "How old it may be, by the time stamp in its name, read as UTC.", Default: "any age", Example: "25h"),
    ];

    public bool CanBeCompared(JsonObject parameters) => false;

    public TimeSpan Longest(ServiceDefinition service, JsonObject parameters) =>
        parameters["read"]?.GetValue<bool>() == false ? CheckRound.Usual : CheckRound.Beyond(LongestReading + BackupFiles.Quick);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        databases.Rights(service, parameters, looks: true);

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var name = DatabaseStep.NameOf(parameters);
        var wanted = CheckPlaceholders.Fill(parameters["from"]?.GetValue<string>() ?? BackupNames.Latest, context, Placeholders.AsIs);
        var reads = parameters["read"]?.GetValue<bool>() ?? true;
        var age = HttpExpectation.Span(parameters["younger_than"]);
        CheckResult Answer(Verdict verdict, string measured) =>
            new(verdict, $"backup {Texts.Clip(wanted, 60)} of {name}", measured, $"{(reads ? "readable" : "listed")}{(age is null ? "" : $" and younger than {parameters["younger_than"]}")}");
        if (databases.Find(context.Service.Team, name) is not { Backups: not null } database)
            return [Answer(Verdict.Inconclusive, $"no backups of {name} are granted to team {context.Service.Team}")];
        if (await databases.PlaceAsync(database, Occasion.Of(context), cancellation) is not DatabasePlace.Found found)
            return [Answer(Verdict.Inconclusive, $"where the programs of {name} run cannot be reached")];
        var files = new BackupFiles(found.Place, database);
        var (all, why) = reads ? await files.ListAsync(cancellation) : await files.ListStoreAsync(cancellation);
        if (all is null)
            return [Answer(Verdict.Inconclusive, why)];
        var newest = all.Count == 0 ? "there is none" : $"{all.Count} in all, the newest {string.Join(", ", all.Take(Shown).Select(b => b.Name))}";
        if (BackupNames.Meant(all, wanted) is not [var meant, ..] several)
            return [Answer(Verdict.Fail, newest)];
        if (wanted != BackupNames.Latest && several.Count > 1)
            return [Answer(Verdict.Inconclusive, $"it could be {string.Join(" or ", several.Select(s => s.Name))}")];
        var (verdict, measured) = !reads ? Aged(meant, age, context.Now) : await files.ProveAsync(meant, LongestReading, cancellation) switch
        {
            Proof.Broken broken => (Verdict.Fail, broken.Why),
            Proof.Unknown unknown => (Verdict.Inconclusive, unknown.Why),
            _ => Aged(meant, age, context.Now),
        };
        return [Answer(verdict, $"{measured}; {newest}")];
    }

    private static (Verdict, string) Aged(FoundBackup backup, TimeSpan? limit, DateTimeOffset now)
    {
        if (limit is null)
            return (Verdict.Pass, backup.Name);
        return DateTimeOffset.TryParseExact(backup.Time, ["yyyyMMddHHmmss", "yyyyMMddHHmm", "yyyyMMdd"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var made)
            ? (now - made < limit ? Verdict.Pass : Verdict.Fail, $"{backup.Name}, {Durations.Format(TimeSpan.FromMinutes(Math.Max(0, Math.Floor((now - made).TotalMinutes))))} old")
            : (Verdict.Inconclusive, $"{backup.Name}, whose age its name does not tell");
    }
}
