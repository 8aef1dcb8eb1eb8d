"""Write docs/commands.md: the help of every command, as the command line itself prints it. Run by ``make docs``."""

from __future__ import annotations

from pathlib import Path

import click
from click.testing import CliRunner

from digitizer.cli import cli

PAGE = Path(__file__).with_suffix(".md")
HEAD = """# Commands

Results go to stdout, everything else to stderr. An error is one message that says what happened, the evidence, and what to do next; its
exit code tells its kind: [developer.md](developer.md#exit-codes-and-errors).
"""


def page() -> str:
    """The text of the page."""
    names = cli.list_commands(click.Context(cli))
    return "\n".join([HEAD, _block("boardcast"), *(f"## {name}\n\n{_block(f'boardcast {name}')}" for name in names)])


def _block(command: str) -> str:
    """What ``command --help`` prints in a terminal 100 columns wide."""
    arguments = [*command.split()[1:], "--help"]
    printed = CliRunner().invoke(cli, arguments, prog_name="boardcast", terminal_width=100, catch_exceptions=False).stdout
    return f"```console\n$ {command} --help\n{printed}```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
