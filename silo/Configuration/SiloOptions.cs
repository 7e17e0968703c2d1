using System.Net;
using Ente.Orleans.Api;
using Ente.Orleans.Grains;
using Ente.Orleans.Silo.Mail;
using Ente.Orleans.Storage;
using Ente.Orleans.Storage.S3;

namespace Ente.Orleans.Silo.Configuration;

/// <summary>Everything that is configured, read and checked; the secrets themselves come from <see cref="SecretsFile"/> too.</summary>
public sealed record SiloOptions
{
    /// <summary>Where version, lock, secrets, the embedded cluster and the embedded store lie.</summary>
    public required string DataDirectory { get; init; }

    public required int Port { get; init; }

    /// <summary>Null: plain HTTP.</summary>
    public TlsFiles? Tls { get; init; }

    /// <summary>Connection string of a database elsewhere; null: the embedded cluster.</summary>
    public string? Database { get; init; }

    /// <summary>Directory of <c>postgres</c> and <c>initdb</c> for the embedded cluster; null: the newest installed ones.</summary>
    public string? PostgresPrograms { get; init; }

    /// <summary>How long to wait at start for a database that is not up yet.</summary>
    public TimeSpan DatabasePatience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes of the data directory's disk that uploads to the embedded store leave free.</summary>
    public long KeepFree { get; init; } = 1L << 30;

    /// <summary>Null: the embedded store.</summary>
    public S3Choice? S3 { get; init; }

    /// <summary>The one origin of capability URLs; null: the one that each client used.</summary>
    public ObjectOrigin? PublicUrl { get; init; }

    /// <summary>Null: mails are not sent, one-time codes are logged.</summary>
    internal SmtpOptions? Smtp { get; init; }

    public required SecretTexts Secrets { get; init; }

    /// <summary>The API's options, once the secrets are known.</summary>
    public required Func<InstanceSecrets, ApiOptions> Api { get; init; }

    public required GrainOptions Grains { get; init; }

    /// <summary>Proxies beside those on this machine whose forwarding headers are believed.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    public required LogOptions Log { get; init; }

    /// <summary>Where traces and metrics go by OTLP; null: nowhere.</summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>What the operator should know about the configuration, in sentences.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];
}

/// <summary>The certificate (chain) and its key, as PEM files.</summary>
public sealed record TlsFiles(string Certificate, string Key);

/// <summary>The configured buckets by their fixed names, and the roles of two of them (api/07 §2.4).</summary>
public sealed record S3Choice(IReadOnlyDictionary<string, S3Options> Buckets, string Hot, string Derived);

/// <summary>Configured secrets in their written form; null where the secrets file has to give them (api/07 §2.5).</summary>
public sealed record SecretTexts(string? Encryption, string? Hash, string? Jwt)
{
    // The compiler's own text would write the secrets into logs.
    public override string ToString() => "secrets";
}

/// <summary>Whether lines are JSON objects or for people, and the least level shown.</summary>
public sealed record LogOptions(bool Json, Serilog.Events.LogEventLevel Level);
