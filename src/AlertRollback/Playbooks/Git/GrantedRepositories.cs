using System.Collections.Concurrent;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Programs;

namespace AlertRollback.Playbooks.Git;

/// <summary>Repositories as far as a team was granted them, by name (S15). Each clone is worked on by one at a time.</summary>
public sealed class GrantedRepositories(OperatorConfiguration operators, LocalPrograms programs)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);

    /// <summary>Null: the team was not granted a repository of this name.</summary>
    public GrantedRepository? Find(string team, string name) => operators.Teams.GetValueOrDefault(team)?.Repositories.GetValueOrDefault(name);

    public async Task<T> WorkAsync<T>(GrantedRepository repository, Func<GitClone, Task<T>> work, CancellationToken cancellation)
    {
        var turn = _turns.GetOrAdd(repository.Directory, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellation);
        try
        {
            return await work(new GitClone(programs, repository));
        }
        finally
        {
            turn.Release();
        }
    }
}
