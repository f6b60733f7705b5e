"""The victim's way through the portal, over the handler and the real tables' definitions."""

import gc
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from aviso.domain.model import Channel
from infra.harness.builders import NOW, NUMBER, a_case, an_arrest_case
from infra.harness.portal_browser import Visitor, aws_calls, store
from infra.harness.staff_browser import say_of_case

ROOT = Path(__file__).resolve().parents[3]
NAME, BORN = "munoz v1", "4/12/1985"
FORM = {"phone": "520 555 0142", "phone_safe": "yes", "phone_language": "es", "consent": "yes"}


@pytest.fixture
def clock(aws):
    """Stop the clock at the builders' now; the tables are there and empty."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def inside(clock):
    """A visitor who verified to an ordinary case."""
    store(a_case().with_report(status="ACTIVE", assigned="Det. Reed").with_victim("v1").case)
    visitor = Visitor()
    assert visitor.verify(NUMBER, NAME, BORN).status == 303
    return visitor


def test_the_whole_way_in_spanish(clock):
    from aviso.storage import cases

    store(an_arrest_case().with_report(status="ACTIVE", assigned="Det. Reed").case)
    visitor = Visitor(language="es-MX,es;q=0.9,en;q=0.5")
    assert "Busque su caso" in visitor.get("/").text
    second = visitor.post("/find", number="26-1124 0001")
    assert second.value("number") == "26-1124 0001"
    went = visitor.verify(second.value("number"), "MUÑOZ-V1", "12 de abril de 1985")
    assert (went.status, went.headers["Location"]) == (303, "status")
    page = visitor.get("/status")
    for shown in ("En investigación", "Det. Reed", "Arrestaron a una persona", "Información al"):
        assert shown in page.text
    went = visitor.post("/enroll", csrf=page.value("csrf"), **FORM)
    assert (went.status, went.headers["Location"]) == (303, "done")
    assert "responda ALTO" in visitor.get("/done").text
    (contact,) = cases.read_case(NUMBER).enrollments[0].contacts
    assert (contact.channel, contact.address, contact.language) == (
        Channel.SMS,
        "+15205550142",
        "es",
    )
    assert (contact.consent.source, contact.consent.language, contact.consent.at) == (
        "portal",
        "es",
        NOW,
    )


def test_signing_up_twice_is_signing_up_once(inside):
    from aviso.storage import cases

    csrf = inside.get("/status").value("csrf")
    for _ in range(2):
        assert inside.post("/enroll", csrf=csrf, **FORM).status == 303
    assert len(cases.read_case(NUMBER).enrollments[0].contacts) == 1


def test_over_the_limit_the_answer_is_the_same_page_and_the_same_calls(inside):
    from aviso.storage import cases
    from aviso.storage.audit import AuditItem
    from aviso.victims.sign_up_rules import MOST_A_DAY

    csrf = inside.get("/status").value("csrf")
    seen = []
    for n in range(MOST_A_DAY + 1):
        form = FORM | {"phone": f"520 555 01{n:02}"}
        with aws_calls() as calls:
            answer = inside.post("/enroll", csrf=csrf, **form)
            done = inside.get("/done")
        seen.append((answer.status, answer.headers, done.body, done.headers, list(calls)))
    assert all(s == seen[0] for s in seen)
    assert len(cases.read_case(NUMBER).enrollments[0].contacts) == MOST_A_DAY
    actions = [row.action for row in AuditItem.scan() if row.action.startswith("enrolled")]
    assert sorted(actions) == ["enrolled"] * MOST_A_DAY + ["enrolled_too_many"]


def test_signing_up_by_knowledge_leaves_a_waiver_and_says_so(clock):
    from aviso.domain.model import Rights
    from aviso.storage import cases

    store(a_case().with_victim("v1", rights=Rights.WAIVED).case)
    visitor = Visitor()
    visitor.verify(NUMBER, NAME, BORN)
    visitor.post("/enroll", csrf=visitor.get("/status").value("csrf"), **FORM)
    (enrollment,) = cases.read_case(NUMBER).enrollments
    assert (enrollment.rights, len(enrollment.contacts)) == (Rights.UNANSWERED, 1)
    assert "do not want to be kept informed" in visitor.get("/done").text


def test_links_of_the_agencys_own_are_there(inside):
    page = inside.get("/status")
    for url in ("https://police.example.org/property", "https://police.example.org/reports"):
        assert f'href="{url}" rel="noreferrer"' in page.body


def test_every_number_in_a_sentence_can_be_dialled(inside):
    for path in ("/status", "/help", "/code", "/real", "/terms", "/nowhere"):
        page = inside.get(path)
        dialled = re.sub(r'<a [^>]*href="tel:[^"]*"[^>]*>[^<]*</a>', "", page.body)
        assert 'href="tel:911"' in page.body
        text = re.sub(r"<[^>]+>", " ", dialled)
        text = text.replace("520-555-0100 or name@", "")  # how to write one, no number to call
        assert re.findall(r"\b(?:911|\d{3}-\d{3}-\d{4})\b", text) == []


def test_a_contact_said_to_be_unsafe_is_kept_and_never_promised(inside):
    csrf = inside.get("/status").value("csrf")
    inside.post("/enroll", csrf=csrf, **FORM | {"phone_safe": "no"})
    assert "We will not use that contact" in inside.get("/done").text


def test_mistakes_keep_what_was_typed_and_say_where(inside):
    csrf = inside.get("/status").value("csrf")
    page = inside.post("/enroll", csrf=csrf, **FORM | {"phone": "555", "consent": ""})
    assert page.title.startswith("Please check")
    assert page.value("phone") == "555"
    assert 'href="#phone"' in page.body
    assert 'href="#consent"' in page.body


def test_the_page_says_which_alerts_already_come_and_never_where_to(inside):
    page = inside.get("/status")
    assert "We already have a phone and an email for alerts" in page.text
    assert "0100" not in page.text.replace("520-555-0100", "")
    assert "v1@example.com" not in page.body


def test_a_court_day_without_its_time_is_shown_without_one(clock):
    midnight = NOW.replace(hour=7) + timedelta(days=1)  # in Arizona
    day = an_arrest_case().with_arrest("a2", appearance_at=midnight, appearance_time_known=False)
    store(day.case)
    visitor = Visitor()
    visitor.verify(NUMBER, NAME, BORN)
    text = visitor.get("/status").text
    assert "November 25" in text
    assert "12:00" not in text


def test_an_arrest_is_told_as_far_as_the_law_says_and_no_suspect_is_named(clock):
    store(
        an_arrest_case()
        .with_arrest("a2", juvenile=True, appearance_at=NOW + timedelta(days=1))
        .with_arrest("a3", withdrawn_at=NOW, custody_agency="Withdrawn Jail")
        .case
    )
    visitor = Visitor()
    visitor.verify(NUMBER, NAME, BORN)
    text = visitor.get("/status").text
    assert "An adult was arrested in this case on November 24, 2026" in text
    assert "A person under 18" in text
    assert "November 25, 2026" in text
    assert "520-555-0150" in text
    assert "520-555-0151" in text
    assert "Withdrawn Jail" not in text
    assert "Poole" not in text


@pytest.mark.parametrize("place", ["find", "verify", "enroll"])
def test_a_language_switch_keeps_the_place_and_what_was_typed(inside, place):
    typed = {
        "find": {"number": "26-1"},
        "verify": {"number": NUMBER, "last_name": "Muñ", "birth_date": "April"},
        "enroll": {"phone": "520 555", "email": "ana@"},
    }[place]
    extra = {"csrf": inside.get("/status").value("csrf")} if place == "enroll" else {}
    page = inside.post(f"/{place}", lang="es", **typed, **extra)
    assert page.status == 200
    assert '<html lang="es">' in page.body
    assert {k: page.value(k) for k in typed} == typed
    assert 'class="error"' not in page.body
    assert '<html lang="es">' in inside.get("/help").body


def test_a_visit_ends_by_itself_when_idle_and_after_its_longest(inside, clock, settings):
    clock.shift(settings.verification.session_idle - timedelta(seconds=1))
    assert inside.get("/status").status == 200
    for _ in range(20):
        clock.shift(settings.verification.session_idle - timedelta(minutes=1))
        last = inside.get("/status").status
        if last != 200:
            break
    assert last == 403
    assert "Your visit has ended" in inside.get("/status").text


def test_two_minutes_before_a_visit_ends_one_action_keeps_it_and_what_was_typed(
    inside, clock, settings
):
    idle = settings.verification.session_idle
    page = inside.get("/status")
    sheet = inside.get("/assets/" + page.body.split('href="assets/')[1].split('"')[0]).body
    assert f"animation:stay 0s linear {int(idle.total_seconds()) - 120}s forwards" in sheet
    assert page.headers["Refresh"] == f"{int(idle.total_seconds()) + 5}; url=status?left-alone=yes"
    clock.shift(idle - timedelta(seconds=90))
    kept = inside.post("/enroll", csrf=page.value("csrf"), lang="en", phone="520 555")
    assert kept.value("phone") == "520 555"
    assert 'class="error"' not in kept.body
    clock.shift(idle - timedelta(seconds=90))
    assert inside.get("/status").status == 200
    assert "Refresh" not in Visitor().get("/").headers
    assert 'class="stay"' not in Visitor().get("/").body


@pytest.mark.parametrize("way", ["link", "form"])
def test_leaving_ends_the_visit_on_the_server(inside, way):
    token = dict(inside.jar)
    if way == "link":
        left = inside.get("/leave")
        assert left.headers["Location"] == "https://www.weather.gov/"
    else:
        left = inside.post("/leave", csrf=inside.get("/status").value("csrf"))
        assert left.status == 200
    assert "__Host-visit" not in inside.jar
    assert Visitor(jar=token).get("/status").status == 403


def test_the_leave_link_needs_no_server_before_a_visit_and_ends_one_after(inside):
    assert 'href="https://www.weather.gov/"' in Visitor().get("/").body
    assert 'class="leave" href="leave"' in inside.get("/status").body


def test_a_case_that_becomes_restricted_is_closed_at_once(inside):
    from aviso.storage import cases

    csrf = inside.get("/status").value("csrf")
    say_of_case(NUMBER, "restricted")
    assert inside.post("/enroll", csrf=csrf, **FORM).status == 403
    say_of_case(NUMBER, "lifted")
    assert inside.get("/status").status == 403
    assert cases.read_case(NUMBER).enrollments == ()


def test_budget_of_aws_calls(clock):
    store(a_case().with_victim("v1").case)
    visitor = Visitor()
    with aws_calls() as none:
        visitor.get("/")
        visitor.post("/find", number=NUMBER)
    with aws_calls() as verify:
        visitor.verify(NUMBER, NAME, BORN)
    with aws_calls() as status:
        page = visitor.get("/status")
    with aws_calls() as enroll:
        visitor.post("/enroll", csrf=page.value("csrf"), **FORM)
    assert none == []
    assert verify == ["Query", "TransactWriteItems", "TransactWriteItems"]
    assert status == ["UpdateItem", "Query", "PutItem"]
    assert enroll == ["UpdateItem", "Query", "TransactWriteItems"]


def test_the_first_page_loads_no_aws_library_and_no_parser(compiled):
    code = (
        "import sys, datetime\n"
        "from aviso.web.portal import app\n"
        "now = datetime.datetime.now(datetime.UTC)\n"
        "route, page = app.answer({'httpMethod': 'GET', 'path': '/'}, now)\n"
        "assert page.status == 200\n"
        "heavy = {'pynamodb', 'botocore', 'phonenumbers', 'email_validator', 'yaml'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    paths = f"{compiled.parent}:{ROOT / 'layers/aviso'}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_the_first_page_with_all_it_needs_fits_one_round_trip(aws):
    visitor = Visitor()
    page = visitor.get("/")
    assets = [part.split('"')[0] for part in page.body.split('href="')[1:]]
    needed = [visitor.get("/" + name) for name in assets if name.startswith("assets/")]
    assert len(needed) == 2
    sizes = [
        len(p.body.encode()) + sum(len(k) + len(v) + 4 for k, v in p.headers.items())
        for p in (page, *needed)
    ]
    assert sum(sizes) <= 14 * 1024
    assert all("immutable" in p.headers["Cache-Control"] for p in needed)


def test_audit_rows_tell_who_tried_came_saw_and_signed_up(inside):
    from aviso.storage.audit import AuditItem

    Visitor().verify(NUMBER, NAME, "1/1/1999")
    csrf = inside.get("/status").value("csrf")
    inside.post("/enroll", csrf=csrf, **FORM)
    rows = list(AuditItem.scan())
    assert sorted(r.action for r in rows) == ["enrolled", "verified", "verify_failed", "viewed"]
    assert {r.case for r in rows} == {NUMBER}
    assert all(r.expires > NOW + timedelta(days=365) for r in rows)


def test_garbage_is_searched_for_again_after_the_first_answer(aws):
    gc.disable()
    Visitor().get("/")
    assert gc.isenabled()


class TestHonestStatus:
    @pytest.fixture
    def status(self, clock):
        def page(code, language):
            store(a_case().with_report(status=code).with_victim("v1").case)
            visitor = Visitor(language=language)
            visitor.verify(NUMBER, NAME, BORN)
            return visitor.get("/status")

        return page

    @pytest.mark.parametrize("code", ["QQ", ""])
    @pytest.mark.parametrize(
        ("language", "said"),
        [("en", "This website cannot explain the status"),
         ("es", "Este sitio no puede explicar el estado")],
    )  # fmt: skip
    def test_an_unknown_status_is_not_called_work(self, status, settings, code, language, said):
        page = status(code, language)
        assert said in page.text
        assert "being handled" not in page.text
        (step,) = page.of_class("now")
        assert said in step
        assert settings.agency.phone in step

    @pytest.mark.parametrize(
        ("language", "said"),
        [("en", "No one is working on your case now."), ("es", "Ahora nadie trabaja en su caso.")],
    )
    def test_a_suspended_case_has_the_number_to_call(self, status, settings, language, said):
        (step,) = status("NO_STAFF", language).of_class("now")
        assert said in step
        assert settings.agency.phone in step


def test_a_refusal_has_the_number_to_call_above_the_form(clock, settings):
    visitor = Visitor()
    page = visitor.verify(NUMBER, NAME, BORN)
    assert page.body.index(f"Call us at {settings.agency.phone}") < page.body.index('id="step"')


def test_every_input_that_browsers_complete_has_a_type(clock):
    page = Visitor().post("/find", number=NUMBER)
    inputs = page.root.xpath("//input[@autocomplete]")
    assert len(inputs) == 3
    assert all(field.get("type") for field in inputs)


def test_the_agency_has_its_name_in_each_language(clock, settings):
    known = {"en": settings.agency.name, "es": settings.agency.names["es"]}
    for language, name in known.items():
        for path in ("/", "/privacy", "/terms"):
            assert name in Visitor(language=language).get(path).text
