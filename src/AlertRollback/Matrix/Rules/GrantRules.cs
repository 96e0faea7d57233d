using AlertRollback.Matrix.Reading;
using AlertRollback.Matrix.Yaml;
using AlertRollback.Operators;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>A team names only what the operator grants it (S15).</summary>
internal sealed class GrantRules : AbstractValidator<TeamDraft>
{
    private const string Ask = "ask the operator to grant it under teams";

    public GrantRules(OperatorConfiguration configuration)
    {
        RuleFor(t => t).Custom((team, context) =>
        {
            if (team.Team.Text.Length == 0) return;
            if (configuration.Teams.TryGetValue(team.Team.Text, out var grants)) new Granted(team, grants, context).Check();
            else context.Fault(team.Team.Place, $"the operator grants nothing to the team {Shown.Quoted(team.Team.Text)}", NearestName.Remedy(team.Team.Text, configuration.Teams.Keys, "teams"));
        });
    }

    private sealed class Granted(TeamDraft team, TeamGrants grants, ValidationContext<TeamDraft> context)
    {
        public void Check()
        {
            foreach (var service in team.Services)
            {
                if (service.Workload is { } workload) Require(grants.Namespaces, new Placed(workload.Namespace, workload.Place), "the namespace");
                if (service.Slack is { } channel) Require(grants.Channels, channel, "the channel");
                if (service.Component is { } component) Require(grants.Components.Keys, component, "the status-page component");
                if (Host(service.Url?.Text) is { } host) Require(grants.Hosts, new Placed(host, service.Url!.Place), "the host");
            }

            foreach (var row in team.Rows)
                if (row.Role is { } role) Require(grants.Roles.Keys, role, "the role");
            foreach (var parameters in Parameters()) CheckParameters(parameters);
        }

        // By the parameters' names: `role` is one that can be called, `bearer` a secret, `get` what is asked by HTTP.
        private void CheckParameters(ParameterValues parameters)
        {
            foreach (var role in parameters.Texts("role")) Require(grants.Roles.Keys, role, "the role");
            var asked = parameters.Texts("get").Select(get => (Get: get, Hosts: HostsOf(get))).ToList();
            foreach (var (get, hosts) in asked)
                foreach (var host in hosts) Require(grants.Hosts, get with { Text = host }, "the host");
            foreach (var secret in parameters.Texts("bearer"))
            {
                Require(grants.Secrets.Keys, secret, "the secret");
                if (grants.Secrets.TryGetValue(secret.Text, out var granted)) CheckSecret(secret, granted, asked.SelectMany(a => a.Hosts));
            }
        }

        private void CheckSecret(Placed secret, GrantedSecret granted, IEnumerable<string> hosts)
        {
            foreach (var host in hosts.Distinct(StringComparer.OrdinalIgnoreCase).Where(h => !granted.Hosts.Contains(h, StringComparer.OrdinalIgnoreCase)))
            {
                context.Fault(
                    secret.Place,
                    $"the secret {Shown.Quoted(secret.Text)} must not be sent to {Shown.Quoted(host)}",
                    $"the operator allows {(granted.Hosts.Count == 0 ? "no host" : string.Join(", ", granted.Hosts))}");
            }
        }

        // A path is asked of every service of the team; what it makes of their address counts, so that "//elsewhere" is found out.
        private IReadOnlyList<string> HostsOf(Placed get) =>
            get.Text.Contains("://", StringComparison.Ordinal)
                ? [Host(get.Text) ?? Shown.Clean(get.Text)]
                : [.. team.Services
                    .Where(s => Host(s.Url?.Text) is not null)
                    .Select(s => Uri.TryCreate(new Uri(s.Url!.Text), get.Text, out var address) ? HostOf(address) : Shown.Clean(get.Text))
                    .Distinct(StringComparer.OrdinalIgnoreCase)];

        private IEnumerable<ParameterValues> Parameters() =>
            team.Playbooks
                .SelectMany(p => p.Before.Concat(p.OnFailure).Concat(p.Methods.SelectMany(m => m.Steps)))
                .Select(s => s.Parameters)
                .Concat(team.CheckSets.SelectMany(c => c.All).Select(c => c.Parameters));

        private void Require(IEnumerable<string> granted, Placed name, string what)
        {
            var names = granted.ToList();
            if (names.Contains(name.Text, what == "the host" ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal)) return;
            context.Fault(
                name.Place,
                $"{what} {Shown.Quoted(name.Text)} is not granted to the team {Shown.Quoted(team.Team.Text)}",
                names.Count == 0 ? Ask : $"{Ask}, or use one of: {string.Join(", ", names.Take(8))}");
        }

        private static string? Host(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Host.Length > 0 ? HostOf(address) : null;

        private static string HostOf(Uri address) => address.Authority;
    }
}
