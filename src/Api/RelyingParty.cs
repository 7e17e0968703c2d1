namespace Ente.Orleans.Api;

/// <summary>This server as browsers know it in WebAuthn (api/07 §2.7).</summary>
/// <param name="Id">A domain: that of the accounts app, or one above it.</param>
/// <param name="Origins">Where the accounts app runs, scheme and port included.</param>
public sealed record RelyingParty(string Id, IReadOnlyList<string> Origins)
{
    public const string Name = "Ente";

    /// <summary>The relying party of an accounts app at an address: its host and its origin.</summary>
    public static RelyingParty At(string accountsUrl) =>
        Uri.TryCreate(accountsUrl, UriKind.Absolute, out var url) && url.Host.Length > 0
            ? new RelyingParty(url.IdnHost, [url.GetLeftPart(UriPartial.Authority)])
            : new RelyingParty("localhost", [accountsUrl]);
}
