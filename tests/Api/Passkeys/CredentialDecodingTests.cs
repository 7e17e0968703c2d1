using Ente.Orleans.Api.Passkeys;
using Xunit;

namespace Ente.Orleans.Api.Tests.Passkeys;

/// <summary>The fields of a credential on the wire (api/01 §G).</summary>
public sealed class CredentialDecodingTests
{
    private static readonly AssertionResponse Response = new("AQI", "AwQ", "BQY", null);
    private static readonly PublicKeyCredential<AssertionResponse> Good = new("3q2-7w", "3q2-7w", "public-key", Response);

    [Fact]
    public void Fields_are_bytes_and_padding_is_taken_but_for_id()
    {
        var answer = (Good with { RawId = "3q2-7w==", Response = new AssertionResponse("AQI=", "AwQ=", "BQY=", "Bwg=") }).Decode()!;
        Assert.Equal([0xde, 0xad, 0xbe, 0xef], answer.CredentialId);
        Assert.Equal([[1, 2], [3, 4], [5, 6], [7, 8]], [answer.AuthenticatorData, answer.ClientData, answer.Signature, answer.UserHandle]);
        Assert.Empty(Good.Decode()!.UserHandle);
        Assert.Empty((Good with { Response = Response with { UserHandle = "" } }).Decode()!.UserHandle);
    }

    [Fact]
    public void What_is_missing_too_long_or_no_such_base64_is_refused()
    {
        Assert.NotNull(Good.Decode());
        foreach (var bad in new[] { null, "", "3q2-7w==", "3q2+7w", "3q2/7w", "3q2 7w", "3q2-7", "é", "3q2-\n7w" })
            Assert.Null((Good with { Id = bad }).Decode());
        foreach (var bad in new[] { null, "", "AAAA", "3q2+7w" })
            Assert.Null((Good with { RawId = bad }).Decode());
        foreach (var bad in new[] { null, "", "password", "PUBLIC-KEY" })
            Assert.Null((Good with { Type = bad }).Decode());
        Assert.Null((Good with { Response = null }).Decode());
        foreach (var bad in new[] { null, "", "=", "A", "A+==", new string('A', 100_000) })
        {
            Assert.Null((Good with { Response = Response with { AuthenticatorData = bad } }).Decode());
            Assert.Null((Good with { Response = Response with { ClientDataJSON = bad } }).Decode());
            Assert.Null((Good with { Response = Response with { Signature = bad } }).Decode());
        }

        Assert.Null((Good with { Response = Response with { UserHandle = "A" } }).Decode());
    }

    [Fact]
    public void Transports_are_kept_in_the_browsers_words()
    {
        Assert.Equal(["usb", "smart-card", "from-the-future"], Transports("usb", "smart-card", "usb", null, "", "from-the-future", new string('x', 33)));
        Assert.Equal(16, Transports([.. Enumerable.Range(0, 100).Select(i => $"t{i}")]).Count);
        Assert.Empty(new AttestationResponse("AA", "AA", null).KnownTransports());
    }

    private static IReadOnlyList<string> Transports(params string?[] transports) => new AttestationResponse("AA", "AA", transports).KnownTransports();
}
