using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ente.Orleans.Crypto.Tests;

public class TextTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("AA==", true)]
    [InlineData("AAE=", true)]
    [InlineData("+/+/", true)]
    [InlineData("AA", false)]
    [InlineData("AA=", false)]
    [InlineData("AB==", false)]
    [InlineData("A A==", false)]
    [InlineData("AA==\n", false)]
    [InlineData("-_-_", false)]
    [InlineData("A===", false)]
    [InlineData("é===", false)]
    [InlineData(null, false)]
    public void Base64_is_read_strictly(string? text, bool valid) => Assert.Equal(valid, Base64Text.TryDecode(text, out _));

    [Fact]
    public void Url_base64_keeps_its_padding()
    {
        Assert.Equal("-_8=", Base64Text.EncodeUrl([0xfb, 0xff]));
        Assert.True(Base64Text.TryDecodeUrl("-_8=", out var bytes));
        Assert.Equal([0xfb, 0xff], bytes);
        Assert.False(Base64Text.TryDecodeUrl("+/8=", out _));
        Assert.False(Base64Text.TryDecodeUrl("-_8", out _));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("00", "1")]
    [InlineData("0000", "11")]
    [InlineData("61", "2g")]
    [InlineData("626262", "a3gV")]
    [InlineData("516b6fcd0f", "ABnLTmg")]
    [InlineData("000111d38e5fc9071ffcd20b4a763cc9ae4f252bb4e48fd66a835e252ada93ff480d6dd43dc62a641155a5",
        "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")]
    public void Base58_is_what_others_compute(string hex, string text)
    {
        Assert.Equal(text, Base58.Encode(Convert.FromHexString(hex)));
        Assert.True(Base58.TryDecode(text, out var bytes));
        Assert.Equal(Convert.FromHexString(hex), bytes);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("O")]
    [InlineData("I")]
    [InlineData("l")]
    [InlineData("a b")]
    [InlineData(null)]
    public void Base58_refuses_other_characters(string? text) => Assert.False(Base58.TryDecode(text, out _));

    [Fact]
    public void Base58_refuses_lengths_that_would_cost_too_much()
    {
        Assert.False(Base58.TryDecode(new string('2', 1025), out _));
        Assert.Throws<ArgumentException>(() => Base58.Encode(new byte[1025]));
    }

    [Fact]
    public void Random_text_uses_the_whole_alphabet_evenly()
    {
        var text = Secrets.RandomAlphanumeric(62 * 1000);
        var counts = text.GroupBy(c => c).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal(62, counts.Count);
        // 1000 each, standard deviation about 31: eight deviations leave one failure in some 10^13 runs.
        Assert.All(counts.Values, count => Assert.InRange(count, 750, 1250));
        Assert.Equal("aaaa", Secrets.RandomAlphanumeric(4, "a"));
        Assert.Equal(24, Secrets.RandomBytes(24).Length);
        Assert.NotEqual(Secrets.RandomBytes(24), Secrets.RandomBytes(24));
    }

    [Fact]
    public void The_library_says_its_version()
    {
        Libsodium.EnsureAvailable();
        Assert.StartsWith("1.", Libsodium.Version, StringComparison.Ordinal);
    }
}

public class JsonWebTokenTests
{
    private static readonly byte[] Key = "your-256-bit-secret"u8.ToArray();

    // RFC 7515, appendix A.1: key, token and claims of the standard itself.
    private static readonly byte[] RfcKey = System.Buffers.Text.Base64Url.DecodeFromChars(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");

    private const string RfcToken = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    [Fact]
    public void The_token_of_the_standard_is_accepted()
    {
        Assert.True(JsonWebToken.TryVerify(RfcToken, RfcKey, out var claims));
        Assert.Equal("joe", claims.GetProperty("iss").GetString());
        Assert.False(JsonWebToken.TryVerify(RfcToken, Key, out _));
    }

    [Fact]
    public void An_issued_token_comes_back_with_its_claims()
    {
        var token = JsonWebToken.Issue(new JsonObject { ["userID"] = 1580559962386438L, ["claimScope"] = "ACCOUNTS" }, Key);
        Assert.True(JsonWebToken.TryVerify(token, Key, out var claims));
        Assert.Equal(1580559962386438L, claims.GetProperty("userID").GetInt64());
        Assert.Equal("ACCOUNTS", claims.GetProperty("claimScope").GetString());
    }

    [Theory]
    [InlineData("HS256", true)]
    [InlineData("HS384", true)]
    [InlineData("HS512", true)]
    [InlineData("hs256", false)]
    [InlineData("none", false)]
    [InlineData("None", false)]
    [InlineData("RS256", false)]
    [InlineData("", false)]
    public void Three_algorithms_are_accepted(string algorithm, bool accepted)
    {
        var header = Encode($$"""{"alg":"{{algorithm}}"}""");
        Assert.Equal(accepted, JsonWebToken.TryVerify(Sign($"{header}.{Encode("""{"a":1}""")}", algorithm), Key, out _));
        Assert.False(JsonWebToken.TryVerify($"{header}.{Encode("""{"a":1}""")}.", Key, out _));
    }

    [Theory]
    [InlineData("""{"alg":"HS256","crit":["exp"]}""", """{"a":1}""")]
    [InlineData("""{"alg":256}""", """{"a":1}""")]
    [InlineData("""{}""", """{"a":1}""")]
    [InlineData("""[]""", """{"a":1}""")]
    [InlineData("""not json""", """{"a":1}""")]
    [InlineData("""{"alg":"HS256"}""", """[1]""")]
    [InlineData("""{"alg":"HS256"}""", """1""")]
    [InlineData("""{"alg":"HS256"}""", """{"a":""")]
    [InlineData("""{"alg":"HS256"}""", "")]
    public void Rightly_signed_nonsense_is_refused(string header, string payload) =>
        Assert.False(JsonWebToken.TryVerify(Sign($"{Encode(header)}.{Encode(payload)}", "HS256"), Key, out _));

    [Fact]
    public void Altered_and_malformed_tokens_give_false_and_never_throw()
    {
        var token = JsonWebToken.Issue(new JsonObject { ["a"] = 1 }, Key);
        for (var i = 0; i < token.Length; i++)
        {
            foreach (var replacement in "A.=+ \0é\ud800")
            {
                if (token[i] == replacement)
                    continue;
                var altered = token[..i] + replacement + token[(i + 1)..];
                if (JsonWebToken.TryVerify(altered, Key, out var claims))
                    Assert.Fail($"{altered} was accepted with {claims}");
            }
            Assert.False(JsonWebToken.TryVerify(token[..i], Key, out _));
        }
        foreach (var text in new[] { null, "", ".", "..", "...", "a.b.c", token + ".", "." + token, token + "=", new string('a', 20000) })
            Assert.False(JsonWebToken.TryVerify(text, Key, out _));
    }

    private static string Encode(string text) => System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(text));

    private static string Sign(string signed, string algorithm)
    {
        var bytes = System.Text.Encoding.ASCII.GetBytes(signed);
        var signature = algorithm switch
        {
            "HS384" => System.Security.Cryptography.HMACSHA384.HashData(Key, bytes),
            "HS512" => System.Security.Cryptography.HMACSHA512.HashData(Key, bytes),
            _ => System.Security.Cryptography.HMACSHA256.HashData(Key, bytes),
        };
        return $"{signed}.{System.Buffers.Text.Base64Url.EncodeToString(signature)}";
    }
}
