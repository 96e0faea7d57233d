using System.IO.Compression;
using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>
/// The reports team's MongoDB, which is not in Debian: its programs are stand-ins on this machine, which work on collections in
/// a file. Scripts run as they are shipped, backups are real archives, and reading them back can fail.
/// </summary>
internal sealed class ReportsDatabase
{
    private const string Collections = """
        {
          "reporttemplates": [
            {"_id": 1, "createdAt": "2024-01-01T00:00:00Z", "version": 2.0, "reportType": "patient-outcomes", "advancedFilters": [1], "title": "kept"},
            {"_id": 2, "createdAt": "2023-12-31T23:59:59Z", "version": 2.0, "reportType": "patient-outcomes", "advancedFilters": [1]},
            {"_id": 3, "createdAt": "2024-06-01T00:00:00Z", "version": 1.9, "reportType": "custom-dashboards"},
            {"_id": 4, "createdAt": "2024-06-01T00:00:00Z", "version": 1.9, "reportType": "predictive-insights"}
          ],
          "reportschedules": [
            {"_id": 1, "frequency": "custom", "customSchedule": "0 3 * * 2"},
            {"_id": 2, "frequency": "daily", "customSchedule": "kept"}
          ]
        }
        """;

    private readonly string folder;

    private ReportsDatabase(string folder) => this.folder = folder;

    /// <summary>What was run, in its order; questions are left out.</summary>
    public IReadOnlyList<string> Ran => File.Exists(At("ran")) ? File.ReadAllLines(At("ran")) : [];

    private static string Node => Path.Combine(AppContext.BaseDirectory, ".playwright", "node", "linux-x64", "node");

    private string Backups => At("backup");

    /// <summary>The team's grant leads to it.</summary>
    public static async Task<ReportsDatabase> ArrangeAsync(TeamStage stage)
    {
        var database = new ReportsDatabase(Path.Combine(stage.Files.Folder, "mongodb"));
        stage.Files.Write("mongodb/collections.json", Collections);
        Directory.CreateDirectory(database.Backups);
        await database.InstallAsync(stage, "mongosh", Shell);
        await database.InstallAsync(stage, "mongodump", Dump);
        await database.InstallAsync(stage, "mongorestore", TryRestore);
        stage.OperatorChanges.Add(("exec: {namespace: pharma-care-prod, pod: mongodb-primary-0}", $"program: {{folder: {database.folder}}}"));
        stage.OperatorChanges.Add(("directory: /backup,", $"directory: {database.Backups},"));
        return database;
    }

    /// <summary>From now on the end of every backup is missing.</summary>
    public void LoseTheEnds() => File.WriteAllText(At("damaged"), "");

    public JsonArray Documents(string collection) => Read(File.ReadAllText(At("collections.json")), collection);

    /// <summary>The documents of a collection in the only backup there is, by its proper name.</summary>
    public JsonArray BackedUp(string collection)
    {
        using var archive = new GZipStream(File.OpenRead(Directory.GetFiles(Backups, $"pre-rollback-*+{collection}.archive.gz").ShouldHaveSingleItem()), CompressionMode.Decompress);
        using var text = new StreamReader(archive);
        return Read(text.ReadToEnd(), collection);
    }

    // mongosh --norc --quiet DATABASE --eval SCRIPT
    private static string Shell => $$"""
        [ "$1 $2 $3 $4" = "--norc --quiet pharma_care_prod --eval" ] || { echo "MongoshInvalidInputError: $*" >&2; exit 1; }
        case "$5" in print*runCommand*|print*countDocuments*) ;; *) echo "mongosh script" >> ran ;; esac
        printf '%s' "$5" > script.$$ && '{{Node}}' '{{Repository.File("tests/AlertRollback.EndToEnd/Deploy/mongosh-stand-in.js")}}' script.$$ < collections.json > said.$$ || exit 1
        head -n -1 said.$$
        tail -n 1 said.$$ > after.$$ && mv after.$$ collections.json
        rm script.$$ said.$$
        """;

    private static string Dump => $$"""
        for one; do case "$one" in --collection=*) collection=${one#*=} ;; --archive=*) archive=${one#*=} ;; esac; done
        echo "mongodump $collection" >> ran
        '{{Node}}' -e 'console.log(JSON.stringify({[process.argv[1]]: JSON.parse(require("fs").readFileSync("collections.json"))[process.argv[1]]}))' "$collection" | gzip > "$archive"
        [ ! -e damaged ] || truncate -s -12 "$archive"
        """;

    // Only ever to see whether a backup can be read.
    private static string TryRestore => $$"""
        [ "$1" = --dryRun ] || exit 1
        for one; do case "$one" in --archive=*) archive=${one#*=} ;; esac; done
        gunzip -c "$archive" | '{{Node}}' -e 'console.error(Object.keys(JSON.parse(require("fs").readFileSync(0))))' && echo "read $(basename "${archive#*+}" .archive.gz.part)" >> ran
        """;

    private static JsonArray Read(string json, string collection) => JsonNode.Parse(json)![collection]!.AsArray();

    private string At(string name) => Path.Combine(folder, name);

    // Copied by another process: a file that this one had open for writing may be refused as "busy" when run.
    private Task InstallAsync(TeamStage stage, string name, string body) =>
        Tool.RunAsync("install", ["-m", "755", stage.Files.Write($"mongodb/{name}.text", $"#!/bin/sh\ncd '{folder}' || exit 1\n{body}\n"), At(name)]);
}
