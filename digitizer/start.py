"""Where the ``boardcast`` command begins: before anything heavy is imported, so that it can be ended, and told where it cannot write.

``digitizer.cli`` holds the command itself. It and what it imports take a third of a second, in which Ctrl-C was a traceback.
"""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Run the command line."""
    by_keyboard = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # what a shell starts in the background ignores Ctrl-C
    if by_keyboard:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    held = _hold_streams()
    from digitizer.cli import cli

    if by_keyboard:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        cli()
    finally:
        if held:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what was not written is let go: Python tries again at the end, and complains


def _hold_streams() -> bool:
    """Put something in the place of standard streams that are closed; whether stdout was.

    Input and output are opened the other way round, so that using them fails.

    Python has None there, and what was written to it was lost without a word. The next file that is opened would take the stream's
    number, the database's, say (gnulib's ``stdopen`` does the same). Messages, on stderr, are let go.
    """
    for number, mode in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # the lowest number that is free: this one
    closed = sys.stdout is None
    if closed:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115  it stays open, and has no path
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
    return closed
