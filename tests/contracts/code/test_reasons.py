"""Every reason and every kind of notice that the ledger stores has its words."""

import re

import pytest
import yaml

from aviso.domain.contacts import NOT_ME
from aviso.domain.fact_keys import DATED
from aviso.domain.model import Kind
from aviso.domain.notice_states import RETURNED
from aviso.domain.reasons import (
    RESTRICTED,
    UNSAFE,
    UNSETTLED,
    Concern,
    HoldReason,
    Restriction,
    StopReason,
    Unsettled,
    WaitReason,
)
from aviso.web.staff.task_filters import CHOICES
from infra.repository import ROOT

LOCALES = ROOT / "templates" / "locales"
ADD = "add these to templates/locales/{en,es}/desk.yaml; what begins with sent_, to strings.yaml"
REASONS = {*HoldReason, *WaitReason, *StopReason}

PROVIDERS = ROOT / "layers/aviso/aviso/providers"
# A code stands after an outcome in a provider's tables, or alone in what is raised or returned.
CODE = re.compile(
    r"(?:Outcome\.(?:FAILED|OPTED_OUT|DELAYED|COMPLAINT), (?:True|False), |"
    r'Send(?:Failed|Deferred|Unknown)(?:, |\())"([a-z_]+)"'
)


def failures() -> set[str]:
    """Return every word with which the providers' modules say that a message failed."""
    found = {code for path in PROVIDERS.glob("*.py") for code in CODE.findall(path.read_text())}
    assert {"mailbox_full", "paced", "no_answer", "complaint"} <= found
    return found | {RETURNED, NOT_ME}


@pytest.fixture(params=["en", "es"])
def folder(request):
    return LOCALES / request.param


@pytest.fixture
def words(folder):
    files = [(folder / name).read_text("utf-8") for name in ("strings.yaml", "desk.yaml")]
    return {key: said for text in files for key, said in yaml.load(text, yaml.CSafeLoader).items()}


class TestDeskWords:
    def test_each_reason_has_a_sentence(self, words):
        assert {f"desk_reason_{reason}" for reason in REASONS} - words.keys() == set(), ADD

    def test_each_restriction_has_a_sentence(self, words):
        assert {f"desk_restricted_{why}" for why in Restriction} - words.keys() == set(), ADD

    def test_each_failure_of_a_provider_has_a_sentence(self, words):
        said = {key.removeprefix("desk_code_") for key in words if key.startswith("desk_code_")}
        own = {str(reason) for reason in REASONS}
        assert failures() - own - said == set(), ADD
        assert said - failures() == set(), "take desk_code_<these> out of desk.yaml"

    def test_no_sentence_is_left_over(self, words):
        said = {key.removeprefix("desk_reason_") for key in words if key.startswith("desk_reason_")}
        assert said - REASONS == set(), (
            "take desk_reason_<these> out of desk.yaml, or add the reasons to domain/reasons.py"
        )


class TestKinds:
    def test_each_has_its_words(self, words):
        starts = ("desk_kind_", "desk_pill_", "desk_say_", "sent_")
        needed = {f"{start}{kind}" for kind in Kind for start in starts}
        needed |= {f"desk_fact_{kind.fact}" for kind in DATED}
        assert needed - words.keys() == set(), ADD

    def test_each_of_a_column_has_its_correction(self, folder):
        text = (folder / "messages/correction.txt").read_text("utf-8")
        assert [kind for kind in Kind if kind.column and f'"{kind}"' not in text] == []


class TestHoldsOfACase:
    @pytest.mark.parametrize(("kind", "start"), [(Restriction, RESTRICTED), (Unsettled, UNSETTLED)])
    def test_each_has_a_hold_reason(self, kind, start):
        holds = {reason for reason in HoldReason if reason.startswith(start)}
        assert {why.hold for why in kind} == holds, (
            f"each {kind.__name__} in domain/reasons.py has a HoldReason '{start}...', and no other"
        )

    def test_concern_the_case(self):
        of_case = {reason for reason in HoldReason if reason.concern is Concern.CASE}
        assert {why.hold for why in (*Restriction, *Unsettled)} - UNSAFE == of_case


class TestListsOfTasks:
    def test_each_has_a_name(self, words):
        lists = {f"desk_held_for_{word}" for word in CHOICES["held_for"]}
        assert {key for key in words if key.startswith("desk_held_for_")} == lists, ADD
