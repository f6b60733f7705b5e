"""A few weeks of the simulation: the dashboard tells the truth, and a miscount is found."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aviso.reporting import FIGURES
from infra.harness.in_process import Sent
from infra.harness.stream_triggers import matches, triggers
from infra.message_checks.places import find
from infra.message_checks.wording import OURS, for_people, opening
from infra.repository import ROOT
from tests.simulation import report
from tests.simulation.dashboard_reader import Shown
from tests.simulation.entries import Costs, Message
from tests.simulation.ground_truth import Ledger
from tests.simulation.handed_on import JAIL, PROSECUTOR, HandedOn
from tests.simulation.plans import Agreed, Plans
from tests.simulation.timeline import Timeline
from tests.simulation.words import about

NOW = datetime(2026, 3, 1, 7, tzinfo=UTC)
WHO = ("2603010001", "N1")
PHONE = "+15205550118"
ARREST = opening("arrest", "en").sms
CHANGE = "change WORDS in tests/simulation/words.py"
OWN_ACTS = ("enrollment_confirmed", "contact_changed")
COSTS = Costs(hours=0.05, dollars=0.85, share_before=0.96)
# Figures of the notices' states, which the simulated people cannot see, and those that are compared
# in the tables by offense group, division, language, day and month.
NOT_SEEN = {
    *("notices_told", "notices_delivered", "notices_open"),
    *("notices_owed", "on_time_share", "only_on_page", "told_by_message", "told_by_letter"),
    *("hand_offs_sent", "hand_offs_confirmed", "hand_offs_confirmed_share", "hand_offs_taken_back"),
    *("calls_tried", "calls_reached", "calls_missed", "calls_reached_share"),
}


def simulate(out: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Run a short simulation in a process of its own, as `make simulate` does."""
    command = [sys.executable, "-m", "tests.simulation", "--days", "30", "--scale", "0.02"]
    done = subprocess.run([*command, "--out", out, *options], cwd=ROOT, check=False)
    return done.returncode, json.loads((out / "simulate.json").read_text())


class TestSimulation:
    def test_agrees_with_dashboard_and_recount(self, tmp_path):
        code, result = simulate(tmp_path)
        assert (code, result["differences"], result["recount"]) == (0, 0, 0), result["differing"]
        assert result["truth"]["logins"] > 5
        assert result["truth"]["victims_notified"] > 10
        assert result["truth"]["letters"] > 1
        assert result["acts"]["victims erased"] > 0
        written = json.loads((tmp_path / "simulate-ledger.json").read_text())
        assert written["figures"] | written["people"] == result["truth"]
        assert result["truth"]["calls_per_100_victims"] > 0

    def test_finds_a_miscount(self, tmp_path):
        code, result = simulate(tmp_path, "--sabotage", "miscount", "--days", "8")
        assert code == 1
        assert result["recount"] > 0
        assert any(not line.startswith("recount") for line in result["differing"])

    def test_makes_every_wrong_number_a_difference(self):
        shown = Shown(
            figures={"logins": 4.0, "visitors": 3.0},
            tiles={"logins": "4", "visitors": "30"},
            tables={
                "month": {"2026-03": {"logins": 3.0}},
                "division": {"West": {"logins": 4.0}, "Nowhere": {"logins": 12.0}},
            },
        )
        truth = {
            "figures": {"logins": 4, "visitors": 3},
            "tables": {
                "month": {"2026-03": {"logins": 4}},
                "division": {"West": {"logins": 4}, "East": {"logins": 1}, "South": {"logins": 0}},
            },
        }
        found = report.compare(truth, shown)
        assert [line.partition(":")[0] for line in found] == [
            "visitors",
            "logins, month 2026-03",
            "logins, division East",
            "logins, division Nowhere",
        ]


class TestLedger:
    def test_knows_nothing_of_the_product(self):
        for path in (
            *(
                ROOT / f"tests/simulation/{name}.py"
                for name in ("ground_truth", "entries", "handed_on", "words", "people", "behavior")
            ),
            ROOT / "infra/harness/provider_events.py",
        ):
            text = path.read_text()
            assert "aviso" not in text.replace("infra/agency", "")

    def test_has_every_figure_that_is_seen_from_outside(self):
        seen = {figure.name for figure in FIGURES} - NOT_SEEN
        assert {*Ledger().figures(COSTS)} == seen

    def test_notices_a_letter_to_a_hidden_home(self):
        ledger = Ledger(hidden={WHO})
        ledger.printed(("2603010002", "N2"), "arrest", NOW)
        assert ledger.against_wishes() == []
        ledger.printed(WHO, "arrest", NOW)
        assert ledger.against_wishes() == ["1 letters to a confidential home"]

    def test_notices_news_to_who_waived(self):
        ledger = Ledger(waived={WHO})
        ledger.owes(WHO, "arrest", NOW)
        ledger.called(WHO, "rights", NOW)
        assert (ledger.owed, ledger.against_wishes()) == ({}, [])
        ledger.called(WHO, "arrest", NOW)
        assert ledger.against_wishes() == ["1 pieces of news to those who waived"]

    @pytest.mark.parametrize(
        ("plan", "words", "hour", "outside"),
        [
            ({}, ARREST, 9, 0),
            ({}, ARREST, 6, 1),
            ({}, ARREST, 21, 1),
            ({"address": "+15205550199"}, ARREST, 9, 1),
            ({"confirmed": False}, ARREST, 9, 1),
            ({}, "Your case is closed.", 9, 1),
            ({"arrests_alone": False}, "Your case is closed.", 9, 0),
            ({}, "That was our mistake.", 9, 0),
        ],
    )
    def test_notices_a_message_outside_a_plan(self, plan, words, hour, outside):
        agreed = {"address": PHONE, "arrests_alone": True, "confirmed": True}
        plans = Plans(Timeline(None, 1), Ledger(), 1, agreed={WHO: Agreed(**agreed | plan)})
        at = NOW + timedelta(hours=hour)
        sent = Sent(id="1", channel="sms", address=PHONE, words=words, at=at, tags={})
        plans.came(sent, Message(WHO, about(words), PHONE, at))
        assert plans.outside == outside

    def test_wants_another_request_with_another_name(self):
        asked, hour = HandedOn(agreed={WHO: NOW}), timedelta(hours=1)
        for agency in (JAIL, PROSECUTOR):
            asked.happens(WHO[0], agency, NOW)
        asked.reads(JAIL, "a1", WHO, NOW, named=False)
        asked.confirmed["a1"] = NOW
        asked.speaks(WHO, NOW + hour, now=True)
        assert [request.agency for request in asked.taken_back()] == [JAIL]
        assert len(asked.lost((), NOW + 2 * hour)) == 0
        assert len(asked.lost((), NOW + 4 * hour)) == 2
        for agency, reference in ((JAIL, "a2"), (PROSECUTOR, "a3")):
            asked.reads(agency, reference, WHO, NOW + 4 * hour, named=True)
        assert asked.lost((), NOW + 4 * hour) == asked.wrong == []
        assert len(asked.in_time()) == 1
        asked.speaks(WHO, NOW + 5 * hour, now=False)
        assert asked.in_time() == []  # the first one is owed again, and to be confirmed again
        asked.reads(JAIL, "a2", WHO, NOW + 6 * hour, named=True)
        assert len(asked.wrong) == 1

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_knows_messages_by_their_words(self, language):
        known = {name: find(OURS, language, name) for name in ("arrest", "survey", "code")}
        for kind, path in known.items():
            for block in ("sms", "subject"):
                text = for_people(path.read_text(), language)
                words = text.partition(f"block {block} %}}")[2].partition("{% endblock")[0]
                assert about(words) == kind, (
                    f"{path.relative_to(ROOT)}, block {block}: the simulation reads it as "
                    f"'{about(words)}'; {CHANGE}"
                )
        others = {"first_contact": "rights", **dict.fromkeys(OWN_ACTS, "own act")}
        places = (place / f"locales/{language}/messages" for place in OURS)
        for path in (path for place in places for path in place.glob("*.txt")):
            if path.stem not in {*known, "replies"}:
                text = for_people(path.read_text(), language)
                read, kind = about(text), others.get(path.stem, "news")
                assert read == kind, f"{path.relative_to(ROOT)}: read as '{read}'; {CHANGE}"
        confirmed = for_people(find(OURS, language, "enrollment_confirmed").read_text(), language)
        text = confirmed.partition("block sms %}")[2].partition("{% endblock")[0]
        assert about(text) == "own act", CHANGE

    def test_gets_what_a_streams_filter_lets_through(self):
        visits = next(t for t in triggers() if t.table == "Audit")
        for action, wanted in (("verified", True), ("verified_by_code", True), ("viewed", False)):
            record = {"dynamodb": {"NewImage": {"action": {"S": action}}}}
            assert matches(visits.pattern, record) is wanted
        contacts = next(t for t in triggers() if (t.table, t.function) == ("Cases", "tally"))
        assert matches(contacts.pattern, {"dynamodb": {"Keys": {"sk": {"S": "ENROLLMENT#v1"}}}})
        assert not matches(contacts.pattern, {"dynamodb": {"Keys": {"sk": {"S": "CASE"}}}})
