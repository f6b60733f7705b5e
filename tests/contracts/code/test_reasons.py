"""Every reason that the ledger stores has its words at the desk, in each language."""

from pathlib import Path

import pytest
import yaml

from aviso.domain.reasons import (
    RESTRICTED,
    UNSETTLED,
    HoldReason,
    Restriction,
    StopReason,
    Unsettled,
    WaitReason,
)

LOCALES = Path(__file__).resolve().parents[3] / "templates" / "locales"
ADD = "add these to templates/locales/{en,es}/desk.yaml"
REASONS = {*HoldReason, *WaitReason, *StopReason}


@pytest.fixture(params=["en", "es"])
def words(request):
    return yaml.safe_load((LOCALES / request.param / "desk.yaml").read_text(encoding="utf-8"))


class TestDeskWords:
    def test_each_reason_has_a_sentence(self, words):
        assert {f"desk_reason_{reason}" for reason in REASONS} - words.keys() == set(), ADD

    def test_each_restriction_has_a_sentence(self, words):
        assert {f"desk_restricted_{why}" for why in Restriction} - words.keys() == set(), ADD

    def test_no_sentence_is_left_over(self, words):
        said = {key.removeprefix("desk_reason_") for key in words if key.startswith("desk_reason_")}
        assert said - REASONS == set(), (
            "take desk_reason_<these> out of desk.yaml, or add the reasons to domain/reasons.py"
        )


class TestHoldsOfACase:
    @pytest.mark.parametrize(("kind", "start"), [(Restriction, RESTRICTED), (Unsettled, UNSETTLED)])
    def test_each_has_a_hold_reason(self, kind, start):
        holds = {reason for reason in HoldReason if reason.startswith(start)}
        assert {why.hold for why in kind} == holds, (
            f"each {kind.__name__} in domain/reasons.py has a HoldReason '{start}...', and no other"
        )
