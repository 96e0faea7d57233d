using System.Globalization;
using System.Text.Json;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks;

/// <summary>What Prometheus said to an instant query.</summary>
public abstract record PrometheusAnswer
{
    /// <summary>The samples' values; empty when there is no data.</summary>
    public sealed record Samples(IReadOnlyList<double> Values) : PrometheusAnswer;

    /// <summary>No answer, or a refusal, and why.</summary>
    public sealed record Unreachable(string Why) : PrometheusAnswer;
}

/// <summary>The operator's Prometheus, over its HTTP API (<c>/api/v1/query</c>).</summary>
public sealed class PrometheusSource(HttpClient http, OperatorConfiguration operators, TimeProvider time)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public async Task<PrometheusAnswer> QueryAsync(string query, CancellationToken cancellation)
    {
        if (operators.Prometheus is not { } source)
            return new PrometheusAnswer.Unreachable("the operator configured no Prometheus");
        using var limit = new CancellationTokenSource(Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using var request = await source.RequestAsync(HttpMethod.Post, "/api/v1/query", both.Token);
            request.Content = new FormUrlEncodedContent([KeyValuePair.Create("query", query)]);
            using var response = await http.SendAsync(request, both.Token);
            return await ReadAsync(response, both.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new PrometheusAnswer.Unreachable($"Prometheus did not answer within {Timeout.TotalSeconds:0} s");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or UnauthorizedAccessException)
        {
            return new PrometheusAnswer.Unreachable($"Prometheus cannot be asked: {Texts.Clip(fault.Message, 120)}");
        }
        catch (Exception strange) when (strange is InvalidOperationException or KeyNotFoundException or FormatException or IndexOutOfRangeException)
        {
            // Well-formed, but neither [time, "value"] nor a refusal: native histograms, or something else at that address.
            return new PrometheusAnswer.Unreachable("the answer is not Prometheus's numbers");
        }
    }

    // While it starts, and from a proxy before it, there is no more than the HTTP status.
    private static async Task<PrometheusAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        try
        {
            using var json = await JsonDocument.ParseAsync(body, cancellationToken: cancellation);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("status", out var status))
                return Read(json.RootElement, status);
        }
        catch (JsonException)
        {
            // Nothing more is said of it than of other JSON.
        }

        return new PrometheusAnswer.Unreachable(response.IsSuccessStatusCode ? "the answer is not Prometheus's" : $"Prometheus answered {(int)response.StatusCode}");
    }

    private static PrometheusAnswer Read(JsonElement root, JsonElement status)
    {
        if (status.GetString() != "success")
            return new PrometheusAnswer.Unreachable($"Prometheus refused the query: {(root.TryGetProperty("error", out var error) ? Texts.Clip(error.GetString() ?? "", 200) : "no reason given")}");
        var data = root.GetProperty("data");
        var result = data.GetProperty("result");
        return data.GetProperty("resultType").GetString() switch
        {
            "vector" => new PrometheusAnswer.Samples([.. result.EnumerateArray().Select(s => Value(s.GetProperty("value")))]),
            "scalar" => new PrometheusAnswer.Samples([Value(result)]),
            var other => new PrometheusAnswer.Unreachable($"the query answers with a {other}, not with numbers"),
        };
    }

    // [time, "value"]; Prometheus writes NaN and infinities as words.
    private static double Value(JsonElement sample) => sample[1].GetString() switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" or null => double.NaN,
        var text => double.Parse(text, CultureInfo.InvariantCulture),
    };
}
