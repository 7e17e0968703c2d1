using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ente.Orleans.Storage.S3;

/// <summary>
/// AWS Signature Version 4 in the query of a URL. The SDK's own presigning cannot make all of the URLs that clients expect (POST
/// for a completion; exactly the signed headers of contract 03 §4.2), so it is done here, after "Authenticating Requests: Using
/// Query Parameters" of the Amazon S3 API reference.
/// </summary>
internal static class SigV4
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>A presigned URL whose body is not signed.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="target">Scheme, authority and path; no query. The path's characters need no escaping (<see cref="ObjectKey"/>).</param>
    /// <param name="query">Further parameters, unescaped.</param>
    /// <param name="headers">Headers to sign besides <c>host</c>, with lower-case names; the request must carry exactly these values.</param>
    /// <param name="credentials">Access key and secret.</param>
    /// <param name="region">The bucket's region.</param>
    /// <param name="now">The time of signing, from which <paramref name="life"/> counts.</param>
    /// <param name="life">At most seven days.</param>
    public static string Presign(
        string method,
        Uri target,
        IEnumerable<KeyValuePair<string, string>> query,
        IReadOnlyCollection<KeyValuePair<string, string>> headers,
        (string Key, string Secret) credentials,
        string region,
        DateTimeOffset now,
        TimeSpan life)
    {
        var date = now.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        var time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var scope = $"{date}/{region}/s3/aws4_request";
        var signedHeaders = headers.Append(KeyValuePair.Create("host", target.Authority))
            .OrderBy(header => header.Key, StringComparer.Ordinal).ToList();
        var headerNames = string.Join(';', signedHeaders.Select(header => header.Key));

        KeyValuePair<string, string>[] own =
        [
            new("X-Amz-Algorithm", Algorithm),
            new("X-Amz-Credential", $"{credentials.Key}/{scope}"),
            new("X-Amz-Date", time),
            new("X-Amz-Expires", ((long)life.TotalSeconds).ToString(CultureInfo.InvariantCulture)),
            new("X-Amz-SignedHeaders", headerNames),
        ];
        var canonicalQuery = string.Join('&', query.Concat(own)
            .Select(pair => (Name: Uri.EscapeDataString(pair.Key), Value: Uri.EscapeDataString(pair.Value)))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
            .Select(pair => $"{pair.Name}={pair.Value}"));

        var canonicalHeaders = string.Concat(signedHeaders.Select(header => $"{header.Key}:{header.Value}\n"));
        var canonicalRequest =
            $"{method}\n{target.AbsolutePath}\n{canonicalQuery}\n{canonicalHeaders}\n{headerNames}\nUNSIGNED-PAYLOAD";
        var stringToSign = $"{Algorithm}\n{time}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonicalRequest)))}";

        var signingKey = Encoding.UTF8.GetBytes("AWS4" + credentials.Secret);
        foreach (var step in (string[])[date, region, "s3", "aws4_request"])
            signingKey = HMACSHA256.HashData(signingKey, Encoding.UTF8.GetBytes(step));
        var signature = Hex(HMACSHA256.HashData(signingKey, Encoding.UTF8.GetBytes(stringToSign)));

        return $"{target.Scheme}://{target.Authority}{target.AbsolutePath}?{canonicalQuery}&X-Amz-Signature={signature}";
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
