"""docs/architecture.md names every part, every function and every table that exists."""

import ast
import re
import tomllib

import pytest

from infra.repository import ROOT

PAGE = (ROOT / "docs/architecture.md").read_text("utf-8")
PACKAGE = ROOT / "layers/aviso/aviso"
SHARED = ("domain", "runtime", "storage")  # any function may use these parts; it enters others


def section(title: str) -> str:
    """Return what the page says under a heading."""
    return PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def first_cells(title: str) -> list[str]:
    """Return the first cell of each row of a section's table, without its header."""
    rows = re.findall(r"^\| ([^|]+) \|", section(title), re.MULTILINE)
    return [cell.strip("`/") for cell in rows if set(cell) != {"-"}][1:]


def entered() -> dict[str, list[str]]:
    """Return the modules that each function enters, as its row names them."""
    rows = re.findall(
        r"^\| `(\w+)` \| [^|]+ \| [^|]+ \| (.+) \|$", section("The functions"), re.MULTILINE
    )
    return {function: re.findall(r"`([\w/]+)`", modules) for function, modules in rows}


def imported(function: str) -> set[str]:
    """Return the modules of the package that a handler imports."""
    code = (ROOT / "functions" / function / "handler.py").read_text("utf-8")
    found = set()
    for line in ast.walk(ast.parse(code)):
        if isinstance(line, ast.ImportFrom) and f"{line.module}.".startswith("aviso."):
            parent = str(line.module).removeprefix("aviso").strip(".").replace(".", "/")
            for name in (f"{parent}/{alias.name}".strip("/") for alias in line.names):
                path = PACKAGE / name
                is_module = path.is_dir() or path.with_suffix(".py").is_file()
                found.add(name if is_module else parent)
    return found


class TestParts:
    def test_each_folder_of_the_package_has_its_row(self):
        folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
        assert sorted(first_cells("The parts, in the order of the flow")) == sorted(folders)

    def test_rows_have_the_order_of_the_packages_table_of_contents(self):
        contents = re.findall(r"^ {4}(\w+)/ ", (PACKAGE / "__init__.py").read_text(), re.MULTILINE)
        assert first_cells("The parts, in the order of the flow") == contents

    def test_order_is_that_of_the_import_contract(self):
        tools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
        layers = tools["importlinter"]["contracts"][0]["layers"]
        lines = re.findall(r"^\d+\. (`.+`)$", section("What may import what"), re.MULTILINE)
        assert [line.replace("`, `", " | ").strip("`") for line in lines] == layers


class TestFunctions:
    def test_each_function_has_its_row(self):
        folders = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
        assert sorted(first_cells("The functions")) == sorted(folders)

    def test_each_module_that_a_row_names_exists(self):
        named = {module for modules in entered().values() for module in modules}
        files = {n for n in named if (PACKAGE / f"{n}.py").is_file() or (PACKAGE / n).is_dir()}
        assert named - files == set()

    @pytest.mark.parametrize(("function", "modules"), entered().items())
    def test_row_names_what_the_handler_imports(self, function, modules):
        named, found = {module.strip("/") for module in modules}, imported(function)
        assert named - found == set()
        assert {name for name in found - named if name.partition("/")[0] not in SHARED} == set()


class TestTables:
    def test_each_table_has_its_row(self):
        stack = (ROOT / "infra/stacks/tables.yaml").read_text("utf-8")
        tables = re.findall(r"^  (\w+):\n    Type: AWS::DynamoDB::Table", stack, re.MULTILINE)
        assert sorted(first_cells("The tables")) == sorted(tables)


class TestFolders:
    def test_each_folder_of_infra_is_named(self):
        folders = {p.name for p in (ROOT / "infra").iterdir() if p.is_dir() and p.name[0].isalpha()}
        named = set(re.findall(r"`infra/(\w+)/`", PAGE))
        assert named == folders

    def test_each_folder_of_tests_is_named(self):
        folders = {p.name for p in (ROOT / "tests").iterdir() if p.is_dir() and p.name[0].isalpha()}
        rows = section("The rest of the repository")
        named = set(re.findall(r"`tests/(\w+)/`", rows))
        (rigs,) = re.findall(r"`tests/`\]\(\.\./tests\): ([^|]+)", rows)
        assert named | set(re.findall(r"`(\w+)`", rigs)) == folders
