using System.Reflection;
using AlertRollback.Kubernetes;

namespace AlertRollback.Tests.Playbooks.Contract;

/// <summary>An API that remembers the commands run in pods, and answers them by a table; everything else goes to the real one.</summary>
public class ExecRecorder : DispatchProxy
{
    private IKubernetesApi _inner = null!;
    private Func<IReadOnlyList<string>, ExecResult>? _answer;

    /// <summary>Pod and command, in their order.</summary>
    public List<(string Pod, string Command)> Ran { get; } = [];

    /// <param name="answer">What a command comes to; null: it is run by the real API.</param>
    public static (IKubernetesApi Api, ExecRecorder Recorder) Over(IKubernetesApi inner, Func<IReadOnlyList<string>, ExecResult>? answer)
    {
        var api = Create<IKubernetesApi, ExecRecorder>();
        var recorder = (ExecRecorder)(object)api;
        (recorder._inner, recorder._answer) = (inner, answer);
        return (api, recorder);
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == nameof(IKubernetesApi.ExecAsync))
        {
            var command = (IReadOnlyList<string>)args![3]!;
            lock (Ran)
                Ran.Add(((string)args[1]!, string.Join(' ', command)));
            if (_answer is not null)
                return Answer(command);
        }

        return targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
    }

    private async Task<ExecResult> Answer(IReadOnlyList<string> command)
    {
        await Task.Yield();
        return _answer!(command);
    }
}
