"""The example in docs/connect.md is what the command prints and writes."""

import re

import pytest

from infra.mapping.proposal import propose
from infra.mapping.report import report
from infra.mapping.settings_file import written
from infra.repository import ROOT


@pytest.fixture(scope="module")
def proposal(layouts):
    return propose(layouts["new_world"].folder)


def block(language):
    text = (ROOT / "docs/connect.md").read_text("utf-8")
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found
    return found[1].splitlines()


class TestExample:
    def test_has_the_terminals_lines(self, proposal):
        printed = report(proposal, ROOT / "build/mapped.yaml").splitlines()
        assert [line for line in block("text") if line not in printed] == []

    def test_has_the_settings_lines_in_order(self, proposal):
        lines = iter(written(proposal).splitlines())
        assert [line for line in block("yaml") if line not in lines] == []
