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

    /// <summary>What is journalled before it is begun.</summary>
    public JsonObject Beginning() => new() { [Until] = (Time.GetUtcNow() + Longest).ToString("O", CultureInfo.InvariantCulture) };

    /// <summary>Reads back, and again while it may still be at work and the step has time.</summary>
    /// <param name="begun">What was journalled at its beginning; null: it was not begun.</param>
    public async Task<ReadBack> AskAsync(StepContext context, JsonObject? begun, Func<Task<ReadBack>> ask, CancellationToken cancellation)
    {
        // Journals of earlier versions do not say until when: there the first answer counts.
        var until = begun?[Until] is { } text ? DateTimeOffset.Parse(text.GetValue<string>(), CultureInfo.InvariantCulture) : DateTimeOffset.MinValue;
        while (true)
        {
            var asked = Time.GetUtcNow();
            var read = await ask();
            if (read is not ReadBack.NotCarriedOut no || asked >= until)
                return read;
            if (Time.GetUtcNow() + Again >= context.Deadline)
                return new ReadBack.Unknown(no.Text.Length == 0 ? "it may still be at work" : $"it may still be at work: {no.Text}");
            await Task.Delay(until - asked < Again ? until - asked : Again, Time, cancellation);
        }
    }
}
