namespace Ente.Orleans.Client;

/// <summary>Why something failed, in one line.</summary>
public static class Reason
{
    /// <summary>
    /// What an exception and those inside it say. The outer ones often only point inwards ("see inner exception"), and what helps a
    /// person, such as the fault of a certificate, is said by the innermost.
    /// </summary>
    public static string Of(Exception exception)
    {
        var said = new List<string>();
        for (var e = exception; e is not null; e = e.InnerException)
        {
            var text = e.Message.Replace(", see inner exception", "", StringComparison.OrdinalIgnoreCase).Trim().TrimEnd('.');
            if (text.Length > 0 && !said.Exists(s => s.Contains(text, StringComparison.OrdinalIgnoreCase)))
                said.Add(text);
        }
        return string.Join(": ", said) + ".";
    }
}
