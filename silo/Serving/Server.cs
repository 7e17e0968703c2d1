using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Ente.Orleans.Api;
using Ente.Orleans.Api.Budgets;
using Ente.Orleans.Api.Objects;
using Ente.Orleans.Api.Users;
using Ente.Orleans.EventStore;
using Ente.Orleans.Silo.Configuration;
using Ente.Orleans.Silo.FirstPage;
using Ente.Orleans.Silo.Mail;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Serilog;

namespace Ente.Orleans.Silo.Serving;

/// <summary>Puts the server together, runs it until it is asked to end, and takes it apart in the opposite order.</summary>
internal static class Server
{
    /// <summary>How long requests under way may take once the server has been asked to end.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(20);

    /// <exception cref="StartupException">It cannot start; the message says what to do.</exception>
    public static async Task RunAsync(SiloOptions options, CancellationToken asked)
    {
        await using var log = Logs.Create(options.Log);
        using var logs = LoggerFactory.Create(b => b.SetMinimumLevel(LogLevel.Trace).AddSerilog(log));
        var say = logs.CreateLogger("Ente.Orleans");
        foreach (var remark in options.Remarks)
            say.LogWarning("{Remark}", remark);

        RequireFree(options.Port);
        using var data = DataDirectory.Open(options.DataDirectory);
        var secrets = SecretsFile.Open(data.Path, options.Secrets);
        if (secrets.Remark is not null)
            say.LogWarning("{Remark}", secrets.Remark);
        using var telemetry = options.OtlpEndpoint is { } endpoint ? new Telemetry(endpoint) : null;
        await using var database = await Database.OpenAsync(options, logs, attach: false, asked);
        await Migrator.MigrateAsync(database.Source, EnteApi.Migrations, asked);
        await SecretsCheck.EnsureAsync(database.Source, secrets, database.IsEmbedded, asked);
        using var providers = Providers.Open(options, data.Objects, secrets.CapabilityKey);

        await using var app = Build(options, log, database, providers, secrets);
        await StartAsync(app, options, asked);
        say.LogInformation("Ente.Orleans {Version} serves on port {Port}, data in {Directory}", Serving.Build.Version, options.Port, data.Path);
        await app.Services.GetRequiredService<Warmth>().WarmAsync(app, asked);
        await Task.Delay(Timeout.Infinite, asked).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        say.LogInformation("Ending: requests under way are finished first");
        await app.StopAsync(CancellationToken.None);
    }

    private static WebApplication Build(SiloOptions options, Serilog.ILogger log, Database database, Providers providers, SecretsFile secrets)
    {
        // The empty builder: no appsettings.json and no ASPNETCORE_ variables beside the configuration of our own.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddSerilog(log);
        var proxies = new TrustedProxies(options.TrustedProxies);
        var api = options.Api(secrets.Secrets);
        Connections.RefuseBareLineFeeds();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Listen(kestrel, options, api.Budget, proxies));
        var services = builder.Services;
        services.AddRouting();
        services.AddSingleton<IHostLifetime, OutsideLifetime>();
        services.Configure<HostOptions>(o => o.ShutdownTimeout = Drain);
        services.AddSingleton(database.Connections).AddSingleton(database.Connections.Requests);
        services.AddSingleton(providers.Registry);
        services.AddSingleton(proxies);
        services.AddSingleton<Status>();
        if (providers.Embedded is { } embedded)
        {
            services.AddSingleton(embedded.Store).AddSingleton(embedded.Urls);
            services.AddHostedService<DailyCleaning>();
        }

        if (options.Smtp is { } smtp)
        {
            services.AddSingleton(smtp);
            services.AddSingleton<SmtpMailer>();
            services.AddSingleton<IMailer>(s => s.GetRequiredService<SmtpMailer>());
            services.AddHostedService(s => s.GetRequiredService<SmtpMailer>());
        }
        else
        {
            services.AddSingleton<IMailer, LogMailer>();
        }

        EnteApi.AddServices(services, api, options.Grains);
        var app = builder.Build();
        app.UseMiddleware<RequestLog>();
        if (options.Smtp is null)
            app.TellThatCodesAreLogged();
        WelcomePage.Map(app, codesAreLogged: options.Smtp is null);
        HealthEndpoints.Map(app);
        EnteApi.Use(app);
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, SiloOptions options, Budget budget, TrustedProxies proxies)
    {
        kestrel.AddServerHeader = false;
        Connections.Limit(kestrel, budget);
        kestrel.ListenAnyIP(options.Port, listen =>
        {
            Connections.LimitByNetwork(listen, budget, proxies);
            if (options.Tls is { } tls)
                listen.UseHttps(Certificate(tls));
        });
    }

    private static X509Certificate2 Certificate(TlsFiles tls)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(tls.Certificate, tls.Key);
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{tls.Certificate} and {tls.Key} are no usable certificate and key: {e.Message}", e);
        }
    }

    /// <summary>A taken port is told before a database has been started for nothing.</summary>
    private static void RequireFree(int port)
    {
        try
        {
            using var probe = new TcpListener(System.Net.IPAddress.Any, port);
            probe.Start();
        }
        catch (SocketException e)
        {
            throw Unusable(port, e.SocketErrorCode, e);
        }
    }

    private static async Task StartAsync(WebApplication app, SiloOptions options, CancellationToken asked)
    {
        try
        {
            await app.StartAsync(asked);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw Unusable(options.Port, SocketError.AddressAlreadyInUse, e);
        }
        catch (SocketException e)
        {
            throw Unusable(options.Port, e.SocketErrorCode, e);
        }
    }

    private static StartupException Unusable(int port, SocketError error, Exception e) => new(
        error switch
        {
            SocketError.AddressAlreadyInUse => $"Port {port} is in use; stop what uses it, or choose another with --port N",
            SocketError.AccessDenied => $"Port {port} is reserved for root; choose one above 1023 with --port N",
            _ => $"Port {port} cannot be listened on ({error}); choose another with --port N",
        }, e);

    /// <summary>Signals are handled from the start of the process on, not only once the host runs.</summary>
    private sealed class OutsideLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
