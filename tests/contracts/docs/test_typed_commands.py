"""What documents, messages and comments tell people to type exists, with its options."""

import re

from benchmarks.__main__ import ALONE
from tests.support.typed_commands import AVISO, MAKE, sources, targets, wrong_with

ONLY = re.compile(r"make bench ONLY=\"?([a-z]+)")


class TestTyped:
    def test_commands_of_aviso_exist_with_their_options(self):
        typed = {(name, words) for name, text in sources() for words in AVISO.findall(text)}
        assert len(typed) > 150
        assert [(*one, wrong) for one in typed if (wrong := wrong_with(one[1]))] == []

    def test_targets_of_make_exist(self):
        typed = {(name, target) for name, text in sources() for target in MAKE.findall(text)}
        assert len(typed) > 100
        assert [one for one in typed if one[1] not in targets()] == []

    def test_single_measurements_exist(self):
        typed = {part for _, text in sources() for part in ONLY.findall(text)}
        assert typed - {"memory"} <= ALONE.keys()

    def test_another_name_is_found(self):
        assert wrong_with("data gold") == "no command 'gold'"
        assert wrong_with("switch --kill on --loud") == "no option --loud"
        assert wrong_with("data restore' says what") == ""
