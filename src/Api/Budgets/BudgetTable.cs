using System.Globalization;
using Ente.Orleans.Api.Users;
using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Api.Budgets;

/// <summary>The budgets as people read them: the table of docs/security.md.</summary>
internal static class BudgetTable
{
    /// <summary>Lines in Markdown.</summary>
    public static IReadOnlyList<string> Of(Budget b, int requestsPerSecond, long keepFree) =>
    [
        "| what | how much | over it |",
        "|---|---|---|",
        $"| body to a route that needs no account | {Bytes(b.AnonymousBody)} | 413 |",
        $"| body of a visitor of a public link, or of a receiver | {Bytes(b.VisitorBody)} | 413 |",
        $"| body of a signed-in user | {Bytes(b.UserBody)} | 413 |",
        $"| body with derived data, or with the metadata of many files | {Bytes(Budget.LargeBody)} | 413 |",
        $"| files in one command | {FileLists.Most} | 413, at the first one too many |",
        $"| files deleted from the trash at once; public metadata changed at once | {FileLists.MostDeleted}; {FileLists.MostPublicChanges} | 413 |",
        $"| entries of any other list | {Budget.ListLength} | 413 |",
        $"| a text, such as a name | {Bytes(Budget.TextBytes)} | 413 |",
        $"| ciphertext of magic metadata; of an entity | {Bytes(Budget.MetadataBytes)}; {Bytes(Budget.EntityBytes)} | 413 |",
        $"| time for a body | {Seconds(b.BodyGrace)} and what it takes at {Bytes(b.SlowestBody)}/s | 408 |",
        $"| time for an answer | {Seconds(b.RateGrace)} and what it takes at {Bytes(b.SlowestResponse)}/s | the connection ends |",
        $"| time for an object | {Seconds(b.ObjectGrace)} and what it takes at {b.SlowestObject} B/s | the connection ends |",
        $"| bytes buffered for one client (user or network); a diff counts {Bytes(b.HeldByDiff)} | {Bytes(b.BufferedBytesOfClient)} | 429 |",
        $"| bytes buffered in the process | {Bytes(b.BufferedBytes)} | 503 |",
        $"| requests a second of a network; of a user, and of the process (`http.max-requests-per-second`) | {FairShares.OfNetwork(requestsPerSecond)}; {requestsPerSecond} | 429 |",
        $"| requests a second that a client has in any case | {FairShares.Least(requestsPerSecond)} | – |",
        $"| requests under way of one client; of the process | {b.RequestsOfClient}; {b.Requests} | 429; 503 |",
        $"| connections of one network; of the process | {b.ConnectionsOfNetwork}; {b.Connections} | closed |",
        $"| idle connection; headers of a request | {Seconds(b.KeepAlive)}; {Seconds(b.Headers)} | closed; 408 |",
        $"| database connections for requests; commits; health (of `db.pool-size` {Pool}) | {DatabaseConnections.ForRequests(Pool)}; {DatabaseConnections.ForCommits(Pool)}; {DatabaseConnections.ForHealth} | 503 after {DatabaseConnections.WaitSeconds} s |",
        $"| time of a statement | {DatabaseConnections.StatementSeconds} s | 503, not tried again |",
        $"| disk that uploads leave free (`keep-free`) | {Bytes(keepFree)} | 507 |",
        $"| open upload slots of an account; through one link | {b.OpenSlots}; {b.OpenSlots} | the oldest is given up |",
        $"| stored bytes of uploads that no file claimed | what is left of the plan, at least {Bytes(b.UnclaimedBytes)} | the oldest are given up, then 400 `EntityTooLarge` |",
        $"| proofs of passwords computed at once; waiting | processors less one; {b.ProofsWaiting} | 503 |",
        "| tries at codes and passwords from one network | 10 a minute for each route | 429 |",
        $"| wrong mailed codes of an address in an hour | {OneTimeCodes.MaxWrongAttempts} from each known network, {OneTimeCodes.MaxWrongAttempts} from all others together | 429 |",
        $"| codes of an address that wait to be used | {OneTimeCodes.MaxActive} from each known network, {OneTimeCodes.MaxActive} from all others together | 429 |",
        $"| codes mailed in five minutes | {CodeSendLimits.Most}, from the {CodeSendLimits.WatchAt}th on one a network; as many again to known networks | 429 |",
        $"| logins begun and not proven in an hour | {SrpSessions.MaxUnverifiedAnHour} from each known network, {SrpSessions.MaxUnverifiedAnHour} from all others together | 429 |",
        $"| wrong proofs of one login | {SrpSessions.MaxWrongAttempts} | 410 |",
        $"| wrong second factors of one login; of an account in an hour; in a day | {SecondFactors.MaxWrongAttempts}; {SecondFactors.OfAccount[0].Most}; {SecondFactors.OfAccount[1].Most} | 429 |",
    ];

    /// <summary>Connections where nothing else is configured.</summary>
    private const int Pool = 45;

    private static string Bytes(long bytes) => bytes switch
    {
        >= 1 << 30 when bytes % (1 << 30) == 0 => $"{bytes >> 30} GiB",
        >= 1 << 20 when bytes % (1 << 20) == 0 => $"{bytes >> 20} MiB",
        >= 1 << 10 when bytes % (1 << 10) == 0 => $"{bytes >> 10} KiB",
        _ => bytes.ToString(CultureInfo.InvariantCulture) + " B",
    };

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s";
}
