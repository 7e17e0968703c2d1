using System.Collections.Frozen;

namespace Ente.Orleans.Storage;

/// <summary>The configured providers by name, and the two roles that every instance has.</summary>
public sealed class ProviderRegistry
{
    private readonly FrozenDictionary<string, IObjectProvider> _byName;

    /// <param name="providers">All providers; names must differ.</param>
    /// <param name="hot">Name of the one that receives uploads and serves downloads.</param>
    /// <param name="derived">Name of the one for ML data and previews; the hot one unless given (contract 07 §2.4).</param>
    /// <exception cref="ArgumentException">Two providers share a name, or a role names none of them.</exception>
    public ProviderRegistry(IReadOnlyCollection<IObjectProvider> providers, string hot, string? derived = null)
    {
        _byName = providers.ToFrozenDictionary(provider => provider.Name, StringComparer.Ordinal);
        if (_byName.Count != providers.Count)
            throw new ArgumentException("Two providers have the same name.", nameof(providers));

        Hot = Find(hot) ?? throw new ArgumentException($"No provider is named '{hot}'.", nameof(hot));
        Derived = derived is null
            ? Hot
            : Find(derived) ?? throw new ArgumentException($"No provider is named '{derived}'.", nameof(derived));
    }

    /// <summary>Receives uploads and serves downloads.</summary>
    public IObjectProvider Hot { get; }

    /// <summary>Holds ML data and previews.</summary>
    public IObjectProvider Derived { get; }

    public IReadOnlyCollection<IObjectProvider> All => _byName.Values;

    /// <summary>The provider of that name, or null when it is not configured (any more).</summary>
    public IObjectProvider? Find(string name) => _byName.GetValueOrDefault(name);
}
