using System.Net;
using Ente.Orleans.Api;
using Ente.Orleans.Grains;
using Ente.Orleans.Storage;
using Serilog.Events;

namespace Ente.Orleans.Silo.Configuration;

/// <summary>What stands on the command line; it beats all configuration.</summary>
public sealed record CommandLine(int? Port, string? DataDirectory, string? ConfigFile);

/// <summary>Reads <see cref="SiloOptions"/> out of files, environment and command line (api/07 §1 and §2).</summary>
public static class SiloOptionsReader
{
    /// <summary>With TLS the reference listens on this port whatever else is set (api/07 §2.1).</summary>
    private const int HttpsPort = 443;

    /// <summary>Sections of the reference's configuration that are accepted and that nothing here depends on.</summary>
    private static readonly string[] Unused =
    [
        "apple", "billing-config-dir", "credentials-dir", "discord", "jobs", "listmonk", "log-file", "replication", "stripe", "zoho",
        "apps.accounts-legacy", "apps.legacy", "apps.public-memories", "apps.public-paste", "internal.health-check-url", "internal.silent",
        "s3.attachment-config", "s3.file-data-config", "webauthn.legacy-rpid", "webauthn.legacy-rporigins",
    ];

    /// <summary>Reads the files: <c>credentials.yaml</c> and <c>museum.yaml</c> of the working directory where they are, then the named one.</summary>
    /// <exception cref="StartupException">Something is wrong, in one line.</exception>
    public static SiloOptions Read(CommandLine commandLine)
    {
        ArgumentNullException.ThrowIfNull(commandLine);
        var environment = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .ToDictionary(v => (string)v.Key, v => (string?)v.Value ?? "");
        var named = commandLine.ConfigFile is { } file ? YamlFile.Read(file) : null;
        var credentials = new Settings(named is null ? [] : [named], environment).Text("credentials-file", "credentials.yaml");
        // Docker makes a directory of a bind mount whose file is missing; the reference skips it too.
        var found = new[] { credentials, "museum.yaml" }.Where(File.Exists).ToList();
        var settings = new Settings([.. found.Select(YamlFile.Read), .. named is null ? Array.Empty<IReadOnlyDictionary<string, YamlValue>>() : [named]], environment);
        var options = Read(settings, commandLine, environment);
        return found.Count == 0 ? options : options with
        {
            Remarks = [$"Settings were read from {string.Join(" and ", found)} in the working directory", .. options.Remarks],
        };
    }

    /// <inheritdoc cref="Read(CommandLine)"/>
    public static SiloOptions Read(Settings settings, CommandLine commandLine, IReadOnlyDictionary<string, string> environment)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(commandLine);
        _ = settings.Text("credentials-file");
        var tls = Tls(settings);
        var port = settings.Int("http.port", 8080, 1, 65535);
        var apps = Apps(settings);
        var relyingParty = PasskeySettings.Read(settings, apps.Accounts);
        var options = new SiloOptions
        {
            DataDirectory = Path.GetFullPath(commandLine.DataDirectory ?? settings.Text("data", "data")),
            Port = commandLine.Port ?? (tls is null ? port : HttpsPort),
            Tls = tls,
            Database = DatabaseSettings.Read(settings),
            PostgresPrograms = Filled(settings, "postgres.bin-directory"),
            DatabasePatience = TimeSpan.FromSeconds(settings.Int("db.wait-seconds", 60, 0, 3600)),
            KeepFree = settings.Bytes("keep-free") ?? 1L << 30,
            S3 = S3Settings.Read(settings),
            PublicUrl = PublicUrl(settings),
            Smtp = SmtpSettings.Read(settings),
            Secrets = new SecretTexts(Filled(settings, "key.encryption"), Filled(settings, "key.hash"), Filled(settings, "jwt.secret")),
            Api = Api(settings, apps, relyingParty, environment),
            Grains = Grains(settings),
            TrustedProxies = [.. settings.List("internal.trusted-proxies").Select(n => Network(settings, n))],
            Log = Log(settings),
            OtlpEndpoint = Otlp(settings, environment),
        };
        foreach (var section in Unused)
            settings.Expect(section);
        return options with { Remarks = [.. PasskeySettings.Remarks(relyingParty), .. settings.Unread.Select(key => $"The setting {key} is not known and has no effect")] };
    }

    private static string? Filled(Settings settings, string key) => settings.Text(key) is { Length: > 0 } text ? text : null;

    private static TlsFiles? Tls(Settings settings)
    {
        if (!settings.Bool("http.use-tls"))
            return null;
        var directory = settings.Text("credentials-dir", "credentials");
        var files = new TlsFiles(Path.Combine(directory, "tls.cert"), Path.Combine(directory, "tls.key"));
        return new[] { files.Certificate, files.Key }.FirstOrDefault(f => !File.Exists(f)) is { } missing
            ? throw settings.Bad("http.use-tls", $"needs {missing}, which is not there")
            : files;
    }

    private static ObjectOrigin? PublicUrl(Settings settings)
    {
        if (Filled(settings, "public-url") is not { } text)
            return null;
        return ObjectOrigin.TryParse(text)
            ?? throw settings.Bad("public-url", $"'{text}' is not an origin such as https://photos.example.org");
    }

    private static Func<InstanceSecrets, ApiOptions> Api(
        Settings settings, AppUrls apps, RelyingParty relyingParty, IReadOnlyDictionary<string, string> environment)
    {
        // Fixed codes for a whole domain are for tests: only where no other environment is named (api/07 §2.8).
        var isLocal = environment.GetValueOrDefault("ENVIRONMENT") is null or "" or "local";
        var suffix = settings.Text("internal.hardcoded-ott.local-domain-suffix", "");
        var code = settings.Text("internal.hardcoded-ott.local-domain-value", "");
        var admins = settings.Longs("internal.admins");
        var admin = settings.Long("internal.admin");
        var header = settings.Text("internal.trusted-client-ip-header", "");
        var disableRegistration = settings.Bool("internal.disable-registration");
        var codes = FixedCodes(settings);
        var freePlan = settings.Bytes("free-plan-storage");
        var deletionDelay = settings.Int("deletion-delay-days", 45, 0, 3650);
        var trashDays = settings.Int("trash-days", 30, 1, 3650);
        var maxRequests = settings.Int("http.max-requests-per-second", 1000, 1);
        return secrets =>
        {
            var options = new ApiOptions
            {
                Secrets = secrets,
                Apps = apps,
                RelyingParty = relyingParty,
                Admins = admins,
                Admin = admin,
                TrustedClientIpHeader = header,
                DisableRegistration = disableRegistration,
                HardcodedCodes = codes,
                LocalDomainSuffix = isLocal && code.Length > 0 ? suffix : "",
                LocalDomainCode = isLocal && suffix.Length > 0 ? code : "",
                DeletionDelayDays = deletionDelay,
                TrashDays = trashDays,
                MaxRequestsPerSecond = maxRequests,
                Commit = Serving.Build.Commit,
            };
            return freePlan is { } bytes ? options with { FreePlanStorage = bytes } : options;
        };
    }

    private static AppUrls Apps(Settings settings)
    {
        var defaults = new AppUrls();
        return new AppUrls
        {
            PublicAlbums = App(settings, "public-albums", defaults.PublicAlbums),
            EmbedAlbums = App(settings, "embed-albums", defaults.EmbedAlbums),
            PublicLocker = App(settings, "public-locker", defaults.PublicLocker),
            Accounts = App(settings, "accounts", defaults.Accounts),
            Family = App(settings, "family", defaults.Family),
            Cast = App(settings, "cast", defaults.Cast),
            CustomDomainCname = settings.Text("apps.custom-domain.cname", defaults.CustomDomainCname),
        };
    }

    // Compared with Origin headers as they are, which have no trailing slash.
    private static string App(Settings settings, string name, string otherwise) => settings.Text("apps." + name, otherwise).TrimEnd('/');

    private static Dictionary<string, string> FixedCodes(Settings settings)
    {
        const string key = "internal.hardcoded-ott.emails";
        var codes = new Dictionary<string, string>();
        foreach (var item in settings.List(key))
        {
            if (item.Split(',', StringSplitOptions.TrimEntries) is not [{ Length: > 0 } email, { Length: > 0 } code])
                throw settings.Bad(key, "has an item that is not of the form 'address,code'");
            codes[email.ToLowerInvariant()] = code;
        }

        return codes;
    }

    private static GrainOptions Grains(Settings settings)
    {
        var defaults = new GrainOptions();
        return new GrainOptions
        {
            MaxBatch = settings.Int("grains.max-batch", defaults.MaxBatch, 1, 10_000),
            MaxQueue = settings.Int("grains.max-queue", defaults.MaxQueue, 1),
            MaxTotal = settings.Int("grains.max-total", defaults.MaxTotal, 1),
            MaxConflicts = settings.Int("grains.max-conflicts", defaults.MaxConflicts, 1, 1_000),
            DatabasePatience = TimeSpan.FromSeconds(settings.Int("grains.database-patience-seconds", (int)defaults.DatabasePatience.TotalSeconds, 0, 600)),
        };
    }

    private static IPNetwork Network(Settings settings, string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : throw settings.Bad("internal.trusted-proxies", $"'{text}' is neither an address nor a network such as 10.0.0.0/8");

    private static LogOptions Log(Settings settings)
    {
        var format = settings.Word("log-format", "auto", "text", "json");
        var level = settings.Word("log-level", "info", "debug", "warning", "error") switch
        {
            "debug" => LogEventLevel.Debug,
            "warning" => LogEventLevel.Warning,
            "error" => LogEventLevel.Error,
            _ => LogEventLevel.Information,
        };
        return new LogOptions(format == "json" || (format == "auto" && Console.IsOutputRedirected), level);
    }

    private static Uri? Otlp(Settings settings, IReadOnlyDictionary<string, string> environment)
    {
        const string key = "telemetry.otlp-endpoint", standard = "OTEL_EXPORTER_OTLP_ENDPOINT";
        var text = Filled(settings, key) ?? environment.GetValueOrDefault(standard);
        if (string.IsNullOrEmpty(text))
            return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw settings.Bad(key, $"(or {standard}): '{text}' is not a URL such as http://localhost:4317");
    }
}
