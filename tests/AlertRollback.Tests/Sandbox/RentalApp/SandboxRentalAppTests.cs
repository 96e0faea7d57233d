using System.Net;
using System.Net.Http.Headers;
using AlertRollback.Sandbox.RentalApp;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Sandbox.RentalApp;

public sealed class SandboxRentalAppTests : IAsyncLifetime
{
    private readonly FixedPods pods = new();
    private readonly FakeTimeProvider time = new();
    private readonly HttpClient http = new();
    private SandboxRentalApp app = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => app = await SandboxRentalApp.StartAsync(pods, time, token: "key");

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await app.DisposeAsync();
    }

    [Theory]
    [InlineData("rental-api:v1", 0)]
    [InlineData("rental-api:v2-errors rental-api:v2-errors", 6)]
    [InlineData("rental-api:v2-errors rental-api:v1 rental-api:v1", 2)]
    [InlineData("rental-api:v2-errors! rental-api:v1", 0)]
    public async Task Every_fifth_answer_of_a_pod_with_errors_is_one(string images, int failures)
    {
        pods.Images = images.Split(' ');
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 30; i++) answers.Add(await GetAsync("api/health"));

        answers.Count(a => a == HttpStatusCode.InternalServerError).ShouldBe(failures);
        answers.Count(a => a == HttpStatusCode.OK).ShouldBe(30 - failures);
    }

    [Fact]
    public async Task Without_a_ready_pod_nobody_answers()
    {
        pods.Images = ["rental-api:v2-broken!"];
        (await GetAsync("api/health")).ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Theory]
    [InlineData("api/transactions/rentals/active")]
    [InlineData("api/transactions/rentals/")]
    public async Task Transactions_ask_for_the_key(string path)
    {
        pods.Images = ["rental-api:v1"];
        (await GetAsync(path)).ShouldBe(HttpStatusCode.Unauthorized);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "key");
        (await GetAsync(path)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_slow_pod_answers_after_six_seconds()
    {
        pods.Images = ["rental-api:v3-slow"];
        var asked = GetAsync("api/health");
        while (!asked.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        (await asked).ShouldBe(HttpStatusCode.OK);
        time.GetUtcNow().ShouldBeGreaterThanOrEqualTo(time.Start + TimeSpan.FromSeconds(6));
    }

    private async Task<HttpStatusCode> GetAsync(string path)
    {
        using var response = await http.GetAsync(new Uri(app.Address, path), Ct);
        return response.StatusCode;
    }
}
