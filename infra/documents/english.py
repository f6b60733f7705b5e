"""`make check`: check the English of documents, docstrings, comments and messages.

    python -m infra.documents.english [FILE OR FOLDER ...]

With names, only those files are read, which takes seconds.

textlint does it. `words.yaml` beside this file lists the words that are hard to read, each with a
better one. A sentence may have 220 characters at most. What Python and YAML files say to people is
copied to `build/prose`, each text on the line where it is in its file, so a finding names the right
line. An entry under `Args:` must say more than the parameter's name.
"""

import argparse
import ast
import json
import re
import shutil
import subprocess
import sys
import textwrap
import tokenize
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from infra.local import nodejs
from infra.repository import ROOT

WORDS = Path(__file__).with_name("words.yaml")
HEADINGS = ROOT / "infra/mapping/words.yaml"  # headings of records systems, as they are
PYTHON = ("layers/aviso/**/*.py", "functions/**/*.py", "infra/**/*.py", "benchmarks/**/*.py")
TESTS = ("tests/**/*.py", "docs/*.py")
LINES = (
    *("template.yaml", "Makefile", "infra/**/*.yaml", "tests/**/*.yaml", ".github/**/*.yml"),
    *("layers/*.mk", "layers/*/Makefile", "infra/local/*.sh", ".ci/run"),
    *("templates/locales/en/*.yaml", "templates/locales/en/messages/**/*.txt"),
    *("infra/law/*/locales/en/messages/**/*.txt",),
)
DOCUMENTS = ("*.md", "docs/*.md", "docs/decisions/*.md", "infra/agent/*.md", ".github/*.md")
LONGEST_SENTENCE = 220  # characters
LISTS = ("Args:", "Returns:", "Raises:", "Yields:")
FEW_WORDS = 4  # a string with fewer is not a sentence
SAYS_NOTHING = (
    "a all an and any are as be by each for given has in is it its of on one or some that the their"
    " them these this those to was were what when which who whose with agency page id"
)
NOT_PROSE = ("noqa", "fmt:", "type:", "pragma", "ruff:", "mypy:")
BUILD = ROOT / "build/prose"


def documents(root: Path) -> list[Path]:
    """Return the Markdown files that people read."""
    return sorted(path for pattern in DOCUMENTS for path in root.glob(pattern))


def docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield the docstring of a module and of everything in it."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, owners) and ast.get_docstring(node):
            match node.body[0]:
                case ast.Expr(value=ast.Constant() as docstring):
                    yield docstring


def docstring_lines(docstring: str) -> Iterator[str]:
    """Yield a docstring's lines as Markdown: the entries under `Args:` are a list."""
    head, _, rest = docstring.partition("\n")
    listed = False
    for line in [head, *textwrap.dedent(rest).split("\n")]:
        listed = line.strip() in LISTS or (listed and bool(line.strip()))
        if line.strip() in LISTS:
            yield ""
        elif listed and not line.startswith(" " * 5):
            yield f"- {line.strip()}"
        else:
            yield line.strip() if listed else line


def empty_entries(code: str) -> Iterator[tuple[int, str]]:
    """Yield each entry under `Args:` that says no more than its name, with its line."""
    for node in docstrings(ast.parse(code)):
        _, _, rest = str(node.value).partition("\n")
        within = False
        lines = [*textwrap.dedent(rest).split("\n"), ""]
        for number, (line, following) in enumerate(pairwise(lines), node.lineno + 1):
            within = line == "Args:" or (within and bool(line))
            name, colon, text = line.strip().partition(": ")
            goes_on = following.startswith(" " * 5)
            new = _words(text) - _words(f"{name} {SAYS_NOTHING}")
            if within and colon and not goes_on and not new:
                yield number, name


def _words(text: str) -> set[str]:
    """Return the words of a text or a name, without the endings of a plural and a possessive."""
    return {re.sub(r"('s?|s)$", "", word) for word in re.findall(r"[a-z][a-z']*", text.lower())}


def comments(code: str) -> Iterator[tuple[int, str]]:
    """Yield each comment for people with its line; one beside code becomes an item of a list."""
    for token in tokenize.generate_tokens(iter(code.splitlines(keepends=True)).__next__):
        text = token.string.lstrip("#! -")
        if token.type == tokenize.COMMENT and not text.startswith(NOT_PROSE):
            yield token.start[0], text if token.line.lstrip().startswith("#") else f"- {text}"


def messages(tree: ast.AST, docstrings: set[ast.Constant]) -> Iterator[tuple[int, str]]:
    """Yield each string that may be a sentence, such as an error, as a quotation.

    Of quotations only the words are checked, because a string can also be a program.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value.split()
            if len(words) >= FEW_WORDS and node not in docstrings:
                yield node.lineno, f"> {' '.join(words)}"


def python_prose(code: str, told: bool = True) -> str:
    """Return the prose of a Python file, each line where it is in the file.

    Args:
        told: whether people read the file's strings. Nobody reads those of tests.
    """
    tree = ast.parse(code)
    lines = [""] * (code.count("\n") + 2)
    for node in (described := set(docstrings(tree))):
        for number, line in enumerate(docstring_lines(str(node.value)), node.lineno):
            lines[number - 1] = line
    for number, text in [*comments(code), *(messages(tree, described) if told else ())]:
        lines[number - 1] += f" {text}" if lines[number - 1] else text
    return "\n".join(lines)


def line_prose(text: str) -> str:
    """Return each line of a file as a quotation, of which only the words are checked."""
    return "\n".join(f"> {line.strip(' #-')}" for line in text.split("\n"))


def copies(root: Path, into: Path, wanted: Callable[[Path], bool] = Path.exists) -> list[Path]:
    """Write the prose of each wanted Python, YAML or text file to a Markdown file; return those."""
    shutil.rmtree(into, ignore_errors=True)
    written = []
    for pattern in (*PYTHON, *TESTS, *LINES):
        for path in sorted(filter(wanted, set(root.glob(pattern)) - {WORDS, HEADINGS})):
            copy = into / f"{path.relative_to(root)}.md"
            copy.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text("utf-8")
            python = path.suffix == ".py"
            prose = python_prose(text, told=pattern in PYTHON) if python else line_prose(text)
            copy.write_text(prose, "utf-8")
            written.append(copy)
    return written


def findings(files: list[Path], build: Path) -> list[str]:
    """Return a line for each word or sentence that textlint finds hard to read."""
    build.mkdir(parents=True, exist_ok=True)
    settings = build / "textlint.json"
    rules = {
        "prh": {
            "rulePaths": [str(WORDS)],
            **dict.fromkeys(("checkLink", "checkEmphasis", "checkBlockQuote"), True),
        },
        "sentence-length": {"max": LONGEST_SENTENCE, "skipUrlStringLink": True},
    }
    settings.write_text(json.dumps({"rules": rules}), "utf-8")
    program = nodejs.PACKAGES / "node_modules/textlint/bin/textlint.js"
    command = [nodejs.node(), program, "--config", settings, "--format", "json", *files]
    done = subprocess.run(
        list(map(str, command)), cwd=nodejs.PACKAGES, capture_output=True, text=True, check=False
    )
    if not done.stdout.startswith("["):
        raise SystemExit(f"textlint did not run:\n{done.stderr or done.stdout}")
    return [
        f"{_shown(file['filePath'])}:{message['line']}: {_in_a_line(message['message'])}"
        for file in json.loads(done.stdout)
        for message in file["messages"]
    ]


def unneeded_entries(root: Path, wanted: Callable[[Path], bool] = Path.exists) -> list[str]:
    """Return a line for each entry under `Args:` that says no more than its name."""
    return [
        f"{path.relative_to(root)}:{line}: {name}: says no more than the name => delete the entry"
        for pattern in (*PYTHON, *TESTS)
        for path in sorted(filter(wanted, root.glob(pattern)))
        for line, name in empty_entries(path.read_text("utf-8"))
    ]


def _in_a_line(message: str) -> str:
    """Return a finding of several lines as sentences of one line."""
    return re.sub(r"(?<![.:])\n+", ". ", message.strip()).replace("\n", " ")


def _shown(path: str) -> str:
    """Return the repository's path of a checked file."""
    file = Path(path)
    if file.is_relative_to(BUILD):
        return str(file.relative_to(BUILD)).removesuffix(".md")
    return str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else path


def main() -> int:
    """Print each finding; return the exit code."""
    parser = argparse.ArgumentParser(description="Check the English of these files, or of all.")
    parser.add_argument("paths", nargs="*", type=Path, help="files or folders; none: all")
    names = [path.resolve() for path in parser.parse_args().paths]

    def wanted(path: Path) -> bool:
        return not names or any(path.is_relative_to(name) for name in names)

    files = [*filter(wanted, documents(ROOT)), *copies(ROOT, BUILD, wanted)]
    if not files:
        raise SystemExit("prose: none of these files is checked for its English")
    found = findings(files, ROOT / "build")
    found += unneeded_entries(ROOT, wanted)
    print("\n".join(found) or "prose: no finding")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
