namespace Ente.Orleans.Crypto.Tests;

public class TotpTests
{
    // The secret of RFC 6238's own table, "12345678901234567890", in base32.
    private const string Secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1111111111, "050471")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void Codes_are_the_last_six_digits_of_the_table_in_the_standard(long seconds, string code)
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(seconds);
        Assert.Equal(code, Totp.Compute(Secret, time));
        Assert.Equal(code, Totp.Compute(Secret.ToLowerInvariant(), time));
        Assert.Equal(seconds / 30, Totp.Verify(Secret, $" {code}\n", time));
    }

    [Fact]
    public void A_code_is_good_one_step_before_and_after_and_names_its_step()
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(1111111111);
        for (var step = -3; step <= 3; step++)
        {
            var code = Totp.Compute(Secret, time.AddSeconds(30 * step));
            Assert.Equal(step is >= -1 and <= 1 ? Totp.Step(time) + step : null, Totp.Verify(Secret, code, time));
            Assert.Equal(step == 0 ? Totp.Step(time) : null, Totp.Verify(Secret, code, time, window: 0));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("28708")]
    [InlineData("2870820")]
    [InlineData("28708٢")]
    [InlineData("999999")]
    public void What_is_no_right_code_gives_no_step(string? code) =>
        Assert.Null(Totp.Verify(Secret, code, DateTimeOffset.FromUnixTimeSeconds(59)));

    [Theory]
    [InlineData("")]
    [InlineData("not base32!")]
    [InlineData("0189")]
    public void A_secret_that_is_no_base32_never_matches(string secret)
    {
        Assert.Null(Totp.Verify(secret, "287082", DateTimeOffset.FromUnixTimeSeconds(59)));
        Assert.Throws<ArgumentException>(() => Totp.Compute(secret, DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public void A_new_secret_is_32_characters_that_are_base64_too()
    {
        var secret = Totp.NewSecret();
        Assert.Equal(32, secret.Length);
        Assert.True(Base64Text.TryDecode(secret, out var bytes));
        Assert.Equal(secret, Convert.ToBase64String(bytes));
        Assert.NotEqual(secret, Totp.NewSecret());
        var now = DateTimeOffset.UnixEpoch.AddDays(20000);
        Assert.Equal(Totp.Step(now), Totp.Verify(secret, Totp.Compute(secret, now), now, window: 0));
    }
}
