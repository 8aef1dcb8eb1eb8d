"""Thresholds of every stage: frozen, each with its unit and the reason for its value. One class a stage."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RecogniserSettings:
    """How lines are put through the network."""

    threads: int = 2
    """Cores; onnxruntime would take all there are and starve the web server beside it."""

    batch: int = 16
    """Lines a run, at most: bounds memory."""

    width_spread: float = 1.25
    """Widest by narrowest line of a batch: beyond it padding costs more than a run of its own."""

    least_width_px: int = 160
    """Narrower lines are padded to this."""


@dataclass(frozen=True)
class RefreshSettings:
    """When a look may take over from the last one."""

    look_px: int = 1008
    """Long side of the compared pictures: a stroke of 1 mm at 0.6 mm a pixel still covers half a pixel."""
    tile_px: int = 24
    """Side of a compared tile: about a quarter of a cell of a board that fills the picture."""
    texture_gray: float = 4.0
    """A tile with less spread than this is blank: sensor noise alone makes 1 to 2 after the shrinking."""
    tile_correlation: float = 0.9
    """Two tiles of the same thing under noise correlate above this; a shift of two pixels breaks it."""
    agreement: float = 0.5
    """Half of the textured tiles may be hidden behind people before the view counts as another one."""
    shift_px: float = 1.5
    """In photo pixels: less than the width of a pen stroke, so that crops still match."""
    change_gray: float = 12.0
    """Gray levels of difference, high-passed and averaged over 3x3, that noise does not reach (5 sigma at sigma 7)."""
    crop_px: int = 96
    """Side to which two crops are shrunk for comparison: handwriting strokes stay two pixels wide."""
    crop_size_change: float = 0.06
    """Relative difference in size of two crops of one card: twice what edge jitter of 2 px on 70 px makes."""
    crop_change: float = 0.10
    """Share of the paper's brightness by which 5x5 pixels may differ: a new stroke makes 0.2 and more."""
