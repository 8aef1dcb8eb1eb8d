"""What all tests stand on: two threads a library, Ctrl+C as from a terminal, and none of the environment that a developer may have set."""

import os
import signal

import cv2
import pytest
from kept import fresh_store

os.environ.setdefault("OMP_NUM_THREADS", "2")
cv2.setNumThreads(2)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's job in the background: the programs that tests start would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may depend on a BOARDCAST_ variable that it did not set itself."""
    for name in [name for name in os.environ if name.startswith("BOARDCAST_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def store(tmp_path):
    """A store of its own, of the made-up event."""
    return fresh_store(tmp_path)
