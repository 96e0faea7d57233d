using System.Globalization;
using System.Text;

namespace AlertRollback.Benchmarks.Receipts;

/// <summary>A message as Alertmanager writes it. Its fingerprints can be replaced in place, so that each one is new.</summary>
internal sealed class SampleMessage
{
    private readonly List<int> _places = [];

    public SampleMessage(int alerts)
    {
        var text = new StringBuilder("""{"receiver":"alertrollback","status":"firing","alerts":[""");
        for (var i = 0; i < alerts; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $$"""
                {{(i == 0 ? "" : ",")}}{"status":"firing","labels":{"alertname":"HighErrorRate","cluster":"eu-1","namespace":"rental","pod":"rental-api-7d4b9c-{{i}}","service":"rental-api","severity":"critical","team":"rental"},"annotations":{"description":"12.5 % of the requests fail","runbook_url":"https://runbooks.example/rental","summary":"rental-api returns errors"},"startsAt":"2026-01-02T03:04:05.123Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://prometheus.example:9090/graph?g0.expr=errors&g0.tab=1","fingerprint":"
                """);
            _places.Add(text.Length);
            text.Append("0000000000000000\"}");
        }

        text.Append("""],"groupLabels":{"alertname":"HighErrorRate"},"commonLabels":{"alertname":"HighErrorRate","team":"rental"},"commonAnnotations":{},"externalURL":"http://alertmanager.example:9093","version":"4","groupKey":"{}:{alertname=\"HighErrorRate\"}","truncatedAlerts":0}""");
        Body = Encoding.ASCII.GetBytes(text.ToString());
    }

    public byte[] Body { get; }

    public void Renew(long number)
    {
        foreach (var place in _places)
            (number++ * 7919).TryFormat(Body.AsSpan(place, 16), out _, "x16", CultureInfo.InvariantCulture);
    }
}
