"""NIBRS cases by CSV, NDJSON, push and pull lead to the same rows and the same messages."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from itertools import chain
from random import Random

from infra.repository import ROOT
from tests.nibrs import compare
from tests.nibrs.records import KINDS, rows_of
from tests.rig.model import generator

SEED, INCIDENTS = 1, 24  # with every shape
FEW = 6  # incidents that are enough to find a broken path
NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)


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


class TestRecords:
    def test_have_every_shape(self):
        """Equal ends would show little without."""
        cases = generator.make(SEED, INCIDENTS, NOW).cases
        rows = {k: [*chain(*(rows_of(k, c, later=True) for c in cases))] for k in KINDS}
        codes = [row["offense"] for row in rows["cases"]]
        assert len(codes) > len({row["number"] for row in rows["cases"]})
        assert any("; " in code for code in codes)
        assert {row["removed"] for row in rows["cases"]} == {"Y", "N"}
        people = rows["people"]
        assert {row.get("victim_type") for row in people} >= {"I", "B", "S"}
        assert any(row.get("age") and not row["birth_date"] for row in people)
        assert any("; " in row["relationship"] for row in people)
        assert len({row["id"] for row in people}) < len(people)
        assert {row["withdrawn"] for row in rows["arrests"]} == {"Y", "N"}


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
