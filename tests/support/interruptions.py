"""What comes between a text and its email, and what ends it."""

from datetime import timedelta

from aviso.domain.model import Channel, Kind
from aviso.notices import receipts
from aviso.providers.receipts import Receipt
from aviso.storage import people_imports, sending_controls
from tests.support.sending import PHONE


def begin_import(world):
    """Begin to import people: texts and emails wait."""
    people_imports.begin("people.csv", world.now + timedelta(hours=1), world.now, pushed=False)


def off_and_on(begin, end):
    """Return the two steps of an interruption that needs no world."""
    return lambda world: begin(), lambda world: end()


STOPS = {
    "the kill switch": off_and_on(
        lambda: sending_controls.turn(kill=True), lambda: sending_controls.turn(kill=False)
    ),
    "the brake": off_and_on(
        lambda: sending_controls.apply_brake("notices"), lambda: sending_controls.turn(brake="")
    ),
    "a kind turned off": off_and_on(
        lambda: sending_controls.turn(kinds_off=[Kind.ARREST.value]),
        lambda: sending_controls.turn(kinds_off=[]),
    ),
    "an import": (begin_import, lambda world: people_imports.end("people.csv", pushed=False)),
}


def after_the_text(provider, act):
    """Let something happen once the provider has taken the text."""
    take = provider.send

    def then(message, seconds_left):
        handed = take(message, seconds_left)
        if message.address == PHONE:
            act()
        return handed

    provider.send = then


def before_the_mark(world, provider, outcome, then=lambda: None):
    """Let the text's receipt come first: carriers are quick, and the machine was slow."""

    def answer():
        receipt = Receipt(
            channel=Channel.SMS,
            outcome=outcome,
            provider_id="id-1",
            at=world.now,
            notice_id=world.arrest().id,
            attempt=provider.sent[0].attempt,
            address=PHONE,
        )
        receipts.record(receipt, world.now)
        then()

    after_the_text(provider, answer)


def addresses(provider):
    """Return where messages went."""
    return [message.address for message in provider.sent]
