using System.Text.Json.Nodes;
using AlertRollback.Tests.Support.Stubs;

namespace AlertRollback.EndToEnd.Support;

/// <summary>Slack and Statuspage as the announcers' tests know them.</summary>
internal sealed class PeopleStubs : IDisposable
{
    public const string Channel = "#rental-ops";
    public const string Component = "cmp1";

    private readonly StubChannel channel;

    public PeopleStubs()
        : this(Channel, new Dictionary<string, string> { ["Rental"] = Component })
    {
    }

    /// <param name="name">The channel: <c>#rental-ops</c>.</param>
    /// <param name="components">The status page's component ids by name.</param>
    public PeopleStubs(string name, IReadOnlyDictionary<string, string> components)
    {
        channel = Slack.AddChannel("C0RENTAL", name.TrimStart('#'));
        foreach (var component in components)
            Statuspage.AddComponent(component.Value, component.Key);
    }

    // The service looks for messages of its own from the rollback's beginning on.
    public SlackStub Slack { get; } = new() { Now = TimeProvider.System.GetUtcNow() };

    public StatuspageStub Statuspage { get; } = new();

    /// <summary>The messages of the channel that are not replies.</summary>
    public IReadOnlyList<StubMessage> Messages => Slack.Look(() => channel.Messages.Where(m => m.ThreadTs is null).ToList());

    public IReadOnlyList<StubMessage> Replies(StubMessage to) => Slack.Look(() => channel.Messages.Where(m => m.ThreadTs == to.Ts).ToList());

    public IReadOnlyList<JsonObject> Incidents => Statuspage.Look(() => Statuspage.Incidents.Select(i => (JsonObject)i.DeepClone()).ToList());

    /// <summary>All that a message says, in its text and its blocks.</summary>
    public string Words(StubMessage message) => Slack.Look(() => message.Text + "\n" + message.Blocks.ToJsonString(Readable));

    private static readonly System.Text.Json.JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Waits until somebody is told to call this member.</summary>
    public Task CalledAsync(string member) => Eventually.BeAsync($"{member} is called", TimeSpan.FromSeconds(20), () =>
        Messages.SelectMany(Replies).Any(r => Words(r).Contains($"<@{member}>", StringComparison.Ordinal)));

    /// <summary>Waits until one message of the channel says all of this.</summary>
    public Task ToldAsync(params string[] words) => Eventually.BeAsync($"people are told of {string.Join(" and ", words)}", TimeSpan.FromSeconds(20), () =>
        Messages.Select(Words).Any(said => words.All(w => said.Contains(w, StringComparison.Ordinal))));

    public void Dispose()
    {
        Slack.Dispose();
        Statuspage.Dispose();
    }
}
