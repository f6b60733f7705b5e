"""A small browser at the staff desk: signed in by role, it calls the staff function."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlsplit

from aviso.domain.staff import Member, Role
from infra.harness.builders import LIFTED
from infra.harness.web_page import Page, answer, hidden, request

HOST = "desk.example.org"
DESK_ENVIRONMENT = {
    "SIGN_IN_URL": "https://sign-in.example.org",
    "KEYS_URL": "https://keys.example.org/jwks.json",
    "ISSUER": "https://issuer.example.org/pool",
    "CLIENT_ID": "client-1",
    "STAFF_URL": f"https://{HOST}/staff",
    "AVISO_VERSION": "1.2.3",
    "LETTERS_BUCKET": "letters",
    "PRINT_FUNCTION": "print-letters",
    "IMPORT_FUNCTION": "import-feed",
    "FEED_BUCKET": "feed",
}


@dataclass
class StaffBrowser:
    """A person with a browser, perhaps signed in."""

    language: str = "en"
    jar: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    def sign_in(
        self,
        *roles: Role,
        id: str = "",
        name: str = "",
        now: datetime | None = None,
        email: str = "",
    ) -> Member:
        """Open a session as the sign-in would, without the sign-in service."""
        from aviso.domain.model import AuditEntry
        from aviso.storage import staff_accounts
        from aviso.web.staff.sign_in import IDLE, LONGEST, SESSION

        at = now or datetime.now(UTC)
        token = secrets.token_urlsafe(8)
        known_as = "-".join(roles) or "nobody"
        member = Member(
            key=sha256(token.encode()).hexdigest(),
            id=id or f"id-{known_as}",
            name=name or known_as,
            roles=frozenset(roles),
            csrf=secrets.token_urlsafe(8),
            created_at=at,
            idle_until=at + IDLE,
            max_until=at + LONGEST,
            email=email,
        )
        entry = AuditEntry(at=at, actor=member.audit_name, action="signed_in", case="")
        staff_accounts.open_session(member, entry, 1, "")
        self.jar[SESSION], self.csrf = token, member.csrf
        return member

    def get(self, address: str) -> Page:
        """Ask for a page, by its address in links."""
        return self.ask("GET", address)

    def post(self, address: str, **form: str) -> Page:
        """Send a form with the session's token."""
        return self.ask("POST", address, {"csrf": self.csrf} | form)

    def confirm(self, address: str, **form: str) -> Page:
        """Send a form whose confirmation page was answered with yes."""
        asked = self.post(address, **form)
        assert asked.status == 200
        brought = fields(asked)
        assert brought["confirmed"] == "yes"
        return self.post(address, **form | brought)

    def ask(self, method: str, address: str, form: dict[str, str] | None = None) -> Page:
        """Make any request as API Gateway would pass it on."""
        from functions.staff.handler import handler

        parts = urlsplit(address)
        path = "/" + parts.path.removeprefix("/")
        event = request(
            *(method, path, HOST, "203.0.113.20"), query=parts.query, language=self.language
        )
        return answer(handler, self.jar, event, form)


def fields(page: Page) -> dict[str, str]:
    """Return the hidden fields of a confirmation form."""
    (form,) = page.root.xpath('//form[.//*[@name="confirmed"]]')
    return hidden(form)


def button(page: Page, action: str) -> dict[str, str]:
    """Return the hidden fields of a page's only form with this action."""
    (found,) = buttons(page, action)
    return found


def buttons(page: Page, action: str) -> list[dict[str, str]]:
    """Return the hidden fields of each of a page's forms that posts to this action."""
    found = page.root.xpath('//form[@method="post"][@action=$action]', action=action)
    return [hidden(form) for form in found]


def case_address(number: str) -> str:
    """Return the address of a case's page."""
    from aviso.web.staff import sealed_references

    return f"case?c={sealed_references.seal(number)}"


def audited() -> list[tuple[str, str, str]]:
    """Return (actor, action, case) of every row of the audit trail, oldest first."""
    from aviso.storage.audit import AuditItem

    rows = sorted(AuditItem.scan(), key=lambda row: row.at)
    return [(row.actor, row.action, row.case or "") for row in rows]


def subjects() -> set[tuple[str, str, str]]:
    """Return (actor, action, what it is about) of every row of the audit trail."""
    from aviso.storage.audit import AuditItem

    return {(row.actor, row.action, row.subject or "") for row in AuditItem.scan()}


def say_of_case(number: str, word: str) -> None:
    """Record a person's decision on a case: "restricted", or "lifted" of every reason."""
    from aviso.domain.model import AuditEntry
    from aviso.storage import case_decisions
    from aviso.storage.audited_change import AuditRow
    from aviso.storage.case_decisions import CaseDecision

    entry = AuditEntry(at=datetime.now(UTC), actor="staff:s", action="restricted", case=number)
    words = LIFTED if word == "lifted" else word
    case_decisions.restrict(CaseDecision(AuditRow(entry=entry, keep_days=1)), words)
