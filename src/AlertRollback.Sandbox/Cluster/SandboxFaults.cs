using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AlertRollback.Sandbox.Cluster;

/// <summary>A fault that one request meets.</summary>
/// <param name="Status">The status answered instead; 0: the connection is dropped.</param>
/// <param name="RetryAfterSeconds">Sent as Retry-After, with 429 and 503.</param>
/// <param name="CarriedOut">The request is carried out, and then the connection is dropped before the answer.</param>
public sealed record SandboxFault(int Status, int? RetryAfterSeconds = null, bool CarriedOut = false)
{
    public static SandboxFault Forbidden { get; } = new(403);
    public static SandboxFault Conflict { get; } = new(409);
    public static SandboxFault Invalid { get; } = new(422);
    public static SandboxFault InternalError { get; } = new(500);
    public static SandboxFault NeverAnswered { get; } = new(0);
    public static SandboxFault AnswerLost { get; } = new(0, CarriedOut: true);

    public static SandboxFault TooManyRequests(int retryAfterSeconds = 1) => new(429, retryAfterSeconds);
}

/// <summary>Faults to come: each hits the next requests of a method whose path and query match.</summary>
public sealed class SandboxFaults
{
    private readonly Lock gate = new();
    private readonly List<Planned> planned = [];

    /// <summary>The next <paramref name="count"/> requests of this method, on paths matching the pattern, meet the fault.</summary>
    public void Next(string method, string pathPattern, SandboxFault fault, int count = 1)
    {
        lock (gate) planned.Add(new Planned(method, new Regex(pathPattern, RegexOptions.NonBacktracking), fault, count));
    }

    /// <summary>How many faults were not met yet.</summary>
    public int Pending
    {
        get
        {
            lock (gate) return planned.Sum(p => p.Left);
        }
    }

    internal SandboxFault? Take(string method, string path)
    {
        lock (gate)
        {
            if (planned.Find(p => p.Left > 0 && p.Method == method && p.Path.IsMatch(path)) is not { } hit) return null;
            hit.Left--;
            return hit.Fault;
        }
    }

    internal static async Task AnswerAsync(HttpContext http, SandboxFault fault)
    {
        if (fault.Status == 0)
        {
            // Nobody sees this status but the request log: what was dropped was not done.
            http.Response.StatusCode = RequestLog.Dropped;
            http.Abort();
            return;
        }

        http.Response.StatusCode = fault.Status;
        http.Response.ContentType = "application/json";
        if (fault.RetryAfterSeconds is { } seconds) http.Response.Headers.RetryAfter = $"{seconds}";
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = $"a planned fault: {fault.Status}",
            ["reason"] = Reason(fault.Status),
            ["code"] = fault.Status,
        };
        await http.Response.WriteAsync(status.ToJsonString());
    }

    private static string Reason(int status) => status switch
    {
        403 => "Forbidden",
        409 => "Conflict",
        422 => "Invalid",
        429 => "TooManyRequests",
        500 => "InternalError",
        503 => "ServiceUnavailable",
        _ => "Unknown",
    };

    private sealed class Planned(string method, Regex path, SandboxFault fault, int left)
    {
        public string Method { get; } = method;
        public Regex Path { get; } = path;
        public SandboxFault Fault { get; } = fault;
        public int Left { get; set; } = left;
    }
}
