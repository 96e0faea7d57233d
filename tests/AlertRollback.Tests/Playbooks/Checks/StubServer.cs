using System.Collections.Concurrent;
using AlertRollback.Sandbox;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AlertRollback.Tests.Playbooks.Checks;

/// <summary>A server on loopback that answers what the test says and remembers what it was asked.</summary>
internal sealed class StubServer : IAsyncDisposable
{
    private LoopbackServer _server = null!;

    public string Url => _server.Address.ToString().TrimEnd('/');

    public string Host => _server.Address.Authority;

    /// <summary>Path with query, and the Authorization header.</summary>
    public ConcurrentQueue<(string Path, string Authorization, string Body)> Asked { get; } = new();

    public Func<HttpContext, IResult> Answer { get; set; } = _ => Results.Ok();

    public static async Task<StubServer> StartAsync(Func<HttpContext, IResult>? answer = null)
    {
        var stub = new StubServer();
        stub.Answer = answer ?? stub.Answer;
        stub._server = await LoopbackServer.StartAsync(0, app => app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            var target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
            stub.Asked.Enqueue((target, context.Request.Headers.Authorization.ToString(), body));
            await stub.Answer(context).ExecuteAsync(context);
        }));
        return stub;
    }

    public static Func<HttpContext, IResult> Json(string json, int status = 200) => _ => Results.Text(json, "application/json", statusCode: status);

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
