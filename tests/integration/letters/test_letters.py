"""Letters: what is printed, and what is looked at again before it is."""

import re
from datetime import timedelta

import boto3
import pytest
from msgspec.structs import replace

from aviso.domain.model import Channel
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason
from aviso.letters import bucket
from aviso.notices import receipts
from aviso.providers import sender
from aviso.providers.message import Handed
from aviso.providers.receipts import Outcome, Receipt
from aviso.storage import cases, enrollments, notices, sending_controls
from aviso.victims import access_codes
from infra.harness.builders import NOW, NUMBER, STALKING, a_contact
from infra.harness.staff_browser import say_of_case
from tests.support.post import NO_PHONE, arrested, change, posted
from tests.support.sending import HOME

CODE = re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$", re.MULTILINE)


class TestLetter:
    def test_is_queued_printed_mailed_and_told(self, post):
        post.queue()
        assert post.only().state is State.QUEUED
        assert post.print() == {"printed": 1}
        notice = post.only()
        assert (notice.state, notice.run, notice.told_at) == (State.PRINTED, "run-1", None)
        post.now += timedelta(hours=3)
        assert posted("run-1", post.now) == {"mailed": 1}
        notice = post.only()
        assert (notice.state, notice.told_at, notice.due_at) == (State.MAILED, post.now, None)
        assert [(a.channel, a.state) for a in notice.attempts] == [(Channel.LETTER, State.MAILED)]

    def test_is_in_the_manifest_as_records_needs(self, post):
        post.queue()
        post.print()
        (row,) = post.manifest()
        assert row == {
            "run": "run-1",
            "notice": post.only().id,
            "case": NUMBER,
            "name": "ANA MUÑOZ-V1",
            "address": "12 E PIMA ST, SONORA WELLS AZ 85701",
            "pages": str(len(post.pages())),
            "language": "es",
            "mail": "yes",
        }

    def test_goes_to_each_victim_of_a_household(self, post):
        post.queue(arrested().with_victim("v2", **NO_PHONE, language="en").case)
        assert post.print() == {"printed": 2}
        assert {(r["name"], r["language"]) for r in post.manifest()} == {
            ("ANA MUÑOZ-V1", "es"),
            ("ANA MUÑOZ-V2", "en"),
        }

    def test_code_opens_the_case_for_thirty_days(self, post, monkeypatch):
        issued: list[str] = []
        issue = access_codes.issue

        def noted(*args):
            issued.append(issue(*args))
            return issued[-1]

        monkeypatch.setattr(access_codes, "issue", noted)
        post.queue()
        post.print()
        (code,) = issued
        text = " ".join(" ".join(page.extract_text() for page in post.pages()).split())
        assert code in text
        assert "24 de diciembre de 2026" in text
        found = access_codes.look(code, NOW + timedelta(days=29))
        assert found is not None
        assert (found.case, found.victim) == (NUMBER, "v1")

    def test_shares_an_envelope_and_a_code_with_the_victims_others(self, post):
        known = arrested().with_victim("v2", **NO_PHONE, language="en").with_arrest("a2")
        post.queue(known.case)
        assert post.print() == {"printed": 4}
        names = [row["name"] for row in post.manifest()]
        assert (names[0], names[2]) == (names[1], names[3])
        texts = [page.extract_text() for page in post.pages()]
        said = ("Carta 1 de 2 en", "Carta 2 de 2 en", "Letter 1 of 2 in", "Letter 2 of 2 in")
        letters = [next((s for s in said if s in text), "") for text in texts]
        order = [*dict.fromkeys(letters)]
        assert order in ([*said], [*said[2:], *said[:2]])
        with_code = [s for s, text in zip(letters, texts, strict=True) if CODE.search(text)]
        assert sorted(with_code) == [said[0], said[2]]

    def test_unqueued_makes_no_file(self, post):
        assert post.print() == {}
        assert post.stored() == set()

    def test_of_a_closed_portal_has_no_code(self, post):
        post.store(arrested().but(report=replace(arrested().case.report, offense=STALKING)))
        post.plan()
        held = post.only()
        assert held.state is State.HELD or post.send(held) == "held:restricted_offense"
        released = notices.move(
            post.only(),
            State.PLANNED,
            due_at=post.now,
            overruled=(HoldReason.RESTRICTED_OFFENSE,),
            reason="",
        )
        post.send(released)
        assert post.print() == {"printed": 1}
        found = boto3.client("dynamodb", region_name="us-west-2").scan(TableName="Guards")["Items"]
        assert not [item for item in found if item["pk"]["S"].startswith("CODE#")]


def withdraw(post):
    change(post, cases.read_case(NUMBER).arrests[0], withdrawn_at=NOW, withdrawals=1)


def restrict(post):
    change(post, cases.read_case(NUMBER).report, offense=STALKING)


def remove_victim(post):
    change(post, cases.read_case(NUMBER).victims[0], removed=True)


def move_to_a_program(post):
    change(post, cases.read_case(NUMBER).victims[0], confidential_address=True)


def move_in_with_the_suspect(post):
    say_of_case(NUMBER, "lifted")
    change(post, cases.read_case(NUMBER).suspects[0], **HOME)


def lose_the_zip_code(post):
    change(post, cases.read_case(NUMBER).victims[0], postal_code="8570")


def name_a_housemate_who_is_unsafe(post):
    rows = arrested().with_victim("v2", **NO_PHONE, safe_to_contact=False).case.victims
    cases.write_row(NUMBER, rows[1], None)


def leave_a_phone_on_the_portal(post):
    enrolled = arrested().with_enrollment("v1", a_contact("+15205550123")).case.enrollments[0]
    enrollments.write_enrollment(NUMBER, enrolled)


MEANWHILE = {
    "the arrest was withdrawn": (withdraw, State.SUPPRESSED, "no_longer_owed"),
    "the case became restricted": (restrict, State.HELD, "restricted_offense"),
    "the victim was taken off the case": (remove_victim, State.SUPPRESSED, "no_longer_owed"),
    "the address became confidential": (move_to_a_program, State.HELD, "no_safe_contact"),
    "the suspect lives there too": (move_in_with_the_suspect, State.HELD, "no_safe_contact"),
    "it is not safe for another": (
        name_a_housemate_who_is_unsafe,
        State.HELD,
        "unsafe_for_another",
    ),
    "the address is none any more": (lose_the_zip_code, State.HELD, "bad_address"),
    "the kind was turned off": (
        lambda post: sending_controls.turn(kinds_off=["arrest"]),
        State.QUEUED,
        "",
    ),
    "a phone was left on the portal": (leave_a_phone_on_the_portal, State.PLANNED, ""),
    "the kill switch is on": (lambda post: sending_controls.turn(kill=True), State.QUEUED, ""),
}


@pytest.fixture
def emails(monkeypatch):
    """Take emails in the provider's place."""
    sent = []

    class Provider:
        def send(self, message, seconds_left):
            sent.append(message)
            return Handed(f"id-{len(sent)}")

    monkeypatch.setattr(sender, "sender", lambda channel: Provider())
    return sent


def unconfirmed(post, notice):
    """Give up on the receipt of a notice's email; the next way is used."""
    notices.put_attempt(
        notice.id, replace(notice.attempts[0], state=State.UNCONFIRMED), notice.attempts[0]
    )
    notice = notices.move(notice, State.UNCONFIRMED, due_at=post.now)
    post.send(notices.move(notice, State.PLANNED, due_at=post.now))


def late_receipt(post, notice):
    receipt = Receipt(
        channel=Channel.EMAIL,
        outcome=Outcome.DELIVERED,
        provider_id="id-1",
        at=post.now,
        notice_id=notice.id,
        attempt=1,
        address="v1@example.com",
    )
    receipts.record(receipt, post.now)


class TestFinalCheck:
    @pytest.mark.parametrize(("meanwhile", "state", "reason"), MEANWHILE.values(), ids=MEANWHILE)
    def test_looks_again_before_printing(self, post, meanwhile, state, reason):
        post.queue()
        meanwhile(post)
        assert post.print()["printed"] == 0
        assert (post.only().state, post.only().reason) == (state, reason)
        assert post.stored() == set()

    def test_spares_the_letter_on_a_late_receipt(self, post, emails):
        post.queue(arrested(email="v1@example.com").case)
        notice = post.only()
        unconfirmed(post, notice)
        assert post.only().state is State.QUEUED
        late_receipt(post, notice)
        assert post.print() == {}
        assert (post.only().state, len(emails)) == (State.DELIVERED, 1)

    def test_spares_it_on_a_shared_emails_receipt(self, post, emails):
        shared = {"email": "v1@example.com"}
        built = arrested(**shared, street="").with_victim("v2", **(NO_PHONE | shared))
        hers, theirs = sorted(post.queue(built.case), key=lambda n: n.victim)
        assert (theirs.state, theirs.reason) == (State.WAITING, "told_together")
        unconfirmed(post, hers)  # no way is left to her
        post.send(notices.move(theirs, State.PLANNED, due_at=post.now))
        assert notices.read(theirs.id).state is State.QUEUED
        late_receipt(post, hers)
        assert post.print() == {"suppressed": 1}
        theirs = notices.read(theirs.id)
        assert (theirs.state, theirs.reason) == (State.SUPPRESSED, "told_together")

    def test_leaves_a_mailed_letter_after_a_bounce(self, post):
        post.queue()
        post.print()
        posted("run-1", post.now)
        notice = post.only()
        bounce = Receipt(
            channel=Channel.EMAIL,
            outcome=Outcome.FAILED,
            provider_id="id-9",
            at=post.now,
            notice_id=notice.id,
            attempt=7,
            permanent=True,
            address="v1@example.com",
        )
        receipts.record(bounce, post.now)
        assert post.only().state is State.MAILED

    def test_names_a_printed_letter_to_take_out(self, post, monkeypatch):
        post.queue()
        put = bucket.put_letters

        def meanwhile(run, file):
            put(run, file)
            notices.move(post.only(), State.DELIVERED, due_at=None)

        monkeypatch.setattr(bucket, "put_letters", meanwhile)
        assert post.print() == {"take_out": 1}
        assert [row["mail"] for row in post.manifest()] == ["no"]
        assert posted("run-1", post.now) == {"not_in_this_run": 1}
        assert post.only().state is State.DELIVERED
