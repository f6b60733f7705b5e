"""Reads what the build must know of each language beside its texts: `language.yaml` in its folder.

A language that nobody has approved is a draft. The build refuses a draft unless the agency tries
drafts on its own machine. What a draft lacks is then shown in the agency's first language
(docs/translating.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel import Locale
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader, TemplateSyntaxError, meta, nodes

from aviso.content.templates import build_environment
from infra.compiler.yaml_lines import Problem, YamlFile, read

FILE = "language.yaml"
DESK = "desk.yaml"  # the desk speaks the languages that have it
ALPHABETS = ("GSM-7", "UCS-2")
READING = ("english", "spanish", "none")
WORDS = ("stop", "offenses", "seen", "never")


@dataclass(frozen=True, slots=True)
class Language:
    """One language's facts; the patterns are for `infra.message_checks.forbidden_words`."""

    code: str
    draft: bool  # whether nobody has approved its texts as a whole
    alphabet: str  # of its texts, which decides how much one part holds
    reading: str  # the formula of its reading level, or none
    stop: str  # how every text says that it can be stopped
    offenses: str
    seen: str
    never: str


def load(templates: Path, codes: Sequence[str]) -> tuple[dict[str, Language], list[Problem]]:
    """Return the facts of each language, and the mistakes in its `language.yaml`."""
    found: dict[str, Language] = {}
    problems: list[Problem] = []
    for code in codes:
        if not (templates / "locales" / code).is_dir():
            file = f"{templates.as_posix()}/locales/{code}"
            problems.append(Problem(file, 1, (), "no folder for this language"))
            continue
        source = read(templates / "locales" / code / FILE)
        if wrong := [*source.problems, *_wrong(source)]:
            problems += wrong
        else:
            found[code] = _language(code, source.data)
    return found, problems


def _wrong(source: YamlFile) -> list[Problem]:
    if source.problems:
        return []
    data = source.data if isinstance(source.data, dict) else {}
    found = [
        source.problem((key,), f"is not one of {', '.join(known)}")
        for key, known in (("alphabet", ALPHABETS), ("reading", READING))
        if data.get(key) not in known
    ]
    found += [
        source.problem((key,), "is missing or not a text")
        for key in WORDS
        if not isinstance(data.get(key), str)
    ]
    approved = data.get("approved")
    whole = isinstance(approved, dict) and all(approved.get(key) for key in ("by", "on"))
    if approved is not None and not whole:
        found.append(
            source.problem(("approved",), "needs `by` and `on`: who approved it, and when")
        )
    return found


def _language(code: str, data: Mapping[str, Any]) -> Language:
    words = {key: data[key] for key in WORDS}
    return Language(
        code=code,
        draft=not data.get("approved"),
        alphabet=data["alphabet"],
        reading=data["reading"],
        **words,
    )


def refused(
    templates: Path, known: Mapping[str, Language], agency: Mapping[str, Any]
) -> list[Problem]:
    """Return a problem for each draft that the agency may not use, and for a desk without words.

    Args:
        agency: the part `agency` of its settings.
    """
    place = f"{templates.as_posix()}/locales"
    drafts = [code for code, language in known.items() if language.draft]
    found = []
    if not agency.get("try_drafts", False):
        found = [Problem(f"{place}/{code}/{FILE}", 1, (), _draft(code)) for code in drafts]
    if agency["languages"][0] in drafts:
        sentence = (
            "a draft cannot be the first of agency.languages: the first supplies what a draft lacks"
        )
        found.append(Problem(f"{place}/{agency['languages'][0]}/{FILE}", 1, (), sentence))
    if list(templates.glob(f"locales/*/{DESK}")) and not desk(templates, list(known)):
        sentence = f"no language of agency.languages has a {DESK}: add one that has, such as en"
        found.append(Problem(place, 1, (), sentence))
    return found


def _draft(code: str) -> str:
    return (
        f"'{code}' is a draft that no translator has approved, so no victim may read it. Take "
        f"'{code}' out of agency.languages, or have it approved (docs/translating.md). To try it "
        "on your own machine, set agency.try_drafts to true."
    )


def desk(templates: Path, codes: Sequence[str]) -> list[str]:
    """Return the languages that the desk has words in: a clerk's may be fewer than the victims'."""
    return [code for code in codes if (templates / "locales" / code / DESK).is_file()]


def direction(code: str) -> str:
    """Return the direction in which a language is written, ltr or rtl, from the Unicode CLDR."""
    return str(Locale.parse(code).text_direction)


def names(reader: str, codes: Sequence[str]) -> dict[str, str]:
    """Return each language's name in the reader's words, as strings of the desk by key."""
    known = Locale.parse(reader).languages
    return {f"desk_language_{code}": str(known[code]).capitalize() for code in codes}


def borrowed(templates: Path, known: Mapping[str, Language]) -> dict[str, str]:
    """Return the templates that drafts take from the first language, by name, with their source.

    A draft takes those that it lacks, and those of its own that are out of date: with other blocks
    or other variables than the first language's.
    """
    first = next(iter(known))
    root = templates / "locales" / first
    taken = {}
    for code in (code for code, language in known.items() if language.draft):
        for path in sorted(root.rglob("*.txt")):
            inside = path.relative_to(root)
            source = path.read_text("utf-8")
            own = templates / "locales" / code / inside
            if not own.is_file() or not _fits(own.read_text("utf-8"), source):
                taken[f"locales/{code}/{inside.as_posix()}"] = source
    return taken


def loader(folders: Sequence[Path], known: Mapping[str, Language]) -> ChoiceLoader:
    """Return what loads an agency's templates: those of the last folder that has them."""
    taken = [DictLoader(borrowed(folder, known)) for folder in folders]
    return ChoiceLoader([*taken, FileSystemLoader(list(reversed(folders)))])


def _fits(own: str, first: str) -> bool:
    """Whether a draft's template has the blocks and the variables of the first language's."""
    try:
        jinja = build_environment(DictLoader({}))
        ours, theirs = (jinja.parse(source) for source in (own, first))
    except TemplateSyntaxError:
        return True  # `translation_checks.check_templates` reports it
    blocks = [{b.name for b in tree.find_all(nodes.Block)} for tree in (ours, theirs)]
    variables = [meta.find_undeclared_variables(tree) for tree in (ours, theirs)]
    return blocks[0] == blocks[1] and variables[0] == variables[1]
