namespace Ente.Orleans.Domain.Collections.Social;

/// <summary>
/// The times of a collection's comments, reactions and anonymous profiles. Clients page through them
/// by time alone, so each row that changes gets a time of its own, later than all before it, however
/// many rows one commit changes (docs/decisions/0005). The last one given out stands in the collection's
/// row, apart from its <c>updationTime</c>, which no comment moves.
/// </summary>
internal static class SocialClock
{
    /// <summary>The time of the next changed row, for an event of time <paramref name="t"/>.</summary>
    public static long Next(Snapshot s, long collectionId, long t)
    {
        var next = Micros.After(s.Collections.Get(collectionId).SocialTime, t);
        s.Collections.Change(collectionId, c => c with { SocialTime = next });
        return next;
    }
}
