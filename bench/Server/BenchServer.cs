using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Ente.Orleans.Api;
using Ente.Orleans.Api.Budgets;
using Ente.Orleans.Api.Users;
using Ente.Orleans.EventStore;
using Ente.Orleans.EventStore.Embedded;
using Ente.Orleans.Grains;
using Ente.Orleans.Storage;
using Ente.Orleans.Storage.Embedded;
using Npgsql;

namespace Ente.Orleans.Bench;

/// <summary>
/// The whole server on a fresh database with durable settings, over HTTP on loopback. One silo as
/// it is, and one with batching off, over the same database.
/// </summary>
internal sealed class BenchServer : IAsyncDisposable
{
    // Not a private directory: PostgreSQL runs as another user where this program runs as root.
    private readonly string directory = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"ente-bench-{Guid.NewGuid():N}")).FullName;
    private readonly List<WebApplication> silos = [];

    public EmbeddedCluster Cluster { get; private set; } = null!;

    public NpgsqlDataSource Database => Cluster.DataSource;

    public EmbeddedStore Store { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    public HttpClient WithoutBatching { get; private set; } = null!;

    public static async Task<BenchServer> StartAsync()
    {
        ThreadPool.SetMinThreads(32, 32);
        var server = new BenchServer();
        server.Cluster = await EmbeddedCluster.StartAsync(
            new EmbeddedClusterOptions { Directory = Path.Combine(server.directory, "postgres") });
        await Migrator.MigrateAsync(server.Database, EnteApi.Migrations);
        server.Http = await server.AddSiloAsync(new GrainOptions());
        server.WithoutBatching = await server.AddSiloAsync(new GrainOptions { MaxBatch = 1, CommitLanes = 16, LanePatience = TimeSpan.Zero });
        return server;
    }

    /// <summary>Path to a program of the PostgreSQL installation.</summary>
    public static string Program(string name) =>
        Directory.GetDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(d => Path.Combine(d, "bin", name)).First(File.Exists);

    /// <summary>Runs a PostgreSQL client program against the cluster and gives its output.</summary>
    public async Task<string> RunAsync(string program, params string[] arguments)
    {
        var connection = new NpgsqlConnectionStringBuilder(Database.ConnectionString);
        var start = new ProcessStartInfo(Program(program), arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["PGHOST"] = connection.Host;
        start.Environment["PGPORT"] = connection.Port.ToString();
        start.Environment["PGUSER"] = connection.Username;
        start.Environment["PGDATABASE"] = connection.Database;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{program}: {errors}");
    }

    public async Task<JsonElement> SendAsync(HttpClient http, HttpMethod method, string path, object? body, string? token)
    {
        using var request = new HttpRequestMessage(method, path);
        if (token is not null) request.Headers.Add("X-Auth-Token", token);

        // Limits per address are not what is measured.
        else request.Headers.Add("X-Forwarded-For", $"10.{Random.Shared.Next(256)}.{Random.Shared.Next(256)}.{Random.Shared.Next(256)}");
        if (body is not null)
        {
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        using var response = await http.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException($"{path}: {(int)response.StatusCode} {System.Text.Encoding.UTF8.GetString(bytes)}");
        return bytes.Length == 0 ? default : JsonDocument.Parse(bytes).RootElement.Clone();
    }

    /// <summary>Sends a body that is ready to be sent, and looks at the status only: the least that a client does.</summary>
    public static async Task PostAsync(HttpClient http, string path, byte[] body, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Headers.TryAddWithoutValidation("X-Auth-Token", token);
        using var response = await http.SendAsync(request);
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"{path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }

    /// <summary>A new user with keys: id and token.</summary>
    public async Task<(long Id, string Token)> UserAsync()
    {
        var email = $"{Guid.NewGuid():N}@bench.example";
        await SendAsync(Http, HttpMethod.Post, "/users/ott", new { email, purpose = "signup" }, null);
        var authorization = await SendAsync(Http, HttpMethod.Post, "/users/verify-email", new { email, ott = "123456" }, null);
        var token = authorization.GetProperty("token").GetString()!;
        var key = Convert.ToBase64String(new byte[32]);
        await SendAsync(Http, HttpMethod.Put, "/users/attributes", new
        {
            keyAttributes = new
            {
                kekSalt = key,
                encryptedKey = key,
                keyDecryptionNonce = key,
                publicKey = key,
                encryptedSecretKey = key,
                secretKeyDecryptionNonce = key,
                memLimit = 268435456,
                opsLimit = 16,
            },
        }, token);
        return (authorization.GetProperty("id").GetInt64(), token);
    }

    public async Task<long> AlbumAsync(string token)
    {
        var answer = await SendAsync(Http, HttpMethod.Post, "/collections", new
        {
            encryptedKey = Convert.ToBase64String(new byte[48]),
            keyDecryptionNonce = Convert.ToBase64String(new byte[24]),
            encryptedName = "name",
            nameDecryptionNonce = "nonce",
            type = "album",
        }, token);
        return answer.GetProperty("collection").GetProperty("id").GetInt64();
    }

    /// <summary>Puts two small objects into the store, as uploads would, and gives the body that makes them a file.</summary>
    public async Task<byte[]> PreparedFileAsync(long owner, long album)
    {
        var (content, thumbnail) = ($"{owner}/{Guid.NewGuid():D}", $"{owner}/{Guid.NewGuid():D}");
        foreach (var key in (string[])[content, thumbnail]) await Store.PutAsync(key, new MemoryStream(new byte[100]), 100);
        var header = Convert.ToBase64String(new byte[24]);
        return JsonSerializer.SerializeToUtf8Bytes(new
        {
            collectionID = album,
            encryptedKey = Convert.ToBase64String(new byte[48]),
            keyDecryptionNonce = header,
            file = new { objectKey = content, decryptionHeader = header, size = 100 },
            thumbnail = new { objectKey = thumbnail, decryptionHeader = header, size = 100 },
            metadata = new { encryptedData = Convert.ToBase64String(RandomNumberGenerator.GetBytes(225)), decryptionHeader = header },
        });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in silos) await silo.DisposeAsync();
        await Cluster.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    private async Task<HttpClient> AddSiloAsync(GrainOptions grains)
    {
        var key = new byte[32];
        var urls = new CapabilityUrls(RandomNumberGenerator.GetBytes(32));
        Store = new EmbeddedStore("local", Path.Combine(directory, "objects"), urls);
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => Connections.Limit(kestrel, new Budget()));
        builder.Services.AddSingleton(DatabaseConnections.Split(Cluster.ConnectionString)).AddSingleton(Database).AddSingleton(urls).AddSingleton(Store);
        builder.Services.AddSingleton(new ProviderRegistry([Store], "local"));
        builder.Services.AddSingleton<IMailer, NoMail>();
        EnteApi.AddServices(
            builder.Services,
            new ApiOptions
            {
                Secrets = new InstanceSecrets(key, new byte[64], key),
                LocalDomainSuffix = "@bench.example",
                LocalDomainCode = "123456",
                MaxRequestsPerSecond = int.MaxValue,
                FreePlanStorage = 1L << 50,
            },
            grains);
        var app = builder.Build();
        EnteApi.Use(app);
        await app.StartAsync();
        silos.Add(app);
        return new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromMinutes(5) };
    }

    private sealed class NoMail : IMailer
    {
        public Task<MailResult> SendAsync(Mail mail, CancellationToken cancellation) => Task.FromResult(MailResult.Sent);
    }
}
