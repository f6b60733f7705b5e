"""Each sabotage of the storm still finds what it breaks; nothing is played here."""

import inspect

import pytest

from tests.rig import sabotages

MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@pytest.fixture
def exchanged(monkeypatch):
    """Note what a sabotage puts in whose place, and undo it afterwards."""
    found = []

    def exchange(place, value):
        found.append((sabotages._get(place), value))
        owner, _, name = place.replace(":", ".").rpartition(".")
        monkeypatch.setattr(f"aviso.{owner}.{name}", value)

    def exchange_key(place, key, value):
        mapping = sabotages._get(place)
        found.append((mapping[key], value))
        monkeypatch.setitem(mapping, key, value)

    monkeypatch.setattr(sabotages, "_set", exchange)
    monkeypatch.setattr(sabotages, "_set_key", exchange_key)
    return found


def takes(new, old):
    """Whether a function may be called as the one in whose place it comes."""
    given: list[None] = []
    named: dict[str, None] = {}
    for parameter in inspect.signature(old).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY:
            named[parameter.name] = None
        elif parameter.kind not in MANY:
            given.append(None)
    try:
        inspect.signature(new).bind(*given, **named)
    except TypeError:
        return False
    return True


class TestSabotage:
    @pytest.mark.parametrize("name", sabotages.OF_A_STORM)
    def test_still_finds_what_it_breaks(self, name, exchanged):
        sabotages.OF_A_STORM[name].make()
        assert exchanged
        for old, new in exchanged:
            assert old is not new
            assert callable(old) is callable(new)
            assert not callable(old) or takes(new, old)
