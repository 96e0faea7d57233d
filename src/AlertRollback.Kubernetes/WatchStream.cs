using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes;

/// <summary>One connection of a watch.</summary>
internal sealed class WatchStream : IDisposable
{
    private readonly ApiTransport transport;
    private readonly HttpResponseMessage response;
    private readonly StreamReader reader;

    private WatchStream(ApiTransport transport, HttpResponseMessage response, Stream body)
    {
        this.transport = transport;
        this.response = response;
        reader = new StreamReader(body);
    }

    public static async Task<WatchStream> OpenAsync(ApiTransport transport, string path, CancellationToken cancellation)
    {
        var response = await transport.OpenAsync(path, cancellation).ConfigureAwait(false);
        return new WatchStream(transport, response, await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false));
    }

    /// <summary>The next line, or null when the stream has ended, is broken or went silent.</summary>
    public async Task<KubernetesObject?> ReadAsync(CancellationToken cancellation)
    {
        using var idle = new CancellationTokenSource(transport.Retry.WatchIdle, transport.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, idle.Token);
        try
        {
            var line = await reader.ReadLineAsync(either.Token).ConfigureAwait(false);
            return line is not null && JsonNode.Parse(line) is JsonObject json ? new KubernetesObject(json) : null;
        }
        catch (JsonException)
        {
            // Cut off in the middle of a line.
            return null;
        }
        catch (Exception fault) when (ApiTransport.IsConnectionFault(fault))
        {
            cancellation.ThrowIfCancellationRequested();
            return null;
        }
    }

    public void Dispose()
    {
        reader.Dispose();
        response.Dispose();
    }
}
