"""The officer's card: a number and a code that opens the case once."""

import io
import re

import pytest
import time_machine
from pypdf import PdfReader

from aviso.staff import scene_cards
from aviso.staff.actor import Actor
from aviso.victims import access_codes
from infra.harness.builders import NOW, NUMBER, a_case
from infra.harness.portal_browser import Visitor, store
from infra.harness.staff_browser import audited
from infra.ops import code_card

URL = "https://portal.example.org/portal"


@pytest.fixture
def clock(aws):
    with time_machine.travel(NOW, tick=False):
        yield


def text_of(path):
    return PdfReader(io.BytesIO(path.read_bytes())).pages[0].extract_text()


class TestSceneCards:
    def test_are_of_no_case_and_lead_to_the_sign_up(self, clock):
        sheet = scene_cards.sheets(2, URL, Actor.operator("dana", NOW))
        reader = PdfReader(io.BytesIO(sheet))
        text = "".join(page.extract_text() for page in reader.pages)
        codes = re.findall(r"[0-9A-Z]{5}-[0-9A-Z]{5}", text)
        assert (len(reader.pages), len(set(codes))) == (2, 16)
        assert text.count("Número de caso") == text.count("Case number") == 16
        assert "portal.example.org/portal/card" in text
        assert ("operator:dana", "scene_cards_made", "") in audited()


class TestCodeCard:
    def test_opens_the_case_once(self, clock, tmp_path):
        store(a_case().with_victim("v1").case)
        said = code_card.make(NUMBER, "", tmp_path / "card.pdf", URL, Actor.operator("dana", NOW))
        assert ("operator:dana", "card_made", NUMBER) in audited()
        text = text_of(tmp_path / "card.pdf")
        (code,) = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", text)
        assert NUMBER in text
        assert "Su código" in text  # the victim reads Spanish
        assert code not in said
        assert Visitor().post("/verify", number=NUMBER, code=code).status == 303
        assert access_codes.look(code, NOW) is None

    def test_is_for_one_victim_of_a_known_case(self, clock, tmp_path):
        with pytest.raises(SystemExit, match="no such case"):
            code_card.make(NUMBER, "", tmp_path / "card.pdf", URL, Actor.operator("dana", NOW))
        store(a_case().with_victim("v1").with_victim("v2").case)
        with pytest.raises(SystemExit, match="v1, v2"):
            code_card.make(NUMBER, "", tmp_path / "card.pdf", URL, Actor.operator("dana", NOW))
        code_card.make(NUMBER, "v2", tmp_path / "card.pdf", URL, Actor.operator("dana", NOW))
        assert (tmp_path / "card.pdf").exists()
