using System.Net;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Api;
using AlertRollback.Sandbox.Cluster.Controllers;
using AlertRollback.Sandbox.Cluster.Exec;
using AlertRollback.Sandbox.Cluster.Objects;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AlertRollback.Sandbox.Cluster;

/// <summary>A pretend Kubernetes cluster in this process: the API over HTTPS on loopback, its controllers, and one node.</summary>
public sealed class SandboxCluster : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ObjectStore store;
    private readonly CancellationTokenSource stopping;
    private readonly string folder;
    private Task controllers = Task.CompletedTask;

    private SandboxCluster(WebApplication app, ObjectStore store, RequestLog requests, SandboxFaults faults, ExecLog execs, SandboxAccess access, CancellationTokenSource stopping)
    {
        this.app = app;
        this.store = store;
        this.stopping = stopping;
        Requests = requests;
        Faults = faults;
        Execs = execs;
        Access = access;
        folder = Directory.CreateTempSubdirectory("alertrollback-sandbox-").FullName;
    }

    public Uri BaseAddress => new(app.Urls.First());

    /// <summary>A kubeconfig with the address, the certificate and a token with all rights.</summary>
    public string KubeconfigPath => Path.Combine(folder, "kubeconfig");

    public RequestLog Requests { get; }

    public SandboxFaults Faults { get; }

    /// <summary>The commands that were run in containers, and the answers prepared for them.</summary>
    public ExecLog Execs { get; }

    /// <summary>What access reviews answer.</summary>
    public SandboxAccess Access { get; }

    public static async Task<SandboxCluster> StartAsync(SandboxClusterOptions? options = null, TimeProvider? time = null)
    {
        options ??= SandboxClusterOptions.Quick;
        time ??= TimeProvider.System;
        var store = new ObjectStore(time);
        var (requests, faults, execs, access, stopping) = (new RequestLog(time), new SandboxFaults(), new ExecLog(), new SandboxAccess(), new CancellationTokenSource());
        var certificate = SandboxCertificate.Create(TimeProvider.System.GetUtcNow());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, options.Port, listen =>
        {
            // HTTP/1.1, so that a dropped connection is one.
            listen.Protocols = HttpProtocols.Http1;
            listen.UseHttps(certificate);
        }));
        var app = builder.Build();
        var api = new ClusterApi(store, options, faults, requests, execs, access, time, stopping.Token);
        app.UseWebSockets();
        app.Run(api.AnswerAsync);
        await app.StartAsync();
        var cluster = new SandboxCluster(app, store, requests, faults, execs, access, stopping);
        await File.WriteAllTextAsync(cluster.KubeconfigPath, Kubeconfig.Of(cluster.BaseAddress, certificate, options.Token));
        cluster.Populate();
        cluster.controllers = Task.Run(() => Loop(store, options, time).RunAsync(stopping.Token));
        return cluster;
    }

    /// <summary>Every watch from before now answers 410 Gone.</summary>
    public void ForgetHistory()
    {
        lock (store.Gate) store.ForgetHistory();
    }

    /// <summary>The object, past the API and its request log; null when there is none.</summary>
    public KubernetesObject? Peek(ObjectRef target)
    {
        lock (store.Gate)
        {
            var home = target.Kind.Namespaced ? target.Namespace : "";
            return store.Find(target.Kind, home, target.Name) is { } found ? Read(found) : null;
        }
    }

    /// <summary>All objects of a kind, past the API and its request log.</summary>
    public IReadOnlyList<KubernetesObject> PeekAll(ResourceKind kind, string @namespace = "")
    {
        lock (store.Gate) return [.. store.All(kind, @namespace).Select(Read)];
    }

    /// <summary>What the metrics API says of a pod from now on: quantities such as <c>250m</c> and <c>64Mi</c> per container.</summary>
    public void ReportUsage(string @namespace, string pod, params (string Container, string Cpu, string Memory)[] usage)
    {
        lock (store.Gate)
        {
            if (store.Find(ResourceKind.PodMetrics, @namespace, pod) is { } old) store.Remove(old);
            var labels = store.Find(ResourceKind.Pod, @namespace, pod)?.Json.At("metadata", "labels")?.DeepClone();
            store.Create(ResourceKind.PodMetrics, new JsonObject
            {
                ["kind"] = "PodMetrics",
                ["apiVersion"] = ResourceKind.PodMetrics.ApiVersion,
                ["metadata"] = new JsonObject { ["name"] = pod, ["namespace"] = @namespace, ["labels"] = labels },
                ["timestamp"] = ClusterJson.Stamp(store.Now),
                ["window"] = "30s",
                ["containers"] = new JsonArray([
                    .. usage.Select(u => new JsonObject { ["name"] = u.Container, ["usage"] = new JsonObject { ["cpu"] = u.Cpu, ["memory"] = u.Memory } })]),
            });
        }
    }

    /// <summary>What the metrics API says of a node from now on, and what the node has to give.</summary>
    public void ReportNodeUsage(string node, (string Cpu, string Memory) usage, (string Cpu, string Memory) allocatable)
    {
        lock (store.Gate)
        {
            foreach (var kind in new[] { ResourceKind.NodeMetrics, ResourceKind.Node })
            {
                if (store.Find(kind, "", node) is { } old) store.Remove(old);
            }

            store.Create(ResourceKind.NodeMetrics, new JsonObject
            {
                ["kind"] = "NodeMetrics",
                ["apiVersion"] = ResourceKind.NodeMetrics.ApiVersion,
                ["metadata"] = new JsonObject { ["name"] = node },
                ["timestamp"] = ClusterJson.Stamp(store.Now),
                ["window"] = "30s",
                ["usage"] = new JsonObject { ["cpu"] = usage.Cpu, ["memory"] = usage.Memory },
            });
            store.Create(ResourceKind.Node, new JsonObject
            {
                ["kind"] = "Node",
                ["apiVersion"] = "v1",
                ["metadata"] = new JsonObject { ["name"] = node },
                ["status"] = new JsonObject { ["allocatable"] = new JsonObject { ["cpu"] = allocatable.Cpu, ["memory"] = allocatable.Memory } },
            });
        }
    }

    /// <summary>Ends when the object is as wanted; wakes at every change of the cluster, never by polling.</summary>
    public async Task<KubernetesObject> WaitForAsync(ObjectRef target, Func<KubernetesObject, bool> wanted, CancellationToken cancellation)
    {
        while (true)
        {
            Task next;
            lock (store.Gate) next = store.NextChange;
            if (Peek(target) is { } found && wanted(found)) return found;
            await await Task.WhenAny(next, controllers).WaitAsync(cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await app.StopAsync();
        await app.DisposeAsync();
        try
        {
            await controllers;
        }
        catch (OperationCanceledException)
        {
            // The way the loop ends.
        }

        stopping.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>From its text, as it would come over the wire: numbers that controllers put in are of other types than those read.</summary>
    private static KubernetesObject Read(StoredObject stored) => new((JsonObject)JsonNode.Parse(stored.Text)!);

    private static ControllerLoop Loop(ObjectStore store, SandboxClusterOptions options, TimeProvider time) => new(
        store,
        [
            new GarbageCollector(store),
            new DeploymentController(store),
            new ReplicaSetController(store),
            new StatefulSetController(store),
            new DaemonSetController(store),
            new RolloutController(store),
            new JobController(store),
            new Kubelet(store, options),
        ],
        options.ControllerDelay,
        time);

    private void Populate()
    {
        lock (store.Gate)
        {
            foreach (var name in new[] { "default", "kube-system" })
            {
                var json = new JsonObject { ["kind"] = "Namespace", ["apiVersion"] = "v1", ["metadata"] = new JsonObject { ["name"] = name } };
                Defaulting.Apply(ResourceKind.Namespace, json);
                store.Create(ResourceKind.Namespace, json);
            }

            store.Create(ResourceKind.Node, new JsonObject
            {
                ["kind"] = "Node",
                ["apiVersion"] = "v1",
                ["metadata"] = new JsonObject { ["name"] = Kubelet.NodeName },
                ["status"] = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True" }) },
            });
        }
    }
}
