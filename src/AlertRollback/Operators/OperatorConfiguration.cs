using System.Net.Http.Headers;
using AlertRollback.Alerts.Intake;

namespace AlertRollback.Operators;

/// <summary>
/// What the service's operator decides: where it listens, whom it believes, and what each team may reach, by name (S15).
/// Read from <c>operator.yml</c>; secrets are only ever named by file, and the files are read again when they change.
/// </summary>
public sealed record OperatorConfiguration
{
    /// <summary>The name of the cluster under <see cref="Kubernetes"/>.</summary>
    public const string DefaultCluster = "default";

    /// <summary>Address to listen on.</summary>
    public string Listen { get; init; } = "http://127.0.0.1:8080";

    /// <summary>Where people reach this service, for links in messages where one of <see cref="Operators"/> has a user and password, as a browser asks for.</summary>
    public string? ExternalUrl { get; init; }

    /// <summary>File or folder of the decision matrix.</summary>
    public required string Matrix { get; init; }

    /// <summary>The SQLite file.</summary>
    public required string Journal { get; init; }

    /// <summary>Credentials that open the webhook and nothing else; several at once, so that they can be rotated.</summary>
    public IReadOnlyList<Credential> Webhook { get; init; } = [];

    /// <summary>Credentials of people: kill switch, breaker, rollbacks.</summary>
    public IReadOnlyList<Credential> Operators { get; init; } = [];

    /// <summary>Credentials of delivery pipelines: they only ask whether they may deploy.</summary>
    public IReadOnlyList<Credential> Pipelines { get; init; } = [];

    /// <summary>Credentials of whatever collects metrics, such as Prometheus: they open those and nothing else.</summary>
    public IReadOnlyList<Credential> Scrapers { get; init; } = [];

    public IntakeLimits Intake { get; init; } = new();

    public SafetyLimits Safety { get; init; } = new();

    public KubernetesSettings? Kubernetes { get; init; }

    /// <summary>More clusters by name; the one of <see cref="Kubernetes"/> is called <see cref="DefaultCluster"/>.</summary>
    public IReadOnlyDictionary<string, KubernetesSettings> Clusters { get; init; } = new Dictionary<string, KubernetesSettings>();

    public HttpSource? Prometheus { get; init; }

    public HttpSource? Alertmanager { get; init; }

    public SlackSettings? Slack { get; init; }

    public StatuspageSettings? Statuspage { get; init; }

    /// <summary>Plan everything, change nothing.</summary>
    public bool Shadow { get; init; }

    public IReadOnlyDictionary<string, TeamGrants> Teams { get; init; } = new Dictionary<string, TeamGrants>();
}

/// <summary>A bearer token, or a user's password, in a file.</summary>
/// <param name="Name">Who it is, for the timeline and the log.</param>
/// <param name="User">For basic authentication; null for a bearer token.</param>
public sealed record Credential(string Name, string? User, string SecretFile);

/// <summary>The operator's brakes, for all teams alike.</summary>
public sealed record SafetyLimits
{
    /// <summary>Rollbacks that act at the same time.</summary>
    public int AtOnce { get; init; } = 2;

    /// <summary>More targets than this within <see cref="BreakerWithin"/> trip the breaker until a person resets it.</summary>
    public int BreakerTargets { get; init; } = 5;

    public TimeSpan BreakerWithin { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A revision seen complete for this long, without a firing row of its service, is known to be good (S3).</summary>
    public TimeSpan Soak { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a release that was rolled back from is no candidate, and pipelines are told not to deploy it.</summary>
    public TimeSpan Quarantine { get; init; } = TimeSpan.FromDays(30);

    /// <summary>An alert not heard of for this long must be confirmed before the first write (S11).</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long evidence may delay the first write (S18).</summary>
    public TimeSpan Evidence { get; init; } = TimeSpan.FromSeconds(30);
}

/// <param name="Kubeconfig">Path; null: KUBECONFIG, then the pod's own credentials, then the user's file.</param>
public sealed record KubernetesSettings(string? Kubeconfig, string? Context);

/// <summary>An HTTP API that is only read.</summary>
public sealed record HttpSource(string Url, string? BearerFile)
{
    /// <summary>A request below <see cref="Url"/> with the credential as it is in its file now.</summary>
    /// <exception cref="IOException">The credential's file cannot be read; also <see cref="UnauthorizedAccessException"/>.</exception>
    public async Task<HttpRequestMessage> RequestAsync(HttpMethod method, string path, CancellationToken cancellation)
    {
        var token = BearerFile is null ? null : (await File.ReadAllTextAsync(BearerFile, cancellation)).Trim();
        return new HttpRequestMessage(method, Url.TrimEnd('/') + path)
        {
            Headers = { Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token) },
        };
    }
}

/// <summary>A bot token (Web API) or an incoming webhook's address (text only), each in a file.</summary>
public sealed record SlackSettings(string? TokenFile, string? WebhookFile, string? Channel, string Url = "https://slack.com/api/");

/// <summary>One page of Atlassian Statuspage by its id, and the file that holds its API key.</summary>
public sealed record StatuspageSettings(string Page, string TokenFile, string Url = "https://api.statuspage.io/v1/");

/// <summary>What a team's matrix may name.</summary>
public sealed record TeamGrants
{
    /// <summary>Of the default cluster by name alone, of others as <c>west/staging</c>.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>Hosts (with a port where it is not the scheme's own) that HTTP checks may ask.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    public IReadOnlyList<string> Channels { get; init; } = [];

    /// <summary>Status-page components by the name the matrix uses, to the page's component id.</summary>
    public IReadOnlyDictionary<string, string> Components { get; init; } = new Dictionary<string, string>();

    /// <summary>Who is called when a role is paged: Slack mentions such as <c>@U012AB3CD</c> or <c>@here</c>, or plain names.</summary>
    public IReadOnlyDictionary<string, string> Roles { get; init; } = new Dictionary<string, string>();

    /// <summary>Who may start and agree, by role.</summary>
    public IReadOnlyDictionary<string, GrantedPeople> People { get; init; } = new Dictionary<string, GrantedPeople>();

    /// <summary>Secrets by name, each with its file, the hosts it may be sent to and the namespaces it may be put into.</summary>
    public IReadOnlyDictionary<string, GrantedSecret> Secrets { get; init; } = new Dictionary<string, GrantedSecret>();

    public IReadOnlyDictionary<string, GrantedCommand> Commands { get; init; } = new Dictionary<string, GrantedCommand>();

    public IReadOnlyDictionary<string, GrantedRepository> Repositories { get; init; } = new Dictionary<string, GrantedRepository>();

    public IReadOnlyDictionary<string, GrantedEngine> Engines { get; init; } = new Dictionary<string, GrantedEngine>();

    public IReadOnlyDictionary<string, GrantedDirectory> Directories { get; init; } = new Dictionary<string, GrantedDirectory>();

    /// <summary>Kinds of Kubernetes objects that manifests and patches may change besides the ordinary ones: <c>Role.rbac.authorization.k8s.io</c>.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>What Flux or Argo CD deploys from, and may be suspended: <c>kustomization/flux-system/rental</c>.</summary>
    public IReadOnlyList<string> Owners { get; init; } = [];

    public IReadOnlyDictionary<string, GrantedDatabase> Databases { get; init; } = new Dictionary<string, GrantedDatabase>();

    public bool Shadow { get; init; }

    /// <summary>What is granted of one kind, by name.</summary>
    public IEnumerable<string> Names(Grant grant) => grant switch
    {
        Grant.Role => Roles.Keys,
        Grant.Host => Hosts,
        Grant.Secret => Secrets.Keys,
        Grant.Namespace => Namespaces,
        Grant.Command => Commands.Keys,
        Grant.Repository => Repositories.Keys,
        Grant.Engine => Engines.Keys,
        Grant.Directory => Directories.Keys,
        Grant.Kind => Kinds,
        Grant.Owner => Owners,
        Grant.Database => Databases.Keys,
        _ => [],
    };
}

/// <param name="Hosts">The only hosts the secret may be sent to.</param>
public sealed record GrantedSecret(string File, IReadOnlyList<string> Hosts)
{
    /// <summary>The only namespaces it may be put into: as a key of a Secret, or, when the file is a manifest, as the Secrets it says.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];
}

/// <summary>The people of a role.</summary>
/// <param name="Names">Names of credentials under <c>credentials.operators</c>.</param>
/// <param name="Namespaces">The only namespaces they have the role in; empty: all of the team's.</param>
public sealed record GrantedPeople(IReadOnlyList<string> Names, IReadOnlyList<string> Namespaces);
