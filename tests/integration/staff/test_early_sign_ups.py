"""A person ties a sign-up from before the report: it proves nothing, and takes nothing back."""

from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from aviso.domain.contacts import proven
from aviso.domain.duties import owed
from aviso.domain.model import Channel, Consent, Enrollment, Kind, Speaker
from aviso.domain.requests import Rights
from aviso.domain.roster import reach
from aviso.domain.staff import Role
from aviso.storage import cases, enrollments, inbox, inbox_tasks, markers
from aviso.victims import code_delivery
from aviso.victims.sign_up_form import Asked
from infra.harness.builders import STALKING, a_contact, a_session, an_answer, case_at
from tests.integration.staff.conftest import NOW, ORDINARY, RESTRICTED, a_stored_case, at_work
from tests.integration.staff.inbox import LEFT, WHY, an_early_sign_up, tie

HERS = "+15205550123"
LATER = {"version": "1", "at": NOW.isoformat(), "language": "en", "source": "portal"}


def stored(number=ORDINARY):
    return cases.read_case(number)


def contacts():
    return {c.address: c for e in stored().enrollments for c in e.contacts}


def reached(settings):
    case = stored()
    found = reach(case_at(case, settings), case.victims[0]).contacts
    return {c.address for c in found if c.channel is not Channel.LETTER}


def left_with_a_code(address, at=NOW - timedelta(days=1)):
    consent = Consent(version="1", at=at, language="en", source="portal")
    return a_contact(address, level="code", consent=consent)


def enroll(**what):
    enrollments.write_enrollment(ORDINARY, Enrollment(victim="v1", **what))


def is_there_for(days, **changes):
    """Let the case have come some days ago, as far as its victim goes."""
    before = a_stored_case().victims[0]
    came = NOW - timedelta(days=days)
    cases.write_row(ORDINARY, replace(before, first_seen=came, digest="2", **changes), before)


def announced(settings):
    return [
        duty.fact
        for duty in owed(case_at(stored(), settings, datetime.now(UTC)))
        if duty.fact.change and duty.kind is Kind.CONTACT_CHANGED
    ]


class TestTiedSignUp:
    def test_counts_as_left_by_knowledge(self, desk, settings):
        is_there_for(9)
        at_work(desk, Role.RECORDS).confirm("early", **tie(an_early_sign_up(settings)), why=WHY)
        assert contacts()[LEFT].level == "knowledge"
        case = stored()
        victim = case.victims[0]
        (used,) = (c for c in reach(case_at(case, settings), victim).contacts if c.address == LEFT)
        assert not proven(case, victim, used)
        chosen = code_delivery.choices(a_session(), case, victim, settings, NOW)
        assert len(chosen) == 2  # those on file
        masked = code_delivery.masked(Channel.EMAIL, LEFT)
        assert masked not in {choice.masked for choice in chosen}

    def test_silences_nothing_left_with_a_code(self, desk, settings):
        is_there_for(9, phone="", email="")
        enroll(contacts=(left_with_a_code(HERS),))
        asked = (
            Asked(channel=Channel.SMS, address=HERS, language="en", safe=False),
            Asked(channel=Channel.EMAIL, address=LEFT, language="en", safe=True),
        )
        id = an_early_sign_up(settings, asked=asked)
        line = at_work(desk, Role.RECORDS).get("inbox").text
        assert f"{HERS} not safe" in line
        assert "520-555-0123 (not safe)" in desk.post("early", **tie(id)).text
        desk.confirm("early", **tie(id), why=WHY)
        given = [c for c in stored().enrollments[0].contacts if c.address == HERS]
        assert [(c.level, c.safe, c.removed_at) for c in given] == [
            ("code", True, None),
            ("knowledge", False, None),
        ]
        assert reached(settings) == set()  # until somebody says whether it is safe

    def test_leaves_a_waiver_and_says_so(self, desk, settings):
        a_stored_case()
        enroll(requests=(an_answer(Rights.WAIVED, NOW - timedelta(days=1)),))
        id = an_early_sign_up(settings)
        assert "Ana Muñoz-v1, April 12, 1985 (wants no alerts)" in at_work(desk).get("inbox").text
        assert "This does not change that." in desk.post("early", **tie(id)).text
        desk.confirm("early", **tie(id), why=WHY)
        assert stored().enrollments[0].rights is Rights.WAIVED
        assert LEFT in contacts()

    def test_is_refused_by_a_locked_case(self, desk, settings):
        a_stored_case()
        enroll(locked_at=NOW - timedelta(days=1))
        id = an_early_sign_up(settings)
        assert "Ana Muñoz-v1, April 12, 1985 (locked)" in at_work(desk).get("inbox").text
        refused = desk.post("early", **tie(id), confirmed="yes", why=WHY)
        assert (refused.status, "add it on the case page" in refused.text) == (400, True)
        assert contacts() == {}

    def test_is_refused_by_a_restricted_case(self, desk, settings):
        a_stored_case(RESTRICTED, offense=STALKING)
        id = an_early_sign_up(settings, RESTRICTED)
        page = at_work(desk).get("inbox")
        assert "add it on the case page" in page.text
        assert ('value="early_tie"' in page.body, 'value="early_drop"' in page.body) == (
            False,
            True,
        )
        refused = desk.post("early", **tie(id), confirmed="yes", why=WHY)
        assert (refused.status, "add it on the case page" in refused.text) == (400, True)
        assert stored(RESTRICTED).enrollments == ()

    def test_is_announced_however_long_it_waited(self, desk, settings):
        is_there_for(9)
        assert settings.kinds[Kind.CONTACT_CHANGED].age_limit <= timedelta(
            days=2
        )  # since it was left
        at_work(desk, Role.RECORDS).confirm("early", **tie(an_early_sign_up(settings)), why=WHY)
        tied = contacts()[LEFT]
        assert announced(settings) == [f"contact:{tied.id}"]
        assert tied.consent.at == NOW - timedelta(days=2)
        assert tied.added_at >= NOW

    def test_names_the_guardian_of_a_minor(self, desk, settings):
        is_there_for(9, minor=True)
        guardian = Speaker(
            id="r1", origin="r1", victim="v1", first_name="Rosa", last_name="Muñoz", digest="1"
        )
        cases.write_row(ORDINARY, replace(guardian, birth_date=date(1980, 1, 2)), None)
        id = an_early_sign_up(settings)
        page = at_work(desk, Role.RECORDS).get("inbox")
        assert "Rosa Muñoz for Ana Muñoz-v1, January 2, 1980" in page.text
        assert desk.post("early", **tie(id)).status == 400  # nobody tells a minor
        desk.confirm("early", **tie(id, "v1|r1"), why=WHY)
        assert (contacts()[LEFT].level, contacts()[LEFT].giver) == ("guardian", "r1")
        assert LEFT in reached(settings)

    def test_is_refused_for_the_dead(self, desk, settings):
        is_there_for(9, deceased=True)
        at_work(desk, Role.RECORDS)
        assert desk.post("early", **tie(an_early_sign_up(settings))).status == 400

    def test_brings_up_the_next_of_its_case(self, desk, settings):
        is_there_for(9)
        id = an_early_sign_up(settings)
        second = {**inbox.one(id).data, "asked": [], "typed": "Munoz, A", "consent": LATER}
        markers.put_marker("EARLY#e2", second, NOW, timedelta(days=10), "EARLY")
        inbox_tasks.make_early_task("EARLY#e2", second, "no_match", NOW, timedelta(days=30))
        page = at_work(desk, Role.RECORDS).get("inbox").text
        assert ("More sign-ups for this case: 1" in page, "Munoz, A" in page) == (True, False)
        which = inbox.one(id).at.isoformat()
        drop = {"sign_up": id, "do": "early_drop", "which": which}
        desk.confirm("early", **drop)
        assert "Munoz, A" in desk.get("inbox").text
        assert desk.post("early", **drop, confirmed="yes").status != 303  # sent twice
        assert "Munoz, A" in desk.get("inbox").text
        desk.confirm("early", **drop | {"which": inbox.one(id).at.isoformat()})
        assert list(inbox.early()) == []
