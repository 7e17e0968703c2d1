using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Ente.Orleans.Api.Budgets;
using Ente.Orleans.Api.Users;
using Ente.Orleans.Crypto;
using Ente.Orleans.Projections;
using Ente.Orleans.Storage;
using Ente.Orleans.Storage.Embedded;
using Ente.Orleans.Storage.Tests.Providers;
using Ente.Orleans.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Ente.Orleans.Api.Tests;

/// <summary>The whole API on a free port of this machine, over a real database and an embedded store, with a clock that tests move.</summary>
public sealed class ApiServer : IAsyncLifetime
{
    /// <summary>The one-time code of every address.</summary>
    public const string Code = "123456";

    /// <summary>Addresses with this end get <see cref="Code"/>.</summary>
    public const string Domain = "@api.example";

    private readonly TemporaryDirectory _directory = new();
    private TestDatabase? _database;
    private WebApplication? _application;
    private DatabaseConnections? _connections;
    private int _addresses;

    public MovableClock Clock { get; } = new();

    /// <summary>How much anybody may take; tests make it small, so that attacks are too.</summary>
    public Budget Budget { get; init; } = new();

    public int MaxRequestsPerSecond { get; init; } = int.MaxValue;

    /// <summary>Plan of new accounts, bytes.</summary>
    public long FreePlanStorage { get; init; } = 10L << 30;

    /// <summary>Bytes of disk that uploads leave free.</summary>
    public long KeepFree { get; init; }

    /// <summary>Where the embedded store keeps its files.</summary>
    public string ObjectDirectory => _directory.Path;

    /// <summary>Another server, over whose database this one runs as a second silo.</summary>
    public ApiServer? Beside { get; init; }

    public IServiceProvider Services => _application!.Services;

    public TestDatabase Database => _database!;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    /// <summary>Every mail that was sent.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<Mail> Mails { get; } = new();

    /// <summary>What was logged as an error: something that nobody expected.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Errors { get; } = new();

    public IReadOnlyList<RouteEndpoint> Endpoints =>
        [.. ((IEndpointRouteBuilder)_application!).DataSources.SelectMany(d => d.Endpoints).OfType<RouteEndpoint>()];

    public async Task InitializeAsync()
    {
        _database = Beside?.Database ?? await TestDatabase.CreateAsync(Tables.Migrations);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(new ErrorLog(Errors));
        Connections.RefuseBareLineFeeds();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => Connections.Limit(kestrel, Budget));
        var urls = new CapabilityUrls(new byte[32], publicOrigin: null, Clock);
        var store = new EmbeddedStore("embedded", _directory.Path, urls, Clock, KeepFree);
        _connections = DatabaseConnections.Split(_database.DataSource.ConnectionString);
        builder.Services.AddSingleton(_connections).AddSingleton(_connections.Requests).AddSingleton(store).AddSingleton(urls)
            .AddSingleton(new ProviderRegistry([store], "embedded")).AddSingleton<IMailer>(new MailBox(Mails));
        EnteApi.AddServices(builder.Services, new ApiOptions
        {
            Secrets = new InstanceSecrets(new byte[32], new byte[64], new byte[32]),
            LocalDomainSuffix = Domain,
            LocalDomainCode = Code,
            MaxRequestsPerSecond = MaxRequestsPerSecond,
            Budget = Budget,
            FreePlanStorage = FreePlanStorage,
        });
        builder.Services.AddSingleton<TimeProvider>(Clock);
        _application = builder.Build();
        EnteApi.Use(_application);
        await _application.StartAsync();
        Http.BaseAddress = new Uri(_application.Urls.Single());
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await _application!.DisposeAsync();
        foreach (var source in new[] { _connections!.Requests, _connections.Commits, _connections.Health })
            await source.DisposeAsync();
        if (Beside is null)
            await _database!.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>An address that nobody has yet.</summary>
    public static string NewEmail() => Secrets.RandomAlphanumeric(12, "abcdefghijkmnpqrstuvwxyz") + Domain;

    /// <summary>Sends as a client at an address of its own, so that only limits that do not go by address apply.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body = null, string? token = null) =>
        SendAsync(method, path, body is null ? null : JsonContent.Create(body, body.GetType()), token);

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content, string? token, string? linkToken = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null)
            request.Headers.Add("X-Auth-Token", token);
        if (linkToken is not null)
            request.Headers.Add("X-Auth-Access-Token", linkToken);
        var number = Interlocked.Increment(ref _addresses);
        request.Headers.Add("X-Forwarded-For", $"10.{number >> 16}.{(number >> 8) & 255}.{number & 255}");
        request.Headers.Add("X-Client-Package", "io.ente.photos");
        return await Http.SendAsync(request);
    }

    public async Task<HttpStatusCode> StatusAsync(HttpMethod method, string path, object? body = null, string? token = null)
    {
        using var answer = await SendAsync(method, path, body, token);
        return answer.StatusCode;
    }

    public async Task<JsonElement> JsonAsync(HttpMethod method, string path, object? body = null, string? token = null)
    {
        using var answer = await SendAsync(method, path, body, token);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Signs up somebody with keys of random bytes, an album, and nothing else.</summary>
    public async Task<ApiUser> SignUpAsync()
    {
        var email = NewEmail();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Post, "/users/ott", new { email, purpose = "signup" }));
        var answer = await JsonAsync(HttpMethod.Post, "/users/verify-email", new { email, ott = Code });
        var token = answer.GetProperty("token").GetString()!;
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Put, "/users/attributes", new { keyAttributes = NewKeyAttributes() }, token));
        var album = await JsonAsync(
            HttpMethod.Post, "/collections",
            new { encryptedKey = Base64(48), keyDecryptionNonce = Base64(24), encryptedName = Base64(20), nameDecryptionNonce = Base64(24), type = "album" },
            token);
        return new ApiUser(email, token, answer.GetProperty("id").GetInt64(), album.GetProperty("collection").GetProperty("id").GetInt64());
    }

    /// <summary>Opens the user's album to visitors, who may upload and comment; gives the link's token.</summary>
    public async Task<string> OpenLinkAsync(ApiUser user)
    {
        var link = await JsonAsync(
            HttpMethod.Post, "/collections/share-url", new { collectionID = user.AlbumId, enableCollect = true, enableComment = true }, user.Token);
        return System.Web.HttpUtility.ParseQueryString(new Uri(link.GetProperty("result").GetProperty("url").GetString()!).Query)["t"]!;
    }

    /// <summary>Gives an account a password, as a client does.</summary>
    public async Task SetPasswordAsync(string token, string srpUserId, byte[] salt, byte[] loginKey)
    {
        var client = new SrpClient(srpUserId, salt, loginKey);
        var setup = await JsonAsync(
            HttpMethod.Post, "/users/srp/setup",
            new
            {
                srpUserID = srpUserId,
                srpSalt = Convert.ToBase64String(salt),
                srpVerifier = Convert.ToBase64String(SrpClient.ComputeVerifier(srpUserId, salt, loginKey)),
                srpA = Convert.ToBase64String(client.PublicA),
            },
            token);
        var proof = client.ComputeProof(Convert.FromBase64String(setup.GetProperty("srpB").GetString()!));
        await JsonAsync(
            HttpMethod.Post, "/users/srp/complete",
            new { setupID = setup.GetProperty("setupID").GetString(), srpM1 = Convert.ToBase64String(proof) }, token);
    }

    /// <summary>A fresh token of an account without keys, which is made if it is not there.</summary>
    public async Task<string> LogInAsync(string email)
    {
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Post, "/users/ott", new { email, purpose = "" }));
        return (await JsonAsync(HttpMethod.Post, "/users/verify-email", new { email, ott = Code })).GetProperty("token").GetString()!;
    }

    /// <summary>Key attributes of random bytes.</summary>
    public static object NewKeyAttributes() => new
    {
        kekSalt = Base64(16),
        encryptedKey = Base64(48),
        keyDecryptionNonce = Base64(24),
        publicKey = Base64(32),
        encryptedSecretKey = Base64(48),
        secretKeyDecryptionNonce = Base64(24),
        memLimit = 256L << 20,
        opsLimit = 16,
    };

    public static string Base64(int bytes) => Convert.ToBase64String(Secrets.RandomBytes(bytes));

    private sealed class MailBox(System.Collections.Concurrent.ConcurrentQueue<Mail> mails) : IMailer
    {
        public Task<MailResult> SendAsync(Mail mail, CancellationToken cancellation)
        {
            mails.Enqueue(mail);
            return Task.FromResult(MailResult.Sent);
        }
    }

    private sealed class ErrorLog(System.Collections.Concurrent.ConcurrentQueue<string> errors) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                errors.Enqueue($"{formatter(state, exception)}: {exception}");
        }

        public void Dispose()
        {
        }
    }
}

/// <summary>Somebody with an account and an album.</summary>
public sealed record ApiUser(string Email, string Token, long Id, long AlbumId)
{
    /// <summary>Sent as a visitor's credential of a public link; null for none.</summary>
    public string? LinkToken { get; init; }
}

/// <summary>The system's clock plus what tests add.</summary>
public sealed class MovableClock : TimeProvider
{
    private long _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public override long GetTimestamp() => base.GetTimestamp() + (Interlocked.Read(ref _ahead) * TimestampFrequency / TimeSpan.TicksPerSecond);

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ahead, time.Ticks);
}
