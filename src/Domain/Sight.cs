namespace Ente.Orleans.Domain;

/// <summary>
/// What the command that is being decided may see, and what it has relied on so far. It sees the rows it asked for and the owner of
/// whatever it saw; anything else throws, so that a forgotten need is an error and never a "not there". Every row read, present or
/// absent, makes the command rely on the stream whose events write that row: the commit checks that stream's version.
/// </summary>
public sealed class Sight
{
    private readonly HashSet<StreamId> created = [];
    private readonly HashSet<StreamId> relied = [];
    private readonly HashSet<OpenScope> scopes = [];
    private readonly HashSet<StreamId> brought = [];
    private readonly HashSet<StreamId> kept = [];
    private readonly HashSet<OpenScope> keptScopes = [];
    private bool isReplay;

    /// <summary>What is asked for by the command under way.</summary>
    public Needs Needs { get; private set; } = new();

    /// <summary>Counts the commands decided.</summary>
    internal int Turn { get; private set; }

    /// <summary>Streams that commands with facts relied on.</summary>
    public IReadOnlyCollection<StreamId> Relied => kept;

    /// <summary>Scopes that commands with facts relied on, and that no version of a stream guards.</summary>
    public IReadOnlyCollection<OpenScope> Scopes => keptScopes;

    /// <summary>What began before is stored by now.</summary>
    internal void StartBatch() => created.Clear();

    /// <summary>A command is decided, and its facts are applied, until the next one opens.</summary>
    public void Open(Needs needs)
    {
        Needs = needs;
        isReplay = false;
        Turn++;
        relied.Clear();
        scopes.Clear();
        brought.Clear();
    }

    /// <summary>Stored events are applied: nothing is decided, so nothing is relied on.</summary>
    public void OpenForReplay(Needs needs)
    {
        Open(needs);
        isReplay = true;
    }

    /// <summary>The command has facts: its commit holds only while what it relied on is unchanged.</summary>
    public void Keep()
    {
        kept.UnionWith(relied);
        keptScopes.UnionWith(scopes);
    }

    /// <summary>
    /// Relies on a stream without reading a row of it: whoever adds to an <see cref="OpenScope"/> relies on the scope's anchor.
    /// </summary>
    public void RelyOn(StreamId stream)
    {
        if (!isReplay) relied.Add(stream);
    }

    internal void RelyOn(OpenScope scope)
    {
        if (!isReplay) scopes.Add(scope);
    }

    /// <summary>A scope that was read has loaded rows of this stream with it.</summary>
    internal void Bring(StreamId stream) => brought.Add(stream);

    internal bool Brought(StreamId stream) => brought.Contains(stream);

    internal bool Relies(StreamId stream) => relied.Contains(stream);

    /// <summary>The stream began in this batch: there can be no stored row of it.</summary>
    internal bool IsNew(StreamId stream) => created.Contains(stream);

    internal void Began(StreamId stream) => created.Add(stream);
}

/// <summary>A command or an event read rows that its needs do not name: a fault of this program, whatever the rows hold.</summary>
public sealed class NotAskedException(string what) : InvalidOperationException($"{what} was read but not asked for");

/// <summary>
/// Sets of rows that lie in many streams, so that a row can join one of them without any stream known to its reader moving. Each has
/// an anchor, a stream on which its readers and whoever adds to it rely, which makes the two take turns; and the commit
/// counts the set again when it has its turn.
/// </summary>
public enum OpenScope
{
    /// <summary>All memberships of a file; anchored in the file.</summary>
    MembershipsOfFile,

    /// <summary>A user's pending deletion suggestions for a file; anchored in the file.</summary>
    Suggestions,

    /// <summary>Collections of a user and shares with the user; anchored in the user.</summary>
    Sharing,

    /// <summary>A user's places in families; anchored in the user.</summary>
    Families,

    /// <summary>Contacts of others for a user; anchored in the user.</summary>
    ContactsShowing,
}
