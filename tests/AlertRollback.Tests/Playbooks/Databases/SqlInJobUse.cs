using AlertRollback.Operators;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Databases;

/// <summary>Without a program behind it: what the API server, and the rights granted for Jobs, make of the manifest.</summary>
internal sealed class SqlInJobUse : ActionUse
{
    public override Type Action => typeof(SqlAction);

    public override string Way => " (in a Job)";

    public override bool OnRealCluster => true;

    // What was written since belongs to whoever wrote it.
    public override bool SeesOthers => false;

    public override IReadOnlyList<string> Rights => ["jobs"];

    public override (string Method, string Path)? KubernetesWrite => ("POST", "jobs\\?");

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        return new ObjectWorld(cluster, workload, SqlActionTests.Parameters("DELETE FROM old").ToJsonString(), Create)
        {
            States = ("no job", "postgres:15 completed"),
            Look = JobUse.LookAsync,
            Refusals = w => [(w.Service with { Team = "admission" }, Reason.NotGranted)],
        };
    }

    private static SqlAction Create(ObjectWorld world)
    {
        var job = new DatabaseReach.Job("default", world.Namespace, null, "postgres:15", null, "default", "rental-backups", TimeSpan.FromHours(1));
        var database = new GrantedDatabase(DatabaseKind.Postgresql, job)
        {
            Database = "rental",
            Allow = ["scripts"],
            Backups = new GrantedBackups("/backups", "${time}.dump"),
            Password = new DatabaseSecret(null, null, new SecretKey("rental-db", "password")),
        };
        return new SqlAction(Granting.Of(database, api: world.Cluster.Acting), [], TimeProvider.System);
    }
}
