using System.Text.RegularExpressions;
using AlertRollback.Matrix.Reading;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>Names are ones that Kubernetes accepts, addresses are addresses.</summary>
internal sealed partial class ServiceRules : AbstractValidator<TeamDraft>
{
    private const string NameRemedy = "use lower-case letters, digits and \"-\", at most 63";

    public ServiceRules()
    {
        RuleForEach(t => t.Services).Custom((service, context) =>
        {
            var what = $"service {Shown.Quoted(service.Name.Text)}";
            if (!IsSubdomain(service.Name.Text)) context.Fault(service.Name.Place, $"{what} has a name that Kubernetes would refuse", NameRemedy);
            if (service.Workload is { } workload)
            {
                if (!Label().IsMatch(workload.Namespace)) context.Fault(workload.Place, $"\"workload\" of {what}: {Shown.Quoted(workload.Namespace)} cannot be a namespace", NameRemedy);
                if (!IsSubdomain(workload.Name)) context.Fault(workload.Place, $"\"workload\" of {what}: {Shown.Quoted(workload.Name)} cannot be a name", NameRemedy);
            }

            if (service.Namespace is { } own && !Label().IsMatch(own.Text)) context.Fault(own.Place, $"\"namespace\" of {what}: {Shown.Quoted(own.Text)} cannot be a namespace", NameRemedy);
            if (service is { Namespace: { } said, Workload: { } other } && said.Text != other.Namespace)
                context.Fault(said.Place, $"\"namespace\" of {what} is not the one of its workload, {Shown.Quoted(other.Namespace)}", "remove it: the workload says it");
            if (service.Workload?.Cluster is { } cluster && !IsSubdomain(cluster.Text))
                context.Fault(cluster.Place, $"\"cluster\" of {what}: {Shown.Quoted(cluster.Text)} cannot be the name of a cluster", NameRemedy);

            if (service.Url is { } url && !IsBase(url.Text))
                context.Fault(url.Place, $"\"url\" of {what} must be an http or https address of a host, not {Shown.Quoted(url.Text)}", "write it like https://api.example.com, without user, query or fragment");
            if (service.Slack is { } slack && !slack.Text.StartsWith('#'))
                context.Fault(slack.Place, $"\"slack\" of {what} must be a channel, not {Shown.Quoted(slack.Text)}", "write it with its mark and in quotes: \"#rental-ops\"");
        });

        RuleFor(t => t.Team).Custom((team, context) =>
        {
            if (team.Text.Length > 0 && !Label().IsMatch(team.Text)) context.Fault(team.Place, $"the team {Shown.Quoted(team.Text)} has a name that cannot be used", NameRemedy);
        });
    }

    private static bool IsBase(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address)
        && address is { Scheme: "http" or "https", UserInfo: "", Query: "", Fragment: "", Host.Length: > 0 };

    private static bool IsSubdomain(string name) => name.Length <= 253 && name.Split('.').All(part => Label().IsMatch(part));

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Label();
}
