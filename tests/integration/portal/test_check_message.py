"""The page that says whether a message is real says nothing else."""

from datetime import timedelta

import pytest

from aviso.content import links
from aviso.victims.rate_limits import may_try
from infra.harness.builders import NOW, a_visitor
from infra.harness.portal_browser import Visitor, aws_calls

PHONE = "+15205550118"


def code(address=PHONE):
    return links.check_code(address, NOW.date())


class TestCheck:
    @pytest.mark.parametrize("typed", ["520-555-0118", "(520) 555 0118", "+1 520 555 0118"])
    def test_confirms_ours_however_the_phone_is_typed(self, clock, typed):
        page = Visitor().post("/real", contact=typed, code=code().lower().replace("-", " "))
        assert "Yes. We sent a message" in page.text

    def test_proves_nothing_about_another_address(self, clock):
        page = Visitor().post("/real", contact="other@example.com", code=code())
        assert "cannot confirm" in page.text

    def test_answers_yes_and_no_one_sentence_apart(self, clock):
        with aws_calls() as yes_calls:
            yes = Visitor().post("/real", contact="520-555-0118", code=code())
        with aws_calls() as no_calls:
            no = Visitor().post("/real", contact="520-555-0118", code="AAAA-AAAA")
        assert yes_calls == no_calls
        assert (yes.status, yes.headers) == (no.status, no.headers)
        lines = [
            {line for line in p.body.splitlines() if 'id="code"' not in line} for p in (yes, no)
        ]
        assert len(lines[0] ^ lines[1]) == 2
        assert [page.body.count('class="alert good"') for page in (yes, no)] == [1, 0]

    def test_confirms_old_messages_for_two_months(self, clock):
        old = code()
        clock.shift(timedelta(days=60))
        assert "Yes." in Visitor().post("/real", contact="520-555-0118", code=old).text
        clock.shift(timedelta(days=1))
        assert "cannot confirm" in Visitor().post("/real", contact="520-555-0118", code=old).text

    def test_refuses_a_source_that_guesses_on(self, clock, settings):
        for _ in range(settings.verification.fails_per_source):
            assert may_try("REAL", a_visitor(settings, NOW))
        page = Visitor().post("/real", contact="520-555-0118", code=code())
        assert page.status == 429
        again = Visitor(source="198.51.100.7").post("/real", contact="520-555-0118", code=code())
        assert "Yes." in again.text

    @pytest.mark.parametrize(
        ("form", "field"),
        [
            ({"contact": "", "code": "K7M2-9QXD"}, "contact"),
            ({"contact": "555", "code": "K7M2-9QXD"}, "contact"),
            ({"contact": "x@" + "y" * 300 + ".com", "code": "K7M2-9QXD"}, "contact"),
            ({"contact": "520-555-0118", "code": ""}, "code"),
        ],
    )
    def test_counts_a_mistake_at_its_field_as_no_try(self, clock, form, field):
        with aws_calls() as calls:
            page = Visitor().post("/real", **form)
        assert f'href="#{field}"' in page.body
        assert page.value("code") == form["code"]
        assert calls == []

    def test_tells_what_real_messages_are_like(self, clock, settings):
        text = Visitor(language="es").get("/real").text
        assert settings.messages.sms_sender in text
        assert settings.messages.email_from in text
        assert settings.agency.phone in text
