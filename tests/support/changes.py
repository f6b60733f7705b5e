"""Changes of who is told, as they are stored when somebody makes them."""

from msgspec.structs import replace

from aviso.domain.changes import Maker, announced
from aviso.domain.fact_keys import timed
from infra.harness.builders import NOW


def key_of(address):
    """Return the key of an address, as `tests.support.routing` has it."""
    return f"key-{address}"


def changed(case, after, settings, *, root="", at=NOW, said=(), barred=()):
    """Return a case in which somebody changed an enrollment, or the desk or a file said words."""
    maker = Maker(root=root, at=at, settings=settings, key_of=key_of)
    keys = [timed(f"{word}:", at) for word in said]
    stored = announced(case, after, maker, said=keys, barred=barred)
    others = (e for e in case.enrollments if e.victim != stored.victim)
    return replace(case, enrollments=(*others, stored))


def said(case, settings, *words, **how):
    """Return a case of whose first victim the desk or a file says words now."""
    return changed(case, case.enrollment_of(case.victims[0].origin), settings, said=words, **how)


def hears(case, word):
    """Return who hears of a case's one change of a kind, and whether a supervisor looks if none."""
    found = [c for e in case.enrollments for c in e.changes if c.key.startswith(word)]
    (change,) = found
    return {h.address for h in change.hears}, change.asks
