"""What SES must have granted before emails are sent to anybody."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.deploy.findings import Clients, Finding, later, stops, well


def email_identity(clients: Clients, answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check that SES lets us send from this address, and that DKIM signs for it."""
    address = answers["email_from"]
    domain = address.partition("@")[2]
    identity = _identity(clients("sesv2"), domain) or _identity(clients("sesv2"), address)
    if identity is None or not identity.get("VerifiedForSendingStatus"):
        yield stops(
            "email",
            f"Amazon SES may not send from {address} yet. In the SES console make an identity for "
            f"the domain {domain}, and have the three CNAME records entered in its DNS.",
        )
        return
    if identity.get("DkimAttributes", {}).get("Status") != "SUCCESS":
        yield later(
            "email",
            f"Emails from {domain} are not signed by DKIM, so many will be treated as spam. Enter "
            "the three CNAME records that the SES console shows for the domain.",
        )
        return
    yield well("email", f"{address} is verified and signed")


def _identity(ses: Any, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = ses.get_email_identity(EmailIdentity=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotFoundException":
            raise
        return None
    return found


def email_sandbox(clients: Clients, _answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check that SES may write to anybody, not only to verified addresses."""
    account = clients("sesv2").get_account()
    if not account.get("SendingEnabled", True):
        yield stops(
            "email",
            "AWS has paused this account's emails, so none would be sent. Answer its case in "
            "the AWS Support Center, then run this again.",
        )
    elif not account["ProductionAccessEnabled"]:
        yield later(
            "email",
            "SES is in its sandbox: 200 emails a day, only to verified addresses. In the SES "
            "console choose 'Request production access'; AWS answers within a day.",
        )
    else:
        yield well("email", f"{account['SendQuota']['Max24HourSend']:.0f} emails a day")
