"""A short `make chaos` in every test run, and what its judge of other agencies calls wrong."""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from infra.repository import ROOT
from tests.chaos.__main__ import main
from tests.rig.agencies import to_hear
from tests.rig.exchanged_lines import OF_LOCAL_AWS
from tests.rig.model import generator, hand_off_pages, hand_offs
from tests.rig.model.hand_off_pages import Shown
from tests.rig.model.scenario import Named

SEED, CASES = "7", "34"
NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)


class TestModel:
    def test_asks_jail_and_prosecutor(self):
        scenario = generator.make(int(SEED), int(CASES), datetime(2026, 11, 24, 18, tzinfo=UTC))
        agreed = hand_offs.agreements(scenario)
        agencies = {key[2] for key in hand_offs.expect(scenario, agreed, set())}
        assert agencies >= {hand_offs.JAIL, hand_offs.PROSECUTOR}

    def test_wants_the_request_of_who_waived_in_the_report(self):
        scenario = generator.make(1, 300, datetime(2026, 11, 24, 18, tzinfo=UTC))
        waived = {case.number for case in scenario.cases if case.trouble == "waived"}
        agreed = [one for one in hand_offs.agreements(scenario) if one.case in waived]
        expected = hand_offs.expect(scenario, agreed, set())
        assert frozenset({hand_offs.HELD}) in expected.values()

    @pytest.mark.parametrize(("reason", "emails"), [({}, 1), ({"reason": "taken_back"}, 0)])
    def test_wants_no_email_where_a_member_calls(self, reason, emails):
        key = ("1", "v1", hand_offs.JAIL, "arrest:1")
        rows = {key: [{"state": "over", "told_at": "t", **reason}]}
        assert to_hear(rows, {key})[hand_offs.JAIL] == emails

    @pytest.mark.parametrize(("minutes", "lost"), [(1, 0), (-1, 1)])
    def test_wants_word_of_what_is_taken_back(self, minutes, lost):
        to, at = hand_offs.MAILBOXES[hand_offs.JAIL], NOW + timedelta(minutes=minutes)
        email = hand_offs.Email(to, at, "", gone=1)
        expected = {("1", "v1", hand_offs.JAIL, "arrest:1"): frozenset({hand_offs.OVER})}
        found = hand_offs.unsaid(expected, {}, {hand_offs.JAIL: 1}, [email], named=(), since=NOW)
        assert (len(found["lost"]), found["wrong_recipient"]) == (lost, [])

    def test_wants_no_word_of_what_stays(self):
        email = hand_offs.Email(hand_offs.MAILBOXES[hand_offs.JAIL], NOW, "", gone=1)
        assert hand_offs.unsaid({}, {}, {}, [email], named=(), since=NOW)["wrong_recipient"]

    @pytest.mark.parametrize(("new", "read", "lost"), [(0, 0, 1), (1, 0, 0), (0, 1, 0)])
    def test_wants_word_of_each_request(self, new, read, lost):
        email = hand_offs.Email(hand_offs.MAILBOXES[hand_offs.JAIL], NOW, "", new=new)
        expected = {("1", "v1", hand_offs.JAIL, "arrest:1"): frozenset({hand_offs.HELD})}
        found = hand_offs.unsaid(expected, {hand_offs.JAIL: read}, {}, [email], named=(), since=NOW)
        assert len(found["lost"]) == lost

    @pytest.mark.parametrize(
        ("rows", "end"),
        [
            (({"state": "over"}, {"state": "confirmed"}), hand_offs.CONFIRMED),
            (({"state": "over", "unsaid": "yes"},), "over, and nobody said so"),
            (({"state": "owed"}, {"state": "confirmed"}), "given twice"),
            (({"state": "owed", "told_at": "t"},), "owed, and nobody looks"),
            (({"state": "owed", "reason": "not_confirmed"},), hand_offs.UNTOLD),
        ],
    )
    def test_knows_what_became_of_a_request(self, rows, end):
        assert hand_offs.end(rows) == end


class TestPage:
    """What an agency's page shows, held against whom victims named and what they agreed to."""

    @pytest.fixture
    def owed(self):
        scenario = generator.make(int(SEED), int(CASES), NOW)
        agreed = hand_offs.agreements(scenario)
        expected = hand_offs.expect(scenario, agreed, set())
        key = next(key for key, ends in expected.items() if ends == {hand_offs.HELD})
        return scenario, agreed, key

    def shown(self, owed, **changes):
        scenario, _, key = owed
        people = {p.id: p for case in scenario.cases for p in case.after.people}
        name = f"{people[key[1]].first} {people[key[1]].last}"
        words = f"{name} {people[key[1]].phone} {key[0]}"
        usual = Shown(key[2], "h1", name, speaker="", words=words, asked=NOW, came=NOW)
        return replace(usual, **changes)

    def wrong(self, owed, one, *named):
        scenario, agreed, key = owed
        by_case = {who.case: who for who in named}
        reader = hand_off_pages.Reader(scenario, agreed, {"h1": key}, by_case, NOW)
        return {what: len(said) for what, said in reader.wrong([one]).items() if said}

    def speaker(self, owed, **changes):
        case, victim, _, _ = owed[2]
        hour = timedelta(hours=1)
        usual = Named(case=case, victim=victim, id="s1", address="+19165550100", answers="yes")
        return replace(usual, said="yes", said_from=NOW - hour, said_by=NOW - hour, **changes)

    def test_may_show_what_is_owed(self, owed):
        assert self.wrong(owed, self.shown(owed)) == {}

    @pytest.mark.parametrize(
        "changes",
        [{"agency": hand_offs.DETENTION}, {"victim": "Ann Other"}, {"speaker": "Kim Speaker-1"}],
    )
    def test_may_show_nothing_else(self, owed, changes):
        assert self.wrong(owed, self.shown(owed, **changes)) == {"wrong_recipient": 1}

    def test_names_who_said_yes(self, owed):
        named = self.shown(owed, speaker=f"Kim Speaker-{owed[2][0]}, representative")
        assert self.wrong(owed, named, self.speaker(owed)) == {}
        assert self.wrong(owed, self.shown(owed), self.speaker(owed)) == {"unequal": 1}

    def test_names_nobody_who_was_ended(self, owed):
        named = self.shown(owed, speaker=f"Kim Speaker-{owed[2][0]}, representative")
        before, after = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)
        ended = self.speaker(owed, ended_from=before, ended_by=before)
        assert self.wrong(owed, named, ended) == {"wrong_recipient": 1}
        later = self.speaker(owed, ended_from=after, ended_by=after)
        assert self.wrong(owed, named, later) == {}
        keys, names = {"h1": owed[2]}, {later.case: later}
        assert hand_off_pages.renamed([named], keys, names) == {"h1"}


class TestSabotage:
    @pytest.mark.parametrize("one", OF_LOCAL_AWS.values(), ids=OF_LOCAL_AWS)
    def test_still_finds_the_line_it_breaks(self, one, tmp_path):
        place = tmp_path / one.module
        place.parent.mkdir(exist_ok=True)
        place.write_text((ROOT / "layers/aviso/aviso" / one.module).read_text())
        one.make(tmp_path)
        assert one.line not in place.read_text()


class TestStorm:
    def test_loses_doubles_and_misdirects_nothing(self, monkeypatch):
        monkeypatch.setattr(sys, "argv", ["chaos", "--seeds", SEED, "--cases", CASES, "--short"])
        assert main() == 0
        figures = json.loads((ROOT / "build" / "chaos-short.json").read_text())
        assert figures["finished"]
        assert figures["owed"] >= 100
        assert figures["hand_offs"] >= 5
        assert figures["taken_back"] >= 1
        assert figures["named"] >= 5
        assert figures["read_by_agencies"] >= 5
        assert figures["names_read"] >= 1
        assert figures["names_taken_back"] >= 1
        assert figures["told_beside"] + figures["told_in_place"] >= 1
        assert figures["lost"] == figures["wrong_recipient"] == 0
        assert figures["details"]["unequal_to_model"] == figures["recount_differences"] == 0
        assert figures["duplicates"] <= figures["crash_window"]
