using Ente.Orleans.Domain.Accounts;

namespace Ente.Orleans.Api;

/// <summary>What an operator sets and the API reads (api/07 §2).</summary>
public sealed record ApiOptions
{
    public required InstanceSecrets Secrets { get; init; }

    public AppUrls Apps { get; init; } = new();

    /// <summary>Whom passkeys are made for; without a setting, the accounts app.</summary>
    public RelyingParty RelyingParty
    {
        get => field ?? RelyingParty.At(Apps.Accounts);
        init;
    }

    /// <summary>Users with the administrator's rights; empty: see <see cref="Admin"/>.</summary>
    public IReadOnlyList<long> Admins { get; init; } = [];

    /// <summary>The only administrator when <see cref="Admins"/> is empty; null: the user with the smallest id.</summary>
    public long? Admin { get; init; }

    /// <summary>Header that alone gives the client's address; empty: X-Forwarded-For and the like.</summary>
    public string TrustedClientIpHeader { get; init; } = "";

    public bool DisableRegistration { get; init; }

    /// <summary>Fixed one-time codes, by address in lower case.</summary>
    public IReadOnlyDictionary<string, string> HardcodedCodes { get; init; } = new Dictionary<string, string>();

    /// <summary>All addresses with this suffix get <see cref="LocalDomainCode"/>; only in the local environment.</summary>
    public string LocalDomainSuffix { get; init; } = "";
    public string LocalDomainCode { get; init; } = "";

    /// <summary>Plan storage of new accounts, bytes.</summary>
    public long FreePlanStorage { get; init; } = FreePlan.DefaultStorage;

    /// <summary>Days between permanent deletion and the end of the bytes.</summary>
    public int DeletionDelayDays { get; init; } = 45;

    public int TrashDays { get; init; } = 30;

    /// <summary>How much anybody may take.</summary>
    public Budget Budget { get; init; } = new();

    /// <summary>Requests a second of the whole process.</summary>
    public int MaxRequestsPerSecond { get; init; } = 1000;

    /// <summary>Build commit, told by /ping.</summary>
    public string Commit { get; init; } = "";
}

/// <summary>The keys of an instance: whoever lost them can not sign anybody in (api/01 §A8).</summary>
/// <param name="Encryption">32 bytes: seals e-mail addresses and other personal data.</param>
/// <param name="Hash">Up to 64 bytes: keyed hash of e-mail addresses.</param>
/// <param name="Jwt">HMAC key of all JWTs and capability URLs.</param>
public sealed record InstanceSecrets(byte[] Encryption, byte[] Hash, byte[] Jwt);

/// <summary>Public addresses of the web apps, without trailing slash (api/07 §2.2).</summary>
public sealed record AppUrls
{
    public string PublicAlbums { get; init; } = "https://albums.ente.com";
    public string EmbedAlbums { get; init; } = "https://embed.ente.com";
    public string PublicLocker { get; init; } = "https://share.ente.com";
    public string Accounts { get; init; } = "https://accounts.ente.com";
    public string Family { get; init; } = "https://family.ente.io";
    public string Cast { get; init; } = "https://cast.ente.com";
    public string CustomDomainCname { get; init; } = "my.ente.com";
}
