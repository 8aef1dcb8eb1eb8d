"""How the command begins and ends as a shell sees it: Ctrl-C at once, streams that are closed, full or not read to their end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

START = "from digitizer.start import main; main()"
CTRL_C_AT_THE_FIRST_IMPORT = """
import os, signal, sys
class Keyboard:
    def find_spec(self, name, *_):
        if name == "digitizer.cli":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Keyboard())
"""
CLOSED = "Standard output is closed."
EVENT = Path(__file__).parent.parent / "samples" / "cork" / "event.toml"


def run(shell: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run the command by a shell that does something with its streams."""
    line = [sys.executable, "-c", START, *command]
    return subprocess.run(["bash", "-c", f'"$@" {shell}', "bash", *line], capture_output=True, text=True, timeout=60, check=False)


def test_ctrl_c_while_it_is_loaded_is_no_traceback():
    """For the first third of a second each command answered with twenty lines of its insides."""
    ended = subprocess.run(
        [sys.executable, "-c", CTRL_C_AT_THE_FIRST_IMPORT + START, "--help"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("command", [("--help",), ("--version",)])
@pytest.mark.parametrize(("shell", "told"), [(">&-", CLOSED), (">/dev/full", "The system refuses: No space left on device.")])
def test_what_cannot_be_written_is_told(shell, told, command):
    """With its output closed a command said nothing, and that all was well; on a full disk help was a traceback."""
    ended = run(shell, *command)
    assert (ended.returncode, ended.stderr) == (1, f"boardcast: {told}\n")


def test_a_file_is_written_though_nobody_listens(tmp_path):
    """Output that is closed matters only to what would be written there; messages that nobody can hear are let go."""
    kit = ("kit", "--event", str(EVENT), "-o", str(tmp_path / "kit.pdf"))
    assert run(">&- 2>&-", *kit).returncode == 0
    assert (tmp_path / "kit.pdf").read_bytes().startswith(b"%PDF")
    assert run("2>&-", "digitize", "nowhere.jpg", "--event", str(EVENT)).returncode == 3


def test_a_pipe_that_nobody_reads_is_no_traceback():
    """As with ``| head``: exit code 1, and not a word."""
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run([sys.executable, "-c", START, "--help"], stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, b"")
