using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Ente.Orleans.Client.Wire;

namespace Ente.Orleans.Client;

/// <summary>Settings of the transport; the defaults are for real use.</summary>
public sealed record EnteClientOptions
{
    /// <summary>Decides the app on the server (01 §A3).</summary>
    public string ClientPackage { get; init; } = "io.ente.photos";

    /// <summary>Replaces the network, for tests through an in-process server. Must not follow redirects itself.</summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>Waits before a repeated attempt; replaced in tests.</summary>
    public Func<TimeSpan, CancellationToken, Task> Delay { get; init; } = Task.Delay;
}

/// <summary>
/// HTTP as the clients of this protocol speak it (09 §1): headers, errors, retries, and redirects to object storage that never
/// carry the token to another origin.
/// </summary>
public sealed class EnteClient : IDisposable
{
    // 09 §1.2: transfers get three more attempts after these pauses, and so does what only reads; calls that change get one.
    private static readonly TimeSpan[] RetryPauses = [TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)];
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(100);
    private const int MaximumRedirects = 5;

    private readonly EnteClientOptions _options;
    private readonly HttpClient _http;
    private bool _wasAnswered;

    /// <param name="server">Origin of the server, such as <c>https://photos.example.org</c>; a trailing slash is dropped.</param>
    /// <param name="options">Settings of the transport.</param>
    public EnteClient(Uri server, EnteClientOptions? options = null)
    {
        if (!server.IsAbsoluteUri || server.Scheme is not ("http" or "https"))
            throw new ArgumentException("Must be an absolute http or https address.", nameof(server));
        Server = server;
        _options = options ?? new EnteClientOptions();
        _http = new HttpClient(
            _options.Handler ?? new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.GZip,
                ConnectTimeout = TimeSpan.FromSeconds(15),
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            },
            disposeHandler: _options.Handler is null)
        {
            // Every request has its own limit, which for transfers grows with the size.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("ente-orleans", "1.0"));
    }

    public Uri Server { get; }

    /// <summary>Headers that prove who is calling: the user token, or the tokens of a public link. Sent to the server only.</summary>
    public Dictionary<string, string> AuthHeaders { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The user token (44 characters of URL-safe base64), or null.</summary>
    public string? Token
    {
        get => AuthHeaders.GetValueOrDefault("X-Auth-Token");
        set
        {
            if (value is null)
                AuthHeaders.Remove("X-Auth-Token");
            else
                AuthHeaders["X-Auth-Token"] = value;
        }
    }

    /// <summary>Another client of the same server over the same transport, with other proofs of identity.</summary>
    public EnteClient ForPackage(string clientPackage) => new(Server, _options with { ClientPackage = clientPackage });

    /// <summary>Reads; passing trouble is outlasted.</summary>
    /// <exception cref="EnteApiException">The server refused.</exception>
    public Task<T> GetAsync<T>(string path, CancellationToken cancellationToken = default) => RepeatAsync(
        async () =>
        {
            using var response = await CallAsync(HttpMethod.Get, path, null, cancellationToken);
            return await ReadAsync<T>(response, path, cancellationToken);
        },
        cancellationToken);

    public async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken = default)
    {
        using var response = await CallAsync(method, path, body, cancellationToken);
        return await ReadAsync<T>(response, path, cancellationToken);
    }

    public async Task SendAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken = default)
    {
        using var response = await CallAsync(method, path, body, cancellationToken);
    }

    public Task<T> PostAsync<T>(string path, object? body, CancellationToken cancellationToken = default) =>
        SendAsync<T>(HttpMethod.Post, path, body, cancellationToken);

    public Task PostAsync(string path, object? body, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, path, body, cancellationToken);

    public Task PutAsync(string path, object? body, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Put, path, body, cancellationToken);

    public Task DeleteAsync(string path, object? body = null, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Delete, path, body, cancellationToken);

    /// <summary>A call that also gives the response's headers; the caller disposes the response.</summary>
    public async Task<HttpResponseMessage> CallAsync(
        HttpMethod method, string path, object? body, CancellationToken cancellationToken = default)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(CallTimeout);
        using var request = NewRequest(method, Address(path));
        if (body is not null)
            request.Content = JsonContent.Create(body, body.GetType(), options: Json.Options);
        AddProofs(request);
        var response = await SendOnceAsync(request, HttpCompletionOption.ResponseContentRead, timeout.Token, cancellationToken);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await Refusal.ReadAsync(response, $"{method} {PathOnly(path)}", cancellationToken);
    }

    /// <summary>
    /// Starts a download from byte <paramref name="offset"/>, following redirects to object storage. The token goes to the
    /// server's own origin only. The caller disposes the response, whose content begins at <paramref name="offset"/> when its
    /// status is 206 and at 0 when it is 200.
    /// </summary>
    /// <exception cref="EnteApiException">Refused, by the server or by the store.</exception>
    public async Task<HttpResponseMessage> OpenDownloadAsync(string path, long offset, CancellationToken cancellationToken = default)
    {
        var address = Address(path);
        for (var hop = 0; hop <= MaximumRedirects; hop++)
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(CallTimeout);
            using var request = NewRequest(HttpMethod.Get, address);
            AddProofs(request);
            if (offset > 0)
                request.Headers.Range = new RangeHeaderValue(offset, null);
            var response = await SendOnceAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token, cancellationToken);
            if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent)
                return response;
            using (response)
            {
                var location = response.Headers.Location;
                if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || location is null)
                    throw await Refusal.ReadAsync(response, $"GET {PathOnly(path)}", cancellationToken);
                address = new Uri(address, location);
                if (address.Scheme is not ("http" or "https"))
                    throw new UntrustworthyDataException($"The server redirects a download to a {address.Scheme} address.");
            }
        }
        throw new UntrustworthyDataException($"More than {MaximumRedirects} redirects for GET {PathOnly(path)}.");
    }

    /// <summary>Puts encrypted bytes at a presigned URL; returns the store's ETag. Repeated as 09 §1.2 says.</summary>
    /// <param name="url">Presigned; carries its own authority, so no token is sent.</param>
    /// <param name="content">The encrypted bytes.</param>
    /// <param name="md5">Base64 of their MD5, which the URL is bound to.</param>
    /// <param name="cancellationToken">Ends waiting and sending.</param>
    public Task<string?> PutObjectAsync(string url, ReadOnlyMemory<byte> content, string md5, CancellationToken cancellationToken = default) =>
        RepeatAsync(
            async () =>
            {
                using var timeout = TransferTimeout(content.Length, cancellationToken);
                using var request = NewRequest(HttpMethod.Put, new Uri(Server, url));
                request.Content = new ReadOnlyMemoryContent(content);
                request.Content.Headers.TryAddWithoutValidation("Content-MD5", md5);
                using var response = await SendOnceAsync(request, HttpCompletionOption.ResponseContentRead, timeout.Token, cancellationToken);
                if (!response.IsSuccessStatusCode)
                    throw await Refusal.ReadAsync(response, "PUT of an object", cancellationToken);
                return response.Headers.TryGetValues("ETag", out var values) ? values.FirstOrDefault() : null;
            },
            cancellationToken);

    /// <summary>Joins the parts of a multipart upload, given their ETags in order.</summary>
    public Task CompleteMultipartAsync(string url, IReadOnlyList<string> etags, CancellationToken cancellationToken = default)
    {
        var body = new StringBuilder("<CompleteMultipartUpload>");
        for (var i = 0; i < etags.Count; i++)
            body.Append($"<Part><PartNumber>{i + 1}</PartNumber><ETag>{WebUtility.HtmlEncode(etags[i])}</ETag></Part>");
        body.Append("</CompleteMultipartUpload>");
        return RepeatAsync(
            async () =>
            {
                // Joining many parts can take a store minutes.
                using var timeout = TransferTimeout(16 << 20, cancellationToken);
                using var request = NewRequest(HttpMethod.Post, new Uri(Server, url));
                request.Content = new StringContent(body.ToString(), Encoding.UTF8, new MediaTypeHeaderValue("text/xml"));
                using var response = await SendOnceAsync(request, HttpCompletionOption.ResponseContentRead, timeout.Token, cancellationToken);
                if (!response.IsSuccessStatusCode)
                    throw await Refusal.ReadAsync(response, "completion of a multipart upload", cancellationToken);
                var answer = await response.Content.ReadAsStringAsync(cancellationToken);
                // S3 may answer 200 first and find the error later; the body then holds an Error element.
                if (answer.Contains("<Error>", StringComparison.Ordinal))
                {
                    var (code, reason) = Refusal.Parse(answer.Trim(), null);
                    throw new EnteApiException(HttpStatusCode.BadGateway, code, "completion of a multipart upload", reason);
                }
                return true;
            },
            cancellationToken);
    }

    /// <summary>
    /// Runs a transfer with the repeats of 09 §1.2, and not sooner than the other side asks. What would only fail the same way
    /// again fails at once.
    /// </summary>
    public async Task<T> RepeatAsync<T>(Func<Task<T>> attempt, CancellationToken cancellationToken)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                return await attempt();
            }
            catch (Exception e) when (failures < RetryPauses.Length && IsPassing(e))
            {
                var asked = (e as EnteApiException)?.RetryAfter ?? TimeSpan.Zero;
                var pause = asked > RetryPauses[failures] ? asked : RetryPauses[failures];
                await _options.Delay(pause < LongestPause ? pause : LongestPause, cancellationToken);
            }
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>
    /// Whether an exception is a failure of the network or of the other side. An <see cref="IOException"/> never is: whatever
    /// breaks in the network leaves this class and <see cref="ReceiveAsync"/> as an <see cref="HttpRequestException"/>, so that a
    /// full or failing local disk is never taken for it.
    /// </summary>
    internal static bool IsTransfer(Exception e) => e is HttpRequestException or EnteApiException or TimeoutException;

    /// <summary>
    /// Reads from the body of a download until the buffer is full or the body ends; returns the bytes read. The time limit is that
    /// of the buffer's length.
    /// </summary>
    internal static async Task<int> ReceiveAsync(Stream body, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var timeout = TransferTimeout(buffer.Length, cancellationToken);
        try
        {
            return await body.ReadAtLeastAsync(buffer, buffer.Length, false, timeout.Token);
        }
        catch (IOException e)
        {
            throw new HttpRequestException(HttpRequestError.ResponseEnded, $"The download broke off: {Reason.Of(e)}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("A download stands still.", e);
        }
    }

    /// <summary>One minute plus the time the content takes at 32 KiB a second; slower than that is taken for dead.</summary>
    internal static CancellationTokenSource TransferTimeout(long bytes, CancellationToken cancellationToken)
    {
        var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(60 + bytes / (32 * 1024.0)));
        return timeout;
    }

    private static string PathOnly(string path) => path.Split('?')[0];

    private Uri Address(string path) => new(Server.GetLeftPart(UriPartial.Path).TrimEnd('/') + path);

    private HttpRequestMessage NewRequest(HttpMethod method, Uri address)
    {
        var request = new HttpRequestMessage(method, address);
        request.Headers.TryAddWithoutValidation("X-Client-Package", _options.ClientPackage);
        return request;
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        HttpRequestMessage request, HttpCompletionOption completion, CancellationToken limit, CancellationToken caller)
    {
        try
        {
            var response = await _http.SendAsync(request, completion, limit);
            _wasAnswered = true;
            return response;
        }
        catch (HttpRequestException e)
        {
            var what = e.HttpRequestError is HttpRequestError.ResponseEnded ? "broke off" : "cannot be reached";
            var origin = request.RequestUri!.GetLeftPart(UriPartial.Authority);
            throw new HttpRequestException(e.HttpRequestError, $"{origin} {what}: {Reason.Of(e)}", e);
        }
        catch (OperationCanceledException e) when (!caller.IsCancellationRequested)
        {
            throw new TimeoutException($"No answer to {request.Method} {request.RequestUri!.AbsolutePath} in time.", e);
        }
    }

    // A server that was never there is a wrong address or not running; waiting would only keep the person from seeing that.
    private bool IsPassing(Exception e) => e switch
    {
        EnteApiException refused => refused.IsPassing,
        HttpRequestException or TimeoutException => _wasAnswered,
        _ => false,
    };

    /// <summary>The caller's tokens, unless the address is another origin, as object storage usually is.</summary>
    private void AddProofs(HttpRequestMessage request)
    {
        var address = request.RequestUri!;
        var sameOrigin = Uri.Compare(
            address, Server, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0;
        if (!sameOrigin)
            return;
        foreach (var (name, value) in AuthHeaders)
            request.Headers.TryAddWithoutValidation(name, value);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(Json.Options, cancellationToken)
                ?? throw new UntrustworthyDataException($"The answer to {PathOnly(path)} is empty.");
        }
        catch (JsonException e)
        {
            throw new UntrustworthyDataException($"The answer to {PathOnly(path)} is not what the protocol says: {e.Message}", e);
        }
    }
}
