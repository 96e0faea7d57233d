using System.Text.Json.Nodes;
using AlertRollback.Matrix.Reading;
using AlertRollback.Operators;
using AlertRollback.Yaml;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>A team names only what the operator grants it (S15).</summary>
internal sealed class GrantRules : AbstractValidator<TeamDraft>
{
    public GrantRules(OperatorConfiguration configuration)
    {
        RuleFor(t => t).Custom((team, context) =>
        {
            if (team.Team.Text.Length == 0) return;
            if (configuration.Teams.TryGetValue(team.Team.Text, out var grants)) new Granted(team, grants, configuration.Operators.Count > 0, context).Check();
            else context.Fault(team.Team.Place, $"the operator grants nothing to the team {Shown.Quoted(team.Team.Text)}", NearestName.Remedy(team.Team.Text, configuration.Teams.Keys, "teams"));
        });
    }

    /// <param name="named">People have credentials, so that only those named under people can answer.</param>
    private sealed class Granted(TeamDraft team, TeamGrants grants, bool named, ValidationContext<TeamDraft> context)
    {
        private const string Ask = "ask the operator to grant it under teams";

        private static readonly Dictionary<Grant, string> Words = new()
        {
            [Grant.Role] = "the role",
            [Grant.Host] = "the host",
            [Grant.Secret] = "the secret",
            [Grant.Namespace] = "the namespace",
            [Grant.Command] = "the command",
            [Grant.Database] = "the database",
            [Grant.Repository] = "the repository",
            [Grant.Engine] = "the container engine",
            [Grant.Directory] = "the directory",
            [Grant.Kind] = "the kind",
            [Grant.Owner] = "the owner",
        };

        public void Check()
        {
            foreach (var service in team.Services) CheckService(service);
            foreach (var role in Called()) Require(Grant.Role, role);
            foreach (var (role, passes) in Asked()) RequirePeople(role, passes);
            foreach (var step in team.Playbooks.SelectMany(p => p.Steps))
            {
                CheckValues(step.Parameters, team.Services);
                foreach (var (grant, name) in step.Action.Needs(step.Parameters.Json)) Require(grant, new Placed(name, step.Place));
            }

            foreach (var check in team.Playbooks.SelectMany(p => p.OwnChecks).Concat(team.CheckSets.SelectMany(c => c.All))) CheckValues(check.Parameters, team.Services);
        }

        private void CheckService(ServiceDraft service)
        {
            if (service.Workload is { } workload) Require(Grant.Namespace, new Placed(InCluster(service, workload.Namespace), workload.Place));
            else if (service.Namespace is { } own) Require(Grant.Namespace, own);
            if (service.Slack is { } channel) Require(grants.Channels, channel, "the channel");
            if (service.Component is { } component) Require(grants.Components.Keys, component, "the status-page component");
            if (Host(service.Url?.Text) is { } host) Require(Grant.Host, new Placed(host, service.Url!.Place));
            CheckNames(service.Names, null, [service]);
            foreach (var check in service.CheckSets.SelectMany(c => c.All)) CheckValues(check.Parameters, [service]);
        }

        private IEnumerable<Placed> Called() =>
        [
            .. team.Rows.Select(r => r.Role).OfType<Placed>(),
            .. team.FollowUp.Concat(team.Playbooks.SelectMany(p => p.FollowUp ?? [])).Select(f => f.Role).OfType<Placed>(),
        ];

        /// <summary>Who starts and who agrees, and whether silence is a yes.</summary>
        private IEnumerable<(Placed Role, bool Passes)> Asked() =>
        [
            .. team.Severities.Select(s => s.Approval).Concat(team.Playbooks.SelectMany(p => p.Approvals)).OfType<ApprovalDraft>().Select(a => (a.Role, a.Definition.Otherwise == OnSilence.Proceed)),
            .. team.Playbooks.SelectMany(p => p.Manual?.Roles ?? []).Select(r => (r, false)),
        ];

        /// <param name="services">Those the names are used for.</param>
        private void CheckValues(ParameterValues values, IReadOnlyList<ServiceDraft> services)
        {
            CheckNames(values.Names, values.Json["via"], services);
            foreach (var check in values.Checks) CheckValues(check.Parameters, services);
        }

        /// <param name="via">The Service object that paths are asked of instead of the service's url; null: none.</param>
        private void CheckNames(IReadOnlyList<NamedGrant> names, JsonNode? via, IReadOnlyList<ServiceDraft> services)
        {
            var hosts = names.Where(n => n.Grant == Grant.Host).SelectMany(n => Needed(HostsOf(n.Name, via, services).ToList(), via)).ToList();
            foreach (var host in hosts) Require(Grant.Host, host);
            foreach (var (grant, name) in names)
            {
                if (grant == Grant.Namespace) foreach (var written in NamespacesOf(name, services)) Require(grant, written);
                else if (grant != Grant.Host) Require(grant, name);
                if (grant == Grant.Secret && grants.Secrets.TryGetValue(name.Text, out var secret)) CheckSecret(name, secret, hosts.Select(h => h.Text));
            }
        }

        // Not every service of the team has to be asked behind its Service object, and one whose host is not granted is refused
        // when it is asked: without any, nobody could be.
        private IEnumerable<Placed> Needed(IReadOnlyList<Placed> hosts, JsonNode? via) =>
            via is not null && hosts.Where(h => grants.Names(Grant.Host).Contains(h.Text, StringComparer.OrdinalIgnoreCase)).ToList() is { Count: > 0 } granted ? granted : hosts;

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

        // A path is asked of every service.
        private static IEnumerable<Placed> HostsOf(Placed address, JsonNode? via, IReadOnlyList<ServiceDraft> services) =>
            address.Text.Contains("://", StringComparison.Ordinal)
                ? [address with { Text = Host(address.Text) ?? Shown.Clean(address.Text) }]
                : services
                    .Select(s => via is null ? HostBelow(s.Url?.Text, address.Text) : ServiceAddress.HostOf(via, s.Name.Text, s.Workload?.Namespace ?? s.Namespace?.Text))
                    .OfType<string>()
                    .Distinct(StringComparer.OrdinalIgnoreCase)
                    .Select(h => address with { Text = h });

        // What the path makes of the address counts, so that "//elsewhere" is found out.
        private static string? HostBelow(string? url, string path) =>
            Host(url) is null ? null : Uri.TryCreate(new Uri(url!), path, out var full) ? full.Authority : Shown.Clean(path);

        // "namespace/name" names a thing in a namespace; a cluster of its own is granted together with the namespace.
        private static IEnumerable<Placed> NamespacesOf(Placed name, IReadOnlyList<ServiceDraft> services) =>
            services.Select(s => InCluster(s, name.Text.Split('/')[0])).Distinct().Select(n => name with { Text = n });

        private static string InCluster(ServiceDraft service, string name) =>
            service.Workload?.Cluster is { } cluster && cluster.Text != OperatorConfiguration.DefaultCluster ? $"{cluster.Text}/{name}" : name;

        private void Require(Grant grant, Placed name) => Require(grants.Names(grant), name, Words[grant]);

        private void Require(IEnumerable<string> granted, Placed name, string what)
        {
            var names = granted.ToList();
            if (name.Text.Length == 0 || names.Contains(name.Text, what == Words[Grant.Host] ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal)) return;
            context.Fault(
                name.Place,
                $"{what} {Shown.Quoted(name.Text)} is not granted to the team {Shown.Quoted(team.Team.Text)}",
                names.Count == 0 ? Ask : $"{Ask}, or use one of: {string.Join(", ", names.Take(8))}");
        }

        // A role under roles is only whom Slack mentions. A question to it that nobody can answer is denied in the end, and is no
        // reason to be without a matrix; one that silence agrees to would pass without anybody who could say no.
        private void RequirePeople(Placed role, bool passes)
        {
            var known = grants.People.Keys.Union(grants.Roles.Keys).ToList();
            Require(known, role, Words[Grant.Role]);
            if (!named || !known.Contains(role.Text) || grants.People.GetValueOrDefault(role.Text) is { Names.Count: > 0 })
                return;
            var text = $"nobody of the team {Shown.Quoted(team.Team.Text)} has the role {Shown.Quoted(role.Text)}";
            const string remedy = "ask the operator to name them under people: roles only says whom messages mention";
            if (passes)
                context.Fault(role.Place, text, remedy);
            else
                context.Warn(role.Place, text, remedy);
        }

        private static string? Host(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Host.Length > 0 ? address.Authority : null;
    }
}
