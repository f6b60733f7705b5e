"""How the set-up finds a browser: in order, and none is used before it has shown a page."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local import chromium, downloads, nodejs
from infra.local.chromium import WAYS, Way, provide
from infra.local.downloads import SetupError
from infra.repository import ROOT


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


class TestWays:
    def test_are_the_readmes_in_its_order(self):
        assert [way.get for way in WAYS] == [
            chromium.asked_for,
            chromium.installed,
            chromium.from_playwright,
            chromium.from_distribution,
            chromium.from_npm,
        ]
        assert [way.binding for way in WAYS] == [True, False, False, False, False]

    def test_end_with_the_first_browser_that_shows_a_page(self, found, capsys):
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

    def test_that_all_fail_give_one_sentence(self, found):
        with pytest.raises(SetupError) as told:
            provide([Way("none", gives("")), Way("down", fails)], lambda _: True)
        assert "install Chromium or Chrome" in str(told.value)
        assert "set CHROMIUM" in str(told.value)
        assert str(told.value).count(".") == 1
        assert not found.exists()

    @pytest.mark.parametrize("user", [0, 1000])
    def test_skip_a_distribution_that_asks_for_a_password(self, monkeypatch, user):
        monkeypatch.setattr(shutil, "which", {"apt-get": "/a", "sudo": "/s"}.get)
        monkeypatch.setattr(os, "geteuid", lambda: user)
        monkeypatch.setattr(
            subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1)
        )
        ran = []
        monkeypatch.setattr(chromium, "run", lambda command, *_, **__: ran.append(command))
        assert chromium.from_distribution() is None
        assert bool(ran) == (user == 0)

    @pytest.mark.parametrize("unknown", [0, 100])  # `apt-cache show` ends so
    def test_install_the_headless_shell_where_it_is_a_package(self, monkeypatch, unknown):
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
        monkeypatch.setattr(
            subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, unknown)
        )
        ran = []
        monkeypatch.setattr(chromium, "run", lambda command, *_, **__: ran.append(command))
        name = "chromium" if unknown else "chromium-headless-shell"
        assert chromium.from_distribution() == Path("/usr/bin", name)
        assert name in ran[-1]

    @pytest.mark.parametrize(("system", "machine"), [("darwin", "x86_64"), ("linux", "aarch64")])
    def test_have_an_npm_build_for_one_kind_of_machine(self, monkeypatch, system, machine):
        monkeypatch.setattr(sys, "platform", system)
        monkeypatch.setattr(platform, "machine", lambda: machine)
        assert chromium.from_npm() is None

    @pytest.mark.parametrize(
        ("goal", "looks"), [("setup", True), ("test", True), ("pictures", True), ("run", False)]
    )
    def test_are_tried_only_for_what_shows_pages(self, goal, looks):
        env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
        shown = subprocess.run(
            ["make", "--dry-run", goal], cwd=ROOT, env=env, capture_output=True, text=True
        )
        assert shown.returncode == 0, shown.stderr
        assert "infra.local.bootstrap" in shown.stdout
        assert ("--browser" in shown.stdout) == looks

    def test_are_the_same_in_continuous_integration(self):
        lines = (ROOT / ".ci/run").read_text().splitlines()
        commands = [line.split("#")[0].strip() for line in lines if not line.startswith("#")]
        does = [command for command in commands if command]
        assert does == [
            "set -euo pipefail",
            'cd "$(dirname "$0")/.."',
            "make check",
            "make test",
            "make bench ONLY=instructions",
        ]


class TestBrowser:
    def test_asked_for_that_shows_no_page_ends_the_search(self, monkeypatch):
        monkeypatch.setenv("CHROMIUM", "/asked")
        monkeypatch.setattr(chromium, "shows_a_page", lambda _: False)
        with pytest.raises(SetupError, match="CHROMIUM is '/asked'"):
            provide(WAYS, lambda _: True)

    def test_installed_that_shows_no_page_is_passed_over(self, monkeypatch):
        paths = {"chromium": "/usr/bin/chromium", "google-chrome": "/usr/bin/google-chrome"}
        monkeypatch.setattr(shutil, "which", paths.get)
        monkeypatch.setattr(chromium, "shows_a_page", lambda path: path.name != "chromium")
        assert chromium.installed() == Path("/usr/bin/google-chrome")

    def test_installed_is_the_headless_shell_if_there_is_one(self, monkeypatch):
        monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
        monkeypatch.setattr(chromium, "shows_a_page", lambda _: True)
        assert chromium.installed() == Path("/usr/bin/chromium-headless-shell")

    def test_that_is_another_program_is_not_believed(self, tmp_path):
        liar = tmp_path / "chromium"
        liar.write_text("#!/bin/sh\necho Chromium 150.0\n")
        liar.chmod(0o755)
        assert not chromium.shows_a_page(liar)

    def test_of_tests_is_the_one_asked_for_or_found(self, found, tmp_path, monkeypatch):
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

    def test_that_went_away_is_looked_for_again(self, found, tmp_path):
        found.write_text(f"{tmp_path / 'gone'}\n")
        assert not chromium.is_set_up()
        with pytest.raises(SetupError):
            chromium.browser()


class TestProgram:
    def test_that_takes_too_long_is_ended(self, tmp_path, monkeypatch):
        monkeypatch.setattr(downloads, "TOOLS", tmp_path)
        with pytest.raises(SetupError, match="longer than 0 seconds"):
            downloads.run(["sleep", "60"], "Sleeping", {}, at_most=0.2)

    def test_with_a_long_fetch_shows_that_it_runs(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(downloads, "TOOLS", tmp_path)
        monkeypatch.setattr(downloads, "SIGN_OF_LIFE", 0.05)
        downloads.run(["sleep", "0.3"], "Sleeping", {})
        assert "still at it" in capsys.readouterr().out

    def test_that_fails_says_the_way_out(self, tmp_path, monkeypatch):
        monkeypatch.setattr(downloads, "TOOLS", tmp_path)
        command = ["sh", "-c", "echo 'Temporary failure in NAME RESOLUTION' >&2; exit 1"]
        with pytest.raises(SetupError, match="Connect to the network"):
            downloads.run(command, "Fetching", downloads.NETWORK_SIGNS)

    @pytest.mark.parametrize(
        "words",
        [
            "error sending request for url: invalid peer certificate: UnknownIssuer",
            "Could not connect: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
            "npm error ECONNREFUSED; self-signed certificate in certificate chain",
        ],
    )
    @pytest.mark.parametrize("signs", [downloads.NETWORK_SIGNS, nodejs.NPM_SIGNS])
    def test_behind_a_proxy_names_its_certificate(self, tmp_path, monkeypatch, words, signs):
        monkeypatch.setattr(downloads, "TOOLS", tmp_path)
        command = ["sh", "-c", 'echo "$0" >&2; exit 1', words]
        with pytest.raises(SetupError, match=r"SSL_CERT_FILE.*NODE_EXTRA_CA_CERTS.*setup\.log"):
            downloads.run(command, "Fetching", signs)
