namespace Ente.Orleans.Domain.Accounts;

/// <summary>
/// What decides whether a user may upload: plan and bonuses of whoever pays (the admin of the user's
/// family, or the user), and what all that they pay for use (api/03 §5). Bytes and microseconds.
/// </summary>
public sealed record Allowance
{
    public const long Headroom = 50L * 1024 * 1024;
    public const long MaxFileSize = 10L * 1024 * 1024 * 1024;

    public long UserId { get; init; }
    public string App { get; init; } = Apps.Photos;

    /// <summary>Who pays: the family's admin, or the user.</summary>
    public long PayerId { get; init; }
    public bool IsFamily { get; init; }

    /// <summary>A member's own limit; null: none.</summary>
    public long? StorageLimit { get; init; }
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

    /// <summary>Bytes stored in the scope (family or user), all apps.</summary>
    public long Used { get; init; }

    /// <summary>Of those, bytes of the locker app.</summary>
    public long LockerUsed { get; init; }

    /// <summary>Live files of the locker app.</summary>
    public long LockerFiles { get; init; }

    /// <summary>The user's own part of each.</summary>
    public long OwnUsed { get; init; }
    public long OwnLockerUsed { get; init; }
    public long OwnLockerFiles { get; init; }

    public bool IsPlanActive(long now) => PlanExpiry >= now - Grace.Of(PlanProvider);

    /// <summary>Bytes of the plan while it runs. An operator may set any number; sums with it must not overflow.</summary>
    public long ActivePlan(long now) => IsPlanActive(now) ? Math.Clamp(PlanStorage, 0, 1L << 60) : 0;

    /// <summary>Whether public links and families work: a running plan, or add-on storage (api/02 §1, check B).</summary>
    public bool CarriesLinks(long now) => IsPlanActive(now) || AddOnStorage > 0;

    /// <summary>Whether anything may be uploaded: a running plan, or an add-on that carries an ended one (api/03 §5).</summary>
    public bool CarriesUploads(long now) => IsPlanActive(now) || HasDatedAddOn;

    /// <summary>On an instance of one's own everybody counts as paying: limits of the locker app.</summary>
    public const long LockerFileLimit = 1000;
    public const long LockerStorageLimit = 10L * 1024 * 1024 * 1024;

    /// <summary>Bonus bytes on top of the running plan (api/06 §5.1).</summary>
    public long UsableBonus(long now) => UsableBonus(AddOnStorage, ReferralStorage, ActivePlan(now));

    public static long UsableBonus(long addOn, long referral, long plan) => addOn + Math.Min(referral, addOn + plan);

    /// <summary>
    /// Null when an upload may go on. <paramref name="size"/> null: before the size is known, when
    /// only a plan that is already over its limit refuses; negative: an update that shrinks.
    /// </summary>
    public Refusal? Check(long? size, string app, long now)
    {
        if (!CarriesUploads(now)) return Refusal.PaymentRequired;
        if (app == Apps.Locker)
        {
            if (LockerFiles >= LockerFileLimit) return Refusal.FileLimitReached;
            return LockerUsed + (size ?? 0) >= LockerStorageLimit ? Refusal.StorageExceeded : null;
        }

        // The locker's bytes are counted in what is used, and do not stand against a photo (api/03 §5).
        var ceiling = Ceiling(app, size is not null, now);
        var isOver = Used - LockerUsed + (size ?? 0) > ceiling.Bytes || OwnUsed + (size ?? 0) > ceiling.OwnBytes;
        return isOver ? Refusal.StorageExceeded : null;
    }

    /// <summary>What may be stored at most, with the tolerance where the size of a file is known.</summary>
    public StorageCeiling Ceiling(string app, bool isSizeKnown, long now)
    {
        if (app == Apps.Locker) return new StorageCeiling(OfLocker: true, LockerStorageLimit - 1, null, LockerFileLimit);
        var limit = ActivePlan(now) + (isSizeKnown ? Headroom : 0);
        return new StorageCeiling(OfLocker: false, limit + UsableBonus(AddOnStorage, ReferralStorage, limit), StorageLimit + Headroom, null);
    }

    /// <summary>After a user of the same scope has stored (or freed) bytes and made files.</summary>
    public Allowance After(long userId, string app, long bytes, int files)
    {
        var (own, locker) = (userId == UserId, app == Apps.Locker);
        return this with
        {
            Used = Used + bytes,
            LockerUsed = LockerUsed + (locker ? bytes : 0),
            LockerFiles = LockerFiles + (locker ? files : 0),
            OwnUsed = OwnUsed + (own ? bytes : 0),
            OwnLockerUsed = OwnLockerUsed + (own && locker ? bytes : 0),
            OwnLockerFiles = OwnLockerFiles + (own && locker ? files : 0),
        };
    }
}

/// <summary>
/// Bytes that the scope may store at most: of the locker, or of all else. <paramref name="OwnBytes"/>: of everything a member with a
/// limit stores; null: no such limit. <paramref name="Files"/>: live files of the locker; null: any number.
/// </summary>
public sealed record StorageCeiling(bool OfLocker, long Bytes, long? OwnBytes, long? Files);

/// <summary>What must still hold of a user's stored bytes and files when the decision is committed.</summary>
public sealed record Ceiling(long UserId, string App, StorageCeiling Limit);
