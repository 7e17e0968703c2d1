using Ente.Orleans.Storage.S3;
using Xunit;

namespace Ente.Orleans.Storage.Tests.S3;

public sealed class SigV4Tests
{
    private static readonly DateTimeOffset Documented = new(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_documented_example_has_the_documented_signature()
    {
        // "Authenticating Requests: Using Query Parameters", Amazon S3 API reference.
        var url = SigV4.Presign(
            "GET",
            new Uri("https://examplebucket.s3.amazonaws.com/test.txt"),
            [],
            [],
            ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            "us-east-1",
            Documented,
            TimeSpan.FromSeconds(86400));
        Assert.Equal(
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
            + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
            url);
    }

    [Fact]
    public void Bound_urls_sign_exactly_length_md5_and_host_and_all_others_the_host()
    {
        var presigner = new S3Presigner(
            new S3Options("id", "secret", "s3.example.org", "", "photos", PathStyle: true, DisableSsl: false), TimeProvider.System);
        var binding = new ContentBinding(5, Convert.ToBase64String(new byte[16]));
        var life = TimeSpan.FromDays(7);
        Assert.Contains("&X-Amz-SignedHeaders=content-length%3Bcontent-md5%3Bhost&", presigner.Put("1/a", binding, life), StringComparison.Ordinal);
        Assert.Contains("&X-Amz-SignedHeaders=content-length%3Bcontent-md5%3Bhost&", presigner.Part("1/a", "u", 1, binding, life), StringComparison.Ordinal);
        foreach (var url in (string[])[
            presigner.Put("1/a", null, life),
            presigner.Part("1/a", "u", 1, null, life),
            presigner.Complete("1/a", "u", life),
            presigner.Get("1/a", GetOverrides.File, life),
        ])
        {
            Assert.Contains("&X-Amz-SignedHeaders=host&", url, StringComparison.Ordinal);
            Assert.Contains("X-Amz-Expires=604800&", url, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("s3.example.org", true, false, "https://s3.example.org/photos/1/a?")]
    [InlineData("s3.example.org:3900", true, true, "http://s3.example.org:3900/photos/1/a?")]
    [InlineData("https://s3.example.org/", false, true, "https://photos.s3.example.org/1/a?")]
    [InlineData("http://[fd00::1]:3900", true, false, "http://[fd00::1]:3900/photos/1/a?")]
    public void The_address_follows_the_configuration(string endpoint, bool pathStyle, bool disableSsl, string start)
    {
        var presigner = new S3Presigner(
            new S3Options("id", "secret", endpoint, "eu", "photos", pathStyle, disableSsl), TimeProvider.System);
        Assert.StartsWith(start, presigner.Put("1/a", null, TimeSpan.FromHours(1)), StringComparison.Ordinal);
    }

    [Fact]
    public void Seven_days_are_the_longest_life()
    {
        var presigner = new S3Presigner(
            new S3Options("id", "secret", "s3.example.org", "eu", "photos", PathStyle: true, DisableSsl: false), TimeProvider.System);
        Assert.Throws<ArgumentOutOfRangeException>(() => presigner.Put("1/a", null, TimeSpan.FromDays(8)));
    }

    [Fact]
    public void The_secret_stays_out_of_texts() =>
        Assert.DoesNotContain("s3cret", new S3Options("id", "s3cret", "h", "r", "b", true, true).ToString(), StringComparison.Ordinal);
}
