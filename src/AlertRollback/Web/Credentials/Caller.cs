namespace AlertRollback.Web.Credentials;

/// <summary>
/// Whom an admitted request comes from, by the credential's name; handlers take it as a parameter and write it into the
/// timeline.
/// </summary>
/// <param name="Name"><c>local</c> when no credentials are configured.</param>
public sealed record Caller(string Name)
{
    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult(context.Features.Get<Caller>());
}
