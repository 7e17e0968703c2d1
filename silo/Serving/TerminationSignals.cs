using System.Runtime.InteropServices;

namespace Ente.Orleans.Silo.Serving;

/// <summary>
/// The first SIGTERM, SIGINT (Ctrl-C) or SIGQUIT asks for an orderly end, from the first moment of the start on; a second one is left to the
/// system, which ends the process.
/// </summary>
internal sealed class TerminationSignals : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly PosixSignalRegistration[] _registrations;

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
        if (_asked.IsCancellationRequested)
            return;
        context.Cancel = true;
        _asked.Cancel();
    }
}
