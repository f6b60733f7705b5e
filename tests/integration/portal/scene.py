"""A case under attack: who visits it with what, what time it is there, and who heard of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.staff import Role
from aviso.staff.actor import Actor
from aviso.storage import cases
from aviso.victims import access_codes
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER, a_case
from infra.harness.portal_browser import Visitor
from tests.integration.portal.codes import button, code_in
from tests.support.sending import EMAIL, PHONE, Provider, World

NAME, BORN = "munoz v1", "4/12/1985"
HIS, HIS_EMAIL, SISTERS = "+15205550142", "his@example.org", "sister@example.org"
CO_VICTIMS, MOTHERS = "+15205550143", "+15205550144"
OLD = NOW - timedelta(days=200)
OF_NEWS = ("contact_doubted", "unsafe_for_another")  # these hold whatever is owed to her


@dataclass
class Scene:
    """Where an attack takes place: the world, what was sent, and the agency's settings."""

    world: World
    provider: Provider
    settings: Any

    def knowing(self, name: str = NAME) -> Visitor:
        """Return a visitor who knows her number, name and birth date."""
        visitor = Visitor()
        assert visitor.verify(NUMBER, name, BORN).status == 303
        return visitor

    def with_code(self, address: str, name: str = NAME) -> Visitor:
        """Return a visitor with a code that went to a contact."""
        visitor = self.knowing(name)
        csrf = visitor.get("/code").value("csrf")
        visitor.post("/code", csrf=csrf, send=button(visitor, address))
        code = code_in(self.provider.sent[-1])
        assert visitor.post("/code", csrf=csrf, code=code).status == 303
        return visitor

    def on_paper(self) -> Visitor:
        """Return a visitor with a code on a letter."""
        visitor = Visitor()
        code = access_codes.issue(NUMBER, "v1", CodePurpose.CARD, self.world.now, self.settings)
        assert visitor.post("/verify", number=NUMBER, code=code).status == 303
        return visitor

    def signs_up(self, visitor: Visitor, **form: str) -> None:
        """Send the form for signing up."""
        csrf = visitor.get("/status").value("csrf")
        assert visitor.post("/enroll", csrf=csrf, consent="yes", **form).status == 303

    def contact(self, address: str) -> str:
        """Return the id of a contact that was left."""
        given = cases.read_case(NUMBER).enrollment_of("v1").contacts
        return next(c.id for c in reversed(given) if c.address == address)

    def later(self, **time: float) -> None:
        """Move on."""
        self.world.now += timedelta(**time)
        self.clock.move_to(self.world.now)

    def actor(self) -> Actor:
        """Return a clerk who is a supervisor too."""
        return Actor(
            id="m1",
            name="Rae",
            audit_name="staff:m1",
            roles=frozenset({Role.RECORDS, Role.SUPERVISOR}),
            settings=self.settings,
            now=self.world.now,
        )

    clock: Any = None


def press(visitor: Visitor, **pressed: str) -> None:
    """Press a button of the page of contacts."""
    csrf = visitor.get("/manage").value("csrf")
    assert visitor.post("/manage", csrf=csrf, **pressed).status in (200, 303)


def warn(attack: Scene, visitor: Visitor, *addresses: str) -> None:
    """Call contacts unsafe on the form for signing up."""
    form = {("email" if "@" in a else "phone"): a for a in addresses}
    attack.signs_up(visitor, **form, **{f"{name}_safe": "no" for name in form})


def her_case(attack: Scene, **victim: Any) -> None:
    """Store a case on which nothing is news but what happens in the test."""
    built = a_case().with_report(reported_at=OLD, export_time=OLD).with_suspect()
    given = {"phone": PHONE, "email": EMAIL, "first_seen": OLD} | victim
    attack.world.store(built.with_victim("v1", **given).case)


def heard(attack: Scene) -> tuple[set[str], list[str]]:
    """Let everything go out; return who heard of a change, and why changes are held."""
    before = len(attack.provider.sent)
    attack.world.plan()
    attack.world.send()
    changes = {n.id: n for n in attack.world.all(Kind.CONTACT_CHANGED)}
    sent = [m for m in attack.provider.sent[before:] if m.notice in changes]
    held = [n.reason for n in changes.values() if n.state is State.HELD]
    return {m.address for m in sent}, [why for why in held if why not in OF_NEWS]


def arrested(attack: Scene, id: str = "a1") -> tuple[set[str], str]:
    """Bring an arrest; return who is told, and why the notice is held, if it is."""
    at = attack.world.now
    arrest = a_case().with_arrest(id, arrested_at=at, export_time=at).case.arrests[0]
    cases.write_row(NUMBER, arrest, None)
    before = len(attack.provider.sent)
    attack.world.plan()
    attack.world.send()
    about = (n for n in attack.world.all(Kind.ARREST) if n.fact.name == id)
    notice = next(n for n in about if n.victim == "v1")
    told = {m.address for m in attack.provider.sent[before:] if m.notice == notice.id}
    return told, notice.reason if notice.state is State.HELD else ""
