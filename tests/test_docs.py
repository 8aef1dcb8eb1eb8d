"""The documents hold what the code has: every command and option, route, environment variable, error, module, and no dead link."""

import ast
import re
import runpy
from pathlib import Path

import click
import pytest

from digitizer import errors
from digitizer.cli import cli
from digitizer.event import load_event

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "samples" / "README.md", ROOT / "digitizer" / "models" / "README.md"]
)
PACKAGES = sorted(
    path.parent
    for room in ("calibration", "digitizer", "webapp")
    for path in (ROOT / room).rglob("__init__.py")
    if "versions" not in path.parts
)
FEW = 4
"""Modules that a package may have without listing them: their names say enough."""
CONTEXT = click.Context(cli, info_name="boardcast")
CONTRACT = {
    "digitize": {"--event", "--board", "--calibration", "--json", "--draw"},
    "calibrate": {"--event", "--board", "--corners", "--columns", "--rows", "-o"},
    "ingest": {"--event", "--board", "--db"},
    "watch": {"--event", "--board"},
    "serve": {"--event"},
    "work": set(),
    "demo": set(),
    "export": {"--db", "--format"},
    "score": {"--versus", "--calibration", "--json"},
    "kit": {"--event", "-o", "--paper", "--url", "--cards", "--first"},
}
"""Commands and options that scripts rely on."""


def text(name: str) -> str:
    """One page of the documents."""
    return (ROOT / name).read_text(encoding="utf-8")


def command(name: str) -> click.Command:
    """A command of the command line."""
    found = cli.get_command(CONTEXT, name)
    assert found is not None, f"there is no command {name}"
    return found


def test_the_page_of_commands_is_what_the_commands_print() -> None:
    """Written by "make docs"; each block is the real output of --help."""
    assert text("docs/commands.md") == runpy.run_path(str(ROOT / "docs" / "commands.py"))["page"]()


@pytest.mark.parametrize("name", CONTRACT)
def test_commands_keep_their_options(name: str) -> None:
    """An option taken away would break scripts."""
    options = {opt for parameter in command(name).params for opt in parameter.opts}
    assert CONTRACT[name] <= options


@pytest.mark.parametrize("name", cli.list_commands(CONTEXT))
def test_every_option_says_what_it_does(name: str) -> None:
    """Help for the command and each of its options."""
    assert command(name).help
    assert [p.name for p in command(name).params if isinstance(p, click.Option) and not p.help] == []


@pytest.mark.parametrize("name", cli.list_commands(CONTEXT))
def test_every_command_is_in_a_guide(name: str) -> None:
    """Beside the page of commands, a guide tells when to use it."""
    guides = [text(page) for page in ("README.md", "docs/organizer.md", "docs/operator.md", "docs/developer.md")]
    assert any(f"boardcast {name}" in guide or f"make {name}" in guide for guide in guides)


def test_every_route_is_in_the_developers_page(tmp_path: Path) -> None:
    """With its methods; and no route is listed that is not there."""
    from webapp import create_app
    from webapp.config import Config

    event = load_event(ROOT / "samples" / "webcam-0" / "event.toml")
    app = create_app(Config(event=event, database_url=f"sqlite:///{tmp_path}/x.db", secret_key="x" * 32, organizer_password_hash="x"))
    routes: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        routes.setdefault(rule.rule, set()).update((rule.methods or set()) - {"HEAD", "OPTIONS"})
    listed = dict(re.findall(r"^\| `(/[^`]*)` \| ([A-Z, ]+) \|", text("docs/developer.md"), re.MULTILINE))
    assert {rule: set(methods.split(", ")) for rule, methods in listed.items()} == routes


def test_every_environment_variable_is_in_the_operators_page() -> None:
    """Whatever the code reads from the environment, and nothing else."""
    sources = [path.read_text(encoding="utf-8") for room in ("digitizer", "webapp") for path in (ROOT / room).rglob("*.py")]
    used = set(re.findall(r"\bBOARDCAST_[A-Z_]+\b", "\n".join(sources)))
    rows = re.findall(r"^\| (`BOARDCAST_[^|]+) \|", text("docs/operator.md"), re.MULTILINE)
    assert set(re.findall(r"`(BOARDCAST_[A-Z_]+)`", "".join(rows))) == used


def test_every_error_is_in_the_developers_page() -> None:
    """With its exit code and HTTP status."""
    family = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.BoardcastError)]
    rows = [f"| `{kind.__name__}` | {kind.exit_code} | {kind.http_status} |" for kind in family if kind is not errors.BoardcastError]
    assert [row for row in rows if row not in text("docs/developer.md")] == []


def test_the_example_event_is_valid() -> None:
    """The block in the organizer's page can be copied."""
    from digitizer.event import parse_event

    block = next(b for b in re.findall(r"(?:^    .*\n|^\n)+", text("docs/organizer.md"), re.MULTILINE) if "[event]" in b)
    event = parse_event(re.sub(r"^    ", "", block, flags=re.MULTILINE))
    assert event.board("friday").blocked[0].reason == "Poster session"


def modules(package: Path) -> set[str]:
    """What is in a package: modules, and packages within it."""
    return {path.stem for path in package.glob("*.py")} - {"__init__"} | {path.parent.name for path in package.glob("*/__init__.py")}


@pytest.mark.parametrize("room", ["digitizer", "webapp", "tests"])
def test_every_module_has_its_place_on_the_page_of_rooms(room: str) -> None:
    """A newcomer finds each of them there, of the tests what they share; calibration lists its own."""
    named = set(re.findall(r"`(\w+)/?`", text("docs/rooms.md")))
    wanted = {name for name in modules(ROOT / room) if not name.startswith("test_")}
    assert sorted(wanted - named) == []


@pytest.mark.parametrize("package", [p for p in PACKAGES if len(modules(p)) > FEW], ids=lambda p: str(p.relative_to(ROOT)))
def test_packages_list_their_modules(package: Path) -> None:
    """Each by name at the start of a line of the package's docstring, and none that is gone. The two large rooms have a page instead."""
    page = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    listed = set(re.findall(r"^(\w+)  ", page, re.MULTILINE))
    assert listed == (set() if package.name in ("digitizer", "webapp") else modules(package))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Files that pages link to exist, and so do the headings."""
    for target in re.findall(r"\]\((?!https?://|mailto:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, heading = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name} links to {target}"
        if heading:
            anchors = {
                re.sub(r"[^\w -]", "", h.lower()).strip().replace(" ", "-")
                for h in re.findall(r"^#+ (.+)$", linked.read_text(), re.MULTILINE)
            }
            assert heading in anchors, f"{page.name} links to {target}"


def test_samples_are_listed_with_source_licence_and_purpose() -> None:
    """A row for each photo, and no row without its photo."""
    photos = {str(path.relative_to(ROOT / "samples")) for path in (ROOT / "samples").rglob("photo.jpg")}
    assert set(re.findall(r"^\| `([^`]+\.jpg)` \| [^|]+ \| [^|]+ \| [^|]+ \|$", text("samples/README.md"), re.MULTILINE)) == photos
    assert len(photos) >= 9


def test_the_changelog_names_this_version() -> None:
    """What "boardcast --version" says is described."""
    version = re.search(r'^version = "(.+)"$', text("pyproject.toml"), re.MULTILINE)
    assert version is not None
    assert f"## [{version[1]}]" in text("CHANGELOG.md")
