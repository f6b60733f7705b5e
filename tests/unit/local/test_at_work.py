"""Waiting until no function is at work on local AWS, and the archives that it is deployed from."""

import zipfile
from functools import partial
from itertools import count
from types import SimpleNamespace

import pytest

from infra.local import stack
from infra.local.sam_build import zip_folder
from infra.local.server import AT_WORK
from infra.local.stack import LocalAws, StackError


@pytest.fixture
def aws(tmp_path, monkeypatch):
    """Give local AWS that is not started; each look at the clock takes a second, no wait any."""
    time = SimpleNamespace(monotonic=partial(next, count()), sleep=lambda _: None)
    monkeypatch.setattr(stack, "time", time)
    monkeypatch.setattr(stack, "ROOT", tmp_path)
    aws = LocalAws(port=1)
    aws.folder.mkdir(parents=True)
    return aws


class TestWaitUntilQuiet:
    """`LocalAws.wait_until_quiet`."""

    @pytest.mark.parametrize("log", [b"..", b"+-..", b"++--....", b"+.-+-.."])
    def test_ends_when_each_start_has_its_end(self, aws, log) -> None:
        (aws.folder / AT_WORK).write_bytes(log)
        aws.wait_until_quiet(still=3, at_most=30)

    @pytest.mark.parametrize("log", [b"+..", b"+-+..", b"++-..", b"+-", b"..+-."])
    def test_goes_on_while_work_may_be_left(self, aws, log) -> None:
        (aws.folder / AT_WORK).write_bytes(log)
        with pytest.raises(StackError, match="the functions to finish"):
            aws.wait_until_quiet(still=3, at_most=30)

    def test_begins_again_when_a_function_ran_meanwhile(self, aws, monkeypatch) -> None:
        log = aws.folder / AT_WORK
        time = SimpleNamespace(
            monotonic=partial(next, count()),
            sleep=lambda _: log.write_bytes(log.read_bytes() + b"+-.."),
        )
        monkeypatch.setattr(stack, "time", time)
        log.write_bytes(b"+-..")
        with pytest.raises(StackError, match="the functions to finish"):
            aws.wait_until_quiet(still=3, at_most=30)


class TestArchive:
    def test_holds_every_file_of_its_folder(self, tmp_path) -> None:
        code = tmp_path / "Layer"
        (code / "python").mkdir(parents=True)
        (code / "python/module.py").write_text("x = 1\n")
        (code / "handler.py").write_text("y = 2\n")
        zip_folder(code)
        with zipfile.ZipFile(tmp_path / "Layer.zip") as archive:
            assert sorted(archive.namelist()) == ["handler.py", "python/module.py"]
            assert archive.read("python/module.py") == b"x = 1\n"
