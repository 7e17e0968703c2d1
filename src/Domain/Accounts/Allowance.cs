namespace Ente.Orleans.Domain.Accounts;

/// <summary>
/// What decides whether a user may upload: plan and bonuses of whoever pays, and what is used
/// (api/03 §5). Bytes and microseconds.
/// </summary>
public sealed record Allowance
{
    public const long Headroom = 50L * 1024 * 1024;
    public const long MaxFileSize = 10L * 1024 * 1024 * 1024;

    public long PlanStorage { get; init; }
    public long PlanExpiry { get; init; }
    public string PlanProduct { get; init; } = FreePlan.Product;
    public string PlanProvider { get; init; } = "";

    /// <summary>Active add-on bonuses.</summary>
    public long AddOnStorage { get; init; }

    /// <summary>An add-on that ends some day and is not over: it carries an ended plan.</summary>
    public bool HasDatedAddOn { get; init; }

    /// <summary>Active referral and sign-up bonuses.</summary>
    public long ReferralStorage { get; init; }

    /// <summary>Bytes stored, all apps.</summary>
    public long Used { get; init; }

    /// <summary>Of those, bytes of the locker app.</summary>
    public long LockerUsed { get; init; }

    /// <summary>Live files of the locker app.</summary>
    public long LockerFiles { get; init; }

    public bool IsPlanActive(long now) => PlanExpiry + Grace.Of(PlanProvider) >= now;

    /// <summary>Whether public links work: a running plan, or add-on storage (api/02 §1, check B).</summary>
    public bool CarriesLinks(long now) => IsPlanActive(now) || AddOnStorage > 0;

    /// <summary>Whether anything may be uploaded: a running plan, or an add-on that carries an ended one (api/03 §5).</summary>
    public bool CarriesUploads(long now) => IsPlanActive(now) || HasDatedAddOn;

    /// <summary>On an instance of one's own everybody counts as paying: limits of the locker app.</summary>
    public const long LockerFileLimit = 1000;
    public const long LockerStorageLimit = 10L * 1024 * 1024 * 1024;

    public static long UsableBonus(long addOn, long referral, long plan) => addOn + Math.Min(referral, addOn + plan);

    /// <summary>
    /// Null when an upload may go on. <paramref name="size"/> null: before the size is known, when
    /// only a plan that is already over its limit refuses; negative: an update that shrinks.
    /// </summary>
    public Refusal? Check(long? size, string app, long now)
    {
        if (!CarriesUploads(now)) return Refusal.PaymentRequired;
        var plan = IsPlanActive(now) ? PlanStorage : 0;

        if (app == Apps.Locker)
        {
            if (LockerFiles >= LockerFileLimit) return Refusal.FileLimitReached;
            return LockerUsed + (size ?? 0) >= LockerStorageLimit ? Refusal.StorageExceeded : null;
        }

        var limit = size is null ? plan : plan + Headroom;
        var allowed = limit + UsableBonus(AddOnStorage, ReferralStorage, limit);
        var used = Used + (size ?? 0);
        return used > allowed && used - LockerUsed > allowed ? Refusal.StorageExceeded : null;
    }

    public Allowance Using(long bytes, string app) => this with
    {
        Used = Used + bytes,
        LockerUsed = LockerUsed + (app == Apps.Locker ? bytes : 0),
        LockerFiles = LockerFiles + (app == Apps.Locker ? 1 : 0),
    };
}
