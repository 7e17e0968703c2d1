namespace Ente.Orleans.Api.Users;

/// <summary>A mail to one recipient; the text is HTML.</summary>
public sealed record Mail(string To, string Subject, string Html)
{
    /// <summary>Shown in the log where no mail server is configured, and only there.</summary>
    public string? Code { get; init; }

    /// <summary>Somebody waits to be told whether it was taken.</summary>
    public bool IsAwaited { get; init; }

    /// <summary>Whom the reader sees as the sender; null: the configured one.</summary>
    public MailFrom? From { get; init; }
}

/// <summary>A name and an address in the head of a mail; it is still handed over as the configured sender's.</summary>
public sealed record MailFrom(string Name, string Address);

public enum MailResult
{
    Sent,
    RecipientRefused,
    Failed,
}

/// <summary>Sends mail, or without a mail server logs that there was some.</summary>
public interface IMailer
{
    Task<MailResult> SendAsync(Mail mail, CancellationToken cancellation);
}

/// <summary>The mails of api/07 §8 that a self-hosted instance needs.</summary>
internal static class Mails
{
    public static Mail Code(string to, string code) =>
        new(to, $"Verification code: {code}", $"<p>Your verification code is <b>{code}</b>. It is valid for 60 minutes.</p>") { Code = code };

    public static Mail NewLogin(string to) =>
        new(to, "New login to your Ente account", "<p>Somebody has just logged in to your account. If this was not you, change your password.</p>");

    public static Mail EmailChanged(string to, string newAddress) =>
        new(to, "Email address updated", $"<p>The email address of your account is now {System.Net.WebUtility.HtmlEncode(newAddress)}.</p>");

    public static Mail AccountDeleted(string to, string recoverUrl) =>
        new(to, "Your Ente account has been deleted", $"<p>Your account has been deleted. Within 7 days you can take that back: <a href=\"{recoverUrl}\">recover the account</a>.</p>");

    public static Mail FirstUpload(string to) =>
        new(to, "Your first file is safe", "<p>Congratulations: your first file has been uploaded, end-to-end encrypted.</p>");

    public static Mail Joined(string to, string joiner, string role) =>
        new(to, "Someone joined your album", $"<p>{System.Net.WebUtility.HtmlEncode(joiner)} joined your album as {role.ToLowerInvariant()}.</p>");

    public static Mail FamilyInvitation(string to, string admin, string url) =>
        new(to, "You are invited to a family", $"<p>{System.Net.WebUtility.HtmlEncode(admin)} invites you to store in their family's plan. <a href=\"{System.Net.WebUtility.HtmlEncode(url)}\">Accept the invitation</a>.</p>");

    public static Mail FamilyJoined(string to, string member) =>
        new(to, "Your family has a new member", $"<p>{System.Net.WebUtility.HtmlEncode(member)} has accepted your invitation and is in your family now.</p>");

    public static Mail FamilyRemoved(string to) =>
        new(to, "You are no longer in a family", "<p>You are no longer a member of the family whose plan you stored in. From now on your own plan counts; nothing you stored is lost.</p>");

    public static Mail FamilyLeft(string to, string member) =>
        new(to, "A member has left your family", $"<p>{System.Net.WebUtility.HtmlEncode(member)} is no longer in your family.</p>");
}
