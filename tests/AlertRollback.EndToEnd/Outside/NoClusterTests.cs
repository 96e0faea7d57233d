using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Outside;

/// <summary>Containers, repositories and files on a host where there is no Kubernetes at all.</summary>
public sealed class NoClusterTests
{
    [Fact]
    public async Task A_bad_release_comes_the_alert_fires_and_the_container_runs_the_image_before_it()
    {
        await using var host = await HostWithoutCluster.CreateAsync();
        await host.Engine.BuildAsync("local/rental:v1", answer: "v1 good");
        await host.Engine.BuildAsync("local/rental:v2", answer: "v2 broken");
        await host.RunContainerAsync("local/rental:v1");
        await host.ServeAsync();
        await host.EventAsync("known_good", "local/rental:v1");
        await host.RunContainerAsync("local/rental:v2");
        await host.EventAsync("became_current", "local/rental:v2");
        (await host.ServedAsync()).ShouldBe("v2 broken");

        await host.AlertAsync();
        var detail = await host.ClosedAsync();

        (await host.ServedAsync()).ShouldBe("v1 good");
        detail["plans"]!.AsArray().Select(p => (string)p!["methodName"]!).ShouldBe(["docker"], "there is no cluster, which is no reason to stop");
        (await host.Engine.PodmanAsync("inspect", "--format", "{{.ImageName}} {{.State.Status}} {{.Config.Env}}", HostWithoutCluster.Container)).ShouldContain("hunter2");
        (await host.Engine.PodmanAsync("ps", "--all", "--format", "{{.Names}} {{.State}}")).Split('\n').Length.ShouldBe(2, "what was replaced is kept, stopped");
        detail.ToJsonString().ShouldNotContain("hunter2");
        string.Join('\n', JournalFile.Events(host.Files.Journal).Select(e => e.Data)).ShouldNotContain("hunter2");
        await Eventually.BeAsync("people were told", TimeSpan.FromSeconds(30), () =>
            host.People.Messages is [var only] && host.People.Replies(only).Prepend(only).Any(m => host.People.Words(m).Contains("undone, verified and stable", StringComparison.Ordinal)));
        await host.ResolveAsync();
        await Eventually.BeAsync("the status page says resolved", TimeSpan.FromSeconds(30), () => host.People.Incidents is [var only] && (string?)only["status"] == "resolved");
    }

    [Fact]
    public async Task When_the_image_before_it_is_measurably_no_better_the_deployed_commit_is_reverted_and_deployed()
    {
        await using var host = await HostWithoutCluster.CreateAsync();
        var bad = await host.CommitTwoReleasesAsync();
        await host.Engine.BuildAsync("local/rental:v1");
        await host.Engine.BuildAsync("local/rental:v2");
        await host.RunContainerAsync("local/rental:v1", "--volume", $"{host.Site}:/www");
        await host.ServeAsync();
        await host.EventAsync("known_good", "local/rental:v1");
        await host.RunContainerAsync("local/rental:v2", "--volume", $"{host.Site}:/www", "--label", $"org.opencontainers.image.revision={bad}");
        await host.EventAsync("became_current", "local/rental:v2");

        await host.AlertAsync();
        var detail = await host.ClosedAsync();

        detail["plans"]!.AsArray().Select(p => (string)p!["methodName"]!).ShouldBe(["docker", "git"]);
        (await host.ServedAsync()).ShouldBe("good");
        (await HostWithoutCluster.GitAsync(host.Remote, "log", "-1", "--format=%B", "main")).ShouldContain($"This reverts commit {bad}");
    }

    [Fact]
    public async Task By_hand_the_archived_files_take_the_place_of_the_bad_ones_and_the_container_is_restarted()
    {
        await using var host = await HostWithoutCluster.CreateAsync();
        host.Files.Write("backups/site/index.html", "good, as archived");
        await Tool.RunAsync("tar", ["-C", Path.Combine(host.Files.Folder, "backups"), "-czf", Path.Combine(host.Files.Folder, "backups", "site.tar.gz"), "site"]);
        await host.Engine.BuildAsync("local/rental:v2");
        await host.RunContainerAsync("local/rental:v2", "--volume", $"{host.Site}:/www");
        await host.ServeAsync();

        await host.StartAsync("files");
        await host.ClosedAsync();

        (await host.ServedAsync()).ShouldBe("good, as archived");
        Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(host.Site)!, ".site-replaced-*").Count().ShouldBe(2, "what was there, as it was and archived");
    }
}
