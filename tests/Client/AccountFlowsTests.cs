using System.Net;
using System.Text.Json;
using Ente.Orleans.Client.Wire;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client.Tests;

public sealed class AccountFlowsTests : IDisposable
{
    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task A_sign_up_gives_keys_that_the_recovery_words_open_and_a_login_gives_them_again()
    {
        using var http = _world.Server.Connect();
        var account = await _world.Flows(http).SignUpAsync(" Alice@Example.org ", "correct horse", _world.Prompts);
        Assert.Equal("alice@example.org", account.Session.Email);
        Assert.True(Mnemonic.TryParse(account.RecoveryMnemonic, out _));

        using var again = _world.Server.Connect();
        var session = await _world.Flows(again).LogInAsync("alice@example.org", "correct horse", _world.Prompts);
        Assert.Equal(account.Session.MasterKey, session.MasterKey);
        Assert.Equal(account.Session.Keys.SecretKey, session.Keys.SecretKey);
        Assert.NotEqual(account.Session.Token, session.Token);
        Assert.Equal(44, session.Token.Length);
        Assert.Contains("POST /users/srp/verify-session", _world.Server.Calls);
    }

    [Fact]
    public async Task Nothing_that_opens_the_keys_is_ever_sent()
    {
        var sent = new List<string>();
        _world.Server.Fault = request =>
        {
            sent.Add(request.RequestUri + (request.Content?.ReadAsStringAsync().Result ?? ""));
            return null;
        };
        using var http = _world.Server.Connect();
        var session = (await _world.Flows(http).SignUpAsync("alice@example.org", "correct horse", _world.Prompts)).Session;
        await _world.Device(session).CreateAlbumAsync("My secret name");
        var all = string.Join('\n', sent);
        foreach (var secret in new[] { "correct horse", "My secret name", Convert.ToBase64String(session.MasterKey), Convert.ToBase64String(session.Keys.SecretKey) })
            Assert.DoesNotContain(secret, all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_called_so()
    {
        await _world.SignUpAsync();
        using var http = _world.Server.Connect();
        await Assert.ThrowsAsync<WrongPasswordException>(() => _world.Flows(http).LogInAsync("alice@example.org", "wrong", _world.Prompts));
        _world.Server.EmailMfa = true;
        await Assert.ThrowsAsync<WrongPasswordException>(() => _world.Flows(http).LogInAsync("alice@example.org", "wrong", _world.Prompts));
    }

    [Fact]
    public async Task A_server_that_cannot_prove_the_verifier_is_refused()
    {
        await _world.SignUpAsync();
        _world.Server.ForgesProof = true;
        using var http = _world.Server.Connect();
        await Assert.ThrowsAsync<UntrustworthyDataException>(() => _world.Flows(http).LogInAsync("alice@example.org", "correct horse", _world.Prompts));
        Assert.Null(http.Token);
    }

    [Fact]
    public async Task With_e_mail_codes_on_the_code_is_asked_until_it_is_right_and_no_proof_is_sent()
    {
        await _world.SignUpAsync();
        _world.Server.EmailMfa = true;
        _world.Server.Calls.Clear();
        var prompts = new ScriptedPrompts();
        prompts.EmailCodes.Clear();
        foreach (var code in new[] { "000000", "111111", $" {ServerDouble.EmailCode} " })
            prompts.EmailCodes.Enqueue(code);
        using var http = _world.Server.Connect();
        await _world.Flows(http).LogInAsync("alice@example.org", "correct horse", prompts);
        Assert.Equal(3, prompts.Asked);
        Assert.DoesNotContain(_world.Server.Calls, c => c.Contains("session", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Three_wrong_codes_end_the_login()
    {
        await _world.SignUpAsync();
        _world.Server.EmailMfa = true;
        var prompts = new ScriptedPrompts();
        prompts.EmailCodes.Clear();
        prompts.EmailCodes.Enqueue("000000");
        using var http = _world.Server.Connect();
        var refused = await Assert.ThrowsAsync<EnteApiException>(() => _world.Flows(http).LogInAsync("alice@example.org", "correct horse", prompts));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);
        Assert.Equal(3, prompts.Asked);
    }

    [Fact]
    public async Task The_authenticator_is_asked_when_the_account_has_one()
    {
        await _world.SignUpAsync();
        _world.Server.TotpSecret = Totp.NewSecret();
        var prompts = new ScriptedPrompts();
        prompts.TotpCodes.Enqueue(Totp.Compute(_world.Server.TotpSecret, DateTimeOffset.UtcNow));
        using var http = _world.Server.Connect();
        var session = await _world.Flows(http).LogInAsync("alice@example.org", "correct horse", prompts);
        Assert.NotEmpty(session.Token);
        Assert.Equal(1, prompts.Asked);
    }

    [Fact]
    public async Task Registered_and_unknown_addresses_are_told_apart_by_their_codes()
    {
        await _world.SignUpAsync();
        using var http = _world.Server.Connect();
        var taken = await Assert.ThrowsAsync<EnteApiException>(() => _world.Flows(http).SignUpAsync("alice@example.org", "x", _world.Prompts));
        Assert.Equal("USER_ALREADY_REGISTERED", taken.Code);
        var unknown = await Assert.ThrowsAsync<EnteApiException>(() => _world.Flows(http).LogInAsync("nobody@example.org", "x", _world.Prompts));
        Assert.Equal("USER_NOT_REGISTERED", unknown.Code);
    }

    [Fact]
    public async Task A_broken_off_sign_up_is_finished_by_the_next_one()
    {
        _world.Server.Fault = r => r.RequestUri!.AbsolutePath is "/users/attributes" ? new HttpResponseMessage(HttpStatusCode.BadGateway) : null;
        await Assert.ThrowsAsync<EnteApiException>(() => _world.SignUpAsync());
        _world.Server.Fault = null;
        var session = await _world.SignUpAsync();
        using var http = _world.Server.Connect();
        Assert.Equal(session.MasterKey, (await _world.Flows(http).LogInAsync(session.Email, "correct horse", _world.Prompts)).MasterKey);
    }

    [Fact]
    public async Task An_account_without_a_password_proof_gets_one_at_its_next_login()
    {
        _world.Server.Fault = r => r.RequestUri!.AbsolutePath is "/users/srp/setup" ? new HttpResponseMessage(HttpStatusCode.BadGateway) : null;
        await Assert.ThrowsAsync<EnteApiException>(() => _world.SignUpAsync());
        _world.Server.Fault = null;
        using var http = _world.Server.Connect();
        await _world.Flows(http).LogInAsync("alice@example.org", "correct horse", _world.Prompts);
        Assert.Contains("POST /users/srp/complete", _world.Server.Calls);
        _world.Server.Calls.Clear();
        await _world.Flows(http).LogInAsync("alice@example.org", "correct horse", _world.Prompts);
        Assert.DoesNotContain("POST /users/ott", _world.Server.Calls);
    }

    [Fact]
    public async Task Logging_out_everywhere_ends_the_other_devices_first_and_this_one_last()
    {
        var other = await _world.SignUpAsync();
        using var http = _world.Server.Connect();
        var flows = _world.Flows(http);
        await flows.LogInAsync("alice@example.org", "correct horse", _world.Prompts);
        Assert.Equal(2, await flows.LogOutEverywhereAsync());
        Assert.Equal("POST /users/logout", _world.Server.Calls[^1]);
        using var otherHttp = other.Connect(_world.Server.Options);
        var refused = await Assert.ThrowsAsync<EnteApiException>(() => _world.Flows(otherHttp).ListSessionsAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);
    }

    [Fact]
    public void The_account_of_the_vectors_unlocks()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors.json")));
        var account = document.RootElement.GetProperty("account");
        var attributes = account.GetProperty("keyAttributes").Deserialize<KeyAttributes>(Json.Options)!;
        var kek = Convert.FromHexString(document.RootElement.GetProperty("loginSubkey").GetProperty("kekHex").GetString()!);
        var (masterKey, pair) = AccountKeys.Unlock(attributes, kek);
        Assert.Equal(account.GetProperty("masterKeyB64").GetString(), Convert.ToBase64String(masterKey));
        Assert.Equal(account.GetProperty("secretKeyB64").GetString(), Convert.ToBase64String(pair.SecretKey));
        var swapped = attributes with { PublicKey = Convert.ToBase64String(KeyPair.Generate().PublicKey) };
        Assert.Throws<UntrustworthyDataException>(() => AccountKeys.Unlock(swapped, kek));
        Assert.Throws<WrongPasswordException>(() => AccountKeys.Unlock(attributes, new byte[32]));
    }

    [Fact]
    public void Too_little_memory_halves_the_memory_and_doubles_the_passes_once()
    {
        var tried = new List<KdfProfile>();
        byte[] Kdf(string password, byte[] salt, long ops, long mem)
        {
            tried.Add(new KdfProfile(ops, mem));
            return mem > 128L << 20 ? throw new PasswordHashMemoryException(mem) : new byte[32];
        }

        Assert.Equal(KdfProfile.AccountLittleMemory, DerivedKey.Create("x", KdfProfile.Account, Kdf).Profile);
        Assert.Equal([KdfProfile.Account, KdfProfile.AccountLittleMemory], tried);
        Assert.Throws<PasswordHashMemoryException>(() => DerivedKey.Create("x", KdfProfile.Account, (_, _, _, mem) => throw new PasswordHashMemoryException(mem)));
    }
}

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class CredentialStoreTests : IDisposable
{
    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Accounts_are_kept_in_files_that_only_the_owner_reads()
    {
        var store = new CredentialStore(Path.Combine(_world.Directory, "home"));
        Assert.Empty(store.List());
        var alice = new Session(new Uri("https://a.example/"), "alice@example.org", 7, "token", Secrets.RandomBytes(32), KeyPair.Generate());
        var elsewhere = alice with { Server = new Uri("https://b.example/"), UserId = 8 };
        store.Save(alice);
        store.Save(alice with { Token = "newer" });
        store.Save(elsewhere);

        var files = Directory.GetFiles(Path.Combine(store.DirectoryPath, "accounts"));
        Assert.Equal(2, files.Length);
        Assert.All(files, f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f)));
        var read = store.List().Single(s => s.UserId == 7);
        Assert.Equal("newer", read.Token);
        Assert.Equal(alice.MasterKey, read.MasterKey);
        Assert.Equal(alice.Keys.PublicKey, read.Keys.PublicKey);

        var state = store.StateDirectory(alice);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(state));
        store.Delete(alice);
        Assert.False(Directory.Exists(state));
        Assert.Equal(8, Assert.Single(store.List()).UserId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("relative")]
    [InlineData("ente-orleans/x")]
    public void Nothing_is_kept_wherever_a_program_happens_to_be_started(string directory) =>
        Assert.Throws<ArgumentException>(() => new CredentialStore(directory));

    [Fact]
    public void Directories_that_are_open_to_others_are_closed_and_one_that_cannot_be_written_is_said_before()
    {
        var store = new CredentialStore(Path.Combine(_world.Directory, "home"));
        var accounts = Directory.CreateDirectory(Path.Combine(store.DirectoryPath, "accounts")).FullName;
        File.SetUnixFileMode(accounts, (UnixFileMode)0x1FF);
        store.RequireWritable();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(accounts));
        Assert.Empty(Directory.EnumerateFileSystemEntries(accounts));
        Assert.ThrowsAny<IOException>(() => new CredentialStore("/proc/ente-orleans").RequireWritable());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"server\":\"https://a.example\",\"email\":\"a\",\"userId\":1,\"token\":\"t\",\"masterKey\":\"AA==\",\"secretKey\":\"AA==\"}")]
    [InlineData("not json")]
    public void A_damaged_file_is_named(string content)
    {
        var store = new CredentialStore(Path.Combine(_world.Directory, "home"));
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(store.DirectoryPath, "accounts")).FullName, "x.json");
        File.WriteAllText(path, content);
        Assert.Contains(path, Assert.Throws<UntrustworthyDataException>(() => store.List()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_prints_its_secrets()
    {
        var session = new Session(new Uri("https://a.example/"), "alice@example.org", 7, "the-token", Secrets.RandomBytes(32), KeyPair.Generate());
        var texts = $"{session} {new NewAccount(session, "the words")} {AccountKeys.Generate()} {new LoginSession { Token = "the-token" }}";
        Assert.DoesNotContain("the-token", texts, StringComparison.Ordinal);
        Assert.DoesNotContain("the words", texts, StringComparison.Ordinal);
        Assert.DoesNotContain("Byte[]", texts, StringComparison.Ordinal);
    }
}
