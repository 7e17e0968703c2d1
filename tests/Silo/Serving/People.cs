using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace Ente.Orleans.Silo.Tests.Serving;

/// <summary>Accounts made as a client begins a sign-up: a code by e-mail, and the code back.</summary>
internal static class People
{
    /// <summary>Gives everybody under example.org the code 123456.</summary>
    public static readonly IReadOnlyDictionary<string, string> FixedCodes = new Dictionary<string, string>
    {
        ["ENTE_INTERNAL_HARDCODED_OTT_LOCAL_DOMAIN_SUFFIX"] = "@example.org",
        ["ENTE_INTERNAL_HARDCODED_OTT_LOCAL_DOMAIN_VALUE"] = "123456",
    };

    public static Task<HttpResponseMessage> AskForCodeAsync(SiloProcess silo, string email, string purpose) =>
        silo.Http.PostAsJsonAsync("/users/ott", new { email, purpose });

    /// <summary>Signs up; the new user's id.</summary>
    public static async Task<long> SignUpAsync(SiloProcess silo, string email, string code = "123456", bool ask = true)
    {
        if (ask)
        {
            using var asked = await AskForCodeAsync(silo, email, "signup");
            Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        }

        using var answer = await silo.Http.PostAsJsonAsync("/users/verify-email", new { email, ott = code });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return body.RootElement.GetProperty("id").GetInt64();
    }

    /// <summary>Whether the server knows the address, be it that its owner has not finished the sign-up.</summary>
    public static async Task<bool> IsKnownAsync(SiloProcess silo, string email)
    {
        using var answer = await AskForCodeAsync(silo, email, "login");
        if (answer.StatusCode == HttpStatusCode.OK)
            return true;
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return body.RootElement.GetProperty("code").GetString() switch
        {
            "USER_SIGNUP_INCOMPLETE" => true,
            "USER_NOT_REGISTERED" => false,
            var other => throw new InvalidOperationException($"An unexpected code: {other}"),
        };
    }
}
