namespace Ente.Orleans.Api.Http;

/// <summary>Magic metadata in a request (api/02 §4).</summary>
internal sealed record MagicMetadataBody(int? Version, int? Count, [property: AtMostBytes(Budget.MetadataBytes)] string? Data, string? Header)
{
    /// <summary>All four given and not zero, where the contract asks for that.</summary>
    public bool IsComplete => Version is > 0 && Count is > 0 && Required.All(Data, Header);

    public MagicMetadata ToDomain() => new(Version ?? 0, Count ?? 0, Data ?? "", Header ?? "");
}
