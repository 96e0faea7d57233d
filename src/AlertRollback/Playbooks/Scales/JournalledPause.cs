using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Scales;

/// <summary>Lets time pass between two writes. Its end is journalled: a restart does not begin anew.</summary>
internal sealed class JournalledPause(TimeProvider time)
{
    /// <param name="name">Of its mark within the step.</param>
    /// <returns>Whether it passed within the step's time.</returns>
    public async Task<bool> PassAsync(StepContext context, string name, TimeSpan span, CancellationToken cancellation)
    {
        if (!context.Journal.Marks.TryGetValue(name, out var mark))
        {
            mark = new JsonObject { ["until"] = (time.GetUtcNow() + span).ToString("O", CultureInfo.InvariantCulture) };
            await context.Journal.MarkAsync(name, mark, "", cancellation);
        }

        var until = DateTimeOffset.Parse(mark["until"]!.GetValue<string>(), CultureInfo.InvariantCulture);
        if (until >= context.Deadline)
            return false;
        if (until - time.GetUtcNow() is var left && left > TimeSpan.Zero)
            await Task.Delay(left, time, cancellation);
        return true;
    }
}
