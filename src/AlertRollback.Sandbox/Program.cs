using AlertRollback.Sandbox.Cluster;

await using var cluster = await SandboxCluster.StartAsync(SandboxClusterOptions.Leisurely);
Console.WriteLine($"A pretend Kubernetes API at {cluster.BaseAddress}; kubeconfig: {cluster.KubeconfigPath}");
await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
