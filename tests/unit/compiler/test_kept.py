"""Compiled settings that are kept: by all that decides them, for as long as they are used."""

import os
import shutil
from pathlib import Path

import pytest

from infra.compiler import kept
from infra.compiler.compile import SettingsMistakes
from infra.compiler.kept import folder_of
from infra.repository import ROOT
from tests.support.small_templates import Write

SAMPLE = ROOT / "infra/agency/sample.yaml"
COMPILER = "infra.compiler.compile.compile_agency"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Keep folders in one of the test's own, of a small product; return where each was compiled."""
    places: list[Path] = []

    def build(agency: Path, templates: Path, out: Path) -> Path:
        places.append(out)
        (out / "aviso_compiled").mkdir(parents=True)
        return out / "aviso_compiled"

    root = tmp_path / "root"
    (root / "layers").mkdir(parents=True)
    (root / "layers/rule.py").write_text("RULE = 1\n", "utf-8")
    monkeypatch.setattr(kept, "ROOT", root)
    monkeypatch.setattr(kept, "SOURCES", ("layers",))
    monkeypatch.setattr(kept, "FOLDER", tmp_path / "kept")
    monkeypatch.setattr(COMPILER, build)
    return places


class TestFolder:
    def test_is_compiled_once_for_the_same_inputs(self, built, folder: Write, tmp_path) -> None:
        there, other = tmp_path / "there.yaml", tmp_path / "other.yaml"
        for agency in (there, other):
            shutil.copy(SAMPLE, agency)
        assert folder_of(there, folder({})) == folder_of(other, folder({}))
        assert len(built) == 1

    def test_is_another_for_any_other_input(self, built, folder: Write, tmp_path) -> None:
        agency = tmp_path / "agency.yaml"
        agency.write_text("one", "utf-8")
        found = {folder_of(agency, folder({}))}
        agency.write_text("two", "utf-8")
        found.add(folder_of(agency, folder({})))
        found.add(folder_of(agency, folder({"pages/more.html": "more"})))
        found.add(folder_of(agency, folder({"pages/more.html": "less"})))
        (tmp_path / "root/layers/rule.py").write_text("RULE = 2\n", "utf-8")
        found.add(folder_of(agency, folder({"pages/more.html": "less"})))
        assert len(found) == len(built) == 5
        assert all((one / "aviso_compiled").is_dir() for one in found)

    def test_depends_on_what_the_compiler_reads(self) -> None:
        needed = ("infra/agency/presets", "infra/compiler", "layers/aviso/aviso/content")
        for path in needed:
            assert any((ROOT / path).is_relative_to(ROOT / source) for source in kept.SOURCES)

    def test_is_not_kept_of_settings_with_mistakes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kept, "FOLDER", tmp_path / "kept")
        bad = tmp_path / "bad.yaml"
        bad.write_text("agency: {}\n", "utf-8")
        for _ in range(2):
            with pytest.raises(SettingsMistakes):
                folder_of(bad, ROOT / "templates")
        assert list((tmp_path / "kept").iterdir()) == []

    def test_of_a_faster_command_is_taken(self, built, folder: Write, monkeypatch) -> None:
        other: list[Path] = []

        def fast(agency: Path, templates: Path, out: Path) -> None:
            (out / "aviso_compiled").mkdir()

        def slow(agency: Path, templates: Path, out: Path) -> None:
            monkeypatch.setattr(COMPILER, fast)
            other.append(folder_of(agency, templates))
            fast(agency, templates, out)

        monkeypatch.setattr(COMPILER, slow)
        assert folder_of(SAMPLE, folder({})) == other[0]
        assert [path.name for path in kept.FOLDER.iterdir()] == [other[0].name]

    def test_goes_when_nobody_used_it_for_a_day(self, built, folder: Write, tmp_path) -> None:
        agency = tmp_path / "agency.yaml"
        folders = []
        for text in ("old", "used"):
            agency.write_text(text, "utf-8")
            folders.append(folder_of(agency, folder({})))
            os.utime(folders[-1], (0, 0))
        assert folder_of(agency, folder({})) == folders[1]
        agency.write_text("new", "utf-8")
        new = folder_of(agency, folder({}))
        assert {path.name for path in kept.FOLDER.iterdir()} == {folders[1].name, new.name}
