using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using AlertRollback.Sandbox.Cluster;

namespace AlertRollback.Benchmarks.Starts;

/// <summary>
/// The service as the image has it, with a matrix, an empty journal, a cluster it watches and an engine that does not
/// answer, beside a bare minimal-API program published the same way.
/// </summary>
internal static class StartBenchmark
{
    private const double ReadyWithin = 1000;
    private const double MiBAtMost = 100;

    private const string BareProject = """
        <Project Sdk="Microsoft.NET.Sdk.Web">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <AssemblyName>bare</AssemblyName>
            <ImplicitUsings>enable</ImplicitUsings>
            <InvariantGlobalization>true</InvariantGlobalization>
            <ServerGarbageCollection>false</ServerGarbageCollection>
            <ConcurrentGarbageCollection>false</ConcurrentGarbageCollection>
            <TieredPGO>false</TieredPGO>
          </PropertyGroup>
        </Project>
        """;

    private const string BareProgram = """
        var builder = WebApplication.CreateSlimBuilder(args);
        var app = builder.Build();
        app.MapGet("/readyz", () => "ok");
        app.Run();
        """;

    private const string Operator = """
        listen: http://127.0.0.1:{0}
        matrix: matrix.yml
        journal: journal.db
        {1}
        teams:
          rental:
            namespaces: [production]
            hosts: [api.production.com]
            channels: ["#rental-ops"]
            components: {{Rental: rental}}
            roles: {{devops-lead: "@here", on-call: "@here"}}
            secrets:
              rental-api-key: {{file: key, hosts: [api.production.com]}}
            commands:
              rental-health-check: {{run: ["true"], read_only: true}}
              rental-core-tests: {{run: ["true"], read_only: true}}
              deploy-rental-production: {{run: ["true"]}}
              restart-rental-api: {{run: ["true"]}}
            databases: {{rental: {{kind: postgresql, program: {{}}}}}}
            engines: {{rental-vm: {{address: "unix:///nonexistent/engine.sock", containers: [rental-api-prod]}}}}
            repositories: {{rental-manager-backend: {{url: /nonexistent/rental.git, directory: clone}}}}
            directories: {{rentals-module: {{path: /nonexistent/rental/module, archives: {{rentals-module-pre-refactor: /nonexistent/module.tar.gz}}}}}}
        """;

    public static async Task RunAsync(BenchmarkRun run)
    {
        if (!OperatingSystem.IsLinux())
        {
            BenchmarkRun.Note($"start is measured on Linux only");
            return;
        }

        var folder = Directory.CreateTempSubdirectory("alertrollback-bench-");
        try
        {
            await using var cluster = await SandboxCluster.StartAsync(SandboxClusterOptions.Quick);
            var service = await PublishServiceAsync(folder);
            var bare = await BareAsync(folder);
            var started = new List<(string Where, PublishedProgram Program)> { ("with a kubeconfig", Outside(service, cluster, folder)) };
            if (Pod.IsPossible)
                started.Insert(0, ("in a pod", InPod(service, cluster, folder)));
            else
                BenchmarkRun.Note($"in a pod: not measured, that needs root");

            await CompareStartsAsync(run, started, bare);
            await CompareMemoryAsync(run, started, bare);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task CompareStartsAsync(BenchmarkRun run, List<(string Where, PublishedProgram Program)> started, PublishedProgram bare)
    {
        var (ours, theirs) = (started.ToDictionary(s => s.Where, _ => new List<double>()), new List<double>());
        for (var round = 0; round < (run.IsShort ? 2 : 5); round++)
        {
            theirs.Add((await bare.StartAsync()).TotalMilliseconds);
            foreach (var (where, program) in started)
                ours[where].Add((await program.StartAsync()).TotalMilliseconds);
        }

        foreach (var (where, times) in ours)
            Report(run, string.Create(CultureInfo.InvariantCulture, $"process start → ready {where}, {times.Count} starts"), times, "worst", theirs, "ms", ReadyWithin);
    }

    // All at once: each waits most of the time.
    private static async Task CompareMemoryAsync(BenchmarkRun run, List<(string Where, PublishedProgram Program)> started, PublishedProgram bare)
    {
        var idle = TimeSpan.FromSeconds(run.IsShort ? 10 : run.IsLong ? 1800 : 60);
        var (ours, theirs) = (started.ToDictionary(s => s.Where, _ => new List<double>()), new List<double>());
        for (var round = 0; round < (run.IsShort || run.IsLong ? 1 : 3); round++)
        {
            var resting = started.ConvertAll(s => (s.Where, Memory: s.Program.RestAsync(idle)));
            theirs.Add(await bare.RestAsync(idle));
            foreach (var (where, memory) in resting)
                ours[where].Add(await memory);
        }

        foreach (var (where, sizes) in ours)
            Report(run, string.Create(CultureInfo.InvariantCulture, $"resident memory {where}, idle for {idle.TotalSeconds:0} s"), sizes, "most", theirs, "MiB", MiBAtMost);
    }

    private static void Report(BenchmarkRun run, string what, List<double> ours, string most, List<double> theirs, string unit, double limit) => run.Line(
        what,
        string.Create(CultureInfo.InvariantCulture, $"{ours.Median():0} {unit}, {most} {ours.Max():0} {unit}"),
        string.Create(CultureInfo.InvariantCulture, $"bare {theirs.Median():0} {unit}"),
        string.Create(CultureInfo.InvariantCulture, $"under {limit:0} {unit}"), ours.Median() < limit);

    private static Task<string> PublishServiceAsync(DirectoryInfo folder) => PublishedProgram.PublishAsync(
        Path.Combine(SourceRoot(), "src", "AlertRollback", "AlertRollback.csproj"), "alertrollback", Path.Combine(folder.FullName, "service-published"),
        "-p:PublishProfile=Image");

    private static PublishedProgram Outside(string program, SandboxCluster cluster, DirectoryInfo folder)
    {
        var home = Home(folder, "outside");
        return new(port => new ProcessStartInfo(program, Serve(home, port, $"kubernetes: {{kubeconfig: {cluster.KubeconfigPath}}}")));
    }

    private static PublishedProgram InPod(string program, SandboxCluster cluster, DirectoryInfo folder)
    {
        var home = Home(folder, "pod");
        var account = folder.CreateSubdirectory("account").FullName;
        Pod.WriteAccount(cluster, account);
        return new(port => Pod.Start(account, cluster.BaseAddress, program, Serve(home, port, "")));
    }

    private static string Home(DirectoryInfo folder, string name)
    {
        var (home, shipped) = (folder.CreateSubdirectory(name).FullName, Path.Combine(SourceRoot(), "alert-rules", "rental"));
        foreach (var file in Directory.EnumerateFiles(shipped, "*.sql").Append(Path.Combine(shipped, "matrix.yml")))
            File.Copy(file, Path.Combine(home, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(home, "key"), "key");
        return home;
    }

    private static string[] Serve(string home, int port, string kubernetes)
    {
        var configuration = Path.Combine(home, "operator.yml");
        File.WriteAllText(configuration, string.Format(CultureInfo.InvariantCulture, Operator, port, kubernetes));
        return ["serve", "--config", configuration];
    }

    private static async Task<PublishedProgram> BareAsync(DirectoryInfo folder)
    {
        var home = folder.CreateSubdirectory("bare").FullName;
        await File.WriteAllTextAsync(Path.Combine(home, "bare.csproj"), BareProject);
        await File.WriteAllTextAsync(Path.Combine(home, "Program.cs"), BareProgram);
        var program = await PublishedProgram.PublishAsync(
            Path.Combine(home, "bare.csproj"), "bare", Path.Combine(folder.FullName, "bare-published"),
            "--runtime", "linux-x64", "--self-contained", "-p:PublishReadyToRun=true", "-p:PublishTrimmed=true", "-p:TrimMode=partial", "-p:SuppressTrimAnalysisWarnings=true");
        return new PublishedProgram(port => new ProcessStartInfo(program, ["--urls", $"http://127.0.0.1:{port}"]));
    }

    private static string SourceRoot([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
