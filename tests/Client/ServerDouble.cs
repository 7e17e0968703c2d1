using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client.Tests;

/// <summary>
/// Just enough of the protocol's server to drive the client through faults that a real server does not produce on demand. What
/// it stores is opaque to it, as on a real one. The whole system is tested elsewhere, against the real server.
/// </summary>
internal sealed class ServerDouble : HttpMessageHandler
{
    public static readonly Uri Address = new("http://api.test");
    public const string EmailCode = "123456";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Account> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Account> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Account Account, SrpChallenge Challenge, string A, JsonObject? Setup)> _srp = new(StringComparer.Ordinal);
    private readonly List<Collection> _collections = [];
    private readonly List<Membership> _memberships = [];
    private readonly List<JsonObject> _trash = [];
    private long _time = 1_700_000_000_000_000;
    private long _nextId = 1_000_000;

    public ObjectStoreDouble Store { get; } = new();

    /// <summary>Every API call so far, as <c>METHOD path</c>.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Answers instead of the server when it gives a response.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?>? Fault { get; set; }

    /// <summary>Rows a diff page may hold.</summary>
    public int PageSize { get; set; } = 2500;

    public bool EmailMfa { get; set; }

    /// <summary>Tells that codes stand in the log, as a server without mail server does.</summary>
    public bool CodesAreLogged { get; set; }

    /// <summary>Calls that name this file are refused as a whole.</summary>
    public long RefusedFile { get; set; }
    public string? TotpSecret { get; set; }

    /// <summary>A server that does not know the verifier, but lets the login through.</summary>
    public bool ForgesProof { get; set; }

    public EnteClientOptions Options => new() { Handler = this, Delay = (_, _) => Task.CompletedTask };

    public EnteClient Connect() => new(Address, Options);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (string.Equals(request.RequestUri!.GetLeftPart(UriPartial.Authority), ObjectStoreDouble.Origin, StringComparison.Ordinal))
            return await Store.AnswerAsync(request);
        var body = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
        lock (_lock)
        {
            Calls.Add($"{request.Method} {request.RequestUri.AbsolutePath}");
            if (Fault?.Invoke(request) is { } fault)
                return fault;
            try
            {
                if (RefusedFile != 0 && body?.Contains($"{RefusedFile}", StringComparison.Ordinal) == true)
                    throw new RefusedException(409, "FILE_IN_TRASH");
                return Answer(request, string.IsNullOrEmpty(body) ? [] : (JsonObject)JsonNode.Parse(body)!);
            }
            catch (RefusedException e)
            {
                return Response(e.Status, e.Code is null ? [] : new JsonObject { ["code"] = e.Code, ["message"] = "" });
            }
        }
    }

    private HttpResponseMessage Answer(HttpRequestMessage request, JsonObject body)
    {
        var query = System.Web.HttpUtility.ParseQueryString(request.RequestUri!.Query);
        var route = $"{request.Method} {request.RequestUri.AbsolutePath}";
        JsonNode? answer = route switch
        {
            "POST /users/ott" => Ott(body),
            "POST /users/verify-email" => VerifyEmail(body),
            "GET /users/srp/attributes" => Attributes(query["email"]!),
            "POST /users/srp/create-session" => CreateSession(body),
            "POST /users/srp/verify-session" => VerifySession(body),
            "POST /users/two-factor/verify" => VerifyTotp(body),
            _ when request.RequestUri.AbsolutePath.StartsWith("/public-collection/", StringComparison.Ordinal) => Visit(request, route, query["sinceTime"], body),
            _ => AsUser(Caller(request), route, query, body),
        };
        if (answer is JsonObject redirect && redirect["redirect"] is { } location)
        {
            var response = new HttpResponseMessage(HttpStatusCode.TemporaryRedirect);
            response.Headers.Location = new Uri((string)location!);
            return response;
        }
        var ok = Response(HttpStatusCode.OK, answer);
        if (CodesAreLogged && route is "POST /users/ott")
            ok.Headers.Add(AccountFlows.CodesHeader, AccountFlows.CodesAreLogged);
        return ok;
    }

    /// <summary>Exchanges the metadata of the newest file for something that does not decrypt.</summary>
    public void SpoilMetadata() => _memberships[^1].File["metadata"]!["encryptedData"] = Convert.ToBase64String(new byte[50]);

    private JsonNode? AsUser(Account user, string route, System.Collections.Specialized.NameValueCollection query, JsonObject body)
    {
        var path = route.Split(' ')[1].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (route, path) switch
        {
            ("PUT /users/attributes", _) => Do(() => user.KeyAttributes = (JsonObject)body["keyAttributes"]!.DeepClone()),
            ("POST /users/srp/setup", _) => SetUpSrp(user, body),
            ("POST /users/srp/complete", _) => CompleteSrp(user, body),
            ("GET /users/sessions", _) => new JsonObject
            {
                ["sessions"] = new JsonArray([.. _tokens.Where(t => t.Value == user).Select(t => new JsonObject { ["token"] = t.Key })]),
            },
            ("DELETE /users/session", _) => Do(() => _tokens.Remove(query["token"]!)),
            ("POST /users/logout", _) => Do(() => _tokens.Remove(user.LastToken!)),
            ("GET /users/public-key", _) => new JsonObject
            {
                ["publicKey"] = _accounts.TryGetValue(query["email"]!, out var other) ? other.KeyAttributes!["publicKey"]!.DeepClone() : throw new RefusedException(404),
            },
            ("POST /collections", _) => CreateCollection(user, body),
            ("GET /collections/v2", _) => new JsonObject
            {
                ["collections"] = new JsonArray([.. _collections.Where(c => c.Time > Number(query["sinceTime"])).Select(c => c.For(user)).OfType<JsonNode>()]),
            },
            ("GET /collections/v2/diff", _) => Diff(Readable(user, Number(query["collectionID"])), Number(query["sinceTime"])),
            ("POST /collections/add-files", _) => AddFiles(user, body),
            ("POST /collections/restore-files", _) => Restore(user, body),
            ("POST /collections/share", _) => Share(user, body),
            ("POST /collections/share-url", _) => Link(Owned(user, (long)body["collectionID"]!)),
            ("PUT /collections/share-url", _) => ChangeLink(Owned(user, (long)body["collectionID"]!), body),
            ("POST /files/upload-url", _) => UploadUrl(user, body),
            ("POST /files/multipart-upload-url", _) => MultipartUrls(user, body),
            ("POST /files", _) => CreateFile(user, body),
            ("POST /files/trash", _) => Trash(user, body),
            ("GET /trash/v2/diff", _) => new JsonObject
            {
                ["diff"] = new JsonArray([.. _trash.Where(t => (long)t["updatedAt"]! > Number(query["sinceTime"])).Select(t => t.DeepClone())]),
                ["hasMore"] = false,
            },
            ("POST /trash/delete", _) => DeleteForGood(body),
            (_, ["files", var part, var id]) when part is "download" or "preview" => Redirect(long.Parse(id), part),
            (_, ["collections", "share-url", var id]) => Do(() => Owned(user, long.Parse(id)).Link = null),
            (_, ["collections", "v3", var id]) => Do(() =>
            {
                var collection = Owned(user, long.Parse(id));
                collection.IsDeleted = true;
                collection.Time = ++_time;
            }),
            (_, ["collections", var id]) => new JsonObject { ["collection"] = Owned(user, long.Parse(id)).For(user) },
            _ => throw new InvalidOperationException($"The double has no {route}."),
        };
    }

    // Accounts ------------------------------------------------------------------------------------------------------------

    private JsonNode? Ott(JsonObject body)
    {
        var known = _accounts.TryGetValue((string)body["email"]!, out var account) && account.KeyAttributes is not null;
        return ((string?)body["purpose"], known) switch
        {
            ("signup", true) => throw new RefusedException(409, "USER_ALREADY_REGISTERED"),
            ("login", false) => throw new RefusedException(404, "USER_NOT_REGISTERED"),
            _ => null,
        };
    }

    private JsonObject VerifyEmail(JsonObject body)
    {
        if ((string?)body["ott"] is not EmailCode)
            throw new RefusedException(401);
        var email = (string)body["email"]!;
        if (!_accounts.TryGetValue(email, out var account))
            _accounts[email] = account = new Account { Id = ++_nextId, Email = email };
        return Authorize(account, askSecondFactor: true);
    }

    private JsonObject Authorize(Account account, bool askSecondFactor)
    {
        var answer = new JsonObject { ["id"] = account.Id, ["twoFactorSessionID"] = "", ["passkeySessionID"] = "", ["accountsUrl"] = "" };
        if (askSecondFactor && TotpSecret is not null)
        {
            answer["twoFactorSessionID"] = account.Email;
            return answer;
        }
        var token = Secrets.RandomBytes(32);
        _tokens[account.LastToken = Base64Text.EncodeUrl(token)] = account;
        if (account.KeyAttributes is null)
        {
            answer["token"] = account.LastToken;
            return answer;
        }
        answer["keyAttributes"] = account.KeyAttributes.DeepClone();
        answer["encryptedToken"] = Convert.ToBase64String(SealedBox.Seal(token, B64(account.KeyAttributes["publicKey"])));
        return answer;
    }

    private JsonObject VerifyTotp(JsonObject body) =>
        Totp.Verify(TotpSecret!, (string?)body["code"], DateTimeOffset.UtcNow) is null
            ? throw new RefusedException(401)
            : Authorize(_accounts[(string)body["sessionID"]!], askSecondFactor: false);

    private JsonObject Attributes(string email)
    {
        if (!_accounts.TryGetValue(email, out var account) || account.Srp is null || account.KeyAttributes is null)
            throw new RefusedException(404);
        return new JsonObject
        {
            ["attributes"] = new JsonObject
            {
                ["srpUserID"] = account.Srp["srpUserID"]!.DeepClone(),
                ["srpSalt"] = account.Srp["srpSalt"]!.DeepClone(),
                ["kekSalt"] = account.KeyAttributes["kekSalt"]!.DeepClone(),
                ["memLimit"] = account.KeyAttributes["memLimit"]!.DeepClone(),
                ["opsLimit"] = account.KeyAttributes["opsLimit"]!.DeepClone(),
                ["isEmailMFAEnabled"] = EmailMfa,
            },
        };
    }

    private JsonObject SetUpSrp(Account user, JsonObject body)
    {
        var challenge = SrpServer.Create(B64(body["srpVerifier"]));
        var id = Guid.NewGuid().ToString();
        _srp[id] = (user, challenge, (string)body["srpA"]!, (JsonObject)body.DeepClone());
        return new JsonObject { ["setupID"] = id, ["srpB"] = Convert.ToBase64String(challenge.PublicB) };
    }

    private JsonObject CompleteSrp(Account user, JsonObject body)
    {
        var (_, challenge, a, setup) = _srp[(string)body["setupID"]!];
        var m2 = SrpServer.Verify(challenge.Secret, B64(setup!["srpVerifier"]), Convert.FromBase64String(a), B64(body["srpM1"]))
            ?? throw new RefusedException(401);
        user.Srp = setup;
        return new JsonObject { ["setupID"] = (string)body["setupID"]!, ["srpM2"] = Convert.ToBase64String(m2) };
    }

    private JsonObject CreateSession(JsonObject body)
    {
        var account = _accounts.Values.Single(a => string.Equals((string?)a.Srp?["srpUserID"], (string?)body["srpUserID"], StringComparison.Ordinal));
        var challenge = SrpServer.Create(B64(account.Srp!["srpVerifier"]));
        var id = Guid.NewGuid().ToString();
        _srp[id] = (account, challenge, (string)body["srpA"]!, null);
        return new JsonObject { ["sessionID"] = id, ["srpB"] = Convert.ToBase64String(challenge.PublicB) };
    }

    private JsonObject VerifySession(JsonObject body)
    {
        var (account, challenge, a, _) = _srp[(string)body["sessionID"]!];
        var m2 = SrpServer.Verify(challenge.Secret, B64(account.Srp!["srpVerifier"]), Convert.FromBase64String(a), B64(body["srpM1"]));
        if (m2 is null && !ForgesProof)
            throw new RefusedException(401);
        var answer = Authorize(account, askSecondFactor: true);
        answer["srpM2"] = Convert.ToBase64String(ForgesProof ? new byte[32] : m2!);
        return answer;
    }

    // Collections and files -----------------------------------------------------------------------------------------------

    private JsonObject CreateCollection(Account user, JsonObject body)
    {
        var unique = (string)body["type"]! is "uncategorized";
        var collection = unique ? _collections.Find(c => c.Owner == user && (string)c.Body["type"]! is "uncategorized") : null;
        if (collection is null)
        {
            if (B64(body["encryptedKey"]).Length != 48 || B64(body["keyDecryptionNonce"]).Length != 24)
                throw new RefusedException(500);
            _collections.Add(collection = new Collection { Id = ++_nextId, Owner = user, Body = (JsonObject)body.DeepClone(), Time = ++_time });
        }
        return new JsonObject { ["collection"] = collection.For(user) };
    }

    private JsonObject Diff(Collection collection, long since)
    {
        var rows = _memberships.Where(m => m.Collection == collection && m.Time > since).OrderBy(m => m.Time).ToList();
        return new JsonObject
        {
            ["diff"] = new JsonArray([.. rows.Take(PageSize).Select(m => m.ToJson())]),
            ["hasMore"] = rows.Count > PageSize,
        };
    }

    private JsonNode? AddFiles(Account user, JsonObject body)
    {
        var collection = Readable(user, (long)body["collectionID"]!);
        foreach (var item in body["files"]!.AsArray())
            Upsert(collection, _memberships.First(m => m.FileId == (long)item!["id"]!).File, item!);
        return null;
    }

    private void Upsert(Collection collection, JsonObject file, JsonNode item)
    {
        var row = _memberships.Find(m => m.Collection == collection && m.FileId == (long)file["id"]!);
        if (row is null)
            _memberships.Add(row = new Membership { Collection = collection, File = file });
        row.EncryptedKey = (string)item["encryptedKey"]!;
        row.Nonce = (string)item["keyDecryptionNonce"]!;
        row.IsDeleted = false;
        row.Time = collection.Time = ++_time;
    }

    private JsonObject UploadUrl(Account user, JsonObject body)
    {
        var key = $"{user.Id}/{Guid.NewGuid()}";
        return new JsonObject { ["objectKey"] = key, ["url"] = PutUrl(key, (long)body["contentLength"]!, (string)body["contentMD5"]!) };
    }

    private JsonObject MultipartUrls(Account user, JsonObject body)
    {
        var key = $"{user.Id}/{Guid.NewGuid()}";
        var (length, part) = ((long)body["contentLength"]!, (long)body["partLength"]!);
        var md5s = body["partMd5s"]!.AsArray();
        if (md5s.Count != (length + part - 1) / part || part < 5 << 20)
            throw new RefusedException(400);
        return new JsonObject
        {
            ["objectKey"] = key,
            ["partURLs"] = new JsonArray([.. md5s.Select((md5, i) => PutUrl(key, Math.Min(part, length - i * part), (string)md5!) + $"&part={i + 1}")]),
            ["completeURL"] = $"{ObjectStoreDouble.Origin}/{key}?uploadId=1",
        };
    }

    private JsonObject CreateFile(Account user, JsonObject body)
    {
        var collection = Owned(user, (long)body["collectionID"]!);
        foreach (var part in new[] { "file", "thumbnail" })
        {
            var key = (string)body[part]!["objectKey"]!;
            if (!Store.Has(key))
                throw new RefusedException(503, "OBJECT_SIZE_FETCH_FAILED");
            if (Store.Read(key).Length != (long)body[part]!["size"]!)
                throw new RefusedException(400);
        }
        var objectKey = (string)body["file"]!["objectKey"]!;
        var row = _memberships.Find(m => string.Equals((string)m.File["file"]!["objectKey"]!, objectKey, StringComparison.Ordinal));
        if (row is null)
        {
            var file = (JsonObject)body.DeepClone();
            file["id"] = ++_nextId;
            file["ownerID"] = user.Id;
            Upsert(collection, file, body);
            row = _memberships[^1];
        }
        return row.ToJson();
    }

    private JsonNode? Trash(Account user, JsonObject body)
    {
        foreach (var item in body["items"]!.AsArray())
        {
            var id = (long)item!["fileID"]!;
            var time = ++_time;
            foreach (var row in _memberships.Where(m => m.FileId == id))
            {
                row.IsDeleted = true;
                row.Time = row.Collection.Time = time;
            }
            var from = _memberships.First(m => m.FileId == id && m.Collection.Id == (long)item["collectionID"]! && m.Collection.Owner == user);
            _trash.RemoveAll(t => (long)t["file"]!["id"]! == id);
            var file = from.ToJson();
            file["isDeleted"] = false;
            _trash.Add(new JsonObject { ["file"] = file, ["isDeleted"] = false, ["isRestored"] = false, ["deleteBy"] = time, ["updatedAt"] = time });
        }
        return null;
    }

    private JsonNode? Restore(Account user, JsonObject body)
    {
        foreach (var item in body["files"]!.AsArray())
        {
            var trashed = _trash.Single(t => (long)t["file"]!["id"]! == (long)item!["id"]!);
            trashed["isRestored"] = true;
            trashed["updatedAt"] = ++_time;
            Upsert(Owned(user, (long)body["collectionID"]!), _memberships.First(m => m.FileId == (long)item!["id"]!).File, item!);
        }
        return null;
    }

    private JsonNode? DeleteForGood(JsonObject body)
    {
        foreach (var id in body["fileIDs"]!.AsArray())
        {
            foreach (var item in _trash.Where(t => (long)t["file"]!["id"]! == (long)id!))
            {
                item["isDeleted"] = true;
                item["updatedAt"] = ++_time;
            }
        }
        return null;
    }

    private JsonObject Redirect(long fileId, string part)
    {
        var row = _memberships.Find(m => m.FileId == fileId) ?? throw new RefusedException(404);
        var key = (string)row.File[part is "download" ? "file" : "thumbnail"]!["objectKey"]!;
        return new JsonObject { ["redirect"] = $"{ObjectStoreDouble.Origin}/{key}?signature=1" };
    }

    // Sharing -------------------------------------------------------------------------------------------------------------

    private JsonObject Share(Account user, JsonObject body)
    {
        var collection = Owned(user, (long)body["collectionID"]!);
        if (B64(body["encryptedKey"]).Length != 80)
            throw new RefusedException(500);
        collection.Shares[_accounts[(string)body["email"]!]] = ((string)body["encryptedKey"]!, (string)body["role"]!);
        collection.Time = ++_time;
        return new JsonObject { ["sharees"] = new JsonArray() };
    }

    private JsonObject Link(Collection collection)
    {
        collection.Link ??= new JsonObject
        {
            ["url"] = $"https://albums.test/?t={Secrets.RandomAlphanumeric(10, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789")}",
            ["deviceLimit"] = 0,
            ["validTill"] = 0,
            ["enableDownload"] = true,
            ["passwordEnabled"] = false,
        };
        collection.Time = ++_time;
        return new JsonObject { ["result"] = collection.Link.DeepClone() };
    }

    private JsonObject ChangeLink(Collection collection, JsonObject body)
    {
        var link = collection.Link ?? throw new RefusedException(404);
        link["passwordEnabled"] = body["passHash"] is not null;
        foreach (var name in new[] { "passHash", "nonce", "opsLimit", "memLimit" })
            link[name] = body[name]?.DeepClone();
        return Link(collection);
    }

    private JsonNode? Visit(HttpRequestMessage request, string route, string? since, JsonObject body)
    {
        var token = request.Headers.TryGetValues("X-Auth-Access-Token", out var values) ? values.Single() : throw new RefusedException(401);
        var collection = _collections.Find(c => c.Link is { } l && ((string)l["url"]!).EndsWith("=" + token, StringComparison.Ordinal)) ?? throw new RefusedException(401);
        if (route is "GET /public-collection/info")
        {
            var info = collection.For(collection.Owner)!;
            var link = (JsonObject)collection.Link!.DeepClone();
            link.Remove("passHash");
            link["url"] = "";
            info["publicURLs"] = new JsonArray(link);
            return new JsonObject { ["collection"] = info, ["referralCode"] = "" };
        }
        var expected = (string?)collection.Link!["passHash"];
        if (route is "POST /public-collection/verify-password")
            return string.Equals((string?)body["passHash"], expected, StringComparison.Ordinal) ? new JsonObject { ["jwtToken"] = "jwt" } : throw new RefusedException(401);
        if (expected is not null && !request.Headers.Contains("X-Auth-Access-Token-JWT"))
            throw new RefusedException(401);
        if (route is "GET /public-collection/diff")
            return Diff(collection, Number(since));
        var path = route.Split('/');
        return Redirect(long.Parse(path[^1]), path[^2]);
    }

    // Parts ---------------------------------------------------------------------------------------------------------------

    private static HttpResponseMessage Response(HttpStatusCode status, JsonNode? body) => new(status)
    {
        Content = body is null ? new ByteArrayContent([]) : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
    };

    private static JsonNode? Do(Action action)
    {
        action();
        return null;
    }

    private static string PutUrl(string key, long length, string md5) =>
        $"{ObjectStoreDouble.Origin}/{key}?length={length}&md5={Uri.EscapeDataString(md5)}";

    private static byte[] B64(JsonNode? node) => Base64Text.TryDecode((string?)node, out var bytes) ? bytes : throw new RefusedException(400);

    private static long Number(string? text) => long.TryParse(text, out var number) ? number : 0;

    private Account Caller(HttpRequestMessage request) =>
        request.Headers.TryGetValues("X-Auth-Token", out var values) && _tokens.TryGetValue(values.Single(), out var account)
            ? account
            : throw new RefusedException(401);

    private Collection Owned(Account user, long id) =>
        _collections.Find(c => c.Id == id && c.Owner == user) ?? throw new RefusedException(403);

    private Collection Readable(Account user, long id) =>
        _collections.Find(c => c.Id == id && !c.IsDeleted && (c.Owner == user || c.Shares.ContainsKey(user))) ?? throw new RefusedException(404);

    private sealed class RefusedException(int status, string? code = null) : Exception
    {
        public HttpStatusCode Status { get; } = (HttpStatusCode)status;
        public string? Code { get; } = code;
    }

    private sealed class Account
    {
        public required long Id { get; init; }
        public required string Email { get; init; }
        public JsonObject? KeyAttributes { get; set; }
        public JsonObject? Srp { get; set; }
        public string? LastToken { get; set; }
    }

    private sealed class Collection
    {
        public required long Id { get; init; }
        public required Account Owner { get; init; }
        public required JsonObject Body { get; init; }
        public long Time { get; set; }
        public bool IsDeleted { get; set; }
        public JsonObject? Link { get; set; }
        public Dictionary<Account, (string Key, string Role)> Shares { get; } = [];

        public JsonObject? For(Account user)
        {
            if (user != Owner && !Shares.ContainsKey(user))
                return null;
            var json = (JsonObject)Body.DeepClone();
            json["id"] = Id;
            json["owner"] = new JsonObject { ["id"] = Owner.Id, ["email"] = user == Owner ? "" : Owner.Email };
            json["updationTime"] = Time;
            json["isDeleted"] = IsDeleted;
            json["sharees"] = new JsonArray([.. Shares.Select(s => new JsonObject { ["id"] = s.Key.Id, ["email"] = s.Key.Email, ["role"] = s.Value.Role })]);
            json["publicURLs"] = Link is null ? new JsonArray() : new JsonArray(Link.DeepClone());
            if (user != Owner)
            {
                json["encryptedKey"] = Shares[user].Key;
                json.Remove("keyDecryptionNonce");
            }
            return json;
        }
    }

    private sealed class Membership
    {
        public required Collection Collection { get; init; }
        public required JsonObject File { get; init; }
        public string EncryptedKey { get; set; } = "";
        public string Nonce { get; set; } = "";
        public bool IsDeleted { get; set; }
        public long Time { get; set; }
        public long FileId => (long)File["id"]!;

        public JsonObject ToJson()
        {
            var json = (JsonObject)File.DeepClone();
            json["collectionID"] = Collection.Id;
            json["encryptedKey"] = EncryptedKey;
            json["keyDecryptionNonce"] = Nonce;
            json["isDeleted"] = IsDeleted;
            json["updationTime"] = Time;
            json["info"] = new JsonObject { ["fileSize"] = (long)File["file"]!["size"]! };
            foreach (var part in new[] { "file", "thumbnail" })
                json[part] = new JsonObject { ["decryptionHeader"] = (string)File[part]!["decryptionHeader"]!, ["size"] = 0 };
            return json;
        }
    }
}
