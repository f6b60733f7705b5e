"""Letters: what is printed, what is not any more, and what a crash may never do."""

import csv
import io
from collections import Counter
from datetime import date, timedelta
from functools import partial

import boto3
import pytest
from msgspec.structs import replace
from pypdf import PdfReader
from reportlab.pdfbase import pdfmetrics

from aviso.content import messages
from aviso.domain import postal_format
from aviso.domain.errors import Conflict
from aviso.domain.model import Channel, Kind
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason
from aviso.letters import bucket, envelope, final_check, mailing, pdf, print_run
from aviso.letters.envelope import INCH, PAPER_HEIGHT, Box
from aviso.notices import monitoring, planning, receipts
from aviso.notices.sending import send
from aviso.providers import sender
from aviso.providers.message import Handed
from aviso.providers.receipts import Outcome, Receipt
from aviso.staff.actor import Actor
from aviso.storage import cases, enrollments, notices, print_runs, sending_controls
from aviso.victims import access_codes
from infra.harness.builders import NOW, NUMBER, STALKING, a_case, a_contact, an_invocation
from infra.harness.staff_browser import audited, say_of_case
from infra.ops import letters
from infra.ops.connection import operator
from tests.support.envelope_window import PRIVATE, meets
from tests.support.sending import HOME

BUCKET = "letters"
PORTAL = "https://portal.example.org"
NO_PHONE = {"phone": "", "email": "", **HOME}


class Post:
    """The print room: cases stored, arrests planned, and letters queued, printed, mailed."""

    def __init__(self, settings):
        only = {Kind.ARREST, Kind.CORRECTION}
        kinds = {k: replace(v, on=k in only) for k, v in settings.kinds.items()}
        self.settings, self.now = replace(settings, kinds=kinds), NOW
        self.s3 = boto3.client("s3", region_name="us-west-2")
        self.s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
        )

    def store(self, case):
        rows = (case.report, *case.victims, *case.suspects, *case.representatives, *case.arrests)
        for row in rows:
            key = (case.number, cases.sort_key(row))
            cases.write_row(case.number, row, cases.read_rows([key]).get(key))
        for enrollment in case.enrollments:
            enrollments.write_enrollment(case.number, enrollment)

    def queue(self, case=None):
        self.store(case or arrested().case)
        self.plan()
        for notice in self.all():
            if notice.state is State.PLANNED:
                self.send(notice)
        return self.all()

    def plan(self):
        planning.plan(NUMBER, self.settings, self.now)

    def send(self, notice):
        return send(notice.id, self.invocation(f"send-{notice.id}"))

    def invocation(self, token, seconds=60.0):
        return an_invocation(self.settings, lambda: self.now, seconds=seconds, token=token)

    def all(self):
        return [notices.read(n.id) for n in notices.of_case(NUMBER)]

    def only(self):
        (notice,) = self.all()
        return notice

    def print(self, run="run-1", token="", seconds=900.0):
        invocation = self.invocation(token or f"print-{run}", seconds)
        return print_run.print_letters(run, invocation).counts

    def stored(self):
        return {o["Key"] for o in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())}

    def get(self, key):
        return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def pages(self, run="run-1"):
        return PdfReader(io.BytesIO(self.get(f"runs/{run}/letters.pdf"))).pages

    def manifest(self, run="run-1"):
        text = self.get(f"runs/{run}/manifest.csv").decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))


def posted(run, now):
    """Say that a run was posted; return how many letters came to what."""
    by = partial(Actor.operator("luz", now).record, "letter_mailed")
    return Counter(outcome for _, outcome in mailing.mailed(run, now, by))


@pytest.fixture
def post(aws, settings, monkeypatch):
    monkeypatch.setenv("LETTERS_BUCKET", BUCKET)
    return Post(settings)


def arrested(**victim):
    return a_case().with_victim(**(NO_PHONE | victim)).with_suspect().with_arrest()


def change(post, row, **changes):
    post.now += timedelta(minutes=1)
    new = replace(row, digest=f"at-{post.now}", export_time=post.now, **changes)
    cases.write_row(NUMBER, new, row)


# ------------------------------------------------------------------------------- the usual way


def test_a_queued_letter_is_printed_mailed_and_told(post):
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


def test_the_manifest_says_what_records_needs(post):
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


def test_each_victim_gets_a_letter_of_their_own_even_in_one_household(post):
    post.queue(arrested().with_victim("v2", **NO_PHONE, language="en").case)
    assert post.print() == {"printed": 2}
    assert {(r["name"], r["language"]) for r in post.manifest()} == {
        ("ANA MUÑOZ-V1", "es"),
        ("ANA MUÑOZ-V2", "en"),
    }


def test_a_letters_code_opens_its_victims_case_for_ten_days(post, monkeypatch):
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
    assert "4 de diciembre de 2026" in text
    found = access_codes.look(code, NOW + timedelta(days=9))
    assert found is not None
    assert (found.case, found.victim) == (NUMBER, "v1")


def test_nothing_queued_makes_no_file(post):
    assert post.print() == {}
    assert post.stored() == set()


# --------------------------------------------------------- what is not right any more stays here


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


def leave_a_phone_on_the_portal(post):
    enrolled = arrested().with_enrollment("v1", a_contact("+15205550123")).case.enrollments[0]
    enrollments.write_enrollment(NUMBER, enrolled)


MEANWHILE = {
    "the arrest was withdrawn": (withdraw, State.SUPPRESSED, "no_longer_owed"),
    "the case became restricted": (restrict, State.HELD, "restricted_offense"),
    "the victim was taken off the case": (remove_victim, State.SUPPRESSED, "no_longer_owed"),
    "the address became confidential": (move_to_a_program, State.HELD, "no_safe_contact"),
    "the suspect lives there too": (move_in_with_the_suspect, State.HELD, "no_safe_contact"),
    "the address is none any more": (lose_the_zip_code, State.HELD, "bad_address"),
    "the kind was turned off": (
        lambda post: sending_controls.turn(kinds_off=["arrest"]),
        State.QUEUED,
        "",
    ),
    "a phone was left on the portal": (leave_a_phone_on_the_portal, State.PLANNED, ""),
    "the kill switch is on": (lambda post: sending_controls.turn(kill=True), State.QUEUED, ""),
}


@pytest.mark.parametrize(("meanwhile", "state", "reason"), MEANWHILE.values(), ids=MEANWHILE)
def test_a_letter_is_looked_at_again_before_it_is_printed(post, meanwhile, state, reason):
    post.queue()
    meanwhile(post)
    assert post.print()["printed"] == 0
    assert (post.only().state, post.only().reason) == (state, reason)
    assert post.stored() == set()


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


def test_a_late_receipt_spares_the_letter(post, emails):
    post.queue(arrested(email="v1@example.com").case)
    notice = post.only()
    unconfirmed(post, notice)
    assert post.only().state is State.QUEUED
    late_receipt(post, notice)
    assert post.print() == {}
    assert (post.only().state, len(emails)) == (State.DELIVERED, 1)


def test_late_receipt_at_shared_email_spares_letter(post, emails):
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


def test_a_late_bounce_does_not_undo_a_letter_that_was_mailed(post):
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


# ------------------------------------------------------------------------ crashes and repetition


def test_printing_a_run_again_gives_the_same_letters_and_counts_none_twice(post):
    post.queue()
    post.print()
    before = post.get("runs/run-1/letters.pdf"), post.get("runs/run-1/manifest.csv")
    assert post.print(token="again") == {"printed": 1}
    assert before == (post.get("runs/run-1/letters.pdf"), post.get("runs/run-1/manifest.csv"))
    assert len(post.only().attempts) == 1


def crash_at(monkeypatch, module, name, after=0):
    """Make the worker die when it calls this for the nth time."""
    call, calls = getattr(module, name), []

    def dies(*args, **kwargs):
        calls.append(name)
        if len(calls) > after:
            raise SystemExit("the worker dies")
        return call(*args, **kwargs)

    monkeypatch.setattr(module, name, dies)


CRASHES = {
    "before the PDF is stored": (bucket, "put_letters", 0),
    "between PDF and manifest": (bucket, "put_manifest", 0),
    "between manifest and marks": (notices, "mark", 0),
    "between two marks": (notices, "mark", 1),
    "before it lets the printer go": (print_runs, "end", 0),
}


@pytest.mark.parametrize("next_run", ["run-1", "run-2"])
@pytest.mark.parametrize("killed", [False, True], ids=["raises", "is killed"])
@pytest.mark.parametrize("crash", CRASHES.values(), ids=CRASHES)
def test_a_crash_loses_no_letter_and_puts_none_into_two_runs(
    post, monkeypatch, crash, killed, next_run
):
    people = arrested()
    for n in range(2, 5):
        people = people.with_victim(f"v{n}", **NO_PHONE)
    post.queue(people.case)
    with monkeypatch.context() as broken:
        crash_at(broken, *crash)
        if killed:
            broken.setattr(print_runs, "pause", lambda token, now: None)
        with pytest.raises(SystemExit):
            post.print("run-1")
    post.now += timedelta(minutes=16)
    post.print(next_run, token="the next one")
    in_runs = Counter(
        row["notice"]
        for key in post.stored()
        if key.endswith("manifest.csv")
        for row in post.manifest(key.split("/")[1])
    )
    assert in_runs == {n.id: 1 for n in post.all()}
    assert {n.state for n in post.all()} == {State.PRINTED}
    assert all(len(n.attempts) == 1 for n in post.all())
    for key in post.stored():  # no PDF that a person could post by mistake
        assert key.replace("letters.pdf", "manifest.csv") in post.stored()


def test_two_runs_at_once_are_one_run(post, monkeypatch):
    post.queue()
    check = final_check.check

    def meanwhile(*args):
        with pytest.raises(Conflict):
            post.print("run-2")
        return check(*args)

    monkeypatch.setattr(print_run, "check", meanwhile)
    assert post.print("run-1") == {"printed": 1}
    assert post.print("run-2") == {}


def test_a_notice_that_moves_on_while_it_is_printed_is_to_be_taken_out(post, monkeypatch):
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


def test_saying_twice_that_a_run_was_mailed_counts_once(post):
    post.queue()
    post.print()
    posted("run-1", post.now)
    assert posted("run-1", post.now + timedelta(days=1)) == {"mailed_before": 1}
    assert post.only().told_at == NOW


def brought_back(post, run):
    """Print and mail what is queued; three days later the post brings it back, as is said twice."""
    post.print(run)
    posted(run, post.now)
    post.now += timedelta(days=3)
    said = [receipts.returned(post.only().id, post.now) for _ in range(2)]
    assert said == ["returned", "returned_before"]
    return post.only()


def test_a_letter_that_came_back_told_nobody_and_is_a_task_until_a_better_address_is_found(post):
    post.queue()
    notice = brought_back(post, "run-1")
    assert (notice.state, notice.told_at) == (State.PLANNED, None)
    assert [(a.state, a.reason) for a in notice.attempts] == [(State.FAILED, "returned")]
    post.send(notice)
    held = post.only()
    assert (held.state, held.reason) == (State.HELD, "letter_returned")
    (victim,) = cases.read_case(NUMBER).victims
    change(post, victim, street="9 W Elm St")
    for run in ("run-2", "run-3"):  # released twice: each release is for one more letter
        released = notices.move(
            post.only(), State.PLANNED, due_at=post.now, overruled=(HoldReason.LETTER_RETURNED,)
        )
        post.send(released)
        assert post.only().state is State.QUEUED
        post.send(brought_back(post, run))
        assert (post.only().state, post.only().reason) == (State.HELD, "letter_returned")
    assert len(post.only().attempts) == 3


def test_after_a_correction_at_the_desk_the_next_letter_goes_there_and_never_to_the_old(post):
    from aviso.domain.staff import Member, Role
    from aviso.staff import case_decisions

    clerk = Member(
        key="k",
        id="id-records",
        name="records",
        roles=frozenset({Role.RECORDS}),
        csrf="c",
        created_at=NOW,
        idle_until=NOW,
        max_until=NOW,
    )
    post.queue()
    case = cases.read_case(NUMBER)
    victim = case.victims[0]
    old = f"{victim.street}\n{victim.city}, {victim.region} {victim.postal_code}"
    actor = Actor.member(clerk, NOW)
    home = ("8 W Fir Rd", "Sonora Wells", "AZ", "85702")
    case_decisions.correct_home(
        case, victim, old, home, "She moved.", actor
    )  # while the letter waits for its run
    post.print()
    (row,) = post.manifest()
    assert "8 W FIR RD" in row["address"]
    change(post, cases.read_case(NUMBER).victims[0], street="999 N New Ave")
    post.send(brought_back_once(post))
    released = notices.move(
        post.only(), State.PLANNED, due_at=post.now, overruled=(HoldReason.LETTER_RETURNED,)
    )
    post.send(released)  # the feed brought an address that nobody has judged
    assert post.only().state is State.HELD


def brought_back_once(post):
    """Say that the letter printed last was posted, and came back."""
    posted("run-1", post.now)
    post.now += timedelta(days=3)
    assert receipts.returned(post.only().id, post.now) == "returned"
    return post.only()


def test_a_letter_that_came_back_goes_to_a_phone_that_is_known_by_now(post, monkeypatch):
    class Provider:
        def send(self, message, seconds_left):
            return Handed("id-1")

    monkeypatch.setattr(sender, "sender", lambda channel: Provider())
    post.queue()
    notice = brought_back(post, "run-1")
    (victim,) = cases.read_case(NUMBER).victims
    change(post, victim, phone="+15205550155")
    post.send(notice)
    assert (post.only().state, post.only().channel) == (State.SENT, "sms")


def test_a_letter_that_was_never_mailed_cannot_come_back(post):
    post.queue()
    for act in (lambda: None, lambda: post.print()):
        act()
        with pytest.raises(LookupError):
            receipts.returned(post.only().id, post.now)
    with pytest.raises(LookupError):
        receipts.returned("no-such-notice", post.now)


def test_what_a_shell_says_of_letters_is_recorded_with_who_said_it(post):
    post.queue()
    post.print()
    letters.mailed("run-1", operator("dana"))
    letters.mailed("run-1", operator("dana"))
    letters.returned(post.only().id, operator("dana"))
    said = [row for row in audited() if row[0] == "operator:dana"]
    assert said == [
        ("operator:dana", "letter_mailed", NUMBER),
        ("operator:dana", "letter_returned", NUMBER),
    ]


def test_a_run_that_never_was_cannot_be_mailed(post):
    with pytest.raises(LookupError):
        posted("run-9", post.now)
    with pytest.raises(SystemExit, match="none yet"):
        letters.mailed("run-9", operator("dana"))


def test_a_run_that_outlived_its_files_is_named_and_can_be_mailed(post):
    post.queue()
    post.print()
    for key in post.stored():
        post.s3.delete_object(Bucket=BUCKET, Key=key)
    monitoring.watch(post.settings, post.now)
    with pytest.raises(SystemExit, match="run-1"):
        letters.mailed("run-9", operator("dana"))
    letters.mailed("run-1", operator("dana"))
    assert post.only().state is State.MAILED
    assert post.only().attempts[-1].state is State.MAILED
    assert print_runs.unposted() == (post.now, {})
    assert ("operator:dana", "letter_mailed", NUMBER) in audited()


def test_a_count_that_came_meanwhile_is_not_overwritten_by_what_was_posted(post, monkeypatch):
    print_runs.put_unposted({"run-1": 1, "run-2": 1}, post.now)
    read, later = print_runs.unposted, post.now + timedelta(minutes=5)

    def and_then_counted():
        found = read()
        print_runs.put_unposted({"run-2": 1, "run-3": 1}, later)
        return found

    monkeypatch.setattr(print_runs, "unposted", and_then_counted)
    print_runs.posted("run-1")
    assert read() == (later, {"run-2": 1, "run-3": 1})


def test_a_letter_that_cannot_be_written_keeps_no_other_from_the_post(post, monkeypatch):
    post.queue(arrested().with_victim("v2", **NO_PHONE).case)
    render = messages.render
    first: list[bool] = []

    def broken(*args):
        if not first:
            first.append(True)
            raise KeyError("a template asks for too much")
        return render(*args)

    monkeypatch.setattr(messages, "render", broken)
    assert post.print() == {"failed": 1, "printed": 1}
    assert Counter(n.state for n in post.all()) == {State.QUEUED: 1, State.PRINTED: 1}


def test_what_time_does_not_allow_waits_for_the_next_run(post):
    post.queue()
    assert post.print(seconds=30.0) == {"left_for_next_run": 1}
    assert post.print("run-2") == {"printed": 1}


@pytest.mark.parametrize("run", ["", "../x", "a/b", "a b", "é"])
def test_a_runs_name_cannot_leave_its_folder(post, run):
    with pytest.raises(ValueError, match="letters, digits and dashes"):
        post.print(run)


# -------------------------------------------------------------------------------- codes or none


def test_a_restricted_case_that_the_portal_will_not_open_gets_a_letter_without_code(post):
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


# ------------------------------------------------------------------------------------ addresses

GOOD = [
    ("12 E Pima St\nSonora Wells, AZ 85701", "SONORA WELLS AZ 85701"),
    ("PO Box 12\nTucson, az 85701-1234", "TUCSON AZ 85701-1234"),
    ("PO Box 12\nTucson, AZ 857011234", "TUCSON AZ 85701-1234"),
    ("General Delivery\nAjo, AZ 85321", "AJO AZ 85321"),
    ("Calle 9 Núm 4\nPeñuelas, PR 00624", "PEÑUELAS PR 00624"),
]
BAD = {
    "no state": "12 E Pima St\nTucson,  85701",
    "a state that is none": "12 E Pima St\nTucson, ZZ 85701",
    "a ZIP code too short": "12 E Pima St\nTucson, AZ 8570",
    "a ZIP code with letters": "12 E Pima St\nTucson, AZ 8570A",
    "a ZIP code of zeros": "12 E Pima St\nTucson, AZ 00000",
    "a country": "Calle 9\nNogales, Sonora 84000",
    "no number": "Pima Street\nTucson, AZ 85701",
    "nowhere": "Homeless 1\nTucson, AZ 85701",
    "no street": "\nTucson, AZ 85701",
    "a city without letters": "12 E Pima St\n---, AZ 85701",
}


@pytest.mark.parametrize(("address", "last"), GOOD)
def test_a_good_address_is_written_as_machines_read_it(address, last):
    found = postal_format.lines("Ana Muñoz", address)
    assert found
    assert found[-1] == last


@pytest.mark.parametrize("address", BAD.values(), ids=BAD)
def test_an_address_the_post_cannot_deliver_to_is_found(address):
    assert postal_format.lines("Ana Muñoz", address) is None


def test_a_letter_to_nobody_is_no_letter():
    assert postal_format.lines(" ", "12 E Pima St\nTucson, AZ 85701") is None


def test_a_name_whose_letters_the_font_lacks_is_a_task_for_a_person():
    assert pdf.fits(("NGUYỄN THỊ ÁNH", "1 A ST", "TUCSON AZ 85701"))
    assert not pdf.fits(("田中 花子", "1 A ST", "TUCSON AZ 85701"))


def test_an_address_too_long_for_the_window_is_a_task_for_a_person():
    assert not pdf.fits(("ANA " * 60, "1 A ST", "TUCSON AZ 85701"))
    assert not pdf.fits(("A" * 60, "1 A ST", "TUCSON AZ 85701"))


# --------------------------------------------------------------------------- paper and envelope

LONG = (
    "MARÍA DE LOS ÁNGELES HERNÁNDEZ-ARRIAGA Y VILLASEÑOR",
    "1200 S AVENIDA DE LOS NIÑOS HÉROES DE CHAPULTEPEC APT 1204",
    "SONORA WELLS AZ 85701-1234",
)
SHORT = ("ANA MUÑOZ", "12 E PIMA ST", "SONORA WELLS AZ 85701")


def written(page):
    """Yield each piece of text on a page with the box it lies in, from the top left."""
    found = []

    def visit(text, cm, tm, font, size):
        if text.strip():
            x = cm[0] * tm[4] + cm[4]
            y = PAPER_HEIGHT - (cm[3] * tm[5] + cm[5])
            name = pdf.BOLD if "Bold" in str(font.get("/BaseFont")) else pdf.REGULAR
            wide = pdfmetrics.stringWidth(text.rstrip("\n"), name, size)
            box = Box(x, y - size * pdf.ASCENT, x + wide, y + size * pdf.DESCENT)
            found.append((text.strip(), box))

    page.extract_text(visitor_text=visit)
    return found


def a_mail(settings, kind, language, address, **facts):
    told = messages.MessageFacts(portal_url=PORTAL, name="Ana Muñoz", report_number=NUMBER, **facts)
    text = messages.render(kind, Channel.LETTER, language, told, settings)
    assert isinstance(text, messages.Letter)
    return pdf.Mail(
        address=address,
        language=language,
        title=text.title,
        parts=text.parts,
        day=date(2026, 11, 24),
        portal_url=PORTAL,
        code="K7M2-9QXD",
        code_until=date(2026, 12, 4),
    )


@pytest.fixture(scope="module")
def every(settings):
    """Return every kind in every language with a short and a long address: (mail, its pages)."""
    mails = [
        a_mail(settings, kind, language, address)
        for kind in Kind
        for language in settings.agency.languages
        for address in (SHORT, LONG)
    ]
    out = io.BytesIO()
    counts = pdf.render(mails, settings, out)
    reader = PdfReader(out)
    pages = iter(reader.pages)
    return reader, [
        (m, [next(pages) for _ in range(n)]) for m, n in zip(mails, counts, strict=True)
    ]


def test_the_window_shows_the_address_whole_wherever_the_paper_slides(every):
    for mail, pages in every[1]:
        shown = [(t, b) for t, b in written(pages[0]) if meets(envelope.ADDRESS, b)]
        assert " ".join(t for t, _ in shown) == " ".join(mail.address)
        for _, box in shown:
            assert envelope.always_seen(envelope.FOLD_MARKS[0]).holds(box)


def test_a_usual_address_shows_whole_even_when_folded_into_equal_thirds(every):
    for mail, pages in every[1]:
        if mail.address is SHORT:
            thirds = envelope.always_seen(envelope.EQUAL_THIRDS)
            lines = [b for _, b in written(pages[0]) if meets(envelope.ADDRESS, b)]
            assert len(lines) == 3
            # The last line's base is inside; only a cedilla would reach into the clear space.
            assert all(b.top >= thirds.top and b.bottom <= thirds.bottom + 2 for b in lines)


def test_the_window_shows_nothing_but_the_address_wherever_the_paper_slides(every):
    for mail, pages in every[1]:
        shown = [t for t, b in written(pages[0]) if meets(PRIVATE, b)]
        assert " ".join(shown) == " ".join(mail.address)


def test_the_window_is_where_an_envelope_has_it():
    still = envelope._slid(envelope.FOLD_MARKS[0], 0, 0)
    assert (still.left, still.right) == (0.875 * INCH, 5.375 * INCH)
    assert envelope.FOLD_MARKS[0] - still.bottom == 0.5 * INCH
    assert still.bottom - still.top == 1.125 * INCH
    assert envelope.always_seen(envelope.FOLD_MARKS[0]) == Box(72.0, 189.0, 306.0, 243.0)


def test_every_page_is_us_letter_and_says_which_it_is(every):
    for mail, pages in every[1]:
        for n, page in enumerate(pages, 1):
            assert (page.mediabox.width, page.mediabox.height) == (612, 792)
            word = {"en": f"Page {n} of {len(pages)}", "es": f"Página {n} de {len(pages)}"}
            assert word[mail.language] in page.extract_text()


def test_every_letter_says_all_its_words_with_their_accents(every):
    for mail, pages in every[1]:
        text = "".join("".join(p.extract_text() for p in pages).split())
        words = [mail.title, mail.code, *(p.text for p in mail.parts)]
        words += [item for p in mail.parts for item in p.items]
        for wanted in words:
            assert "".join(wanted.split()) in text.replace("•", "")


def test_nothing_about_the_pdf_itself_tells_what_it_is_about(every):
    reader = every[0]
    shown = f"{reader.metadata.title} {reader.metadata.author} {reader.metadata.subject}"
    assert "victim" not in shown.lower()
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.trailer["/Root"]["/ViewerPreferences"]["/Duplex"] == "/Simplex"


def test_a_part_as_long_as_two_pages_is_broken_over_them(settings):
    mail = a_mail(settings, Kind.ARREST, "en", SHORT)
    long = replace(mail.parts[0], text="A long story. " * 900)
    out = io.BytesIO()
    (pages,) = pdf.render([replace(mail, parts=(long, *mail.parts))], settings, out)
    assert pages >= 3


def test_markup_in_a_feeds_name_is_printed_as_it_stands(settings):
    mail = a_mail(settings, Kind.ARREST, "en", SHORT)
    odd = replace(mail.parts[0], text="Dear <b>Ana</b> & <para>Co")
    out = io.BytesIO()
    pdf.render([replace(mail, parts=(odd,))], settings, out)
    assert "<b>Ana</b> & <para>Co" in PdfReader(out).pages[0].extract_text()


def test_a_name_that_a_spreadsheet_would_run_is_made_plain(post):
    post.queue(arrested(first_name='=HYPERLINK("x")').case)
    post.print()
    assert post.manifest()[0]["name"].startswith("'=")
