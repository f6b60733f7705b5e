"""Signing in to the desk as identity.yaml deploys it, where local AWS cannot show it."""

from infra.repository import ROOT
from tests.contracts.template.template_file import resources

IDENTITY = ROOT / "infra/stacks/identity.yaml"
POOL = resources("AWS::Cognito::UserPool", IDENTITY)["Pool"]
CLIENT = resources("AWS::Cognito::UserPoolClient", IDENTITY)["Client"]


class TestAccount:
    def test_needs_an_authenticator_and_no_text(self) -> None:
        assert POOL["MfaConfiguration"] == "ON"
        assert POOL["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]

    def test_is_made_by_an_administrator(self) -> None:
        assert POOL["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
        recovery = POOL["AccountRecoverySetting"]["RecoveryMechanisms"]
        assert [way["Name"] for way in recovery] == ["admin_only"]

    def test_has_the_desks_roles_as_groups(self) -> None:
        from aviso.domain.staff import Role

        groups = resources("AWS::Cognito::UserPoolGroup", IDENTITY).values()
        assert {group["GroupName"] for group in groups} == {role.value for role in Role}


class TestInvitation:
    def test_says_where_in_both_languages(self) -> None:
        text = POOL["AdminCreateUserConfig"]["InviteMessageTemplate"]["EmailMessage"]["Sub"]
        assert text.count("${StaffUrl}/") == text.count("{username}") == text.count("{####}") == 2
        assert 'lang="es"' in text


class TestSignIn:
    def test_is_counted_before_and_after(self) -> None:
        assert set(POOL["LambdaConfig"]) == {"PreAuthentication", "PostAuthentication"}

    def test_knows_the_code_flow_alone_without_a_secret(self) -> None:
        assert CLIENT["AllowedOAuthFlows"] == ["code"]
        assert CLIENT["GenerateSecret"] is False
        assert not {f for f in CLIENT["ExplicitAuthFlows"] if "PASSWORD" in f and "SRP" not in f}

    def test_speaks_spanish_and_asks_for_the_password_again(self) -> None:
        """Cognito's classic pages do neither: `lang` and `prompt=login` are of managed login."""
        (pages,) = resources("AWS::Cognito::UserPoolDomain", IDENTITY).values()
        assert pages["ManagedLoginVersion"] == 2
        assert POOL["UserPoolTier"] == "ESSENTIALS"  # the cheapest plan that has them
        (look,) = resources("AWS::Cognito::ManagedLoginBranding", IDENTITY).values()
        assert look == {  # without a look AWS shows an error instead of its pages
            "UserPoolId": {"Ref": "Pool"},
            "ClientId": {"Ref": "Client"},
            "UseCognitoProvidedValues": True,
        }
