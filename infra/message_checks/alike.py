"""What each message has in every language: its file, its blocks, and the variables they read.

And no words beside its blocks: a message is rendered by its blocks, so nobody would get them.
"""

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

from jinja2 import DictLoader, Environment, meta, nodes
from jinja2.exceptions import TemplateError

from aviso.content.templates import build_environment
from aviso.domain.model import Kind
from infra.message_checks.places import file, find

BLOCKS = frozenset({"sms", "subject", "body", "letter"})
REPLIES = ("stop", "start", "help")
# The files that belong to no kind of notice, and the blocks they have.
OTHERS = {"replies.txt": frozenset(REPLIES), "code.txt": frozenset({"sms", "subject", "body"})}


def alike(folders: Sequence[Path], codes: Sequence[str]) -> Iterator[str]:
    """Yield each file, block and variable that one language lacks, and words in no block.

    Args:
        folders: the templates, and the folder of a law.
        codes: of the languages that must have the same; none that is a draft.
    """
    for name in sorted(_names(folders, codes)):
        used: dict[str, dict[str, set[str]]] = {}
        for code in codes:
            stem = name.removesuffix(".txt")
            path, shown = find(folders, code, stem), file(folders, code, stem)
            if not path.is_file():
                yield f"{shown}: there is no such file"
                continue
            source = path.read_text("utf-8")
            try:
                used[code] = _variables(source)
            except TemplateError as error:
                yield f"{shown}: {error}"
                continue
            wanted = OTHERS.get(name, BLOCKS)
            if "/" not in name and (wanted ^ set(used[code])):
                yield f"{shown}: must have the blocks {', '.join(sorted(wanted))}"
            if any(used[code]) and (words := _beside_blocks(source)):
                yield f"{shown}: '{words}' is in no block, so no message has it. Move it into one"
        yield from _same(folders, name, used)


def _names(folders: Sequence[Path], codes: Sequence[str]) -> set[str]:
    """Return the files that each language must have."""
    names = {kind.value + ".txt" for kind in Kind} | set(OTHERS)
    for folder in (each / "locales" / code / "messages" for each in folders for code in codes):
        names |= {path.relative_to(folder).as_posix() for path in folder.rglob("*.txt")}
    return names


@cache
def _reader() -> Environment:
    """Return what reads templates; it includes none."""
    return build_environment(DictLoader({}))


@lru_cache(maxsize=256)
def _variables(source: str) -> dict[str, set[str]]:
    """Return what each block reads; a file without blocks counts as one, named ''."""
    environment = _reader()
    tree = environment.parse(source)
    blocks = {b.name: b.body for b in tree.find_all(nodes.Block)} or {"": tree.body}
    found = {}
    for name, body in blocks.items():
        alone = nodes.Template(body, lineno=1)
        alone.set_environment(environment)
        found[name] = meta.find_undeclared_variables(alone) - {"self"}
    return found


def _beside_blocks(source: str) -> str:
    """Return the words that a template says outside its blocks."""
    said = [n for n in _reader().parse(source).body if not isinstance(n, nodes.Block)]
    texts = (text for node in said for text in node.find_all(nodes.TemplateData))
    return "".join(text.data for text in texts).strip()


def _same(
    folders: Sequence[Path], name: str, used: dict[str, dict[str, set[str]]]
) -> Iterator[str]:
    if len(used) < 2:
        return
    first, *others = used
    for other in others:
        for block in used[first].keys() & used[other].keys():
            if differing := used[first][block] ^ used[other][block]:
                path = file(folders, other, name.removesuffix(".txt"))
                where = f"{path}: block {block}" if block else path
                yield f"{where}: {', '.join(sorted(differing))} is not in both languages"
