using System.Diagnostics;
using System.Net;

namespace Ente.Orleans.Api.Tests.Budgets;

/// <summary>
/// Somebody who goes on working beside an attack: signed in, from an address of their own, with reads, a change, an upload and what
/// needs no account in turn.
/// </summary>
internal sealed class Victim(ApiServer server, ApiUser user)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(40);
    private readonly List<TimeSpan> _times = [];
    private readonly List<string> _failures = [];

    /// <summary>Milliseconds of the slowest request but one in a hundred.</summary>
    public double P99 => _times.Order().ElementAt((int)Math.Ceiling(_times.Count * 0.99) - 1).TotalMilliseconds;

    public IReadOnlyList<string> Failures => _failures;

    public int Requests => _times.Count;

    public static async Task<Victim> CreateAsync(ApiServer server) => new(server, await server.SignUpAsync());

    /// <summary>Works until the attack is over, and at least some rounds.</summary>
    public async Task WorkAsync(Task attack)
    {
        for (var round = 0; round < 10 || !attack.IsCompleted; round++)
        {
            await SendAsync(HttpMethod.Get, "/ping", null, HttpStatusCode.OK);
            await SendAsync(HttpMethod.Get, "/collections/v2?sinceTime=0", null, HttpStatusCode.OK);
            await SendAsync(HttpMethod.Get, $"/collections/v2/diff?collectionID={user.AlbumId}&sinceTime=0", null, HttpStatusCode.OK);
            await SendAsync(
                HttpMethod.Post, "/collections/rename",
                new { collectionID = user.AlbumId, encryptedName = ApiServer.Base64(20), nameDecryptionNonce = ApiServer.Base64(24) }, HttpStatusCode.OK);
            await SendAsync(
                HttpMethod.Post, "/files/upload-url", new { contentLength = 3, contentMD5 = ApiServer.Base64(16) }, HttpStatusCode.OK);
            await SendAsync(HttpMethod.Get, "/files/count", null, HttpStatusCode.OK);
            await Task.Delay(Pause);
        }

        await attack;
    }

    private async Task SendAsync(HttpMethod method, string path, object? body, HttpStatusCode expected)
    {
        var started = Stopwatch.GetTimestamp();
        using var answer = await server.SendAsync(method, path, body, user.Token);
        _times.Add(Stopwatch.GetElapsedTime(started));
        if (answer.StatusCode != expected)
            _failures.Add($"{method} {path.Split('?')[0]}: {(int)answer.StatusCode}");
    }
}
