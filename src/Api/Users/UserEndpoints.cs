namespace Ente.Orleans.Api.Users;

/// <summary>Every route under <c>/users</c> that is served (api/01).</summary>
internal static class UserEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        SendCode.Map(routes);
        VerifyEmail.Map(routes);
        ChangeEmailAddress.Map(routes);
        EmailMfa.Map(routes);
        SrpAttributes.Map(routes);
        SrpCreateSession.Map(routes);
        SrpVerifySession.Map(routes);
        SrpSetupPassword.Map(routes);
        SrpComplete.Map(routes);
        SrpUpdate.Map(routes);
        KeyAttributesEndpoint.Map(routes);
        RecoveryKeyEndpoint.Map(routes);
        PublicKey.Map(routes);
        SessionValidity.Map(routes);
        Sessions.Map(routes);
        Logout.Map(routes);
        UserEvent.Map(routes);
        TotpSetup.Map(routes);
        TotpEnable.Map(routes);
        TotpStatus.Map(routes);
        TotpVerify.Map(routes);
        TwoFactorRecovery.Map(routes);
        PasskeyRecovery.Map(routes);
        PasskeyBegin.Map(routes);
        PasskeyFinish.Map(routes);
        PasskeyAnswer.Map(routes);
        ScopedTokens.Map(routes);
        UserDetails.Map(routes);
        LockerUsage.Map(routes);
        DeletionSummary.Map(routes);
        AccountDeletion.Map(routes);
        AccountRecovery.Map(routes);
    }
}
