namespace Ente.Orleans.Api.Access;

/// <summary>Who may call an endpoint (api/01 §A4). Every endpoint carries one; an endpoint without is refused at start.</summary>
internal sealed record Requirement(AccessKind Kind, string? Scope = null)
{
    public static readonly Requirement Anyone = new(AccessKind.Anyone);

    /// <summary>Bytes by capability: the URL itself is the right.</summary>
    public static readonly Requirement Capability = new(AccessKind.Anyone);

    public static readonly Requirement User = new(AccessKind.User);

    /// <summary>A user token of any app but auth.</summary>
    public static readonly Requirement Storage = new(AccessKind.Storage);

    public static readonly Requirement Admin = new(AccessKind.Admin);

    public static readonly Requirement AccountsJwt = new(AccessKind.Jwt, JwtScopes.Accounts);

    public static readonly Requirement FamiliesJwt = new(AccessKind.Jwt, JwtScopes.Families);

    public static readonly Requirement PublicAlbum = new(AccessKind.PublicAlbum);

    public static readonly Requirement Cast = new(AccessKind.Cast);
}

internal enum AccessKind
{
    Anyone,
    User,
    Storage,
    Admin,
    Jwt,
    PublicAlbum,
    Cast,
}

internal static class JwtScopes
{
    public const string Payment = "PAYMENT";
    public const string Families = "FAMILIES";
    public const string DeleteAccount = "DELETE_ACCOUNT";
    public const string Accounts = "ACCOUNTS";
    public const string RestoreAccount = "RestoreAccount";
}

internal static class RequirementExtensions
{
    public static TBuilder Requires<TBuilder>(this TBuilder endpoint, Requirement requirement)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(requirement);

    /// <summary>Calls allowed in a window from its first call, counted by caller or client address and route (api/01 §A7).</summary>
    public static TBuilder Limited<TBuilder>(this TBuilder endpoint, int calls, int seconds = 60)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new RateLimit(calls, TimeSpan.FromSeconds(seconds)));
}

internal sealed record RateLimit(int Calls, TimeSpan Window);
