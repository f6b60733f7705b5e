"""Which numbers of a table are hidden from people without the right to small counts. Pure.

A count of fewer than five people may identify one of them. So may a number from which such a count
can be derived: by subtraction from a sum that is shown, or from a share of it. Statistical offices
call hiding the first primary suppression. Hiding the second, which also hides the next smallest
number of the sum, is secondary suppression. Nothing shows which hidden number is the small one.

This protects within one table and its sums. What several tables of the same notices reveal together
is hidden in `disclosure`. What two ranges of days reveal is not covered (docs/limits.md).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from aviso.reporting import FIGURES, Figure, Value

SMALL = 5  # a count below this may identify a person
Hidden = dict[str, set[str]]  # a row's label -> its columns
TOTAL = "total"

# Figures that show one counter unchanged: counter -> figure.
SHOWN: Mapping[str, str] = {
    next(iter(f.over)): f.name
    for f in FIGURES
    if f.unit == "count" and not f.under and len(f.over) == 1
}
# When all answers are alike, everybody's answer is known.
ALIKE: Mapping[str, tuple[int, int]] = {"share": (0, 1), "average": (1, 5)}
# What a figure counts, by parts. What is in none of them may be of few people too.
SUMS: Mapping[str, tuple[str, ...]] = {
    "arrests_owed": ("arrest_notices",),
    "hand_offs_sent": ("hand_offs_taken_back",),
    "surveys_sent": ("responses",),
    "notices_told": ("notices_delivered",),
}
MEANS = ("told_by_message", "told_by_letter", "told_by_person")
NOT_TOLD = "not_told"
OF_ANSWERS = 3  # an average gives one more sum: with two hidden answers, both could be derived


def small(count: int) -> bool:
    """Whether a count is of few people; zero identifies nobody."""
    return 0 < count < SMALL


def companions(
    counts: Sequence[int], hidden: Collection[int], *, least: int = 2, shown: bool = True
) -> set[int]:
    """Return which parts of a sum are hidden, so that none can be derived from the others.

    The next smallest parts are hidden too, until there are enough of them and they cover enough
    people together; zero parts only when there is no other.

    Args:
        hidden: positions of those that are hidden already.
        least: how many must be hidden where any is.
        shown: whether the sum is visible; a hidden sum must not be derived by adding up its parts.
    """
    found = set(hidden)
    if (shown and not found) or sum(counts) < SMALL:
        return found
    least = least if shown else 1
    smallest = sorted(range(len(counts)), key=lambda n: (counts[n], n))
    for n in (*(n for n in smallest if counts[n]), *(n for n in smallest if not counts[n])):
        enough = sum(counts[m] for m in found) >= SMALL
        if len(found) >= least and (enough or not counts[n]):
            break
        found.add(n)
    return found


def of_answers(counts: Mapping[str, int]) -> set[str]:
    """Return which answers to one question are hidden, from how often each was given."""
    labels = list(counts)
    few = {n for n, label in enumerate(labels) if small(counts[label])}
    given = {n for n, label in enumerate(labels) if counts[label]}
    alike = given if len(given) == 1 else set()
    return {labels[n] for n in companions(list(counts.values()), few | alike, least=OF_ANSWERS)}


def secret(owed: int, told: int, on_time: int) -> bool:
    """Whether the number told reveals a small one beside what is owed and what was on time.

    Those not told are the rest of what is owed. Those told late are the rest of what was told.
    """
    return any(map(small, (owed - told, told - on_time, told)))


def of_told(
    told: Mapping[str, int], owed: int, on_time: int, hidden: Collection[str] = ()
) -> set[str]:
    """Return which means of telling are hidden, and `not_told`, so that no small number is told.

    The number told is taken for shown, unless it would reveal a small one.

    Args:
        told: a means -> the notices told by it.
        hidden: what is hidden already.
    """
    names, counts = list(told), list(told.values())
    few = {n for n, name in enumerate(names) if small(counts[n]) or name in hidden}
    secretly = secret(owed, sum(counts), on_time)
    found = {names[n] for n in companions(counts, few, shown=not secretly)} | set(hidden)
    return found | {NOT_TOLD} if secretly else found


def of_counts(
    table: Mapping[str, Mapping[str, int]],
    few: Mapping[str, Collection[str]] | None = None,
    wholes: Collection[str] = (),
) -> Hidden:
    """Return what is hidden in a table of counts whose rows and columns have sums.

    Args:
        table: row -> column -> count; the column `total` is the sum of the others.
        few: what is hidden already.
        wholes: the columns whose sum is hidden too.
    """
    found: Hidden = {
        label: {c for c, count in row.items() if small(count)} | set((few or {}).get(label, ()))
        for label, row in table.items()
    }
    columns = list(next(iter(table.values()), {}))

    def spread() -> None:
        for label, row in table.items():
            parts = {c: n for c, n in row.items() if c != TOTAL}
            _hide(found, [(label, c) for c in parts], parts.values(), TOTAL not in found[label])
        for column in columns:
            places = [(label, column) for label in table]
            _hide(found, places, [row[column] for row in table.values()], column not in wholes)

    return _settled(found, spread)


def of_figures(
    table: Mapping[str, Mapping[str, Value]],
    blocks: Mapping[str, Sequence[str]] | None = None,
    wholes: Hidden | None = None,
) -> Hidden:
    """Return what is hidden in a table of figures.

    Args:
        table: row -> figure -> value.
        blocks: rows whose sum is shown somewhere: its name -> their labels.
        wholes: of these sums, the figures that are hidden.
    """
    found: Hidden = {label: _few(row) for label, row in table.items()}

    def spread() -> None:
        for label, row in table.items():
            found[label] |= _left_over(row, found[label])
            found[label] |= {f.name for f in FIGURES if _told_by(f, row, found[label])}
        for whole, labels in (blocks or {}).items():
            for figure in FIGURES:
                places = [(label, figure.name) for label in labels]
                weights = [_weight(table[label][figure.name]) for label in labels]
                _hide(found, places, weights, figure.name not in (wholes or {}).get(whole, ()))

    return _settled(found, spread)


def _few(row: Mapping[str, Value]) -> set[str]:
    """Return a row's figures that are based on few people, or where everybody said the same."""
    found = set()
    for figure in FIGURES:
        value = row[figure.name]
        if figure.unit == "share" and small((value.under or 0) - value.over):
            found |= {SHOWN[metric] for metric in figure.over if metric in SHOWN}
        said = any(metric.startswith("answer.") for metric in figure.under)
        if any(map(small, value.parts)) or (said and value.value in ALIKE[figure.unit]):
            found.add(figure.name)
    return found


def _left_over(row: Mapping[str, Value], hidden: set[str]) -> set[str]:
    """Return a row's figures that reveal a hidden number or a small rest of a sum."""
    found = set()
    for whole, parts in SUMS.items():
        counts = [row[name].over for name in parts]
        rest = row[whole].over - sum(counts)
        if rest < 0:  # the whole is not counted for such a row
            continue
        few = {n for n, name in enumerate(parts) if name in hidden}
        few |= {len(parts)} if small(rest) else set()
        together = companions([*counts, rest], few, shown=whole not in hidden)
        found |= {parts[n] for n in together if n < len(parts)}
    told = {name: row[name].over for name in MEANS}
    owed, on_time = row["notices_owed"].over, row["on_time_share"].over
    means = of_told(told, owed, on_time, hidden & set(MEANS)) - {NOT_TOLD}
    # The messages and letters of all notices are nearly a sum of these.
    return found | means | ({"notices_told", "notices_delivered"} if means else set())


def _told_by(figure: Figure, row: Mapping[str, Value], hidden: set[str]) -> bool:
    """Whether a figure would reveal a hidden one that it is made of."""
    made_of = {SHOWN.get(metric) for metric in (*figure.over, *figure.under)}
    return bool(made_of & hidden) and row[figure.name].value is not None


def _weight(value: Value) -> int:
    """Return how many people a figure is based on."""
    return value.over if value.under is None else value.under


def _hide(
    found: Hidden, places: Sequence[tuple[str, str]], counts: Iterable[int], shown: bool = True
) -> None:
    """Hide the companions of hidden parts within one sum."""
    hidden = {n for n, (label, column) in enumerate(places) if column in found[label]}
    for n in companions(list(counts), hidden, shown=shown):
        label, column = places[n]
        found[label].add(column)


def _settled(found: Hidden, spread: Callable[[], None]) -> Hidden:
    """Repeat `spread` until one sum requires no more hiding in another; return the result."""
    before = -1
    while (now := sum(map(len, found.values()))) != before:
        before = now
        spread()
    return found
