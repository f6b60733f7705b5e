"""Each act on a victim, by who the victim is and who acts: the answer, the audit word, the effect.

For each act the least of the roles that may do it does it; the others are refused, and nothing
changes. What each act changes is in the tests of its subject.
"""

from datetime import date
from typing import Any, NamedTuple

import pytest
from msgspec.structs import asdict, replace

from aviso.domain.contacts import DESK
from aviso.domain.model import Channel, Holder
from aviso.domain.requests import AGENCY
from aviso.domain.staff import Role
from aviso.runtime import hashing
from aviso.storage import case_decisions, cases, enrollments, guards, suppressions
from aviso.web.staff.case_people import line_key
from infra.harness.builders import NUMBER, a_case, a_consenting_case, a_contact
from infra.harness.portal_browser import store
from infra.harness.staff_browser import audited, case_address, say_of_case
from tests.integration.conftest import NOW

WHY = "A person called from a known phone."
PHONE, EMAIL, LUZ = "+15205550121", "v1@example.com", "luz@example.org"
MARKED, DISOWNED, STOPPED = "unsafe", "not me", "opted out"  # what is so before the act
WHO: dict[str, tuple[dict[str, Any], str]] = {  # what the victim is, and who speaks for them
    "an adult": ({}, "representative"),
    "an organization": ({"victim_type": "organization"}, "representative"),
    "a child": ({"birth_date": date(2015, 3, 1)}, "guardian"),
    "incapacitated": ({"incapacitated": True, "judged_at": NOW}, "next_of_kin"),
    "dead": ({"deceased": True, "judged_at": NOW}, "next_of_kin"),
}
CHIEF = Role.SUPERVISOR
# What a page says of an act on somebody who is told in the place of a victim who cannot act.
INSTEAD = ("own contacts do not hear of it", "never from a caller alone")


class Rule(NamedTuple):
    """Who may do an act on a victim; what the others read; whether it asks who answers."""

    roles: tuple[Role, ...] = (Role.RECORDS, Role.ADVOCATE, CHIEF)
    refused: str = ""  # a key of the words; empty: the page is not for their role
    asks: bool = False


class Act(NamedTuple):
    """A form, what it leaves in the trail, and the rule for each victim."""

    path: str
    form: dict[str, str]
    audit: str
    effect: str  # what it changes besides the notes: a field of a row, or a guard
    rules: dict[str, Rule]
    before: tuple[str, str] = ("", "")  # what is so before, and of which contact
    why: bool = True  # whether it asks for a reason


SAME, ASKED, CHIEFS = Rule(), Rule(asks=True), Rule((CHIEF,))
ANY = dict.fromkeys(WHO, SAME)
ANSWERS = ANY | dict.fromkeys(("a child", "incapacitated", "dead"), ASKED)
SHOWS = {who: Rule((CHIEF,), "desk_not_hidden_supervisor", r.asks) for who, r in ANSWERS.items()}
CANNOT = ("incapacitated", "dead")
NAMES = ANSWERS | dict.fromkeys(CANNOT, Rule((CHIEF,), "desk_speak_supervisor"))
SPEAKERS = ANY | dict.fromkeys(CANNOT, Rule((CHIEF,), "desk_speakers_contact_supervisor"))
CONTACTS = ANY | {
    "incapacitated": Rule((), "desk_correct_incapacitated"),
    "dead": Rule((), "desk_correct_deceased"),
}
ONCE, ONCE_CHIEFS = {"an adult": SAME}, {"an adult": CHIEFS}  # it is not about a victim
NAMED = {"first_name": "Ana", "last_name": "Vega", "typed": "ana@example.org", "language": "en"}


def on_contact(
    path: str, audit: str, effect: str, before: str = "", own: str = PHONE
) -> dict[str, Act]:
    """Return an act on a contact of the victim's own, and on that of a person who speaks."""
    return {
        f"{path} {whose}": Act(path, {"line": address}, audit, effect, rules, (before, address))
        for whose, address, rules in (("own", own, ANY), ("speaker's", LUZ, SPEAKERS))
    }


ACTS: dict[str, Act] = {
    **on_contact("unsafe", "contact_marked_unsafe", "desk_unsafe"),
    **on_contact("safe", "contact_unsafe_undone", "desk_unsafe", MARKED),
    **on_contact("restore", "not_me_undone", "not_me", DISOWNED),
    **on_contact("resume", "opt_out_undone", "opted_out", STOPPED, own=EMAIL),
    "correct": Act(
        "correct", {"typed": "+1 520 555 0119"}, "contact_corrected", "contacts", CONTACTS
    ),
    "request": Act("answer", {"answer": "requested"}, "request_recorded", "requests", ANSWERS),
    "waive": Act("answer", {"answer": "waived"}, "waiver_recorded", "requests", ANSWERS),
    "hide": Act("answer", {"answer": "hidden"}, "home_hidden_recorded", "requests", ANSWERS),
    "show": Act("answer", {"answer": "not_hidden"}, "home_hidden_ended", "requests", SHOWS),
    "name": Act("representative", NAMED, "representative_recorded", "contacts", NAMES),
    "end": Act("representative", {"end": "luz"}, "representative_dropped", "contacts", NAMES),
    "agree": Act(
        "consent",
        {"release": "yes", "contact": "luz", "language": "es"},
        "hand_off_agreed_recorded",
        "hand_off",
        ANSWERS,
    ),
    "end consent": Act(
        "consent", {"do": "end", "speaker": "v1"}, "hand_off_ended_recorded", "hand_off", ANSWERS
    ),
    "judge": Act(
        "capacity",
        {"deceased": "yes", "incapacitated": "yes"},
        "standing_decided",
        "judged_at",
        dict.fromkeys(WHO, CHIEFS),
    ),
    "reveal": Act("reveal", {}, "home_revealed", "", dict.fromkeys(WHO, CHIEFS)),
    "suspect": Act(
        "suspect",
        {"suspect": "s1", "do": "suspect_cleared"},
        "suspect_cleared",
        "desk_cleared",
        ONCE_CHIEFS,
    ),
    "restrict": Act("restrict", {}, "case_restricted", "desk_restriction", ONCE, why=False),
    "lift": Act(
        "lift",
        {"restriction": "desk"},
        "restriction_lifted",
        "desk_restriction",
        ONCE_CHIEFS,
        ("desk", ""),
    ),
}
TABLE = [(name, who) for name, act in ACTS.items() for who in act.rules]


def stored(who: str, act: Act) -> dict[str, str]:
    """Store a case with a representative whom the victim named, and return the act's form."""
    is_, relation = WHO[who]
    holder = Holder(first_name="Luz", last_name="Rey", agreed_at=NOW)
    luz = a_contact(LUZ, Channel.EMAIL, id="luz", level=DESK, holder=holder)
    word, address = act.before
    if word == MARKED:
        is_ = is_ | {"desk_unsafe": (address,)}
    case = a_consenting_case().with_arrest().case
    store(replace(case, victims=(replace(case.victims[0], **is_),)))
    eva = a_case().with_speaker(relation=relation, first_name="Eva").case.speakers[0]
    cases.write_row(NUMBER, eva, None)
    (given,) = case.enrollments
    enrollments.write_enrollment(NUMBER, replace(given, contacts=(*given.contacts, luz)))
    if word == DISOWNED:
        suppressions.not_me(hashing.address_key(address), NUMBER, NOW)
    if word == STOPPED:
        suppressions.opt_out(hashing.address_key(address), "link", NOW)
    if word == "desk":
        say_of_case(NUMBER, "restricted")
    form = {"c": case_address(NUMBER).removeprefix("case?c="), "victim": "v1"} | act.form
    if act.path == "capacity":
        form |= {"read": f"{NOW.isoformat()}" if "judged_at" in is_ else "-"}
    return form | ({"line": line_key(NUMBER, act.form["line"])} if "line" in act.form else {})


def state() -> dict[str, Any]:
    """Return all that an act may change, by name."""
    case = cases.read_case(NUMBER)
    keys = {address: hashing.address_key(address) for address in (PHONE, EMAIL, LUZ)}
    rows = (case.report, case.victims[0], case.suspects[0], case.enrollment_of("v1"))
    found = {name: value for row in rows for name, value in asdict(row).items()}
    notes = [note.text for note in case_decisions.remarks(case)]
    return found | asdict(guards.read(NUMBER, keys, case.numbers)) | {"notes": notes}


@pytest.mark.parametrize(("name", "who"), TABLE, ids=[f"{act}: {who}" for act, who in TABLE])
class TestAct:
    def test_is_done_by_who_may_with_a_reason_once(self, desk, name, who):
        from aviso.web.staff import pages

        act, words = ACTS[name], pages.strings("en")
        rule, form = act.rules[who], stored(who, act)
        before, yes = state(), {"confirmed": "yes", "why": WHY, "speaker": "r1"}
        for role in (Role.RECORDS, Role.ADVOCATE, CHIEF):
            desk.sign_in(role)
            if role not in rule.roles:
                page = desk.post(act.path, **form | yes)
                assert page.status == (400 if rule.refused else 403)
                assert words.get(rule.refused, "not for your role") in page.text
                continue
            page = desk.post(act.path, **form)
            assert (page.status, 'name="confirmed"' in page.body) == (200, True)
            assert (words["desk_answer_speaker"] in page.text) is rule.asks
            instead = any(said in page.text for said in INSTEAD)
            assert instead is rule.refused.startswith("desk_speak")
            if act.why:
                page = desk.post(act.path, **form | yes | {"why": " "})
                assert (page.status, words["desk_why_missing"] in page.text) == (400, True)
            own = () if "do" in act.form else (AGENCY,)  # who may end a consent by itself
            for speaker in ("", "v1", "r9", *own) if rule.asks else ():
                page = desk.post(act.path, **form | yes | {"speaker": speaker})
                assert (page.status, words["desk_answer_speaker_missing"] in page.text) == (
                    400,
                    True,
                )
        assert state() == before
        assert act.audit not in {action for _, action, _ in audited()}
        if not rule.roles:
            return
        desk.sign_in(rule.roles[0])
        desk.post(act.path, **form | yes)
        after = state()
        changed = {name for name in after if after[name] != before[name]} | {""}
        assert act.effect in changed
        assert after["notes"] == ([WHY] if act.why else [])
        assert (f"staff:id-{rule.roles[0]}", act.audit, NUMBER) in audited()
        given = {r.speaker for r in after["requests"]} - {""}
        assert given == ({"r1"} if rule.asks else set())

    def test_is_refused_on_a_restricted_case(self, desk, name, who):
        form = stored(who, ACTS[name])
        say_of_case(NUMBER, "restricted")
        before = state()
        desk.sign_in(Role.RECORDS)
        page = desk.post(ACTS[name].path, **form, confirmed="yes", why=WHY)
        assert (page.status, state()) == (403, before)
