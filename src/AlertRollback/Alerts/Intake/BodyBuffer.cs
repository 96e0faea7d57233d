using System.Buffers;

namespace AlertRollback.Alerts.Intake;

/// <summary>One body, read once, in a rented array that grows with what really arrives and not with what was announced.</summary>
internal sealed class BodyBuffer(BodyMemory memory) : IDisposable
{
    private const int FirstSize = 16 * 1024;

    private byte[] _bytes = [];
    private int _length;
    private int _taken;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>Reads to the end; answers with a refusal, or null when the whole body is here.</summary>
    public async Task<IntakeAnswer?> FillAsync(HttpRequest request, long limit, CancellationToken cancellation)
    {
        if (request.ContentLength > limit)
            return IntakeAnswer.TooLarge(limit);
        while (true)
        {
            if (_length == _bytes.Length && !TryGrow(limit))
                return IntakeAnswer.TryAgain("too many messages at once");
            var read = await request.Body.ReadAsync(_bytes.AsMemory(_length), cancellation);
            if (read == 0)
                return null;
            _length += read;
            if (_length > limit)
                return IntakeAnswer.TooLarge(limit);
        }
    }

    private bool TryGrow(long limit)
    {
        // One byte beyond the limit shows that there is more.
        var size = (int)Math.Min(Math.Max(_bytes.Length * 2L, FirstSize), Math.Min(limit + 1, Array.MaxLength));
        if (size <= _bytes.Length || !memory.TryTake(size))
            return false;
        var larger = ArrayPool<byte>.Shared.Rent(size);
        Written.CopyTo(larger);
        GiveBack();
        (_bytes, _taken) = (larger, size);
        return true;
    }

    private void GiveBack()
    {
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        memory.Give(_taken);
        (_bytes, _taken) = ([], 0);
    }

    /// <summary>Leaves the array to whoever may still be reading it; it never goes back to the pool.</summary>
    public void Abandon()
    {
        memory.Give(_taken);
        (_bytes, _taken, _length) = ([], 0, 0);
    }

    public void Dispose()
    {
        _length = 0;
        GiveBack();
    }
}
