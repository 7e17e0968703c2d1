using System.Security.Cryptography;
using System.Text;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>
/// A logged-in account: who it is on which server, the token that the server checks, and the keys that the server never sees.
/// </summary>
/// <param name="Server">Origin of the server.</param>
/// <param name="Email">Trimmed and lower-cased.</param>
/// <param name="UserId">The server's id of the user.</param>
/// <param name="Token">44 characters of URL-safe base64.</param>
/// <param name="MasterKey">32 bytes; wraps the keys of own collections.</param>
/// <param name="Keys">Opens what others share with this account.</param>
public sealed record Session(Uri Server, string Email, long UserId, string Token, byte[] MasterKey, KeyPair Keys)
{
    /// <summary>Names the account; never prints token or keys.</summary>
    public override string ToString() => $"{Email} at {Server}";

    /// <summary>A client that calls as this account.</summary>
    public EnteClient Connect(EnteClientOptions? options = null) => new(Server, options) { Token = Token };

    /// <summary>Directory name of this account under the data directory: the same for the same account on the same server.</summary>
    internal string StorageName => StorageNameOf(Server, Email);

    internal static string StorageNameOf(Uri server, string email)
    {
        var host = new string([.. $"{email}@{server.Host}-{server.Port}".Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '@' ? c : '_')]);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{email}\n{server.GetLeftPart(UriPartial.Path).TrimEnd('/')}"));
        return $"{host}-{Convert.ToHexStringLower(hash)[..8]}";
    }
}
