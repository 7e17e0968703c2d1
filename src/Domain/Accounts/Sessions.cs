namespace Ente.Orleans.Domain.Accounts;

public sealed record StartSession(long UserId, string TokenHash, string App) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs) => needs.Accounts.Add(UserId);

    public Decision<Done> Decide(Snapshot state) =>
        state.Accounts.Find(UserId) is not { IsDeleted: false }
            ? Refusal.Gone
            : Done.After(new Fact(Grain.Stream, new SessionStarted(UserId, TokenHash, App)));
}

/// <summary>Ends a session of the user's own; unknown ones and those of others are passed over.</summary>
public sealed record EndSession(long UserId, string TokenHash, long? By = null) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => By ?? UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.Sessions.Add(TokenHash);
    }

    public Decision<Done> Decide(Snapshot state) =>
        state.Sessions.Find(TokenHash) is { IsDeleted: false } session && session.UserId == UserId
            ? Done.After(new Fact(Grain.Stream, new SessionsEnded(UserId, [TokenHash])))
            : Done.Nothing;
}

internal static class Ending
{
    /// <summary>The end of those live sessions of a user that are not to be kept; no fact where there is none.</summary>
    public static IEnumerable<Fact> Sessions(Snapshot state, long userId, Func<UserSession, bool> ends)
    {
        var ended = state.LiveSessionsOf[userId].Where(ends).Select(s => s.TokenHash).Order(StringComparer.Ordinal).ToList();
        return ended.Count == 0 ? [] : [new Fact(StreamId.User(userId), new SessionsEnded(userId, ended))];
    }
}
