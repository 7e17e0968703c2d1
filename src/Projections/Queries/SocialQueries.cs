using System.Data;
using Ente.Orleans.Domain.Collections.Social;
using Npgsql;

namespace Ente.Orleans.Projections.Queries;

/// <summary>Which rows a diff asks for: after a time of each kind, at most so many of each.</summary>
/// <param name="CollectionId">The collection.</param>
/// <param name="CommentsSince">Comments after this time; null for none at all.</param>
/// <param name="ReactionsSince">Reactions after this time; null for none at all.</param>
/// <param name="Limit">At most so many of each kind.</param>
/// <param name="FileId">Only comments on this file, reactions to it, and reactions to those comments.</param>
/// <param name="CommentId">Only reactions to this comment.</param>
public sealed record SocialDiffQuery(
    long CollectionId, long? CommentsSince, long? ReactionsSince, int Limit, long? FileId, string? CommentId);

/// <summary>One page of a diff, each kind by ascending time.</summary>
public sealed record SocialDiff(
    IReadOnlyList<Comment> Comments, bool HasMoreComments, IReadOnlyList<Reaction> Reactions, bool HasMoreReactions);

/// <summary>Live rows of a collection.</summary>
public sealed record SocialCounts(long CollectionId, long Comments, long Reactions);

/// <summary>The newest time of each kind in a collection, tombstones included; null where there never was a row.</summary>
public sealed record SocialUpdates(long CollectionId, long? Comments, long? Reactions, long? AnonymousProfiles);

/// <summary>Reads of comments, reactions and anonymous profiles.</summary>
public sealed class SocialQueries(NpgsqlDataSource database)
{
    /// <summary>
    /// A page ends early when its rows come to so many characters, so that the memory of an answer is
    /// bounded whatever its rows are: 2000 comments of the largest size are 40 MB.
    /// </summary>
    private const int MaxPageCharacters = 1024 * 1024;

    public Task<Comment?> CommentAsync(string id, CancellationToken cancellation) =>
        database.RowAsync(Tables.Comments, "r.id = $1", cancellation, id);

    public Task<Reaction?> ReactionAsync(string id, CancellationToken cancellation) =>
        database.RowAsync(Tables.Reactions, "r.id = $1", cancellation, id);

    public Task<AnonymousProfile?> ProfileAsync(string anonUserId, CancellationToken cancellation) =>
        database.RowAsync(Tables.AnonymousProfiles, "r.anon_user_id = $1", cancellation, anonUserId);

    /// <summary>All anonymous visitors of a collection, oldest first.</summary>
    public Task<List<AnonymousProfile>> ProfilesAsync(long collectionId, CancellationToken cancellation) =>
        database.RowsAsync(Tables.AnonymousProfiles, "r.collection_id = $1 order by r.updated_at", cancellation, collectionId);

    /// <summary>
    /// The next page of comments and reactions. Writers of a collection follow each other and their times
    /// rise, so what is stored is final, as in a diff of files: no slower writer comes in below.
    /// </summary>
    public async Task<SocialDiff> DiffAsync(SocialDiffQuery query, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        await using var connection = await database.OpenConnectionAsync(cancellation);

        // Both kinds as of one moment: clients that keep one cursor for the two go on after the latest time of either, and would
        // miss a comment that came between two readings.
        await using var transaction = query is { CommentsSince: not null, ReactionsSince: not null }
            ? await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation)
            : null;
        await using var batch = new NpgsqlBatch(connection, transaction);
        if (query.CommentsSince is { } commentsSince) batch.BatchCommands.Add(CommentsPage(query, commentsSince));
        if (query.ReactionsSince is { } reactionsSince) batch.BatchCommands.Add(ReactionsPage(query, reactionsSince));
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var (comments, moreComments) = query.CommentsSince is null
            ? ([], false)
            : await PageAsync(reader, Tables.Comments, query.Limit, c => c.Cipher, cancellation);
        if (query.CommentsSince is not null) await reader.NextResultAsync(cancellation);
        var (reactions, moreReactions) = query.ReactionsSince is null
            ? ([], false)
            : await PageAsync(reader, Tables.Reactions, query.Limit, r => r.Cipher, cancellation);
        return new SocialDiff(comments, moreComments, reactions, moreReactions);
    }

    /// <summary>Accounts with something live in a collection, ascending.</summary>
    public Task<List<long>> ParticipantsAsync(long collectionId, CancellationToken cancellation) =>
        database.Command(
                """
                select user_id from projections.comments where collection_id = $1 and not is_deleted and user_id > 0
                union
                select user_id from projections.reactions where collection_id = $1 and not is_deleted and user_id > 0
                order by user_id
                """,
                collectionId)
            .ListAsync(r => r.GetInt64(0), cancellation);

    /// <summary>Live rows of every collection that the user owns or shares, of every app.</summary>
    public Task<List<SocialCounts>> CountsAsync(long userId, CancellationToken cancellation) =>
        database.Command(
                $"""
                 select v.id, (select count(*) from projections.comments x where x.collection_id = v.id and not x.is_deleted),
                              (select count(*) from projections.reactions x where x.collection_id = v.id and not x.is_deleted)
                 from ({Visible}) v order by v.id
                 """,
                userId)
            .ListAsync(r => new SocialCounts(r.GetInt64(0), r.GetInt64(1), r.GetInt64(2)), cancellation);

    /// <summary>The newest times of the collections of an app that the user owns or shares, those without any left out.</summary>
    public Task<List<SocialUpdates>> UpdatesAsync(long userId, string app, CancellationToken cancellation) =>
        database.Command(
                $"""
                 select v.id, {Newest("comments")}, {Newest("reactions")}, {Newest("anonymous_profiles")}
                 from ({Visible}) v where v.app = $2 and v.social_time > 0 order by v.id
                 """,
                userId, app)
            .ListAsync(r => new SocialUpdates(r.GetInt64(0), r.NumberOrNull(1), r.NumberOrNull(2), r.NumberOrNull(3)), cancellation);

    private const string Visible =
        """
        select c.id, c.app, c.social_time from projections.collections c where c.owner_id = $1 and not c.is_deleted
        union all
        select c.id, c.app, c.social_time from projections.shares s join projections.collections c on c.id = s.collection_id
        where s.to_user_id = $1 and not s.is_deleted and not c.is_deleted and c.owner_id <> $1
        """;

    private static string Newest(string table) => $"(select max(x.updated_at) from projections.{table} x where x.collection_id = v.id)";

    private static NpgsqlBatchCommand CommentsPage(SocialDiffQuery query, long since)
    {
        var command = Page(Tables.Comments, query, since, query.FileId is null ? "" : "and r.file_id = $4");
        if (query.FileId is { } fileId) command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = fileId });
        return command;
    }

    private static NpgsqlBatchCommand ReactionsPage(SocialDiffQuery query, long since)
    {
        var where = "";
        var parameters = new List<NpgsqlParameter>();
        if (query.FileId is { } fileId)
        {
            parameters.Add(new NpgsqlParameter<long> { TypedValue = fileId });
            where +=
                """
                 and (r.file_id = $4 or r.comment_id in (
                    select c.id from projections.comments c where c.collection_id = $1 and c.file_id = $4))
                """;
        }

        if (query.CommentId is { } commentId)
        {
            parameters.Add(new NpgsqlParameter<string> { TypedValue = commentId });
            where += $" and r.comment_id = ${3 + parameters.Count}";
        }

        var command = Page(Tables.Reactions, query, since, where);
        foreach (var p in parameters) command.Parameters.Add(p);
        return command;
    }

    // One row more than asked for tells whether there are more.
    private static NpgsqlBatchCommand Page<TRow>(Table<TRow> table, SocialDiffQuery query, long since, string where)
        where TRow : class =>
        new($"""
             select {table.ColumnsOf("r")} from {Tables.Schema}.{table.Name} r
             where r.collection_id = $1 and r.updated_at > $2 {where} order by r.updated_at limit $3
             """)
        {
            Parameters =
            {
                new NpgsqlParameter<long> { TypedValue = query.CollectionId },
                new NpgsqlParameter<long> { TypedValue = since },
                new NpgsqlParameter<int> { TypedValue = query.Limit + 1 },
            },
        };

    private static async Task<(List<TRow> Rows, bool HasMore)> PageAsync<TRow>(
        NpgsqlDataReader reader, Table<TRow> table, int limit, Func<TRow, string?> text, CancellationToken cancellation)
        where TRow : class
    {
        var rows = new List<TRow>();
        var size = 0;
        while (await reader.ReadAsync(cancellation))
        {
            if (rows.Count == limit || size > MaxPageCharacters) return (rows, true);
            var row = table.Read(reader);
            size += text(row)?.Length ?? 0;
            rows.Add(row);
        }

        return (rows, false);
    }
}
