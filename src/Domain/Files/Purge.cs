namespace Ente.Orleans.Domain.Files;

/// <summary>Blanks the envelopes of files that were deleted long ago (api/03 §11.5).</summary>
public sealed record ScrubFiles(long OwnerId, IReadOnlyList<long> FileIds) : ICommand<Done>
{
    /// <summary>So long after the deletion.</summary>
    public const long After = 50 * Micros.Day;

    public GrainKey Grain => GrainKey.User(OwnerId);

    public long Actor => 0;

    public void Needs(Needs needs) => needs.Files.UnionWith(FileIds);

    public Decision<Done> Decide(Snapshot state) => Done.After(
    [
        .. FileIds
            .Where(id => state.Files.Find(id) is { IsDeleted: true, EncryptedMetadata: not FileState.Scrubbed })
            .Select(id => new Fact(StreamId.File(id), new FileScrubbed(id))),
    ]);
}

/// <summary>Records that the bytes of released objects are gone.</summary>
public sealed record RecordObjectsDeleted(long OwnerId, IReadOnlyList<string> Keys) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(OwnerId);

    public long Actor => 0;

    public void Needs(Needs needs) => needs.Objects.UnionWith(Keys);

    public Decision<Done> Decide(Snapshot state) => Done.After(
    [
        .. Keys
            .Select(state.Objects.Find)
            .Where(o => o is { IsReleased: true, IsDeleted: false })
            .Select(o => new Fact(StreamId.Object(o!.Key), new ObjectDeleted(o.Key, o.Provider))),
    ]);
}

/// <summary>Records that the objects of deleted derived data are gone.</summary>
public sealed record RecordFileDataPurged(long OwnerId, long FileId, string Type) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(OwnerId);

    public long Actor => 0;

    public void Needs(Needs needs)
    {
        needs.Files.Add(FileId);
        needs.FileData.Add((FileId, Type));
    }

    public Decision<Done> Decide(Snapshot state) =>
        state.FileData.Find((FileId, Type)) is { IsDeleted: true, IsPurged: false }
            ? Done.After(new Fact(StreamId.File(FileId), new FileDataPurged(FileId, Type)))
            : Done.Nothing;
}
