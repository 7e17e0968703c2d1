using System.Text.RegularExpressions;

namespace Ente.Orleans.Api.Users;

/// <summary>A user agent in short, as the list of sessions shows it: "family, system" (api/01 §E).</summary>
internal static partial class UserAgentText
{
    public static string Short(string agent)
    {
        var system = System(agent);
        if (agent.Contains("Electron/", StringComparison.Ordinal)) return $"Desktop App, {system}";
        if (AndroidDevice().Match(agent) is { Success: true } device && !agent.Contains("Chrome/", StringComparison.Ordinal))
            return $"{device.Groups[1].Value.Trim()}, {system}";
        return $"{Family(agent)}, {system}";
    }

    private static string Family(string agent)
    {
        foreach (var (mark, name) in (ReadOnlySpan<(string, string)>)
                 [
                     ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox iOS"), ("CriOS/", "Chrome Mobile iOS"),
                     ("Chrome/", agent.Contains("Mobile", StringComparison.Ordinal) ? "Chrome Mobile" : "Chrome"),
                     ("Safari/", agent.Contains("Mobile", StringComparison.Ordinal) ? "Mobile Safari" : "Safari"),
                     ("ente-rs/", "ente-rs"), ("go-resty/", "go-resty"), ("Dart/", "Dart"), ("curl/", "curl"),
                 ])
        {
            if (agent.Contains(mark, StringComparison.Ordinal)) return name;
        }

        return "Other";
    }

    private static string System(string agent)
    {
        if (IosVersion().Match(agent) is { Success: true } ios) return $"iOS {ios.Groups[1].Value.Replace('_', '.')}";
        if (AndroidVersion().Match(agent) is { Success: true } android) return $"Android {android.Groups[1].Value}";
        if (MacVersion().Match(agent) is { Success: true } mac) return $"Mac OS X {mac.Groups[1].Value.Replace('_', '.')}";
        if (WindowsVersion().Match(agent) is { Success: true } windows) return windows.Groups[1].Value == "10.0" ? "Windows 10" : $"Windows {windows.Groups[1].Value}";
        return agent.Contains("Linux", StringComparison.Ordinal) ? "Linux" : "Other";
    }

    [GeneratedRegex(@"(?:iPhone|CPU) OS (\d+(?:_\d+)*)", RegexOptions.None, 100)]
    private static partial Regex IosVersion();

    [GeneratedRegex(@"Android (\d+(?:\.\d+)*)", RegexOptions.None, 100)]
    private static partial Regex AndroidVersion();

    [GeneratedRegex(@"Mac OS X (\d+(?:[_.]\d+)*)", RegexOptions.None, 100)]
    private static partial Regex MacVersion();

    [GeneratedRegex(@"Windows NT (\d+\.\d+)", RegexOptions.None, 100)]
    private static partial Regex WindowsVersion();

    [GeneratedRegex(@"Android [\d.]+; ([^;)]+?)(?: Build/[^;)]*)?[;)]", RegexOptions.None, 100)]
    private static partial Regex AndroidDevice();
}
