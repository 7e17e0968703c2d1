using Ente.Orleans.Api.Admin;
using Ente.Orleans.Api.Billing;
using Ente.Orleans.Api.Cast;
using Ente.Orleans.Api.Collections;
using Ente.Orleans.Api.Contacts;
using Ente.Orleans.Api.Family;
using Ente.Orleans.Api.Files;
using Ente.Orleans.Api.Objects;
using Ente.Orleans.Api.Passkeys;
using Ente.Orleans.Api.PublicCollection;
using Ente.Orleans.Api.Social;
using Ente.Orleans.Api.Trash;
using Ente.Orleans.Api.UserData;
using Ente.Orleans.Api.Users;
using Ente.Orleans.EventStore;
using Ente.Orleans.Storage;
using Ente.Orleans.Storage.Embedded;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Ente.Orleans.Api;

/// <summary>The whole API, to be put into a host.</summary>
public static class EnteApi
{
    /// <summary>Every migration that the database needs, in order.</summary>
    public static IReadOnlyList<Migration> Migrations { get; } = [.. PostgresEventStore.Migrations, .. Tables.Migrations];

    /// <summary>
    /// Needs <see cref="NpgsqlDataSource"/>, <see cref="ProviderRegistry"/> and <see cref="IMailer"/> among
    /// the services, and for the embedded store that and its <see cref="CapabilityUrls"/>.
    /// </summary>
    public static IServiceCollection AddServices(IServiceCollection services, ApiOptions options, GrainOptions? grains = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        services.AddSingleton(options);
        services.AddSingleton(options.Budget);
        services.AddSingleton(grains ?? new GrainOptions());
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<Clock>();
        services.AddSingleton(StoredEvents.Types());
        services.TryAddSingleton(s => DatabaseConnections.Shared(s.GetRequiredService<NpgsqlDataSource>()));
        services.AddSingleton(s => new PostgresEventStore(
            s.GetRequiredService<DatabaseConnections>().Commits, s.GetRequiredService<EventTypes>(), s.GetService<ILogger<PostgresEventStore>>()));
        services.AddSingleton<Horizon>();
        services.AddSingleton(s => new SnapshotLoader(s.GetRequiredService<DatabaseConnections>().Commits));
        services.AddSingleton<BatchCommitter>();
        services.AddSingleton<CommitLanes>();
        services.AddSingleton<IGrainHost, GrainHost>();
        services.AddSingleton(s => new PersonalData(s.GetRequiredService<NpgsqlDataSource>(), options.Secrets.Encryption, options.Secrets.Hash));
        AddReads(services);
        AddApi(services);
        services.AddResponseCompression(o =>
        {
            // Bodies here hold no secret next to text that an attacker chooses, so compressing them under TLS tells nothing.
            o.EnableForHttps = true;
            o.Providers.Add<GzipCompressionProvider>();
            o.MimeTypes = ["application/json", "text/plain", "text/html"];
        });
        services.Configure<GzipCompressionProviderOptions>(o => o.Level = System.IO.Compression.CompressionLevel.Fastest);
        return services;
    }

    /// <summary>The pipeline and every route. An endpoint without a requirement is refused here, not served to everybody.</summary>
    public static void Use(WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseMiddleware<Conventions>();
        app.UseWhen(Compresses, branch => branch.UseResponseCompression());
        app.UseMiddleware<Faults>();
        app.UseRouting();
        app.UseMiddleware<Gate>();
        MapAll(app);
        var open = ((IEndpointRouteBuilder)app).DataSources.SelectMany(d => d.Endpoints)
            .Where(e => e.Metadata.GetMetadata<Requirement>() is null)
            .Select(e => e.DisplayName)
            .ToList();
        if (open.Count > 0) throw new InvalidOperationException($"endpoints without a requirement: {string.Join(", ", open)}");
    }

    /// <summary>Marks a route of the host's own as open to everybody.</summary>
    public static TBuilder OpenToEverybody<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.Requires(Requirement.Anyone);

    // Ciphertext does not shrink, and a stream of events must not wait in a compressor.
    private static bool Compresses(HttpContext http) =>
        !http.Request.Path.StartsWithSegments("/objects")
        && !http.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);

    /// <summary>Id of the user whom the request was admitted for; null when it needed none. For the host's request log.</summary>
    public static long? UserOf(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return http.Features.Get<Caller>()?.UserId;
    }

    private static void MapAll(WebApplication app)
    {
        Health.Map(app);
        UserEndpoints.Map(app);
        PasskeyEndpoints.Map(app);
        UserDataEndpoints.Map(app);
        BillingEndpoints.Map(app);
        FamilyEndpoints.Map(app);
        AdminEndpoints.Map(app);
        CollectionEndpoints.Map(app);
        FileEndpoints.Map(app);
        TrashEndpoints.Map(app);
        SocialEndpoints.Map(app);
        PublicCollectionEndpoints.Map(app);
        CastEndpoints.Map(app);
        ContactEndpoints.Map(app);
        if (app.Services.GetService<EmbeddedStore>() is not null) app.MapObjects().Requires(Requirement.Capability);
    }

    private static void AddReads(IServiceCollection services)
    {
        services.AddSingleton<IdAllocator>();
        services.AddSingleton<AccountQueries>();
        services.AddSingleton<FamilyQueries>();
        services.AddSingleton<CollectionQueries>();
        services.AddSingleton<FileQueries>();
        services.AddSingleton<SocialQueries>();
        services.AddSingleton<KnownNetworks>();
        services.AddSingleton<FailedAttempts>();
        services.AddSingleton<OneTimeCodes>();
        services.AddSingleton<SrpSessions>();
        services.AddSingleton<SecondFactors>();
        services.AddSingleton<PasskeyCeremonies>();
        services.AddSingleton<SessionActivity>();
        services.AddSingleton<UploadSlots>();
        services.AddSingleton<Trash.DeletionForGood>();
        services.AddSingleton<SlotBounds>();
        services.AddSingleton<LinkAdmissions>();
        services.AddSingleton<CastSessions>();
    }

    private static void AddApi(IServiceCollection services)
    {
        services.AddSingleton<Warmth>();
        services.AddSingleton<RateLimiter>();
        services.AddSingleton<FairShares>();
        services.AddSingleton<BufferedBytes>();
        services.AddSingleton<UnclaimedUploads>();
        services.AddSingleton<SessionEndings>();
        services.AddSingleton<Tokens>();
        services.AddHostedService<SessionEndingsListener>();
        services.AddSingleton<ScopedJwt>();
        services.AddSingleton<PublicAlbums>();
        services.AddSingleton<LinkPasswords>();
        services.AddSingleton<LinkDevices>();
        services.AddSingleton<AnonymousIdentities>();
        services.AddSingleton<AlbumAuthors>();
        services.AddSingleton<Notices>();
        services.AddSingleton<CastReceivers>();
        services.AddSingleton<ContactBodies>();
        services.AddSingleton<VisitorReads>();
        services.AddSingleton<CodeSendLimits>();
        services.AddSingleton<Disclosures>();
        services.AddSingleton<LoginAnswers>();
        services.AddSingleton<PasskeyVerification>();
        services.AddSingleton<SrpArithmetic>();
        services.AddSingleton<SrpHandshake>();
        services.AddSingleton<PasswordSetting>();
        services.AddSingleton<Deletions>();
        services.AddSingleton<UserDetailsBodies>();
        services.AddSingleton<FamilyBodies>();
        services.AddSingleton<FamilyMails>();
        services.AddSingleton<CollectionBodies>();
        services.AddSingleton<CollectionAccess>();
        services.TryAddSingleton(TrustedProxies.LocalOnly);
        services.AddSingleton<ObjectUrls>();
        services.AddSingleton<UploadUrls>();
        services.AddSingleton<StoredSizes>();
        services.AddSingleton<FileCreation>();
        services.AddSingleton<FirstUploads>();
        services.AddSingleton<FileDataStore>();
        services.AddSingleton<IUploadGate, SlotGate>();
        services.AddSingleton<BackgroundWork>();
        services.AddHostedService(s => s.GetRequiredService<BackgroundWork>());
    }

    /// <summary>An upload URL writes while its slot is open: once a file has claimed the object, its bytes never change.</summary>
    private sealed class SlotGate(UploadSlots slots) : IUploadGate
    {
        public Task<bool> MayWriteAsync(string key, CancellationToken cancellationToken) => slots.IsOpenAsync(key, cancellationToken);
    }
}
