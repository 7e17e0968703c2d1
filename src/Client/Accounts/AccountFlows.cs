using System.Net;
using Ente.Orleans.Client.Wire;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>What a login may have to ask a person. Each is asked again while the answer is wrong, up to three times.</summary>
public interface IAccountPrompts
{
    /// <summary>The six digits that prove an address.</summary>
    /// <param name="email">The address.</param>
    /// <param name="isLogged">The server has no mail server: the code stands in its log and was not mailed.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    Task<string> EmailCodeAsync(string email, bool isLogged, CancellationToken cancellationToken);

    /// <summary>The six digits of the authenticator.</summary>
    Task<string> TotpCodeAsync(CancellationToken cancellationToken);

    /// <summary>Shows the page where the passkey is used; returns when the person says it is done.</summary>
    Task PasskeyAsync(Uri page, CancellationToken cancellationToken);
}

/// <summary>A new account: logged in, with the 24 words that open it when the password is forgotten.</summary>
public sealed record NewAccount(Session Session, string RecoveryMnemonic)
{
    /// <summary>Never prints the recovery key.</summary>
    public override string ToString() => $"NewAccount {Session}";
}

/// <summary>Sign-up and login (09 §3, §4).</summary>
public sealed class AccountFlows(EnteClient http, PasswordKdf? kdf = null)
{
    /// <summary>
    /// On the answer to a request for a code: <c>log</c> where no mail server is configured. Other servers do not send it.
    /// </summary>
    public const string CodesHeader = "X-Ente-Codes";

    /// <summary>The value of <see cref="CodesHeader"/>.</summary>
    public const string CodesAreLogged = "log";

    private const int Attempts = 3;

    private readonly PasswordKdf _kdf = kdf ?? DerivedKey.Argon2id;

    /// <summary>Creates an account, or finishes one whose sign-up was broken off before its keys were stored.</summary>
    /// <exception cref="EnteApiException">409 <c>USER_ALREADY_REGISTERED</c>; 403 when the server takes no new accounts.</exception>
    public async Task<NewAccount> SignUpAsync(
        string email, string password, IAccountPrompts prompts, KdfProfile? profile = null, CancellationToken cancellationToken = default)
    {
        email = Normalise(email);
        var isLogged = await SendCodeAsync(email, "signup", cancellationToken);
        // Deriving takes seconds; doing it before the code is asked lets the person look for the mail meanwhile.
        var keyEncryptionKey = DerivedKey.Create(password, profile ?? KdfProfile.Account, _kdf);
        var keys = AccountKeys.Generate();
        var attributes = keys.Wrap(keyEncryptionKey);

        var answer = await VerifyEmailAsync(email, isLogged, prompts, cancellationToken);
        if (string.IsNullOrEmpty(answer.Token))
            throw new EnteApiException(HttpStatusCode.Conflict, "USER_ALREADY_REGISTERED", "POST /users/verify-email");
        http.Token = answer.Token;
        await http.PutAsync("/users/attributes", new { keyAttributes = attributes }, cancellationToken);
        await SetUpSrpAsync(email, KeyDerivation.LoginKey(keyEncryptionKey.Key), attributes, cancellationToken);
        var session = new Session(http.Server, email, answer.ID, answer.Token, keys.MasterKey, keys.Pair);
        return new NewAccount(session, Mnemonic.FromEntropy(keys.RecoveryKey));
    }

    /// <summary>
    /// Logs in: by password proof (SRP) where the account allows it, else by mailed code; then the second factor if there is
    /// one. The password is needed in every case, because only it opens the keys.
    /// </summary>
    /// <exception cref="WrongPasswordException">The password is wrong, or there is no such account.</exception>
    /// <exception cref="EnteApiException">Anything else the server refuses.</exception>
    public async Task<Session> LogInAsync(
        string email, string password, IAccountPrompts prompts, CancellationToken cancellationToken = default)
    {
        email = Normalise(email);
        http.Token = null;
        var srp = await FindSrpAttributesAsync(email, cancellationToken);
        var bySrp = srp is { IsEmailMFAEnabled: false };
        (string Salt, byte[] Key)? derived = null;
        AuthorizationAnswer answer;
        if (bySrp)
        {
            derived = (srp!.KekSalt, Derive(password, srp.KekSalt, srp.OpsLimit, srp.MemLimit));
            answer = await LogInBySrpAsync(srp, derived.Value.Key, cancellationToken);
        }
        else
        {
            var isLogged = await SendCodeAsync(email, "login", cancellationToken);
            answer = await VerifyEmailAsync(email, isLogged, prompts, cancellationToken);
        }

        answer = await SecondFactorAsync(answer, prompts, cancellationToken);
        if (answer.KeyAttributes is not { } attributes || string.IsNullOrEmpty(answer.EncryptedToken))
            throw new EnteApiException(HttpStatusCode.NotFound, "USER_SIGNUP_INCOMPLETE", "login");
        var keyEncryptionKey = derived is { } known && string.Equals(known.Salt, attributes.KekSalt, StringComparison.Ordinal)
            ? known.Key
            : Derive(password, attributes.KekSalt, attributes.OpsLimit, attributes.MemLimit);
        var (masterKey, pair) = AccountKeys.Unlock(attributes, keyEncryptionKey);
        if (!Base64Text.TryDecode(answer.EncryptedToken, out var sealedToken)
            || !SealedBox.TryOpen(sealedToken, pair.PublicKey, pair.SecretKey, out var token))
            throw new UntrustworthyDataException("The server's token is not sealed to this account's key.");
        http.Token = Base64Text.EncodeUrl(token);
        if (srp is null)
            await SetUpSrpAsync(email, KeyDerivation.LoginKey(keyEncryptionKey), attributes, cancellationToken);
        return new Session(http.Server, email, answer.ID, http.Token, masterKey, pair);
    }

    /// <summary>Every place where the account is logged in with this app.</summary>
    public async Task<IReadOnlyList<LoginSession>> ListSessionsAsync(CancellationToken cancellationToken = default) =>
        (await http.GetAsync<LoginSessions>("/users/sessions", cancellationToken)).Sessions;

    /// <summary>Ends one session, which may be another device's.</summary>
    public Task EndSessionAsync(string token, CancellationToken cancellationToken = default) =>
        http.DeleteAsync($"/users/session?token={Uri.EscapeDataString(token)}", null, cancellationToken);

    /// <summary>Ends this session.</summary>
    public async Task LogOutAsync(CancellationToken cancellationToken = default)
    {
        await http.PostAsync("/users/logout", null, cancellationToken);
        http.Token = null;
    }

    /// <summary>Ends all sessions, this one last, so that a failure in between leaves the means to try again. Returns how many.</summary>
    public async Task<int> LogOutEverywhereAsync(CancellationToken cancellationToken = default)
    {
        var own = http.Token;
        var others = (await ListSessionsAsync(cancellationToken))
            .Where(s => !string.Equals(s.Token, own, StringComparison.Ordinal)).ToList();
        foreach (var session in others)
            await EndSessionAsync(session.Token, cancellationToken);
        await LogOutAsync(cancellationToken);
        return others.Count + 1;
    }

    private static string Normalise(string email) => email.Trim().ToLowerInvariant();

    private byte[] Derive(string password, string salt, long opsLimit, long memLimit) =>
        Base64Text.TryDecode(salt, out var bytes) && bytes.Length == PasswordHash.SaltSize
            ? _kdf(password, bytes, opsLimit, memLimit)
            : throw new UntrustworthyDataException("The server's password salt is not 16 bytes of base64.");

    private async Task<SrpAttributes?> FindSrpAttributesAsync(string email, CancellationToken cancellationToken)
    {
        try
        {
            var path = $"/users/srp/attributes?email={Uri.EscapeDataString(email)}";
            return (await http.GetAsync<SrpAttributesAnswer>(path, cancellationToken)).Attributes;
        }
        catch (EnteApiException e) when (e.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private async Task<AuthorizationAnswer> LogInBySrpAsync(SrpAttributes srp, byte[] keyEncryptionKey, CancellationToken cancellationToken)
    {
        if (!Base64Text.TryDecode(srp.SrpSalt, out var salt))
            throw new UntrustworthyDataException("The server's SRP salt is not base64.");
        var client = new SrpClient(srp.SrpUserID, salt, KeyDerivation.LoginKey(keyEncryptionKey));
        var challenge = await http.PostAsync<SrpSession>(
            "/users/srp/create-session", new { srpUserID = srp.SrpUserID, srpA = Convert.ToBase64String(client.PublicA) }, cancellationToken);
        var proof = Prove(client, challenge.SrpB);
        try
        {
            var answer = await http.PostAsync<AuthorizationAnswer>(
                "/users/srp/verify-session",
                new { sessionID = challenge.SessionID, srpUserID = srp.SrpUserID, srpM1 = Convert.ToBase64String(proof) },
                cancellationToken);
            RequireServerProof(client, answer.SrpM2);
            return answer;
        }
        catch (EnteApiException e) when (e.Status == HttpStatusCode.Unauthorized)
        {
            throw new WrongPasswordException();
        }
    }

    private async Task SetUpSrpAsync(string email, byte[] loginKey, KeyAttributes attributes, CancellationToken cancellationToken)
    {
        var userId = Guid.NewGuid().ToString("D");
        var salt = Secrets.RandomBytes(16);
        var client = new SrpClient(userId, salt, loginKey);
        var setup = await http.PostAsync<SrpSession>(
            "/users/srp/setup",
            new
            {
                srpUserID = userId,
                srpSalt = Convert.ToBase64String(salt),
                srpVerifier = Convert.ToBase64String(SrpClient.ComputeVerifier(userId, salt, loginKey)),
                srpA = Convert.ToBase64String(client.PublicA),
            },
            cancellationToken);
        var proof = Prove(client, setup.SrpB);
        var answer = await http.PostAsync<SrpProofAnswer>(
            "/users/srp/complete", new { setupID = setup.SetupID, srpM1 = Convert.ToBase64String(proof) }, cancellationToken);
        RequireServerProof(client, answer.SrpM2);

        // A server that changes one of these locks the account out at the next login; better known now.
        var stored = await FindSrpAttributesAsync(email, cancellationToken);
        if (stored is null
            || !string.Equals(stored.SrpUserID, userId, StringComparison.Ordinal)
            || !string.Equals(stored.SrpSalt, Convert.ToBase64String(salt), StringComparison.Ordinal)
            || !string.Equals(stored.KekSalt, attributes.KekSalt, StringComparison.Ordinal)
            || stored.MemLimit != attributes.MemLimit || stored.OpsLimit != attributes.OpsLimit)
            throw new UntrustworthyDataException("The server did not keep the login parameters as they were sent.");
    }

    private static byte[] Prove(SrpClient client, string publicB)
    {
        if (!Base64Text.TryDecode(publicB, out var b))
            throw new UntrustworthyDataException("The server's SRP value is not base64.");
        try
        {
            return client.ComputeProof(b);
        }
        catch (ArgumentException e)
        {
            throw new UntrustworthyDataException("The server's SRP value is not one that an honest server sends.", e);
        }
    }

    private static void RequireServerProof(SrpClient client, string? m2)
    {
        if (!Base64Text.TryDecode(m2, out var bytes) || !client.VerifyServer(bytes))
            throw new UntrustworthyDataException("The server could not prove that it knows this account's verifier.");
    }

    /// <summary>Whether the code stands in the server's log.</summary>
    private async Task<bool> SendCodeAsync(string email, string purpose, CancellationToken cancellationToken)
    {
        using var answer = await http.CallAsync(HttpMethod.Post, "/users/ott", new { email, purpose }, cancellationToken);
        return answer.Headers.TryGetValues(CodesHeader, out var values) && values.Contains(CodesAreLogged, StringComparer.OrdinalIgnoreCase);
    }

    private Task<AuthorizationAnswer> VerifyEmailAsync(string email, bool isLogged, IAccountPrompts prompts, CancellationToken cancellationToken) =>
        AskUntilRightAsync(
            () => prompts.EmailCodeAsync(email, isLogged, cancellationToken),
            code => http.PostAsync<AuthorizationAnswer>("/users/verify-email", new { email, ott = code.Trim() }, cancellationToken));

    private async Task<AuthorizationAnswer> SecondFactorAsync(
        AuthorizationAnswer answer, IAccountPrompts prompts, CancellationToken cancellationToken)
    {
        var totpSession = string.IsNullOrEmpty(answer.TwoFactorSessionID) ? answer.TwoFactorSessionIDV2 : answer.TwoFactorSessionID;
        if (!string.IsNullOrEmpty(totpSession))
        {
            return await AskUntilRightAsync(
                () => prompts.TotpCodeAsync(cancellationToken),
                code => http.PostAsync<AuthorizationAnswer>(
                    "/users/two-factor/verify", new { sessionID = totpSession, code = code.Trim() }, cancellationToken));
        }
        if (string.IsNullOrEmpty(answer.PasskeySessionID))
            return answer;

        var session = Uri.EscapeDataString(answer.PasskeySessionID);
        var page = new Uri($"{answer.AccountsUrl}/passkeys/verify?clientPackage=io.ente.photos&passkeySessionID={session}&redirect=ente-cli%3A%2F%2Fpasskey");
        for (var attempt = 1; ; attempt++)
        {
            await prompts.PasskeyAsync(page, cancellationToken);
            try
            {
                return await http.GetAsync<AuthorizationAnswer>($"/users/two-factor/passkeys/get-token?sessionID={session}", cancellationToken);
            }
            catch (EnteApiException e) when (e.Status == HttpStatusCode.BadRequest && attempt < Attempts)
            {
                // 400 = not yet (09 §4.3): the page was not finished when the person said so.
            }
        }
    }

    private static async Task<AuthorizationAnswer> AskUntilRightAsync(Func<Task<string>> ask, Func<string, Task<AuthorizationAnswer>> send)
    {
        for (var attempt = 1; ; attempt++)
        {
            var code = await ask();
            try
            {
                return await send(code);
            }
            catch (EnteApiException e) when (e.Status == HttpStatusCode.Unauthorized && attempt < Attempts)
            {
                // 401 = wrong code; the next question says so by being asked again.
            }
        }
    }
}
