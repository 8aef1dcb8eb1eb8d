"""Write docs/commands.md: the help of every command, as the command line itself prints it. Run by ``make docs``."""

from __future__ import annotations

from pathlib import Path

import click

from digitizer.cli import cli

PAGE = Path(__file__).with_suffix(".md")
HEAD = """# Commands

Results go to stdout, everything else to stderr. An error is one message that says what happened, the evidence, and what to do next; its
exit code tells its kind: [developer.md](developer.md#exit-codes-and-errors).
"""


def page() -> str:
    """The text of the page."""
    context = click.Context(cli, info_name="boardcast", max_content_width=100, terminal_width=100)
    commands = [(name, cli.get_command(context, name)) for name in cli.list_commands(context)]
    parts = [HEAD, _block("boardcast", cli.get_help(context))]
    for name, command in commands:
        if command is not None:
            inner = click.Context(command, info_name=name, parent=context, max_content_width=100, terminal_width=100)
            parts += [f"## {name}\n", _block(f"boardcast {name}", command.get_help(inner))]
    return "\n".join(parts)


def _block(command: str, text: str) -> str:
    lines = [line.rstrip() for line in text.splitlines()]
    return f"```console\n$ {command} --help\n" + "\n".join(lines) + "\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
