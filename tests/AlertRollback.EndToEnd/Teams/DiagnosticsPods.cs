using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>
/// What runs in the pods of AI Diagnostics. MongoDB's programs are not in Debian: scripts play them, over collections that are
/// files with one document's id per line, and so that what was dumped is what is restored.
/// </summary>
internal sealed class DiagnosticsPods
{
    public const string Requests = "diagnosticrequests";
    public const string Results = "diagnosticresults";

    private const string Uri = "mongodb://mongodb-cluster/diagnostics";

    private const string Mongosh = """
        for script; do :; done
        [ "$MONGODB_URI" ] || { echo 'MongoParseError: no uri' >&2; exit 1; }
        collection=$(echo "$script" | sed -n 's/.*getCollection("\([a-z]*\)").*/\1/p')
        first=$(echo "$script" | sed -n 's/.*oid\\u0022:\\u0022\([0-9a-f]\{24\}\).*/\1/p')
        case $script in
        *countDocuments*) echo "{\"n\":$(awk -v first="${first:-0}" '"" $1 >= "" first' "collections/$collection" | wc -l)}" ;;
        *validate*) if [ -e damaged ]; then echo '{"valid":false,"ok":1}'; else echo '{"valid":true,"ok":1}'; fi ;;
        *ping*) echo '{"ok":1}' ;;
        *) echo 'MongoshInvalidInputError' >&2; exit 1 ;;
        esac
        """;

    private const string Mongodump = """
        grep -q 'uri: "mongodb://mongodb-cluster/diagnostics"' || { echo 'Failed: no uri' >&2; exit 1; }
        for a; do case $a in --archive=*) archive=${a#*=} ;; esac; done
        tar -C collections -czf "$archive" .
        """;

    private const string Mongorestore = """
        grep -q 'uri: "mongodb://mongodb-cluster/diagnostics"' || { echo 'Failed: no uri' >&2; exit 1; }
        for a; do case $a in --archive=*) archive=${a#*=} ;; --dryRun) dry=1 ;; --drop) drop=1 ;; esac; done
        [ "$dry" ] && { tar -tzf "$archive" > /dev/null; exit; }
        [ -e unwritable ] && { echo 'Failed: not enough disk space' >&2; exit 1; }
        [ "$drop" ] && rm -f collections/* damaged
        tar -C collections -xzf "$archive"
        """;

    // The migrations of the release that runs; a flag per file.
    private const string Npm = """
        shift; [ "$1" = --silent ] && shift
        script=$1; shift; [ "$1" = -- ] && shift
        case $script in
        migration:current) cat migration ;;
        migration:down) echo "$1" > migration ;;
        migration:validate) echo "valid at $(cat migration)" ;;
        feature-flags:get) cat "flags/$1" ;;
        feature-flags:set) echo "$2" > "flags/$1" ;;
        feature-flags:status) grep -H . flags/* || echo none ;;
        test:smoke | health:*) echo ok ;;
        metrics:error-rate) echo 0.4 % ;;
        *) echo "Missing script: $script" >&2; exit 1 ;;
        esac
        """;

    private readonly PodPrograms programs;

    private DiagnosticsPods(PodPrograms programs) => this.programs = programs;

    public IReadOnlyList<string> Backups => [.. Directory.GetFiles(Path.Combine(programs.Folder, "backups")).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    public string Migration => File.ReadAllText(At("migration")).Trim();

    /// <summary>The database's pod, with three requests and two results of now, and one of each of two days ago.</summary>
    public static async Task<DiagnosticsPods> CreateAsync(TeamStage stage)
    {
        var pods = new DiagnosticsPods(stage.Add(new PodPrograms()));
        foreach (var folder in (string[])["backups", "collections", "flags"])
            Directory.CreateDirectory(pods.At(folder));
        foreach (var (name, body) in (IEnumerable<(string, string)>)[("mongosh", Mongosh), ("mongodump", Mongodump), ("mongorestore", Mongorestore), ("npm", Npm), ("getent", "echo 10.0.0.7 \"$2\"")])
            await pods.programs.AddAsync(name, body);
        pods.programs.Environment["MONGODB_URI"] = Uri;
        var now = FiredAlert.Now;
        pods.Write(Requests, [now, now, now, now - TimeSpan.FromDays(2)]);
        pods.Write(Results, [now, now, now - TimeSpan.FromDays(2)]);
        await pods.MigrateAsync("20261101");
        await Workload.CreateAsync(stage.Space, "statefulsets", "mongo:7.0", 1, "mongodb");
        stage.OperatorChanges.Add(("directory: /backups/mongodb", $"directory: {pods.At("backups")}"));
        stage.Api.Programs = pods.programs;
        return pods;
    }

    public Task MigrateAsync(string to) => File.WriteAllTextAsync(At("migration"), $"{to}\n", TestContext.Current.CancellationToken);

    public void SetFlag(string name, string value) => File.WriteAllText(At($"flags/{name}"), $"{value}\n");

    public string Flag(string name) => File.ReadAllText(At($"flags/{name}")).Trim();

    /// <summary>Makes a backup as the team's own nightly job does; returns its name.</summary>
    public async Task<string> BackUpAsync(string time)
    {
        await Tool.RunAsync("tar", ["-C", At("collections"), "-czf", At($"backups/diagnostics_{time}.archive.gz"), "."]);
        return $"diagnostics_{time}";
    }

    /// <summary>Most results are gone, and what is left does not validate.</summary>
    public void Damage()
    {
        Write(Results, [FiredAlert.Now]);
        File.WriteAllText(At("damaged"), "");
    }

    public void RefuseRestores() => File.WriteAllText(At("unwritable"), "");

    public int Count(string collection) => File.ReadAllLines(At($"collections/{collection}")).Length;

    // An ObjectId begins with the seconds since 1970.
    private void Write(string collection, IEnumerable<DateTimeOffset> made) =>
        File.WriteAllLines(At($"collections/{collection}"), made.Select((at, number) => $"{at.ToUnixTimeSeconds():x8}{number:x16}"));

    private string At(string name) => Path.Combine(programs.Folder, name);
}
