using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Tests.Kubernetes.Workloads;

public sealed class CandidatesTests
{
    [Theory]
    // releases, live last | target | quarantined | known good | answer
    [InlineData("v1 v2 v3", "previous", "", "", "v2")]
    [InlineData("v1 v2 v3", "previous", "v2", "", "v1")]
    [InlineData("v1 v2 v3", "previous", "v1 v2", "", "NoCandidate")]
    [InlineData("v1", "previous", "", "", "NoCandidate")]
    [InlineData("v1 v2 v3", "last_known_good", "", "v1", "v1")]
    [InlineData("v1 v2 v3", "last_known_good", "", "v1 v2", "v2")]
    [InlineData("v1 v2 v3", "last_known_good", "v2", "v1 v2", "v1")]
    [InlineData("v1 v2 v3", "last_known_good", "", "", "NoKnownGood")]
    [InlineData("v1 v2 v3", "last_known_good", "", "v3", "NoKnownGood")]
    [InlineData("v1 v2 v3", "last_known_good", "", "v0", "TargetPruned")]
    [InlineData("v1 v2 v3", "last_known_good", "v0", "v0", "NoKnownGood")]
    [InlineData("v1", "last_known_good", "", "", "NoCandidate")]
    [InlineData("v1 v2 v3", "revision 1", "", "", "v1")]
    [InlineData("v1 v2 v3", "revision 3", "", "", "TargetEqualsCurrent")]
    [InlineData("v1 v2 v3", "revision 9", "", "", "TargetPruned")]
    [InlineData("v1 v2 v3", "revision 1", "v1", "", "NoCandidate")]
    [InlineData("v1 v2 v3", "image v1", "", "", "v1")]
    [InlineData("v1 v2 v3", "image v3", "", "", "TargetEqualsCurrent")]
    [InlineData("v1 v2 v3", "image v9", "", "", "NoCandidate")]
    [InlineData("a@sha256:11 v2", "image sha256:11", "", "", "a@sha256:11")]
    [InlineData("a:1.2.1 a:1.2.2 a:1.2.3", "version 1.2.2", "", "", "a:1.2.2")]
    [InlineData("a:v1.2.1 a:v1.2.2", "version 1.2.1", "", "", "a:v1.2.1")]
    [InlineData("a:1.2.1 a:1.2.2", "version 1.2.2", "", "", "TargetEqualsCurrent")]
    [InlineData("a:1.2.1 a:1.2.2", "version 1.2", "", "", "NoCandidate")]
    [InlineData("a:1 b:1 c:2", "version 1", "", "", "Ambiguous")]
    [InlineData("a:1 b:1 c:2", "version 1", "a:1", "", "b:1")]
    [InlineData("r:5000/a r:5000/b:2", "version 5000/a", "", "", "NoCandidate")]
    public async Task The_target_is_chosen_by_what_is_remembered(string releases, string to, string quarantined, string good, string answer)
    {
        var snapshot = await Shop.WithReleases(releases.Split(' ')).ReadAsync();

        var choice = Candidates.Choose(snapshot!, UndoTarget.Parse(to)!, Knowledge(quarantined, good));

        (choice switch
        {
            Choice.Chosen chosen => chosen.Revision.Images[0].Image,
            Choice.Refused refused => refused.Refusal.ToString(),
            _ => "",
        }).ShouldBe(answer);
    }

    [Fact]
    public async Task The_version_label_names_a_revision_and_its_version()
    {
        var shop = Shop.WithReleases("a:abc", "a:def");
        shop.Cluster.Change(Shop.ReplicaSetRef(1), o => o["spec"]!["template"]!["metadata"]!["labels"]!["app.kubernetes.io/version"] = "1.2.2");
        var snapshot = (await shop.ReadAsync())!;

        Candidates.Choose(snapshot, UndoTarget.Parse("version v1.2.2")!, RevisionKnowledge.None).ShouldBeOfType<Choice.Chosen>().Revision.Number.ShouldBe(1);
        snapshot.Revisions.Select(ReleaseVersion.Of).ShouldBe(["def", "1.2.2"]);
    }

    [Fact]
    public async Task Every_revision_says_of_every_way_to_choose_whether_it_would_be_taken()
    {
        var snapshot = await Shop.WithReleases("v1", "v2", "v3", "v4").ReadAsync();

        TargetTable.Of(snapshot!, Knowledge("v3", "v1")).Select(r => $"{r.Revision.Number}: {r.Targets["last_known_good"]} | {r.Targets["previous"]} | {r.Targets["by_name"]}").ShouldBe([
            "4: is the current one | is the current one | is the current one",
            "3: was rolled back from before | was rolled back from before | was rolled back from before",
            "2: was never seen healthy for the soak period | this one | may be named",
            "1: this one | revision 2 is newer | may be named",
        ]);
    }

    [Fact]
    public async Task A_restart_is_no_candidate_to_go_back_to()
    {
        var shop = Shop.WithReleases("v1", "v2", "v2");
        shop.Cluster.Change(Shop.ReplicaSetRef(2), o => o["spec"]!["template"]!["metadata"]!["annotations"] = new JsonObject { ["kubectl.kubernetes.io/restartedAt"] = "2026-11-23T20:00:00Z" });

        var choice = Candidates.Choose((await shop.ReadAsync())!, new UndoTarget.Previous(), RevisionKnowledge.None);

        choice.ShouldBeOfType<Choice.Chosen>().Revision.Number.ShouldBe(1);
    }

    [Fact]
    public async Task S3_the_release_under_a_restart_that_was_rolled_back_from_is_no_candidate()
    {
        var shop = Shop.WithReleases("v1", "v2", "leaks", "leaks", "v2");
        shop.Cluster.Change(Shop.ReplicaSetRef(4), o => o["spec"]!["template"]!["metadata"]!["annotations"] = new JsonObject { ["kubectl.kubernetes.io/restartedAt"] = "2026-11-23T20:00:00Z" });
        var snapshot = (await shop.ReadAsync())!;
        var restarted = snapshot.Revisions.Single(r => r.Number == 4).Digest;

        var knowledge = Knowledge("", "v1 v2 leaks") with { IsQuarantined = digest => digest == restarted };

        Candidates.Choose(snapshot, new UndoTarget.LastKnownGood(), knowledge).ShouldBeOfType<Choice.Chosen>().Revision.Number.ShouldBe(1);
    }

    [Fact]
    public async Task Nothing_that_runs_would_change_is_refused()
    {
        var shop = Shop.WithReleases("v1", "v1");
        shop.Cluster.Change(Shop.ReplicaSetRef(1), o => o["spec"]!["template"]!["spec"]!["dnsPolicy"] = "Default");

        var choice = Candidates.Choose((await shop.ReadAsync())!, new UndoTarget.Previous(), RevisionKnowledge.None);

        choice.ShouldBeOfType<Choice.Refused>().Refusal.ShouldBe(UndoRefusal.NothingWouldChange);
    }

    [Fact]
    public async Task Revisions_of_another_workload_with_the_same_labels_are_not_looked_at()
    {
        var shop = Shop.WithReleases("v1", "v2");
        shop.Cluster.Change(Shop.ReplicaSetRef(1), o => o["metadata"]!["ownerReferences"]![0]!["uid"] = "other");

        (await shop.ReadAsync())!.Revisions.Select(r => r.Number).ShouldBe([2]);
    }

    [Fact]
    public async Task Each_revision_says_why_it_is_a_candidate_or_not()
    {
        var snapshot = await Shop.WithReleases("v1", "v2", "v3", "v4").ReadAsync();

        var reports = Candidates.Explain(snapshot!, Knowledge("v3", "v2"));

        reports.Select(r => $"{r.Revision.Number} {r.IsCandidate} {r.Why}").ShouldBe([
            "4 False is the current one",
            "3 False was rolled back from before",
            "2 True was seen healthy for the soak period",
            "1 True was never seen healthy for the soak period",
        ]);
    }

    [Fact]
    public async Task The_time_of_a_revision_that_was_used_again_is_not_reliable()
    {
        var shop = Shop.WithReleases("v1", "v2", "v3");
        shop.CountUp(1, 4);

        var revisions = (await shop.ReadAsync())!.Revisions;

        revisions.Select(r => (r.Number, r.TimeIsReliable)).ShouldBe([(4, false), (3, true), (2, true)]);
    }

    [Theory]
    [InlineData("next")]
    [InlineData("revision")]
    [InlineData("revision -1")]
    [InlineData("revision 1 2")]
    [InlineData("")]
    public void Other_targets_are_not_understood(string text) => UndoTarget.Parse(text).ShouldBeNull();

    private static RevisionKnowledge Knowledge(string quarantined, string good)
    {
        var bad = Digests(quarantined);
        var known = Digests(good);
        return new RevisionKnowledge(bad.Contains, known.Contains, known);
    }

    private static HashSet<string> Digests(string images) => [.. images.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(i =>
        PodTemplate.Digest(PodTemplate.Normalize((JsonObject)JsonNode.Parse(Shop.Template(i, null))!)))];
}
