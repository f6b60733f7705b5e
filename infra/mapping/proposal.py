"""What `aviso feed map` proposes for a folder: each file's kind, what is asked, what is unused."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.mapping import links, matching, questions, reading
from infra.mapping.matching import KINDS, MOST_SHARED, Link, Match
from infra.mapping.questions import MappingQuestion
from infra.mapping.reading import Column, ExportTable


@dataclass
class Proposal:
    """Everything that the settings file is written from."""

    tables: list[ExportTable]
    problems: list[str]
    kinds: dict[str, Match] = field(default_factory=dict)  # the file that gives each kind
    more: list[Match] = field(default_factory=list)  # further files of a kind that is taken
    further: list[Match] = field(default_factory=list)  # those of `more` whose columns are named
    questions: list[MappingQuestion] = field(default_factory=list)
    unused: list[Column] = field(default_factory=list)

    def mapped(self) -> Iterator[tuple[str, str, str]]:
        """Yield file, heading and kind.field of each column that the settings name.

        They name those of a further file in comments: a person exports them with the first file's.
        """
        for match in (*self.kinds.values(), *self.further):
            asked = {q.column for q in self.questions if q.column}
            for name, guess in match.chosen.items():
                if (match.table.name, guess.column.heading) not in asked:
                    yield match.table.name, guess.column.heading, f"{match.kind}.{name}"


def propose(folder: Path) -> Proposal:
    """Look at every CSV of a folder."""
    tables, problems = reading.read_folder(folder)
    result = Proposal(tables, problems)
    found = [match for table in tables for match in matching.kinds_of(table)]
    for kind in KINDS:
        matches = sorted(
            (m for m in found if m.kind == kind), key=lambda m: _rank(m, found), reverse=True
        )
        if matches:
            result.kinds[kind] = matches[0]
            result.more += matches[1:]
    _follow_links(result)
    result.further = [_joined(m, result.kinds) for m in result.more if _about(m, found)]
    result.questions = list(
        questions.ask(result.kinds, result.more, result.further, tables, problems)
    )
    used = {(f, h) for f, h, _ in result.mapped()}
    asked = {q.column for q in result.questions}
    result.unused = [
        c for t in tables for c in t.columns if (c.file, c.heading) not in used | asked
    ]
    return result


def _joined(match: Match, kinds: Mapping[str, Match]) -> Match:
    """Return a further file of a kind, chosen again by the first one's case numbers."""
    number = kinds[match.kind].column("number")
    ids = matching.keys(number) if number else frozenset[str]()
    shared = any(matching.overlap(column, ids) > MOST_SHARED for column in match.table.columns)
    return match.linked({"number": Link(ids, proved=True)}) if shared else match


def _rank(match: Match, found: list[Match]) -> tuple[bool, int]:
    """A file that is only of this kind comes first, then the one with the most columns of it."""
    return _alone(match, found), match.weight


def _alone(match: Match, found: list[Match]) -> bool:
    """Whether a file is of one kind only."""
    return sum(other.table is match.table for other in found) == 1


def _about(match: Match, found: list[Match]) -> bool:
    """Whether a file is most of all about this kind, or its headings say which are of this kind."""
    return match.worded or next(other for other in found if other.table is match.table) is match


def _follow_links(result: Proposal) -> None:
    """Choose people's and arrests' columns again, now that the ids of the other files are known."""
    for kind, found in links.found(result.kinds).items():
        result.kinds[kind] = links.completed(result.kinds[kind].linked(found))
