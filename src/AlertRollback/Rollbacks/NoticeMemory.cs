using AlertRollback.Matrix;
using AlertRollback.Playbooks.StatusPages;

namespace AlertRollback.Rollbacks;

/// <summary>Reads the notices off the timelines of the service's rollbacks.</summary>
public sealed class NoticeMemory(Chronicle chronicle) : INoticeMemory
{
    public KeptNotice? Latest(ServiceDefinition service, string kind, string key) => chronicle.Book.Rollbacks.Values
        .Where(r => r.Service.Team == service.Team && r.Service.Name == service.Name)
        .SelectMany(r => r.Timeline)
        .Where(t => t.Event is RollbackEvent.StepMarked { Name: KeptNotice.MarkName })
        .OrderByDescending(t => t.Sequence)
        .Select(t => KeptNotice.FromJson(((RollbackEvent.StepMarked)t.Event).Data))
        .FirstOrDefault(n => n is not null && n.Kind == kind && n.Key == key);
}
