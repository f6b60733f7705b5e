"""The command line `./aviso`: each command is found, shown on a screen, and typed as it says."""

import shlex
import subprocess
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from infra.cli.__main__ import aviso
from infra.deploy.stacks import DeployError
from infra.ops import connection
from infra.repository import ROOT
from tests.support.typed_commands import wrong_with


def every(command: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    for name, one in getattr(command, "commands", {}).items():
        yield from every(one, *path, name)


ALL = dict(every(aviso))


def typed(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(aviso, words, prog_name="aviso", terminal_width=80)
    return done.exit_code, done.output


class TestHelp:
    @pytest.mark.parametrize("path", ALL, ids=" ".join)
    def test_fits_on_a_screen_with_an_example(self, path):
        code, shown = typed(*path, "--help")
        lines = shown.splitlines()
        assert (code, len(lines) < 40) == (0, True)
        assert not [line for line in lines[1:] if line.endswith("...")]
        examples = [line.split("./aviso ")[1] for line in lines if line.startswith("    ./aviso ")]
        assert examples
        assert [words for words in examples if wrong_with(words)] == []
        assert all(words.startswith(" ".join(path)) for words in examples)

    @pytest.mark.parametrize(
        "path", [path for path, one in ALL.items() if not hasattr(one, "commands")]
    )
    def test_has_examples_that_can_be_typed(self, path, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        for name in ("police.yaml", "new.yaml", "people.csv"):
            (tmp_path / name).touch()
        for name in ("exports", "our-templates"):
            (tmp_path / name).mkdir()
        command = ALL[path]
        for line in command.epilog.splitlines()[2:]:
            words = shlex.split(line)[1 + len(path) :]
            if any(one.name == "yes" for one in command.params):
                words.append("--yes")
            command.make_context(path[-1], words)

    def test_has_two_levels(self):
        assert len(ALL) > 25
        assert max(map(len, ALL)) == 2


class TestExitCode:
    @pytest.mark.parametrize(
        "words", [("sing",), ("held", "--loud"), ("feed", "check"), ("release", "n1", "--by", " ")]
    )
    def test_of_wrong_use_is_2(self, words):
        assert typed(*words)[0] == 2

    def test_of_a_refusal_is_1_with_a_sentence(self, monkeypatch):
        def refuse(*_, **__):
            raise DeployError("It is not there.")

        monkeypatch.setattr(connection, "connect", refuse)
        assert typed("held") == (1, "Error: It is not there.\n")


class TestLauncher:
    def test_completes_words(self):
        asked = {
            "_AVISO_COMPLETE": "bash_complete",
            "COMP_WORDS": "aviso staff ",
            "COMP_CWORD": "2",
        }
        done = subprocess.run(
            [ROOT / "aviso"], env=asked | {"PATH": "/usr/bin:/bin"}, capture_output=True, text=True
        )
        assert done.stdout.split() == [
            f"plain,{name}" for name in ("lock", "unlock", "sign-in-again", "seen")
        ]
