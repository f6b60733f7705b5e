"""The npm packages the set-up installs: pinned by hash, from no address in particular."""

import json
import re

import pytest

from infra.local import nodejs
from infra.local.pin_npm import FOLDERS, without_addresses


class TestLock:
    @pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
    def test_holds_no_addresses(self, folder):
        text = (folder / "package-lock.json").read_text()
        assert not re.search(r"://|\bresolved\b", text)

    @pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
    def test_pins_every_package_by_hash(self, folder):
        asked = json.loads((folder / "package.json").read_text())["dependencies"]
        packages = json.loads((folder / "package-lock.json").read_text())["packages"]
        assert packages.pop("")["dependencies"] == asked
        assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in asked.values())
        assert packages
        assert [path for path, package in packages.items() if "integrity" not in package] == []


class TestPinning:
    def test_drops_addresses_and_keeps_hashes(self):
        lock = {
            "packages": {
                "": {"dependencies": {"a": "1.0.0"}},
                "node_modules/a": {
                    "version": "1.0.0",
                    "resolved": "https://registry.example/a.tgz",
                    "integrity": "sha512-abc",
                    "funding": {"url": "https://money.example"},
                },
            }
        }
        assert without_addresses(lock)["packages"]["node_modules/a"] == {
            "version": "1.0.0",
            "integrity": "sha512-abc",
        }


class TestInstall:
    def test_runs_no_script_of_a_package(self, tmp_path):
        assert "--ignore-scripts" in nodejs.npm_command(tmp_path, "ci")
