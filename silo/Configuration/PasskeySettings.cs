using Ente.Orleans.Api;

namespace Ente.Orleans.Silo.Configuration;

/// <summary>
/// Reads <c>webauthn</c> (api/07 §2.7). Whatever is not set follows from <c>apps.accounts</c>, the only page that asks for passkeys:
/// the reference wants all three set together, and passkeys fail where one is forgotten.
/// </summary>
internal static class PasskeySettings
{
    private const string Id = "webauthn.rpid", Origins = "webauthn.rporigins";

    /// <exception cref="StartupException">A value that no browser would ever accept.</exception>
    public static RelyingParty Read(Settings settings, string accountsUrl)
    {
        var otherwise = RelyingParty.At(accountsUrl);
        var id = settings.Text(Id);
        if (!string.IsNullOrEmpty(id) && Uri.CheckHostName(id) != UriHostNameType.Dns)
            throw settings.Bad(Id, $"'{id}' is not a domain such as accounts.example.org");
        var origins = settings.List(Origins).Select(o => o.TrimEnd('/')).ToList();
        if (origins.Find(o => !IsOrigin(o)) is { } wrong)
            throw settings.Bad(Origins, $"has '{wrong}', which is not an origin such as https://accounts.example.org");
        return new RelyingParty(string.IsNullOrEmpty(id) ? otherwise.Id : id, origins.Count > 0 ? origins : otherwise.Origins);
    }

    /// <summary>What the operator should know: pages that browsers will not let use these passkeys.</summary>
    public static IEnumerable<string> Remarks(RelyingParty relyingParty) =>
        Uri.CheckHostName(relyingParty.Id) != UriHostNameType.Dns
            ? [$"Passkeys cannot be used: they need an accounts app at a domain, and {relyingParty.Id} is none (apps.accounts)"]
            : relyingParty.Origins
                .Where(o => IsPage(o, out var host) && !IsUnder(host, relyingParty.Id))
                .Select(o => $"Passkeys cannot be used at {o}: it is not under {relyingParty.Id} ({Id}, {Origins})");

    private static bool IsOrigin(string text) =>
        text.StartsWith("android:apk-key-hash:", StringComparison.Ordinal) || IsPage(text, out _);

    private static bool IsPage(string text, out string host)
    {
        var isPage = Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "https" or "http"
            && string.Equals(url.GetLeftPart(UriPartial.Authority), text, StringComparison.OrdinalIgnoreCase);
        host = isPage ? url!.IdnHost : "";
        return isPage;
    }

    private static bool IsUnder(string host, string domain) =>
        host.Equals(domain, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase);
}
