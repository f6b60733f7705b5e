"""How the set-up comes to a browser: in order, none believed before it showed a page."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local import chromium, downloads
from infra.local.chromium import WAYS, Way, provide
from infra.local.downloads import SetupError


@pytest.fixture(autouse=True)
def found(tmp_path, monkeypatch):
    """Keep what is found in a folder of the test's own, with no browser asked for."""
    monkeypatch.setattr(chromium, "FOUND", tmp_path / "browser.txt")
    monkeypatch.delenv("CHROMIUM", raising=False)
    return tmp_path / "browser.txt"


def gives(path):
    return lambda: Path(path) if path else None


def fails():
    raise SetupError("The network is down.\nMore of it.")


def test_the_ways_are_those_the_readme_names_and_in_its_order():
    assert [way.get for way in WAYS] == [
        chromium.asked_for,
        chromium.installed,
        chromium.from_playwright,
        chromium.from_distribution,
        chromium.from_npm,
    ]
    assert [way.binding for way in WAYS] == [True, False, False, False, False]


def test_the_first_browser_that_shows_a_page_is_taken_and_remembered(found, capsys):
    ways = [
        Way("none", gives("")),
        Way("down", fails),
        Way("broken", gives("/broken")),
        Way("good", gives("/good")),
        Way("never reached", gives("/later")),
    ]
    assert provide(ways, lambda path: path != Path("/broken")) == Path("/good")
    assert found.read_text() == "/good\n"
    said = capsys.readouterr().out
    assert "The network is down." in said
    assert "More of it" not in said
    assert "never reached" not in said


def test_when_no_way_works_one_sentence_says_the_way_out(found):
    with pytest.raises(SetupError) as told:
        provide([Way("none", gives("")), Way("down", fails)], lambda _: True)
    assert "install Chromium or Chrome" in str(told.value)
    assert "set CHROMIUM" in str(told.value)
    assert str(told.value).count(".") == 1
    assert not found.exists()


def test_a_browser_that_was_asked_for_and_shows_no_page_ends_the_search(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/asked")
    monkeypatch.setattr(chromium, "shows_a_page", lambda _: False)
    with pytest.raises(SetupError, match="CHROMIUM is '/asked'"):
        provide(WAYS, lambda _: True)


def test_of_installed_browsers_one_that_shows_no_page_is_passed_over(monkeypatch):
    paths = {"chromium": "/usr/bin/chromium", "google-chrome": "/usr/bin/google-chrome"}
    monkeypatch.setattr(shutil, "which", paths.get)
    monkeypatch.setattr(chromium, "shows_a_page", lambda path: path.name != "chromium")
    assert chromium.installed() == Path("/usr/bin/google-chrome")


def test_a_program_that_is_no_browser_is_not_believed(tmp_path):
    liar = tmp_path / "chromium"
    liar.write_text("#!/bin/sh\necho Chromium 150.0\n")
    liar.chmod(0o755)
    assert not chromium.shows_a_page(liar)


def test_tests_use_the_browser_asked_for_else_the_one_found(found, tmp_path, monkeypatch):
    with pytest.raises(SetupError, match="make setup"):
        chromium.browser()
    assert not chromium.is_set_up()
    there = tmp_path / "there"
    there.touch()
    found.write_text(f"{there}\n")
    assert chromium.browser() == there
    assert chromium.is_set_up()
    monkeypatch.setenv("CHROMIUM", "")
    assert chromium.is_set_up()
    monkeypatch.setenv("CHROMIUM", "/asked")
    assert chromium.browser() == Path("/asked")
    assert not chromium.is_set_up()


def test_a_browser_that_went_away_is_looked_for_again(found, tmp_path):
    found.write_text(f"{tmp_path / 'gone'}\n")
    assert not chromium.is_set_up()
    with pytest.raises(SetupError):
        chromium.browser()


@pytest.mark.parametrize("user", [0, 1000])
def test_the_distribution_is_not_asked_where_it_would_ask_for_a_password(monkeypatch, user):
    monkeypatch.setattr(shutil, "which", {"apt-get": "/a", "sudo": "/s"}.get)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(
        subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1)
    )
    ran = []
    monkeypatch.setattr(chromium, "run", lambda command, *_, **__: ran.append(command))
    assert chromium.from_distribution() is None
    assert bool(ran) == (user == 0)


@pytest.mark.parametrize(("system", "machine"), [("darwin", "x86_64"), ("linux", "aarch64")])
def test_the_npm_build_is_for_one_kind_of_machine(monkeypatch, system, machine):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert chromium.from_npm() is None


def test_a_program_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "TOOLS", tmp_path)
    with pytest.raises(SetupError, match="longer than 0 seconds"):
        downloads.run(["sleep", "60"], "Sleeping", {}, at_most=0.2)


def test_a_long_fetch_shows_that_it_still_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(downloads, "TOOLS", tmp_path)
    monkeypatch.setattr(downloads, "SIGN_OF_LIFE", 0.05)
    downloads.run(["sleep", "0.3"], "Sleeping", {})
    assert "still at it" in capsys.readouterr().out


def test_a_failure_says_the_way_out_that_its_output_calls_for(tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "TOOLS", tmp_path)
    command = ["sh", "-c", "echo 'Temporary failure in NAME RESOLUTION' >&2; exit 1"]
    with pytest.raises(SetupError, match="Connect to the network"):
        downloads.run(command, "Fetching", downloads.NETWORK_SIGNS)


@pytest.mark.parametrize(
    ("goal", "looks"), [("setup", True), ("test", True), ("pictures", True), ("run", False)]
)
def test_only_what_shows_pages_looks_for_a_browser(goal, looks):
    env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    shown = subprocess.run(
        ["make", "--dry-run", goal], cwd=downloads.ROOT, env=env, capture_output=True, text=True
    )
    assert shown.returncode == 0, shown.stderr
    assert "infra.local.bootstrap" in shown.stdout
    assert ("--browser" in shown.stdout) == looks


def test_continuous_integration_runs_what_a_person_is_told_to_run_and_installs_nothing():
    lines = (downloads.ROOT / ".ci/run").read_text().splitlines()
    commands = [line.split("#")[0].strip() for line in lines if not line.startswith("#")]
    does = [command for command in commands if command]
    assert does == [
        "set -euo pipefail",
        'cd "$(dirname "$0")/.."',
        "make check",
        "make test",
        "make instructions",
    ]
