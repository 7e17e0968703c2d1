namespace Ente.Orleans.Domain.Collections.Social;

/// <summary>A visitor of a public link becomes somebody (api/04 §3.3). The id is the server's own and new.</summary>
public sealed record AddAnonymousProfile(long CollectionId, long LinkId, string AnonUserId, string Cipher, string Nonce) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => 0;

    public void Needs(Needs needs) => SocialAccess.Needs(needs, CollectionId, Author.Visitor(AnonUserId), LinkId);

    public Decision<Done> Decide(Snapshot state) =>
        SocialAccess.Check(state, CollectionId, Author.Visitor(AnonUserId), LinkId) is { } refusal
            ? refusal
            : Done.After(new Fact(Grain.Stream, new AnonymousProfileAdded(CollectionId, AnonUserId, Cipher, Nonce)));
}
