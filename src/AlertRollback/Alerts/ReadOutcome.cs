using System.Diagnostics.CodeAnalysis;

namespace AlertRollback.Alerts;

/// <summary>A webhook message, or a short fault that may be shown to the sender: it names places in the body, never its values.</summary>
public readonly record struct ReadOutcome
{
    private ReadOutcome(WebhookMessage? message, string? fault) => (Message, Fault) = (message, fault);

    public WebhookMessage? Message { get; }

    public string? Fault { get; }

    [MemberNotNullWhen(true, nameof(Message))]
    [MemberNotNullWhen(false, nameof(Fault))]
    public bool IsMessage => Message is not null;

    internal static ReadOutcome Of(WebhookMessage message) => new(message, null);

    internal static ReadOutcome Faulty(string fault) => new(null, fault);
}
