using Ente.Orleans.Api.Objects;
using Ente.Orleans.Storage;
using Ente.Orleans.Storage.Embedded;
using Ente.Orleans.Storage.Tests.Providers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Ente.Orleans.Api.Tests.Objects;

/// <summary>The object endpoints alone, behind a real Kestrel on a free port.</summary>
public sealed class ObjectServer : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private WebApplication? _application;

    public SettableClock Clock { get; } = new();

    public OpenGate Gate { get; } = new();

    public string Directory => _directory.Path;

    public EmbeddedStore Store { get; private set; } = null!;

    public ObjectOrigin Origin { get; private set; } = null!;

    public HttpClient Http { get; } = new();

    public async Task InitializeAsync()
    {
        var urls = new CapabilityUrls(new byte[32], publicOrigin: null, Clock);
        Store = new EmbeddedStore("embedded", _directory.Path, urls, Clock);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(Store).AddSingleton(urls).AddSingleton<IUploadGate>(Gate);
        _application = builder.Build();
        _application.MapObjects();
        await _application.StartAsync();
        Origin = ObjectOrigin.Parse(_application.Urls.Single());
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await _application!.DisposeAsync();
        _directory.Dispose();
    }

    public sealed class OpenGate : IUploadGate
    {
        public bool IsOpen { get; set; } = true;

        public Task<bool> MayWriteAsync(string key, CancellationToken cancellationToken) => Task.FromResult(IsOpen);
    }
}
