"""Broken files and pushes: no exception, no row lost unseen, no personal data in a log."""

import json
import os
from random import Random

import pytest

from aviso.storage import inbox
from tests.fuzz.broken_files import PHONE, SECRET, broken

FILES = int(os.environ.get("FUZZ_FILES", "60"))
EACH = 20  # files that meet the same tables
COUNTED = ("new", "changed", "unchanged", "older", "rejected", "ignored", "skipped")


def written(feed, name):
    """Return all that the import wrote into the bucket about a file, as text."""
    stem = name.rpartition(".")[0]
    keys = [*feed.keys(f"summaries/{stem}"), *feed.keys(f"rejects/{stem}")]
    return "".join(feed.get(key) for key in keys)


def rows_in(body):
    """Return the number of lines of an NDJSON file that are not blank."""
    lines = body.decode("utf-8").removeprefix("\ufeff").split("\n")
    return sum(bool(line.strip()) for line in lines)


class TestBrokenFiles:
    @pytest.mark.parametrize("seed", range(-(-FILES // EACH)))
    def test_never_break_the_import(self, seed, feed, capfd, caplog):
        random = Random(seed)
        files = {file.kind: file for file in feed.settings.feed}
        for _ in range(EACH):
            name, body = broken(random, files)
            feed.put(name, body)
            found = feed.run(name)
            assert found["result"] in ("imported", "refused"), name
            if found["result"] == "refused":
                assert found["mistakes"], name
            else:
                assert found["read"] == sum(found[count] for count in COUNTED), (name, found)
                if name.endswith(".ndjson"):
                    assert found["read"] == rows_in(body), name
            if found.get("rejected"):
                assert len(feed.rejects(name.rpartition(".")[0])) >= found["rejected"]
                assert inbox.rejected()
            said = (
                "".join(capfd.readouterr()) + caplog.text + json.dumps(found) + written(feed, name)
            )
            caplog.clear()
            assert SECRET not in said, name
            assert PHONE not in said, name

    def test_are_the_same_every_time(self, feed):
        files = {file.kind: file for file in feed.settings.feed}
        first, second = ([broken(Random(seed), files) for seed in range(50)] for _ in range(2))
        assert first == second
