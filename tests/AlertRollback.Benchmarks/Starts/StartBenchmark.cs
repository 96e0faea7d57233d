using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using AlertRollback.Sandbox.Cluster;

namespace AlertRollback.Benchmarks.Starts;

/// <summary>
/// The published service, with a matrix, an empty journal and a cluster it watches, beside a bare minimal-API program
/// published the same way.
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
            var started = new List<(string Where, PublishedProgram Program)> { ("with a kubeconfig", Outside(service, cluster)) };
            if (Pod.IsPossible)
                started.Insert(0, ("in a pod", InPod(service, cluster, folder)));
            else
                BenchmarkRun.Note($"in a pod: not measured, that needs root");

            var figures = started.ToDictionary(s => s.Where, _ => new List<(TimeSpan Ready, double MiB)>());
            var theirs = new List<(TimeSpan Ready, double MiB)>();
            for (var round = 0; round < (run.IsShort ? 2 : 5); round++)
            {
                var idle = TimeSpan.FromSeconds(run.IsShort ? 1 : 10);
                theirs.Add(await bare.StartAsync(idle));
                foreach (var (where, program) in started)
                    figures[where].Add(await program.StartAsync(idle));
            }

            foreach (var (where, _) in started)
                Report(run, where, figures[where], theirs);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Report(BenchmarkRun run, string where, List<(TimeSpan Ready, double MiB)> ours, List<(TimeSpan Ready, double MiB)> bare)
    {
        var (ready, worst) = (ours.Select(s => s.Ready.TotalMilliseconds).Median(), ours.Max(s => s.Ready.TotalMilliseconds));
        var (memory, most) = (ours.Select(s => s.MiB).Median(), ours.Max(s => s.MiB));
        run.Line(
            string.Create(CultureInfo.InvariantCulture, $"process start → ready {where}, {ours.Count} starts"),
            string.Create(CultureInfo.InvariantCulture, $"{ready:0} ms, worst {worst:0} ms"),
            string.Create(CultureInfo.InvariantCulture, $"bare {bare.Select(s => s.Ready.TotalMilliseconds).Median():0} ms"),
            "under 1000 ms", ready < ReadyWithin);
        run.Line(
            $"resident memory {where}, idle",
            string.Create(CultureInfo.InvariantCulture, $"{memory:0} MiB, most {most:0} MiB"),
            string.Create(CultureInfo.InvariantCulture, $"bare {bare.Select(s => s.MiB).Median():0} MiB"),
            "under 100 MiB", memory < MiBAtMost);
    }

    private sealed record Service(string Program, string Home);

    private static async Task<Service> PublishServiceAsync(DirectoryInfo folder)
    {
        var root = SourceRoot();
        var home = folder.CreateSubdirectory("service").FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(root, "alert-rules", "rental"), "*.sql").Append(Path.Combine(root, "alert-rules", "rental", "matrix.yml")))
            File.Copy(file, Path.Combine(home, Path.GetFileName(file)));
        await File.WriteAllTextAsync(Path.Combine(home, "key"), "key");
        var program = await PublishedProgram.PublishAsync(
            Path.Combine(root, "src", "AlertRollback", "AlertRollback.csproj"), "alertrollback", Path.Combine(folder.FullName, "service-published"));
        return new Service(program, home);
    }

    private static PublishedProgram Outside(Service service, SandboxCluster cluster) =>
        new(port => new ProcessStartInfo(service.Program, Serve(service, port, $"kubernetes: {{kubeconfig: {cluster.KubeconfigPath}}}")));

    private static PublishedProgram InPod(Service service, SandboxCluster cluster, DirectoryInfo folder)
    {
        var account = folder.CreateSubdirectory("account").FullName;
        Pod.WriteAccount(cluster, account);
        return new(port => Pod.Start(account, cluster.BaseAddress, service.Program, Serve(service, port, "")));
    }

    private static string[] Serve(Service service, int port, string kubernetes)
    {
        var configuration = Path.Combine(service.Home, "operator.yml");
        File.WriteAllText(configuration, string.Format(CultureInfo.InvariantCulture, Operator, port, kubernetes));
        return ["serve", "--config", configuration];
    }

    private static async Task<PublishedProgram> BareAsync(DirectoryInfo folder)
    {
        var home = folder.CreateSubdirectory("bare").FullName;
        await File.WriteAllTextAsync(Path.Combine(home, "bare.csproj"), BareProject);
        await File.WriteAllTextAsync(Path.Combine(home, "Program.cs"), BareProgram);
        var program = await PublishedProgram.PublishAsync(Path.Combine(home, "bare.csproj"), "bare", Path.Combine(folder.FullName, "bare-published"));
        return new PublishedProgram(port => new ProcessStartInfo(program, ["--urls", $"http://127.0.0.1:{port}"]));
    }

    private static string SourceRoot([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
