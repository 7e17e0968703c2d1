using System.Security.Cryptography;
using System.Text;

namespace Ente.Orleans.Api.Users;

/// <summary>GET /users/srp/attributes: what a client needs to derive its keys (api/01 §D3).</summary>
internal static class SrpAttributes
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/users/srp/attributes", Handle).Requires(Requirement.Anyone).Limited(10);

    private sealed record Attributes(string SrpUserID, string SrpSalt, string KekSalt, long MemLimit, long OpsLimit, bool IsEmailMFAEnabled);

    private sealed record Response(Attributes Attributes);

    private static async Task<IResult> Handle(
        HttpContext http, ClientInfo client, ApiOptions options, AccountQueries accounts, IGrainHost grains, Disclosures disclosures,
        Clock clock, CancellationToken cancellation)
    {
        var email = PersonalData.Normalise(Query.Text(http, "email"));
        if (email.Length == 0 || email.Contains('\0', StringComparison.Ordinal)) return Answers.BadRequest;
        var account = await accounts.FindByEmailAsync(email, cancellation);
        if (account is null) return disclosures.OfUnknownAddresses.MayTell(clock.Now) ? Answers.NotFound : Answers.Ok(new Response(Fake(email, options)));
        if (account.HasSrp && account.KeyAttributes is { } keys)
        {
            return Answers.Ok(new Response(new Attributes(
                account.SrpUserId!, account.SrpSalt!, keys.KekSalt, keys.MemLimit, keys.OpsLimit, account.IsEmailMfaEnabled)));
        }

        if (account.HasSrp) await grains.SendAsync(new DiscardPassword(account.Id), client.RequestId, cancellation);
        return Answers.CodedNotFound;
    }

    // Stable per address, so that asking twice tells nothing.
    private static Attributes Fake(string email, ApiOptions options)
    {
        var key = Convert.ToBase64String(options.Secrets.Hash);
        var h1 = SHA256.HashData(Encoding.UTF8.GetBytes("email-salt-purpose-and-uuid" + email + key));
        var h2 = SHA256.HashData(Encoding.UTF8.GetBytes("kek-salt-purpose" + email + key));
        var id = h1.AsSpan(0, 16).ToArray();
        id[6] = (byte)((id[6] & 0x0f) | 0x40);
        id[8] = (byte)((id[8] & 0x3f) | 0x80);
        var (mem, ops) = h1[16] % 2 == 0 ? (268435456L, 16L) : (1073741824L, 4L);
        return new Attributes(
            new Guid(id, bigEndian: true).ToString("D"), Convert.ToBase64String(h1.AsSpan(16, 16)), Convert.ToBase64String(h2.AsSpan(16, 16)),
            mem, ops, h1[16] % 5 == 0);
    }
}
