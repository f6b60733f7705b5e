"""A NIBRS month by CSV, NDJSON, push and pull leads to the same rows and the same messages."""

import json
import subprocess
import sys
from random import Random

import pytest

from infra.repository import ROOT
from tests.nibrs import compare
from tests.nibrs.month import Month

SEED, INCIDENTS = 39, 24  # a month with every shape
FEW = 5  # incidents that are enough to find a broken path


def play(out, *options, incidents=INCIDENTS):
    """Play a small month as `make nibrs` does; return the exit status and the result."""
    command = [sys.executable, "-m", "tests.nibrs", "--out", str(out), "--seed", str(SEED)]
    command += ["--incidents", str(incidents), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, json.loads((out / "nibrs.json").read_text())


class TestFourPaths:
    def test_all_lead_to_the_same(self, tmp_path):
        code, result = play(tmp_path)
        assert (code, result["differing"]) == (0, [])
        ends = result["paths"]
        assert list(ends) == ["csv", "ndjson", "push", "pull"]
        assert {end["messages"] for end in ends.values()} == {ends["csv"]["messages"]}
        assert ends["csv"]["messages"] > 20
        assert ends["csv"]["letters"] > 5
        assert all(end["rejected"] == 0 for end in ends.values())
        assert ends["push"]["objects"] > ends["csv"]["objects"]

    def test_every_broken_path_is_found(self, tmp_path):
        code, result = play(tmp_path, "--sabotage", "zone", "late", "lose", incidents=FEW)
        assert code == 1
        broken = {line.partition(" ")[0] for line in result["differing"]}
        assert broken == {"ndjson", "push", "pull"}


@pytest.fixture
def versions():
    return [v for change in Month(SEED, INCIDENTS).changes() for v in change.versions]


class TestMonth:
    """What the generator must make, or equal ends would show little."""

    def test_it_has_every_shape(self, versions):
        numbers = [v.number for v in versions]
        assert len(numbers) > 1.5 * len(set(numbers))  # several versions
        assert max(len(v.offenses) for v in versions) > 1
        assert max(len(v.victims) for v in versions) > 1
        assert max(len(x.relations) for v in versions for x in v.victims) > 1
        assert {x.type for v in versions for x in v.victims} >= {"I", "S", "B"}
        assert any(o.sequence == 0 for v in versions for o in v.offenders)
        assert any(o.gone for v in versions for o in v.offenders)
        assert any(a.voided for v in versions for a in v.arrestees)
        assert any(v.exceptional != "N" for v in versions)
        assert any(v.removed for v in versions)
        assert any(c.versions[1:] for c in Month(SEED, INCIDENTS).changes())


class TestCompare:
    def end(self, **changes):
        notice = {"sk": {"S": "NOTICE"}, "state": {"S": "sent"}, "token": {"S": "1"}}
        tables = {"Notices": {"n|NOTICE": notice | changes}, "Tallies": {}}
        return {"tables": tables, "messages": [], "letters": {}}

    def test_a_state_counts_and_a_token_does_not(self):
        there = self.end(token={"S": "2"})
        assert compare.differences({"csv": self.end(), "push": there}) == []
        there = self.end(state={"S": "held"})
        assert len(compare.differences({"csv": self.end(), "push": there})) == 2

    def test_a_counter_is_the_sum_of_its_shards(self):
        random = Random(1)
        ends = {}
        for path in ("csv", "push"):
            ends[path] = self.end()
            left = random.randint(0, 9)
            ends[path]["tables"]["Tallies"] = {
                "DAYS#0|2026-10-01#told": {"all": {"N": str(left)}},
                "DAYS#3|2026-10-01#told": {"all": {"N": str(9 - left)}},
            }
        assert compare.differences(ends) == []
        ends["push"]["tables"]["Tallies"]["DAYS#0|2026-10-01#told"] = {"all": {"N": "99"}}
        assert compare.differences(ends)

    def test_a_message_counts_each_time(self):
        here, there = self.end(), self.end()
        here["messages"] = [["2026-10-01", "sms", "+15205550101", "words"]]
        there["messages"] = here["messages"] * 2
        assert len(compare.differences({"csv": here, "pull": there})) == 1
