using System.Text.RegularExpressions;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Yaml;

namespace AlertRollback.Operators;

/// <summary>Reads where a database's programs run, and how its secret comes there.</summary>
internal sealed partial class DatabasePlacesReader(Paths paths, FaultList faults)
{
    private static readonly TimeSpan KeptJobs = TimeSpan.FromHours(1);

    public DatabaseReach? Reach(MapReader map)
    {
        var job = map.Map("job");
        var reach = Place(map, "exec", "program");
        if (job is null && reach is null)
            faults.Add(map.Place, $"{map.Name("exec")}, \"program\" or \"job\" must say where its programs run", "write exec: {namespace: production, pod: rental-db-0}, program: {}, or job: {namespace: production, image: \"postgres:15\"}");
        if (job is not null && reach is not null)
            faults.Add(job.Place, $"{map.Name("job")} and \"{(reach is DatabaseReach.Pod ? "exec" : "program")}\" exclude each other", "keep one");
        return job is null ? reach : Job(job);
    }

    /// <summary>Exactly one of the two; null when there is none.</summary>
    public DatabaseReach? Place(MapReader map, string inPod, string here)
    {
        var (exec, program) = (map.Map(inPod), map.Map(here));
        if (exec is not null && program is not null)
            faults.Add(program.Place, $"{map.Name(here)} and \"{inPod}\" exclude each other", "keep one");
        var folder = program is null ? null : paths.Full(program.Text("folder"));
        program?.Done();
        return exec is not null ? Pod(exec) : program is not null ? new DatabaseReach.Program(folder) : null;
    }

    public DatabaseSecret? Secret(MapReader map, string key, DatabaseReach? reach)
    {
        if (map.Map(key) is not { } secret) return null;
        var (file, variable, name) = (secret.Text("file"), secret.Text("variable"), secret.Text("secret"));
        var entry = name is null ? secret.Text("key") : secret.RequiredText("key", "say which of its keys");
        secret.Done();
        if (new[] { file, variable, name }.Count(s => s is not null) != 1)
            faults.Add(secret.Place, $"{map.Name(key)} needs one of \"file\", \"variable\" and \"secret\"", "a file of this machine, a variable that the container already has, or with job a Secret and its key");
        else if (entry is not null && name is null)
            faults.Add(entry.Place, $"{map.Name(key)}: \"key\" belongs to \"secret\"", "write {secret: rental-db, key: password}");
        else if (FaultOf(reach, file, variable, name) is var (at, why, remedy))
            faults.Add(at.Place, $"{map.Name(key)}: {why}", remedy);
        if (variable is not null && !Variable().IsMatch(variable.Text))
            faults.Add(variable.Place, $"{map.Name(key)} must be a variable's name, not {Shown.Quoted(variable.Text)}", "write it like POSTGRES_PASSWORD");
        foreach (var wrong in new[] { name, entry }.OfType<Placed>().Where(t => !Plain().IsMatch(t.Text)))
            faults.Add(wrong.Place, $"{map.Name(key)} must name a Secret and its key, not {Shown.Quoted(wrong.Text)}", "write {secret: rental-db, key: password}");
        return new DatabaseSecret(paths.Full(file), variable?.Text, name is null ? null : new SecretKey(name.Text, entry?.Text ?? ""));
    }

    private static (Placed At, string Why, string Remedy)? FaultOf(DatabaseReach? reach, Placed? file, Placed? variable, Placed? secret) => reach switch
    {
        DatabaseReach.Pod or DatabaseReach.Job when file is not null =>
            (file, "a file of this machine cannot be brought into a pod without showing it", reach is DatabaseReach.Job ? "name a key of a Secret: {secret: rental-db, key: password}" : "name a variable of the container's own environment: {variable: POSTGRES_PASSWORD}"),
        DatabaseReach.Program when variable is not null => (variable, "a program of this machine gets no environment of a container", "name a file: {file: credentials/rental-db}"),
        DatabaseReach.Job { CronJob: null } when variable is not null => (variable, "a pod of an image has no variables of its own", "name a key of a Secret: {secret: rental-db, key: password}"),
        DatabaseReach.Pod or DatabaseReach.Program when secret is not null => (secret, "a Secret is brought only into a Job", "name a variable that the container has with exec, and a file with program"),
        _ => null,
    };

    private DatabaseReach.Pod Pod(MapReader exec)
    {
        var @namespace = exec.RequiredText("namespace", "say in which namespace the pod is")?.Text ?? "";
        var cluster = exec.Text("cluster")?.Text ?? OperatorConfiguration.DefaultCluster;
        var (pod, selector, written) = (exec.Text("pod")?.Text, exec.Text("selector")?.Text, exec.Text("workload"));
        var workload = written is null ? null : WorkloadRef.Parse(written.Text.Replace("/", $"/{@namespace}/", StringComparison.Ordinal));
        if (written is not null && workload is null)
            faults.Add(written.Place, $"{exec.Name("workload")} is no workload", "write it like statefulset/rental-db");
        if (new[] { pod, selector, written?.Text }.Count(c => c is not null) != 1)
            faults.Add(exec.Place, $"{exec.Name("pod")}, \"workload\" and \"selector\": one of them says which pod", "write pod: rental-db-0, workload: statefulset/rental-db or selector: app=rental-db");
        else if (selector is not null && !selector.Any(char.IsAsciiLetterOrDigit))
            faults.Add(exec.Place, $"{exec.Name("selector")} is empty, which would match every pod", "write it like app=rental-db");
        var container = exec.Text("container")?.Text;
        exec.Done();
        return new DatabaseReach.Pod(new PodChoice(cluster, @namespace, workload, pod, selector, container));
    }

    private DatabaseReach.Job Job(MapReader job)
    {
        var @namespace = job.RequiredText("namespace", "say in which namespace it runs")?.Text ?? "";
        var cluster = job.Text("cluster")?.Text ?? OperatorConfiguration.DefaultCluster;
        var (cronJob, image, container) = (job.Text("cronjob"), job.Text("image"), job.Text("container"));
        var (account, claim) = (job.Text("service_account"), job.Text("claim"));
        var keep = job.Duration("keep");
        if (keep < JobKeep.Shortest || keep > JobKeep.Longest)
            faults.Add(job.PlaceOf("keep") ?? job.Place, $"{job.Name("keep")} is from 1h to 30d", null);
        job.Done();
        if ((cronJob is null) == (image is null))
            faults.Add(job.Place, $"{job.Name("cronjob")} and \"image\": one of them says what it is made of", "write image: \"postgres:15\", or cronjob: rental-db-tools");
        if (image is not null && !ImageName.IsValid(image.Text))
            faults.Add(image.Place, $"{job.Name("image")} must be the name of an image, not {Shown.Quoted(image.Text)}", "write it like postgres:15");
        if (cronJob is not null && (account ?? claim) is { } said)
            faults.Add(said.Place, $"{job.Name("service_account")} and \"claim\" are said by the CronJob itself", "leave it out");
        if (cronJob is null && container is not null)
            faults.Add(container.Place, $"{job.Name("container")} is one of a CronJob's", "leave it out");
        foreach (var wrong in new[] { cronJob, account, claim }.OfType<Placed>().Where(t => !ObjectName().IsMatch(t.Text)))
            faults.Add(wrong.Place, $"{Shown.Quoted(wrong.Text)} cannot be an object's name", "lower case letters, digits, \"-\" and \".\"");
        return new DatabaseReach.Job(cluster, @namespace, cronJob?.Text, image?.Text, container?.Text, account?.Text, claim?.Text, keep ?? KeptJobs);
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();

    [GeneratedRegex(@"\A[A-Za-z0-9_.-]{1,253}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex ObjectName();
}
