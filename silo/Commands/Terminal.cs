using Ente.Orleans.Client;
using Spectre.Console;

namespace Ente.Orleans.Silo.Commands;

/// <summary>
/// Questions and progress go to standard error, results to standard output, so that results can be piped. Without a terminal
/// answers are read line by line from standard input and progress is plain lines.
/// </summary>
internal static class Terminal
{
    private static readonly IAnsiConsole Error = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    /// <summary>Whether a person is there to answer.</summary>
    public static bool CanAsk => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    /// <summary>Whether progress may redraw lines.</summary>
    public static bool CanRedraw => !Console.IsErrorRedirected && Error.Profile.Capabilities.Interactive;

    public static string Ask(string question)
    {
        if (CanAsk)
            return Error.Prompt(new TextPrompt<string>(Markup.Escape(question)));
        // Whoever feeds the answers still wants to know what was asked.
        Console.Error.WriteLine(question);
        return Console.In.ReadLine() ?? throw new UsageException($"{question} is not on standard input.");
    }

    /// <summary>Reads without echo.</summary>
    public static string AskSecret(string question)
    {
        if (CanAsk)
            return Error.Prompt(new TextPrompt<string>(Markup.Escape(question)).Secret(null));
        return Console.In.ReadLine() ?? throw new UsageException($"{question} is not on standard input.");
    }

    /// <summary>The password: from the first line of standard input, or asked for without echo.</summary>
    /// <param name="question">What to call it.</param>
    /// <param name="fromStandardInput">Read it there even if a terminal is present.</param>
    /// <param name="isNew">Ask twice, because a slip would lock the person out.</param>
    public static string AskPassword(string question, bool fromStandardInput, bool isNew)
    {
        if (fromStandardInput)
        {
            return Console.In.ReadLine() is { Length: > 0 } line
                ? line
                : throw new UsageException("The first line of standard input must be the password.");
        }
        if (!CanAsk)
            throw new UsageException("There is no terminal to ask for the password: use --password-stdin.");
        var password = AskSecret(question);
        if (isNew && !string.Equals(AskSecret($"{question} again"), password, StringComparison.Ordinal))
            throw new UsageException("The two passwords differ.");
        return password;
    }

    /// <summary>True when the person agrees, or said so beforehand.</summary>
    /// <exception cref="UsageException">Nobody is there to be asked.</exception>
    public static bool Confirm(string question, bool agreed)
    {
        if (agreed)
            return true;
        if (!CanAsk)
            throw new UsageException($"{question} Say yes with --yes.");
        return Error.Prompt(new ConfirmationPrompt(Markup.Escape(question)) { DefaultValue = false });
    }

    /// <summary>Tells what went wrong, on standard error, also while a progress bar is drawn there.</summary>
    public static void Complain(string message)
    {
        var lines = string.Join('\n', message.Split('\n').Select(OneLine));
        if (CanRedraw)
            Error.WriteLine(lines);
        else
            Console.Error.WriteLine(lines);
    }

    /// <summary>Rows for a person on a terminal, tab-separated values for a program.</summary>
    public static void WriteTable(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (Console.IsOutputRedirected)
        {
            foreach (var row in rows)
                Console.Out.WriteLine(string.Join('\t', row.Select(OneLine)));
            return;
        }
        var table = new Table().Border(TableBorder.None);
        foreach (var column in columns)
            table.AddColumn(new TableColumn(Markup.Escape(column)).NoWrap());
        foreach (var row in rows)
            table.AddRow(row.Select(cell => Markup.Escape(OneLine(cell))).ToArray());
        AnsiConsole.Write(table);
    }

    /// <summary>Bytes with a unit, as <c>3.4 MiB</c>.</summary>
    public static string Bytes(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        double value = bytes;
        var unit = 0;
        for (; value >= 1024 && unit < units.Length - 1; unit++)
            value /= 1024;
        return unit == 0 ? $"{bytes} B" : $"{value:0.0} {units[unit]}";
    }

    /// <summary>Runs work that moves through <paramref name="files"/> files, with a bar on a terminal.</summary>
    public static async Task<T> WithProgressAsync<T>(string title, int files, Func<TransferMeter, Task<T>> work)
    {
        if (!CanRedraw)
            return await work(new TransferMeter(null, null, files));
        return await Error.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new TransferSpeedColumn())
            .StartAsync(context =>
            {
                var count = context.AddTask($"{Markup.Escape(title)}, files", maxValue: Math.Max(1, files));
                var bytes = context.AddTask("bytes under way", maxValue: 1);
                return work(new TransferMeter(count, bytes, files));
            });
    }

    /// <summary>
    /// A text that may hold titles and names, which come from other people: nothing that steers a terminal or turns the reading
    /// direction round gets there.
    /// </summary>
    public static string OneLine(string text) => new([.. text.Select(c => char.IsControl(c) || Steers(c) ? ' ' : c)]);

    private static bool Steers(char c) => c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}

/// <summary>Counts files and bytes of a transfer for the progress bar; does nothing without one.</summary>
internal sealed class TransferMeter(ProgressTask? count, ProgressTask? bytes, int files) : IProgress<UploadProgress>
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Sent, long Total)> _transfers = new(StringComparer.Ordinal);
    private int _done;

    public int Files { get; } = files;

    public void Report(UploadProgress value) => Moved(value.Path, value.Sent, value.Total);

    public void Moved(string name, long sent, long total)
    {
        lock (_lock)
        {
            _transfers[name] = (sent, total);
            if (bytes is not null)
            {
                bytes.MaxValue = Math.Max(1, _transfers.Values.Sum(t => t.Total));
                bytes.Value = _transfers.Values.Sum(t => t.Sent);
            }
        }
    }

    /// <summary>One file is done, or the several that became one; on plain output its line is written.</summary>
    public void Finished(string line, int files = 1)
    {
        lock (_lock)
        {
            _done += files;
            if (count is not null)
                count.Value = _done;
            else
                Console.Error.WriteLine($"[{_done}/{Files}] {Terminal.OneLine(line)}");
        }
    }
}

/// <summary>Asks for codes at the terminal, or reads them line by line from standard input.</summary>
internal sealed class TerminalPrompts : IAccountPrompts
{
    public Task<string> EmailCodeAsync(string email, bool isLogged, CancellationToken cancellationToken) => Task.FromResult(Terminal.Ask(
        isLogged ? "Code from the server's log (it has no mail server, so nothing was mailed)" : $"Code mailed to {email}"));

    public Task<string> TotpCodeAsync(CancellationToken cancellationToken) => Task.FromResult(Terminal.Ask("Code of your authenticator"));

    public Task PasskeyAsync(Uri page, CancellationToken cancellationToken)
    {
        Console.Error.WriteLine($"Open {page} in a browser, use the passkey there, then press Enter here.");
        _ = Console.In.ReadLine();
        return Task.CompletedTask;
    }
}
