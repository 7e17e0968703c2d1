using System.CommandLine;

namespace Ente.Orleans.Silo.Commands;

/// <summary>The verbs of a person with photos: an end-to-end-encrypting client in the same program as the server.</summary>
public static class UserCommands
{
    public static IReadOnlyList<Command> Create() =>
    [
        SignupCommand.Create(),
        LoginCommand.Create(),
        LogoutCommand.Create(),
        StatusCommand.Create(),
        AddCommand.Create(),
        LsCommand.Create(),
        GetCommand.Create(),
        RmCommand.Create(),
        RestoreCommand.Create(),
        EmptyTrashCommand.Create(),
        ShareCommand.Create(),
        LinkCommand.Create(),
    ];
}
