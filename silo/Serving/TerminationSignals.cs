using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ente.Orleans.Silo.Serving;

/// <summary>
/// The first SIGTERM, SIGINT (Ctrl-C) or SIGQUIT asks for an orderly end, from the first moment of the start on. A later one, from somebody who
/// does not want to wait, is left to the system, which ends the process.
/// </summary>
internal sealed class TerminationSignals : IDisposable
{
    /// <summary>Wrappers such as timeout(1) signal a process and then its group, so the same wish arrives twice.</summary>
    private static readonly TimeSpan SameWish = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _asked = new();
    private readonly Lock _gate = new();
    private readonly PosixSignalRegistration[] _registrations;
    private long _askedAt;

    public TerminationSignals() => _registrations =
    [
        .. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT }.Select(s => PosixSignalRegistration.Create(s, Handle)),
    ];

    /// <summary>Cancelled when the process is asked to end.</summary>
    public CancellationToken Asked => _asked.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _asked.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        lock (_gate)
        {
            if (_askedAt != 0)
            {
                context.Cancel = Stopwatch.GetElapsedTime(_askedAt) < SameWish;
                return;
            }

            context.Cancel = true;
            _askedAt = Stopwatch.GetTimestamp();
        }

        _asked.Cancel();
    }
}
