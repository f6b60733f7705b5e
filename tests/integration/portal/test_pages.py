"""What the portal's pages cost, and what each of them says."""

import gc
import re
import subprocess
import sys
from datetime import timedelta

from infra.harness.builders import NOW, NUMBER, a_case
from infra.harness.portal_browser import Visitor, aws_calls, store
from infra.repository import ROOT

SOON = NOW + timedelta(days=1)
NAME, BORN = "munoz v1", "4/12/1985"
FORM = {"phone": "520 555 0142", "phone_safe": "yes", "language": "es", "consent": "yes"}


class TestBudget:
    def test_of_aws_calls_is_kept(self, clock):
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

    def test_of_the_first_page_has_no_aws_library(self, compiled):
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

    def test_of_the_first_page_fits_one_round_trip(self, aws):
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


class TestFirstAnswer:
    def test_is_followed_by_garbage_collection(self, aws):
        gc.disable()
        Visitor().get("/")
        assert gc.isenabled()


class TestPages:
    def test_have_the_agencys_own_links(self, inside):
        page = inside.get("/status")
        for url in ("https://police.example.org/property", "https://police.example.org/reports"):
            assert f'href="{url}" rel="noreferrer"' in page.body

    def test_make_every_number_in_a_sentence_a_link(self, inside):
        for path in ("/status", "/help", "/code", "/real", "/terms", "/nowhere"):
            page = inside.get(path)
            dialled = re.sub(r'<a [^>]*href="tel:[^"]*"[^>]*>[^<]*</a>', "", page.body)
            assert 'href="tel:911"' in page.body
            text = re.sub(r"<[^>]+>", " ", dialled)
            text = text.replace("520-555-0100 or name@", "")  # how to write one, no number to call
            assert re.findall(r"\b(?:911|\d{3}-\d{3}-\d{4})\b", text) == []

    def test_of_a_refusal_have_the_number_to_call(self, clock, settings):
        visitor = Visitor()
        page = visitor.verify(NUMBER, NAME, BORN)
        assert page.body.index(f"Call us at {settings.agency.phone}") < page.body.index('id="step"')

    def test_give_each_completed_input_a_type(self, clock):
        page = Visitor().post("/find", number=NUMBER)
        inputs = page.root.xpath("//input[@autocomplete]")
        assert len(inputs) == 3
        assert all(field.get("type") for field in inputs)

    def test_name_the_agency_in_each_language(self, clock, settings):
        known = {"en": settings.agency.name, "es": settings.agency.names["es"]}
        for language, name in known.items():
            for path in ("/", "/privacy", "/terms"):
                assert name in Visitor(language=language).get(path).text


class TestTracker:
    def test_says_of_each_coming_step_not_yet(self, clock):
        store(a_case().with_victim("v1").with_suspect().with_arrest(appearance_at=SOON).case)
        visitor = Visitor()
        visitor.verify(NUMBER, NAME, BORN)
        steps = visitor.get("/status").root.xpath('//ol[@class="tracker"]/li')
        said = {(step.get("class"), "Not yet" in step.text_content()) for step in steps}
        assert said == {("done", False), ("now", False), ("next", True)}
