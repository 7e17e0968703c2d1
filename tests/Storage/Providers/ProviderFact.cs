using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Ente.Orleans.Storage.Tests.Providers;

/// <summary>
/// A fact of the shared provider tests. In a class marked <see cref="NeedsAttribute"/> it is skipped, with the reason shown, where
/// what the class needs is missing; the reason hangs on the class that inherits the test, which a plain fact cannot know.
/// </summary>
[XunitTestCaseDiscoverer("Ente.Orleans.Storage.Tests.Providers.ProviderFactDiscoverer", ThisAssembly.Name)]
public sealed class ProviderFactAttribute : FactAttribute;

/// <summary>A theory of the shared provider tests; see <see cref="ProviderFactAttribute"/>.</summary>
[XunitTestCaseDiscoverer("Ente.Orleans.Storage.Tests.Providers.ProviderTheoryDiscoverer", ThisAssembly.Name)]
public sealed class ProviderTheoryAttribute : TheoryAttribute;

/// <summary>Says what a test class needs from the machine.</summary>
[AttributeUsage(AttributeTargets.Class)]
public abstract class NeedsAttribute : Attribute
{
    /// <summary>Why the tests cannot run here; null when they can.</summary>
    public abstract string? Missing { get; }

    internal static string? MissingFor(ITestMethod method) =>
        method.TestClass.Class.ToRuntimeType().GetCustomAttributes(typeof(NeedsAttribute), inherit: true)
            .Cast<NeedsAttribute>().Select(needs => needs.Missing).FirstOrDefault(reason => reason is not null);
}

public sealed class ProviderFactDiscoverer(IMessageSink diagnostics) : IXunitTestCaseDiscoverer
{
    public IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        NeedsAttribute.MissingFor(testMethod) is { } reason
            ? [new XunitSkippedDataRowTestCase(diagnostics, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod, reason)]
            : new FactDiscoverer(diagnostics).Discover(discoveryOptions, testMethod, factAttribute);
}

public sealed class ProviderTheoryDiscoverer(IMessageSink diagnostics) : IXunitTestCaseDiscoverer
{
    public IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        NeedsAttribute.MissingFor(testMethod) is { } reason
            ? [new XunitSkippedDataRowTestCase(diagnostics, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod, reason)]
            : new TheoryDiscoverer(diagnostics).Discover(discoveryOptions, testMethod, factAttribute);
}
