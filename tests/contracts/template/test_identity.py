"""Signing in to the desk as identity.yaml deploys it, where local AWS cannot show it."""

from tests.contracts.template.test_resources import ROOT, resources

IDENTITY = ROOT / "infra/stacks/identity.yaml"
POOL = resources("AWS::Cognito::UserPool", IDENTITY)["Pool"]
CLIENT = resources("AWS::Cognito::UserPoolClient", IDENTITY)["Client"]


def test_everybody_needs_an_authenticator_and_a_text_message_is_none() -> None:
    assert POOL["MfaConfiguration"] == "ON"
    assert POOL["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]


def test_only_an_administrator_makes_accounts_and_gives_passwords_back() -> None:
    assert POOL["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    recovery = POOL["AccountRecoverySetting"]["RecoveryMechanisms"]
    assert [way["Name"] for way in recovery] == ["admin_only"]


def test_an_invitation_says_where_in_both_languages() -> None:
    text = POOL["AdminCreateUserConfig"]["InviteMessageTemplate"]["EmailMessage"]["Sub"]
    assert text.count("${StaffUrl}/") == text.count("{username}") == text.count("{####}") == 2
    assert 'lang="es"' in text


def test_each_sign_in_is_counted_before_and_after() -> None:
    assert set(POOL["LambdaConfig"]) == {"PreAuthentication", "PostAuthentication"}


def test_the_client_knows_the_code_flow_alone_and_holds_no_secret() -> None:
    assert CLIENT["AllowedOAuthFlows"] == ["code"]
    assert CLIENT["GenerateSecret"] is False
    assert not {f for f in CLIENT["ExplicitAuthFlows"] if "PASSWORD" in f and "SRP" not in f}


def test_the_desks_groups_are_its_roles() -> None:
    from aviso.domain.staff import Role

    groups = resources("AWS::Cognito::UserPoolGroup", IDENTITY).values()
    assert {group["GroupName"] for group in groups} == {role.value for role in Role}


def test_sign_in_pages_speak_spanish_and_ask_for_the_password_again() -> None:
    """Cognito's classic pages do neither: `lang` and `prompt=login` are managed login's alone."""
    (pages,) = resources("AWS::Cognito::UserPoolDomain", IDENTITY).values()
    assert pages["ManagedLoginVersion"] == 2
    assert POOL["UserPoolTier"] == "ESSENTIALS"  # the cheapest plan that has them
    (look,) = resources("AWS::Cognito::ManagedLoginBranding", IDENTITY).values()
    assert look == {  # without a look AWS shows an error instead of its pages
        "UserPoolId": {"Ref": "Pool"},
        "ClientId": {"Ref": "Client"},
        "UseCognitoProvidedValues": True,
    }
