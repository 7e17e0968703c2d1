using System.Collections.Concurrent;
using System.Net;

namespace Ente.Orleans.Acceptance.Tests.Silos;

/// <summary>
/// The network of one device: real, from an address of its own, and noted down. What went over it may not turn up in the log.
/// </summary>
internal sealed class Wiretap : DelegatingHandler
{
    private readonly SiloProcess _silo;
    private readonly string _address;

    public Wiretap(SiloProcess silo)
        : base(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.GZip,
            ConnectTimeout = TimeSpan.FromSeconds(15),
        })
    {
        _silo = silo;
        _address = silo.NextClientAddress();
    }

    /// <summary>Requests that were answered with success, as <c>METHOD /path</c>; objects as <c>PUT /objects</c>.</summary>
    public ConcurrentQueue<string> Successes { get; } = new();

    /// <summary>Encrypted bytes of objects that arrived.</summary>
    public long BytesPut => Interlocked.Read(ref _bytesPut);

    private long _bytesPut;

    public int Count(string call) => Successes.Count(c => string.Equals(c, call, StringComparison.Ordinal));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var isObject = request.RequestUri!.AbsolutePath.StartsWith("/objects/", StringComparison.Ordinal);
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", _address);
        await NoteAsync(request, isObject, cancellationToken);

        var response = await base.SendAsync(request, cancellationToken);

        var call = $"{request.Method} {(isObject ? "/objects" : request.RequestUri.AbsolutePath)}";
        if (response.IsSuccessStatusCode)
        {
            Successes.Enqueue(call);
            if (isObject && request.Method == HttpMethod.Put)
                Interlocked.Add(ref _bytesPut, request.Content?.Headers.ContentLength ?? 0);
        }
        if (response.StatusCode >= HttpStatusCode.InternalServerError)
            _silo.ServerErrors.Enqueue($"{(int)response.StatusCode} {call}");
        await NoteAsync(response, cancellationToken);
        return response;
    }

    private async Task NoteAsync(HttpRequestMessage request, bool isObject, CancellationToken cancellationToken)
    {
        foreach (var header in request.Headers.Where(h => h.Key.StartsWith("X-Auth-", StringComparison.OrdinalIgnoreCase)))
            _silo.Secrets.Add(header.Key, string.Join(',', header.Value));
        if (isObject)
            _silo.Secrets.Add("capability", request.RequestUri!.Query.TrimStart('?'));
        else if (request.Content is not null)
            _silo.Secrets.AddBody(await request.Content.ReadAsStringAsync(cancellationToken));
    }

    private async Task NoteAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType != "application/json")
            return;
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        _silo.Secrets.AddBody(await response.Content.ReadAsStringAsync(cancellationToken));
    }
}
