"""A folder of exports for `aviso feed replay`."""

import pytest
from msgspec.structs import replace

from aviso.runtime import clients
from infra.harness.builders import NOW
from infra.harness.feed_drop import a_case_row, a_person_row, a_suspect_row, an_arrest_row
from infra.harness.feed_files import PHOENIX, export_text
from infra.replay import compare


class Folder:
    """A folder of exports, each file stamped with its time."""

    def __init__(self, path, settings):
        self.path = path
        self.settings = replace(
            settings,
            feed=tuple(
                replace(f, name_pattern=rf"{f.kind}_(?P<stamp>[0-9T]+)\.csv") for f in settings.feed
            ),
        )

    def put(self, at=NOW, **files):
        for kind, rows in files.items():
            columns = next(f for f in self.settings.feed if f.kind == kind).columns
            path = self.path / f"{kind}_{at + PHOENIX:%Y%m%dT%H%M%S}.csv"
            named = [{columns[k]: v for k, v in row.items()} for row in rows]
            path.write_text(export_text(columns.values(), named), encoding="utf-8", newline="")

    def ordinary(self, **victim):
        self.put(
            cases=[a_case_row()],
            people=[a_person_row(**victim), a_suspect_row()],
            arrests=[an_arrest_row()],
        )

    def kinds(self, **changes):
        """Return the settings with some kinds changed."""
        kinds = {
            k: replace(v, **changes[k.value]) if k.value in changes else v
            for k, v in self.settings.kinds.items()
        }
        return replace(self.settings, kinds=kinds)

    def rehearse(self, settings=None, since=None):
        return compare.rehearse(settings or self.settings, self.path, since)

    def told(self, settings=None, since=None):
        """Return who is told what: {(kind, way): how many}."""
        return dict(self.rehearse(settings, since).counts())


@pytest.fixture
def folder(tmp_path, settings, monkeypatch):
    def speaks_to_aws(*args, **kwargs):
        raise AssertionError("a replay spoke to AWS")

    monkeypatch.setattr(clients, "client", speaks_to_aws)
    return Folder(tmp_path, settings)
