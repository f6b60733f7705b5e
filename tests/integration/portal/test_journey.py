"""A visit by knowledge, from finding the case to leaving: what its pages say and accept."""

import re
from datetime import timedelta

import pytest

from aviso.domain.model import Channel
from aviso.domain.requests import Rights
from aviso.storage import cases
from aviso.storage.audit import AuditItem
from aviso.victims.sign_up_rules import MOST_A_DAY
from infra.harness.builders import NOW, NUMBER, a_case, an_arrest_case
from infra.harness.portal_browser import Visitor, aws_calls, store
from infra.harness.staff_browser import say_of_case

NAME, BORN = "munoz v1", "4/12/1985"
FORM = {"phone": "520 555 0142", "phone_safe": "yes", "language": "es", "consent": "yes"}


class TestJourney:
    def test_works_in_spanish(self, clock):
        store(an_arrest_case().with_report(status="ACTIVE", assigned="Det. Reed").case)
        visitor = Visitor(language="es-MX,es;q=0.9,en;q=0.5")
        assert "Busque su caso" in visitor.get("/").text
        second = visitor.post("/find", number="26-1124 0001")
        assert second.value("number") == "26-1124 0001"
        went = visitor.verify(second.value("number"), "MUÑOZ-V1", "12 de abril de 1985")
        assert (went.status, went.headers["Location"]) == (303, "status")
        page = visitor.get("/status")
        for shown in (
            "En investigación",
            "Det. Reed",
            "Arrestaron a una persona",
            "Información al",
        ):
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

    @pytest.mark.parametrize("place", ["find", "verify", "enroll"])
    def test_keeps_place_and_form_in_another_language(self, inside, place):
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

    def test_ends_when_idle_and_after_its_longest(self, inside, clock, settings):
        clock.shift(settings.verification.session_idle - timedelta(seconds=1))
        assert inside.get("/status").status == 200
        for _ in range(20):
            clock.shift(settings.verification.session_idle - timedelta(minutes=1))
            last = inside.get("/status").status
            if last != 200:
                break
        assert last == 403
        assert "Your visit has ended" in inside.get("/status").text

    def test_is_kept_with_its_form_by_one_action(self, inside, clock, settings):
        idle = settings.verification.session_idle
        page = inside.get("/status")
        sheet = inside.get("/assets/" + page.body.split('href="assets/')[1].split('"')[0]).body
        assert f"animation:stay 0s linear {int(idle.total_seconds()) - 120}s forwards" in sheet
        assert (
            page.headers["Refresh"] == f"{int(idle.total_seconds()) + 5}; url=status?left-alone=yes"
        )
        clock.shift(idle - timedelta(seconds=90))
        kept = inside.post("/enroll", csrf=page.value("csrf"), lang="en", phone="520 555")
        assert kept.value("phone") == "520 555"
        assert 'class="error"' not in kept.body
        clock.shift(idle - timedelta(seconds=90))
        assert inside.get("/status").status == 200
        assert "Refresh" not in Visitor().get("/").headers
        assert 'class="stay"' not in Visitor().get("/").body

    @pytest.mark.parametrize("way", ["link", "form"])
    def test_ends_on_the_server_on_leaving(self, inside, way):
        token = dict(inside.jar)
        if way == "link":
            left = inside.get("/leave")
            assert left.headers["Location"] == "https://www.weather.gov/"
        else:
            left = inside.post("/leave", csrf=inside.get("/status").value("csrf"))
            assert left.status == 200
        assert "__Host-visit" not in inside.jar
        assert Visitor(jar=token).get("/status").status == 403

    def test_can_be_left_before_a_visit_without_a_server(self, inside):
        assert 'href="https://www.weather.gov/"' in Visitor().get("/").body
        assert 'class="leave" href="leave"' in inside.get("/status").body

    def test_ends_when_the_case_becomes_restricted(self, inside):
        csrf = inside.get("/status").value("csrf")
        say_of_case(NUMBER, "restricted")
        assert inside.post("/enroll", csrf=csrf, **FORM).status == 403
        say_of_case(NUMBER, "lifted")
        assert inside.get("/status").status == 403
        assert cases.read_case(NUMBER).enrollments == ()

    def test_leaves_audit_rows(self, inside):
        Visitor().verify(NUMBER, NAME, "1/1/1999")
        csrf = inside.get("/status").value("csrf")
        inside.post("/enroll", csrf=csrf, **FORM)
        rows = list(AuditItem.scan())
        assert sorted(r.action for r in rows) == ["enrolled", "verified", "verify_failed", "viewed"]
        assert {r.case for r in rows} == {NUMBER}
        assert all(r.expires > NOW + timedelta(days=365) for r in rows)


class TestSignUp:
    def test_twice_is_once(self, inside):
        csrf = inside.get("/status").value("csrf")
        for _ in range(2):
            assert inside.post("/enroll", csrf=csrf, **FORM).status == 303
        assert len(cases.read_case(NUMBER).enrollments[0].contacts) == 1

    def test_over_the_limit_answers_with_the_same_page(self, inside):
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

    def test_by_knowledge_leaves_a_waiver_and_says_so(self, clock):
        store(a_case().with_victim("v1", rights=Rights.WAIVED).case)
        visitor = Visitor()
        visitor.verify(NUMBER, NAME, BORN)
        visitor.post("/enroll", csrf=visitor.get("/status").value("csrf"), **FORM)
        (enrollment,) = cases.read_case(NUMBER).enrollments
        assert (enrollment.rights, len(enrollment.contacts)) == (Rights.UNANSWERED, 1)
        assert "do not want to be kept informed" in visitor.get("/done").text

    def test_keeps_an_unsafe_contact_and_never_promises(self, inside):
        csrf = inside.get("/status").value("csrf")
        inside.post("/enroll", csrf=csrf, **FORM | {"phone_safe": "no"})
        assert "Our office decides" in inside.get("/done").text

    @pytest.mark.parametrize(
        ("field", "said"),
        [
            ("phone", "Enter a United States phone number"),
            ("consent", "Check the box if you want us"),
        ],
    )
    def test_says_a_mistake_in_words_at_its_field(self, inside, field, said):
        csrf = inside.get("/status").value("csrf")
        page = inside.post("/enroll", csrf=csrf, **FORM | {"phone": "555", "consent": ""})
        assert page.text.count(said) == 2  # above, and beside its field
        assert f'<p class="error" id="{field}-error">' in page.body
        (control,) = re.findall(f'<[^>]*id="{field}"[^>]*>', page.body)
        assert f"{field}-error" in control

    def test_says_which_alerts_come_and_never_where_to(self, inside):
        page = inside.get("/status")
        assert "We already have a phone and an email for alerts" in page.text
        assert "0100" not in page.text.replace("520-555-0100", "")
        assert "v1@example.com" not in page.body


class TestStatusPage:
    def test_shows_a_court_day_without_its_time(self, clock):
        midnight = NOW.replace(hour=7) + timedelta(days=1)  # in Arizona
        day = an_arrest_case().with_arrest(
            "a2", appearance_at=midnight, appearance_time_known=False
        )
        store(day.case)
        visitor = Visitor()
        visitor.verify(NUMBER, NAME, BORN)
        text = visitor.get("/status").text
        assert "November 25" in text
        assert "12:00" not in text

    def test_tells_an_arrest_and_names_no_suspect(self, clock):
        store(
            an_arrest_case()
            .with_arrest("a2", juvenile=True, appearance_at=NOW + timedelta(days=1))
            .with_arrest("a3", withdrawn_at=NOW, custody_agency="Withdrawn Jail")
            .with_arrest("a4", custody_agency="County Adult Detention")
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
        assert "Sonora County Jail" in text
        assert "Withdrawn Jail" not in text
        assert "Poole" not in text


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
