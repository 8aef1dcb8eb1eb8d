"""The house rules that a linter does not know: import direction, sizes, where results are printed."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[1]
RANK = {"calibration": 0, "digitizer": 1, "webapp": 2}
STAGES = {"capture", "locate", "rectify", "segment", "read", "reconcile"}
MODULES = sorted(p for room in RANK for p in (ROOT / room).rglob("*.py") if "versions" not in p.parts)
LISTS = {"digitizer/model.py"}
"""The module that lists the values of all stages, and computes nothing: it may be longer."""


def name(path: Path) -> str:
    """A module as messages call it."""
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, methods and inner ones included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    doc = ast.get_docstring(function)
    return (function.end_lineno or 0) - function.lineno + 1 - (len(doc.splitlines()) if doc else 0)


def imports(path: Path) -> Iterator[str]:
    """Every module that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_go_one_way(path: Path) -> None:
    """From webapp to digitizer to calibration, also for imports inside functions."""
    own = RANK[path.relative_to(ROOT).parts[0]]
    assert [m for m in imports(path) if RANK.get(m.split(".")[0], -1) > own] == []


@pytest.mark.parametrize("path", [p for p in MODULES if p.stem in STAGES and p.parent.name == "digitizer"], ids=name)
def test_stages_do_not_import_each_other(path: Path) -> None:
    """Only the pipeline knows their order."""
    others = {f"digitizer.{stage}" for stage in STAGES - {path.stem}}
    assert sorted(others & set(imports(path))) == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_functions_can_be_read_at_a_glance(path: Path) -> None:
    """At most 50 lines and 6 parameters, keyword-only ones aside; a command may take as many as it has options."""
    long = [f"{f.name}: {length(f)} lines" for f in functions(path) if length(f) > 50]
    wide = [
        f"{f.name}: {len(parameters)} parameters"
        for f in functions(path)
        if len(parameters := [a for a in f.args.args if a.arg not in ("self", "cls")]) > 6 and path.name != "cli.py"
    ]
    assert long + wide == []


def test_most_functions_are_short() -> None:
    """Half of them within 8 lines, nine in ten within 25."""
    lengths = sorted(length(f) for path in MODULES for f in functions(path))
    assert median(lengths) <= 8
    assert lengths[len(lengths) * 9 // 10] <= 25


@pytest.mark.parametrize("path", [p for p in MODULES if name(p) not in LISTS], ids=name)
def test_modules_fit_on_a_few_screens(path: Path) -> None:
    """At most 300 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_nothing_is_left_for_later(path: Path) -> None:
    """No marks of unfinished work, and nothing printed but by a command."""
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"\b(?:TODO|FIXME|XXX|HACK)\b|NotImplementedError", text) == []
    assert path.name == "cli.py" or not re.search(r"^\s*print\(", text, re.MULTILINE)


@pytest.mark.parametrize("path", sorted((ROOT / "tests").glob("test_*.py")), ids=name)
def test_tests_say_what_they_promise_and_can_fail(path: Path) -> None:
    """A docstring on each; none skipped, none that waits for time to pass."""
    text = path.read_text(encoding="utf-8")
    tests = [f for f in functions(path) if f.name.startswith("test_")]
    assert [f.name for f in tests if not ast.get_docstring(f)] == []
    assert re.findall(r"assert (?:T)rue\b|mark\.(?:skip|xfail)|time\.(?:sleep)\(", text) == []
