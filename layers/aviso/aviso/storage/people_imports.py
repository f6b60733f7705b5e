"""Imports of people under way: while one runs, messages wait (docs/rules.md#4).

One row of Guards has them all, so that a hand-over reads them with its other guards. Each import
has an end time of its own, and a bound on how long pushes may delay messages.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from aviso.storage.codec import instant
from aviso.storage.guard_items import GuardItem, get, save_new
from aviso.storage.tables import ignore_if_changed
from aviso.storage.tasks import every

PEOPLE_IMPORT = "IMPORT#people"
PUSH, FILE = "push-", "file-"
# How long pushes that follow each other without a pause may delay messages: longer than one push
# takes with its repetitions, and a quarter of an arrest's two hours. Then a push acts as if it had
# come a moment later. A file delays them for as long as it is read.
PUSHES_DELAY = timedelta(minutes=30)
# Imports in the row, which has some 60 bytes for each. Only a storm of failing pushes brings more:
# the rest then has one end time together.
ROOM = 500
REST = PUSH + "rest"
AT_ONCE = 50  # imports removed in one write, within the limits of an expression


def begin(source: str, until: datetime, now: datetime, *, pushed: bool) -> None:
    """Make messages wait while an import runs, at most until a time.

    A repetition of the import gives it a new end time. Imports whose time is over have crashed:
    they are removed.

    Args:
        source: the import's id.
        until: when messages no longer wait for it, if it never ends.
        pushed: whether it came by the API.
    """
    item = get(PEOPLE_IMPORT)
    known = dict(item.imports or {}) if item else {}
    if item is None or item.imports is None:
        save_new(GuardItem(PEOPLE_IMPORT))
        with ignore_if_changed():
            unmade = GuardItem.imports.does_not_exist()
            GuardItem(PEOPLE_IMPORT).update([GuardItem.imports.set({})], condition=unmade)
    key = _key(source, pushed=pushed)
    live = {name for name, at in known.items() if at > now or name == key}
    over = {name: known[name] for name in sorted(known.keys() - live)[:AT_ONCE]}
    if key not in known and len(live) >= ROOM:
        key, until = REST, max(until, known.get(REST, until))
    actions: list[Action] = [GuardItem.imports[key].set(instant(until))]
    if not live:
        actions.append(GuardItem.since.set(now))
    unchanged: Condition | None = every(
        GuardItem.imports[name] == instant(at) for name, at in over.items()
    )
    removed = [GuardItem.imports[name].remove() for name in over]
    with ignore_if_changed():
        GuardItem(PEOPLE_IMPORT).update([*actions, *removed], condition=unchanged)
        return
    GuardItem(PEOPLE_IMPORT).update(actions)  # somebody else removed or renewed one


def end(source: str, *, pushed: bool) -> None:
    """Record that an import ended: messages no longer wait for it."""
    item = get(PEOPLE_IMPORT)
    if item and item.imports:
        GuardItem(PEOPLE_IMPORT).update([GuardItem.imports[_key(source, pushed=pushed)].remove()])


def delay_ends(item: GuardItem | None) -> datetime | None:
    """Return until when messages wait for the imports in the row, or None if there are none."""
    if item is None or not item.imports:
        return None
    pushes = [at for name, at in item.imports.items() if name.startswith(PUSH)]
    others = [at for name, at in item.imports.items() if not name.startswith(PUSH)]
    if pushes:
        others.append(min(max(pushes), item.since + PUSHES_DELAY))
    return max(others)


def under_way_since(now: datetime) -> datetime | None:
    """Return since when imports have followed each other without a pause, or None if none runs."""
    item = get(PEOPLE_IMPORT)
    runs = item is not None and any(until > now for until in (item.imports or {}).values())
    return item.since if item and runs else None


def _key(source: str, *, pushed: bool) -> str:
    return (PUSH if pushed else FILE) + sha256(source.encode()).hexdigest()[:16]
