using System.Net;
using Ente.Orleans.Client.Wire;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>Sharing albums with users and by public links (09 §8, 08 §10).</summary>
public sealed class AlbumSharing(EnteClient http, PasswordKdf? kdf = null)
{
    private readonly PasswordKdf _kdf = kdf ?? DerivedKey.Argon2id;

    /// <summary>Seals the album's key to a user and gives a role, or changes the role of one who has it.</summary>
    /// <param name="album">Own, or administered.</param>
    /// <param name="email">The user's address.</param>
    /// <param name="role"><c>VIEWER</c>, <c>COLLABORATOR</c> or <c>ADMIN</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The 24 words that both people compare to know that the key is the other's.</returns>
    /// <exception cref="EnteApiException">404 when no such user has an account.</exception>
    public async Task<string> ShareAsync(Album album, string email, string role = "VIEWER", CancellationToken cancellationToken = default)
    {
        email = email.Trim().ToLowerInvariant();
        var answer = await http.GetAsync<PublicKeyAnswer>($"/users/public-key?email={Uri.EscapeDataString(email)}", cancellationToken);
        if (!Base64Text.TryDecode(answer.PublicKey, out var publicKey) || publicKey.Length != KeyPair.KeySize)
            throw new UntrustworthyDataException($"The server's public key of {email} is not one.");
        var encryptedKey = Convert.ToBase64String(SealedBox.Seal(album.Key, publicKey));
        await http.PostAsync("/collections/share", new { collectionID = album.Id, email, role, encryptedKey }, cancellationToken);
        return Mnemonic.VerificationId(publicKey);
    }

    public Task UnshareAsync(Album album, string email, CancellationToken cancellationToken = default) =>
        http.PostAsync("/collections/unshare", new { collectionID = album.Id, email = email.Trim().ToLowerInvariant() }, cancellationToken);

    /// <summary>Leaves an album that somebody else shared.</summary>
    public Task LeaveAsync(Album album, CancellationToken cancellationToken = default) =>
        http.PostAsync($"/collections/leave/{album.Id}", null, cancellationToken);

    /// <summary>
    /// The album's public link, made if there is none. The key is in the fragment, which browsers do not send: whoever has the
    /// whole address can open the album, and the server cannot.
    /// </summary>
    /// <param name="album">Own album.</param>
    /// <param name="password">Asked of visitors; null leaves the link as it is.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<Uri> CreateLinkAsync(Album album, string? password = null, CancellationToken cancellationToken = default)
    {
        var link = (await http.PostAsync<PublicUrlAnswer>(
            "/collections/share-url", new { collectionID = album.Id, enableComment = false, enableJoin = false }, cancellationToken)).Result;
        if (password is not null)
        {
            var derived = DerivedKey.Create(password, KdfProfile.Interactive, _kdf);
            await http.SendAsync<PublicUrlAnswer>(
                HttpMethod.Put,
                "/collections/share-url",
                new
                {
                    collectionID = album.Id,
                    passHash = Convert.ToBase64String(derived.Key),
                    nonce = Convert.ToBase64String(derived.Salt),
                    opsLimit = derived.Profile.OpsLimit,
                    memLimit = derived.Profile.MemLimit,
                },
                cancellationToken);
        }
        return new Uri($"{link.Url}#{Base58.Encode(album.Key)}");
    }

    /// <summary>Takes the password off a link, so that the address alone opens it.</summary>
    public Task RemoveLinkPasswordAsync(Album album, CancellationToken cancellationToken = default) =>
        http.PutAsync("/collections/share-url", new { collectionID = album.Id, disablePassword = true }, cancellationToken);

    /// <summary>Disables the link for ever; a later one has another address.</summary>
    public Task RemoveLinkAsync(Album album, CancellationToken cancellationToken = default) =>
        http.DeleteAsync($"/collections/share-url/{album.Id}", null, cancellationToken);
}

/// <summary>The link needs a password, or a right one.</summary>
public sealed class LinkPasswordException(bool wasWrong) : Exception(wasWrong ? "The link's password is wrong." : "The link needs a password.");

/// <summary>A public link as its visitor sees it (09 §9): no account, only the address and perhaps a password.</summary>
public sealed class PublicAlbum
{
    private const string VisitorPackage = "io.ente.albums.web";

    private PublicAlbum(EnteClient http, Album album)
    {
        Http = http;
        Album = album;
        Downloads = new Downloader(http, "/public-collection/files");
    }

    public EnteClient Http { get; }
    public Album Album { get; }

    /// <summary>Downloads content and thumbnails through the link.</summary>
    public Downloader Downloads { get; }

    /// <summary>Whether an address can be an album link: it has an access token and a key in its fragment.</summary>
    public static bool IsLink(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var link) && link.Scheme is "http" or "https" && TryParse(link, out _, out _);

    /// <summary>Opens a link.</summary>
    /// <param name="server">The API server, which the link's address does not name.</param>
    /// <param name="link">The whole address with its fragment.</param>
    /// <param name="askPassword">Asked when the link has a password; null to give up.</param>
    /// <param name="options">Settings of the transport.</param>
    /// <param name="kdf">Argon2id unless a test needs something faster.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    /// <exception cref="LinkPasswordException">A password is needed, or the given one is wrong.</exception>
    /// <exception cref="EnteApiException">401 or 410 when the link is gone; 403 or 429 when too many devices use it.</exception>
    public static async Task<PublicAlbum> OpenAsync(
        Uri server, Uri link, Func<Task<string?>> askPassword, EnteClientOptions? options = null, PasswordKdf? kdf = null,
        CancellationToken cancellationToken = default)
    {
        if (!TryParse(link, out var token, out var key))
            throw new ArgumentException("Is not an album link: the access token or the key in the fragment is missing.", nameof(link));
        var http = new EnteClient(server, (options ?? new EnteClientOptions()) with { ClientPackage = VisitorPackage });
        try
        {
            http.AuthHeaders["X-Auth-Access-Token"] = token;
            var info = await InfoAsync(http, cancellationToken);
            var album = Album.Open(info.Collection, key, isOwn: false, "VIEWER")
                ?? throw new UntrustworthyDataException("The link's key does not open the album.");
            if (info.Collection.PublicUrls is [{ PasswordEnabled: true } url, ..])
                await GivePasswordAsync(http, url, askPassword, kdf ?? DerivedKey.Argon2id, cancellationToken);
            return new PublicAlbum(http, album);
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    /// <summary>Every live file, oldest first.</summary>
    /// <param name="problems">Told of files that do not open, which are left out.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    /// <exception cref="UntrustworthyDataException">The diff does not end.</exception>
    public async Task<IReadOnlyList<MediaFile>> ListAsync(Problems problems, CancellationToken cancellationToken = default)
    {
        var rows = new Dictionary<long, RemoteFile>();
        long cursor = 0;
        bool hasMore;
        do
        {
            var page = await Http.GetAsync<FileDiff>($"/public-collection/diff?sinceTime={cursor}", cancellationToken);
            foreach (var row in page.Diff)
                rows[row.ID ?? 0] = row;
            var next = page.Diff.Select(f => f.UpdationTime ?? 0).DefaultIfEmpty(cursor).Max();
            if (page.HasMore && next <= cursor)
                throw new UntrustworthyDataException("public-collection/diff says there is more but gives nothing newer.");
            cursor = next;
            hasMore = page.HasMore;
        }
        while (hasMore);
        var opened = OpenedFiles.Of(rows.Values, Album.Key);
        foreach (var row in opened.Unreadable)
            problems.Add($"File {row.ID} of the link cannot be decrypted.");
        return opened.Files;
    }

    /// <summary>Token from <c>?t=</c>, else the last path segment; key from the fragment, base58 or (old links) hex.</summary>
    private static bool TryParse(Uri link, out string token, out byte[] key)
    {
        token = "";
        key = [];
        foreach (var pair in link.Query.TrimStart('?').Split('&'))
        {
            if (pair.StartsWith("t=", StringComparison.Ordinal))
                token = Uri.UnescapeDataString(pair[2..]);
        }
        if (token.Length == 0)
            token = link.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "";
        var fragment = link.Fragment.TrimStart('#');
        if (fragment.Length < 50)
        {
            if (!Base58.TryDecode(fragment, out key))
                return false;
        }
        else if (fragment.Length == 64 && fragment.All(char.IsAsciiHexDigit))
        {
            key = Convert.FromHexString(fragment);
        }
        return token.Length > 0 && key.Length == SecretBox.KeySize;
    }

    private static async Task<PublicAlbumInfo> InfoAsync(EnteClient http, CancellationToken cancellationToken)
    {
        using var response = await http.CallAsync(HttpMethod.Get, "/public-collection/info", null, cancellationToken);
        // Admits this device again without counting it twice (02 §12).
        if (response.Headers.TryGetValues("X-Ente-Link-Device-Token", out var values))
            http.AuthHeaders["X-Auth-Link-Device-Token"] = values.First();
        return await System.Net.Http.Json.HttpContentJsonExtensions.ReadFromJsonAsync<PublicAlbumInfo>(response.Content, Json.Options, cancellationToken)
            ?? throw new UntrustworthyDataException("The answer to /public-collection/info is empty.");
    }

    private static async Task GivePasswordAsync(
        EnteClient http, PublicUrl url, Func<Task<string?>> askPassword, PasswordKdf kdf, CancellationToken cancellationToken)
    {
        if (await askPassword() is not { } password)
            throw new LinkPasswordException(wasWrong: false);
        if (!Base64Text.TryDecode(url.Nonce, out var salt) || salt.Length != PasswordHash.SaltSize || url.OpsLimit is not { } ops || url.MemLimit is not { } mem)
            throw new UntrustworthyDataException("The link's password parameters are missing.");
        var passHash = Convert.ToBase64String(kdf(password, salt, ops, mem));
        try
        {
            var answer = await http.PostAsync<LinkPasswordAnswer>("/public-collection/verify-password", new { passHash }, cancellationToken);
            http.AuthHeaders["X-Auth-Access-Token-JWT"] = answer.JwtToken;
        }
        catch (EnteApiException e) when (e.Status == HttpStatusCode.Unauthorized)
        {
            throw new LinkPasswordException(wasWrong: true);
        }
    }
}
