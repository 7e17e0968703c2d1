using System.Reflection;
using Xunit;

namespace Ente.Orleans.Architecture.Tests;

/// <summary>Arrows between the projects point one way; what is not drawn here is not allowed.</summary>
public sealed class ArrowTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Domain"] = [],
        ["EventStore"] = [],
        ["Crypto"] = [],
        ["Storage"] = ["Crypto"],
        ["Projections"] = ["Domain", "EventStore", "Storage", "Crypto"],
        ["Grains"] = ["Projections", "Domain", "EventStore", "Storage", "Crypto"],
        ["Api"] = ["Grains", "Projections", "Domain", "EventStore", "Storage", "Crypto"],
        ["Client"] = ["Crypto"],
    };

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_knows_only_those_it_may(string project)
    {
        var known = Assembly.Load($"Ente.Orleans.{project}").GetReferencedAssemblies()
            .Select(a => a.Name!)
            .Where(n => n.StartsWith("Ente.Orleans.", StringComparison.Ordinal))
            .Select(n => n["Ente.Orleans.".Length..]);
        Assert.Empty(known.Except(Allowed[project]));
    }

    [Fact]
    public void Every_project_under_src_has_its_arrows_drawn()
    {
        var projects = Directory.GetDirectories(Path.Combine(Root(), "src")).Select(d => Path.GetFileName(d)!);
        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), projects.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Domain")]
    public void The_domain_has_no_package_and_no_input_or_output(string project)
    {
        var references = Assembly.Load($"Ente.Orleans.{project}").GetReferencedAssemblies().Select(a => a.Name!).ToList();
        Assert.All(references, r => Assert.StartsWith("System", r, StringComparison.Ordinal));
        Assert.DoesNotContain(references, r => r.Contains("Net.", StringComparison.Ordinal) || r.Contains("FileSystem", StringComparison.Ordinal));
    }

    [Fact]
    public void No_endpoint_writes_sql()
    {
        var offenders = Directory.EnumerateFiles(Path.Combine(Root(), "src", "Api"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(f => System.Text.RegularExpressions.Regex.IsMatch(
                File.ReadAllText(f), @"\b(insert into|update \w+\.\w+ set|delete from)\b", System.Text.RegularExpressions.RegexOptions.IgnoreCase))
            .Select(Path.GetFileName);
        Assert.Empty(offenders);
    }

    [Fact]
    public void No_file_has_a_name_that_says_nothing()
    {
        string[] empty = ["Helper", "Manager", "Util", "Common", "Misc"];
        var offenders = Directory.EnumerateFiles(Path.Combine(Root(), "src"), "*.cs", SearchOption.AllDirectories)
            .Select(f => Path.GetFileNameWithoutExtension(f)!)
            .Where(n => empty.Any(e => n.Contains(e, StringComparison.Ordinal)));
        Assert.Empty(offenders);
    }

    private static string Root()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Ente.Orleans.sln"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }
}
