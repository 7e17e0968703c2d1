using Ente.Orleans.Storage;
using Ente.Orleans.Storage.Tests.Providers;
using Xunit;

namespace Ente.Orleans.Api.Tests.Objects;

/// <summary>The embedded store behind its endpoints passes what real S3 servers pass.</summary>
public sealed class EmbeddedPresignedUrlTests(ObjectServer server) : PresignedUrlContract, IClassFixture<ObjectServer>
{
    protected override IObjectProvider Provider => server.Store;

    protected override HttpClient Http => server.Http;

    protected override ObjectOrigin? Origin => server.Origin;
}
