"""A recogniser that is loaded when it is first asked, for those who may never need one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from calibration.rig import Image
from digitizer.readers.base import Lattice, TextReader


def default_reader() -> TextReader:
    """The recogniser that comes with Boardcast. Raises ``ReaderUnavailable``."""
    from digitizer.readers.onnx_recogniser import OnnxRecogniser

    return OnnxRecogniser()


class Lazily:
    """A :class:`~digitizer.readers.base.TextReader` that ``make`` makes at the first question, once, whichever thread asks."""

    def __init__(self, make: Callable[[], TextReader] = default_reader) -> None:
        self._make = make
        self._made: TextReader | None = None
        self._lock = threading.Lock()

    def recognise(self, crops: Sequence[Image]) -> list[Lattice]:
        """See :class:`~digitizer.readers.base.TextReader`. Raises ``ReaderUnavailable``."""
        return self._reader().recognise(crops)

    def glance(self, crops: Sequence[Image]) -> list[Lattice]:
        """See :class:`~digitizer.readers.base.TextReader`. Raises ``ReaderUnavailable``."""
        return self._reader().glance(crops)

    def _reader(self) -> TextReader:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made
