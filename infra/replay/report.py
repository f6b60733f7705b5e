"""Two rehearsals side by side: who is told what, by kind and channel, and at what cost."""

from collections import Counter
from collections.abc import Iterator

from aviso.domain.model import Channel, Kind
from infra.replay.dry_run import NOBODY, WHO, Rehearsal, Told

WAYS = (*(c.value for c in Channel), WHO, NOBODY)


def table(current: Rehearsal, changed: Rehearsal) -> Iterator[str]:
    """Yield the comparison's lines; figures alone."""
    yield _line("", "", "current", "changed", "difference")
    before, after = current.counts(), changed.counts()
    for kind in Kind:
        shown = kind.value
        for way in WAYS:
            if before[kind, way] or after[kind, way]:
                yield _count(shown, way, before[kind, way], after[kind, way])
                shown = ""
    yield ""
    yield _count("messages", "in all", _sent(before), _sent(after))
    yield _count("", "parts of texts", current.parts, changed.parts)
    yield _count("tasks", WHO, _all(before, WHO), _all(after, WHO))
    old, new = current.cost(), changed.cost()
    for what in old:
        yield _money("cost" if what == "texts" else "", what, old[what], new[what])
    yield _money("", "in all", sum(old.values()), sum(new.values()))
    minutes = [
        _all(count, Channel.LETTER) * run.settings.messages.letter_minutes
        for count, run in ((before, current), (after, changed))
    ]
    yield _count("work", "letter minutes", *minutes)


def differences(current: Rehearsal, changed: Rehearsal) -> dict[str, list[tuple[Told, Told]]]:
    """Return the duties that end otherwise, by what has changed about them."""
    none: dict[str, list[tuple[Told, Told]]] = {
        "told now, not before": [],
        "not told any more": [],
        "told in another way": [],
    }
    for duty in sorted(current.told.keys() | changed.told.keys()):
        some = current.told.get(duty) or changed.told[duty]
        missing = Told(some.case, some.name, some.kind, ())
        before, after = current.told.get(duty, missing), changed.told.get(duty, missing)
        if before.ways == after.ways:
            continue
        was, is_now = _reached(before), _reached(after)
        if was == is_now:
            none["told in another way"].append((before, after))
        else:
            none["not told any more" if was else "told now, not before"].append((before, after))
    return none


def _reached(told: Told) -> bool:
    return bool(set(told.ways) - {NOBODY})


def named(before: Told, after: Told) -> str:
    """Return one difference with the person's name, where names were asked for."""
    ways = [" and ".join(t.ways) or "not owed" for t in (before, after)]
    return _named(after, f"{ways[0]} -> {ways[1]}")


def everybody(run: Rehearsal) -> Iterator[str]:
    """Yield each duty with the person's name, by case: when it happened, and who gets messages."""
    zone = run.settings.agency.zone
    for told in sorted(run.told.values(), key=lambda told: (told.case, told.name, told.kind)):
        line = _named(told, " and ".join(told.ways))
        to = ", ".join(f"{one.address} ({one.whose})" for one in told.to)
        at = f"{told.happened.astimezone(zone):%Y-%m-%d %H:%M}" if told.happened else ""
        yield f"{line} to {to}; of {at}" if to else f"{line}; of {at}"


def _named(told: Told, how: str) -> str:
    why = f" ({told.reason})" if told.reason else ""
    return f"  {told.case}  {told.name}: {told.kind}: {how}{why}"


def _sent(counts: Counter[tuple[Kind, str]]) -> int:
    return sum(_all(counts, channel) for channel in Channel)


def _all(counts: Counter[tuple[Kind, str]], way: str) -> int:
    return sum(counts[kind, way] for kind in Kind)


def _count(what: str, way: str, before: int, after: int) -> str:
    change = f"{after - before:+,}" if after != before else "0"
    return _line(what, way, f"{before:,}", f"{after:,}", change)


def _money(what: str, way: str, before: float, after: float) -> str:
    change = f"{after - before:+,.2f}" if round(after - before, 2) else "0"
    return _line(what, way, f"${before:,.2f}", f"${after:,.2f}", change)


def _line(what: str, way: str, *figures: str) -> str:
    return f"{what:<22}{way:<16}" + "".join(f"{figure:>12}" for figure in figures)
