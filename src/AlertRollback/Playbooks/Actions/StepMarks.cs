using System.Security.Cryptography;
using System.Text;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Actions;

internal static class StepMarks
{
    /// <summary>The annotation by which a change of this step is known again. Named by action and step, so that marks of later rollbacks replace it.</summary>
    public static StepMark MarkOf(this StepContext context, string action)
    {
        var step = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(context.StepKey)))[..8];
        return new StepMark($"{Marks.Prefix}{action}-{step}", context.RollbackId, context.StepKey);
    }
}
