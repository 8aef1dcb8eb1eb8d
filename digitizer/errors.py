"""One family of errors: what happened, the evidence in numbers, what to do next.

The command line and the web translate them once, at the edge: ``exit_code`` for the one, ``http_status`` for the other.
"""

from __future__ import annotations


class BoardcastError(Exception):
    """Base of every error a user may see; its text is a whole message, never a traceback."""

    exit_code = 1
    http_status = 500

    def __init__(self, what: str, evidence: str = "", remedy: str = "") -> None:
        """``what`` happened, the ``evidence`` in numbers, the ``remedy`` to try next; each a sentence or empty."""
        self.what, self.evidence, self.remedy = what, evidence, remedy
        super().__init__(" ".join(part for part in (what, evidence, remedy) if part))


class EventError(BoardcastError):
    """event.toml is missing, malformed or contradicts itself."""

    exit_code = 2
    http_status = 400


class PhotoError(BoardcastError):
    """A file is no photo that can be decoded safely."""

    exit_code = 3
    http_status = 422


class DecoderBusy(PhotoError):
    """A photo that could not be decoded just now: the machine is short of memory, and nothing is known against the file."""

    http_status = 503


class BoardNotFound(BoardcastError):
    """The board, or enough of it, is not in the photo.

    ``lines_support``: the share (0..1) of its lines that was in view, where the grid was looked for by lines.
    """

    exit_code = 4
    http_status = 422

    def __init__(self, what: str, evidence: str = "", remedy: str = "", lines_support: float | None = None) -> None:
        super().__init__(what, evidence, remedy)
        self.lines_support = lines_support


class CameraMoved(BoardNotFound):
    """A mounted camera shows another view than the one that it was calibrated for, and in it not the whole board."""


class LabelsMoved(BoardNotFound):
    """The board is in the photo, with the names of other columns or rows than it was calibrated with."""


class CalibrationError(BoardcastError):
    """A calibration file or the points given for one make no sense."""

    exit_code = 5
    http_status = 422


class ReaderUnavailable(BoardcastError):
    """A recognition engine that was asked for is not installed."""

    exit_code = 6
    http_status = 503


class ReaderBusy(ReaderUnavailable):
    """A recognition engine that did not finish in time: the machine has much to do, and another time it may."""


class SourceError(BoardcastError):
    """A camera, stream or folder gives no photos."""

    exit_code = 7
    http_status = 503


class StoreError(BoardcastError):
    """The database refuses: another write came first, or what was asked for is not there."""

    exit_code = 8
    http_status = 409


class NotStored(StoreError):
    """What was asked for is not in the database."""

    http_status = 404


class ConfigError(BoardcastError):
    """The environment lacks a setting, or holds one that makes no sense."""

    exit_code = 9
    http_status = 500


class UploadRefused(BoardcastError):
    """An upload is empty, too large, or for a board that does not exist."""

    exit_code = 3
    http_status = 413
