namespace Ente.Orleans.Silo.Configuration;

/// <summary>The server cannot start as it was asked to; <see cref="Exception.Message"/> is one line that says what to do.</summary>
public sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner);
