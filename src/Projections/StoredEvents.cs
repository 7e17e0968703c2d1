using Ente.Orleans.Domain;
using Ente.Orleans.EventStore;

namespace Ente.Orleans.Projections;

/// <summary>The events of this program, by their stored names.</summary>
public static class StoredEvents
{
    public static EventTypes Types()
    {
        var types = new EventTypes();
        foreach (var (alias, type) in EventAliases.All) types.Map(type, alias);
        return types;
    }
}
