using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Commands;

/// <summary>
/// What was begun goes on without whoever began it. Until it has to be over, that it was not carried out is no answer: it may
/// be only then that it is.
/// </summary>
/// <param name="Longest">How long it may be at work.</param>
internal sealed record AtWork(TimeProvider Time, TimeSpan Longest)
{
    private const string Until = "until";
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    // What may be at work as long as its step has is over a little after it: its last seconds are for ending it and saying so.
    // Given up before that, a "no" could never be measured of it.
    private static readonly TimeSpan ToEnd = TimeSpan.FromSeconds(15);

    /// <summary>It may be at work for even longer, as a program in a pod that is followed no more: a "no" can never be measured of it.</summary>
    public bool NothingEndsIt { get; init; }

    /// <summary>What is journalled before it is begun.</summary>
    public JsonObject Beginning() => new() { [Until] = (Time.GetUtcNow() + Longest).ToString("O", CultureInfo.InvariantCulture) };

    /// <summary>Reads back, and again while it may still be at work, unless the step's time is over long before.</summary>
    /// <param name="begun">What was journalled at its beginning; null: it was not begun.</param>
    public async Task<ReadBack> AskAsync(StepContext context, JsonObject? begun, Func<Task<ReadBack>> ask, CancellationToken cancellation)
    {
        // Journals of earlier versions do not say until when: there the first answer counts.
        var until = begun?[Until] is not { } text ? DateTimeOffset.MinValue
            : NothingEndsIt ? DateTimeOffset.MaxValue
            : DateTimeOffset.Parse(text.GetValue<string>(), CultureInfo.InvariantCulture);
        var isOverInTime = until <= context.Deadline + ToEnd;
        while (true)
        {
            var asked = Time.GetUtcNow();
            var read = await ask();
            if (read is not ReadBack.NotCarriedOut no || asked >= until)
                return read;
            var now = Time.GetUtcNow();
            if (!isOverInTime && now + Again >= context.Deadline)
                return new ReadBack.Unknown(no.Text.Length == 0 ? "it may still be at work" : $"it may still be at work: {no.Text}");
            if (until > now)
                await Task.Delay(until - now < Again ? until - now : Again, Time, cancellation);
        }
    }
}
