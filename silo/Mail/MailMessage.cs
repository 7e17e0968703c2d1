using System.Globalization;
using System.Text;

namespace Ente.Orleans.Silo.Mail;

/// <summary>A mail as it goes over the wire (RFC 5322, HTML in quoted-printable).</summary>
internal static class MailMessage
{
    private const int LongestAddress = 254;
    private const int LongestLine = 76;

    /// <summary>Whether the text can stand in an SMTP command and a header as an address, without quoting.</summary>
    public static bool IsAddress(string text)
    {
        var at = text.LastIndexOf('@');
        return text.Length <= LongestAddress && at > 0 && at < text.Length - 1 && text.IndexOf('@') == at
            && !text.Any(c => c is ' ' or '<' or '>' or '"' or '(' or ')' or ',' or ';' or ':' or '\\' or '[' or ']' || char.IsControl(c) || char.IsWhiteSpace(c));
    }

    /// <summary>The lines of the message, with CRLF, before dots are doubled.</summary>
    public static string Format(string sender, string senderName, string to, string subject, string html, DateTimeOffset now)
    {
        var domain = sender[(sender.LastIndexOf('@') + 1)..];
        var text = new StringBuilder();
        Header(text, "From", $"{Words(senderName, quote: true)} <{sender}>");
        Header(text, "To", $"<{to}>");
        Header(text, "Subject", Words(subject, quote: false));
        Header(text, "Date", now.ToString("ddd, dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture) + " +0000");
        Header(text, "Message-ID", $"<{Guid.NewGuid():N}@{domain}>");
        Header(text, "MIME-Version", "1.0");
        Header(text, "Content-Type", "text/html; charset=utf-8");
        Header(text, "Content-Transfer-Encoding", "quoted-printable");
        text.Append("\r\n");
        QuotedPrintable(text, html);
        return text.ToString();
    }

    private static void Header(StringBuilder text, string name, string value) => text.Append(name).Append(": ").Append(value).Append("\r\n");

    // Plain ASCII as it is, all else as encoded words (RFC 2047) that fit a line of 76 with the header's name and never end inside a
    // character.
    private static string Words(string value, bool quote)
    {
        if (value.All(c => c is >= ' ' and < (char)127) && !value.Contains("=?", StringComparison.Ordinal) && value.Length <= 200)
            return quote ? $"\"{value.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"" : value;
        const int bytesInWord = 39;
        var words = new List<string>();
        var word = new List<byte>();
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in value.EnumerateRunes())
        {
            var character = utf8[..rune.EncodeToUtf8(utf8)];
            if (word.Count + character.Length > bytesInWord)
            {
                words.Add(Convert.ToBase64String([.. word]));
                word.Clear();
            }

            word.AddRange(character);
        }

        words.Add(Convert.ToBase64String([.. word]));
        return string.Join("\r\n ", words.Select(w => $"=?utf-8?B?{w}?="));
    }

    private static void QuotedPrintable(StringBuilder text, string html)
    {
        foreach (var line in html.ReplaceLineEndings("\n").Split('\n'))
        {
            var column = 0;
            var bytes = Encoding.UTF8.GetBytes(line);
            for (var i = 0; i < bytes.Length; i++)
            {
                var isSpaceAtEnd = bytes[i] is (byte)' ' or (byte)'\t' && i == bytes.Length - 1;
                var piece = bytes[i] is >= 32 and < 127 and not (byte)'=' && !isSpaceAtEnd
                    ? ((char)bytes[i]).ToString()
                    : "=" + bytes[i].ToString("X2", CultureInfo.InvariantCulture);
                if (column + piece.Length >= LongestLine)
                {
                    text.Append("=\r\n");
                    column = 0;
                }

                text.Append(piece);
                column += piece.Length;
            }

            text.Append("\r\n");
        }
    }
}
