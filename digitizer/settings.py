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
    related_correlation: float = 0.5
    """Tiles above this show the same thing, shifted perhaps: the shift is measured on them."""
    agreement: float = 0.5
    """Half of the textured tiles may be hidden behind people before the view counts as another one."""
    shift_px: float = 1.0
    """In photo pixels: less than the width of a pen stroke, so that crops still match."""
    change_gray: float = 12.0
    """Gray levels of difference, high-passed and averaged over 3x3, that noise does not reach (5 sigma at sigma 7)."""
    crop_px: int = 96
    """Side to which two crops are shrunk for comparison: handwriting strokes stay two pixels wide."""
    crop_size_change: float = 0.06
    """Relative difference in size of two crops of one card: twice what edge jitter of 2 px on 70 px makes."""
    crop_change: float = 0.10
    """Share of the paper's brightness by which 3x3 pixels may differ beyond a pixel's jitter: a new stroke makes 0.2 and more."""


@dataclass(frozen=True)
class CaptureSettings:
    """What is accepted as a photo, and when a camera counts as failed."""

    max_megapixels: int = 100
    """Largest phone photos in use have 50; 100 leave room and stay within ``memory_mb`` at 4 bytes a pixel, twice."""
    max_file_mb: int = 100
    """A 50-megapixel photo as PNG; the web sets a tighter limit of its own."""
    memory_mb: int = 1500
    """Address space of the decoder: 100 megapixels decoded, turned and packed, and the interpreter."""
    decode_s: int = 20
    """Time to decode one file: 12 megapixels take 0.1 s, 100 take 2 s on a slow core."""
    least_side_px: int = 200
    """A single card needs 200 px across to be read: nothing smaller can show a board."""
    settle_s: float = 1.0
    """A file in a watched folder whose size and time stood still this long is taken to be written in full."""
    camera_s: float = 15.0
    """Time for a camera to give a frame: network cameras take up to 10 s to open a stream."""
    dark_gray: float = 8.0
    """Mean gray below which a frame is a blackout, where it has no contrast either."""
    dark_spread: float = 4.0
    """Spread of gray below which a frame shows nothing: sensor noise alone makes 2 to 3."""
    freeze_looks: int = 3
    """Identical frames in a row that make a freeze: a sensor's noise never repeats even once; an encoder's standing scene may."""
    back_off_s: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
    """Waits before a failed camera is opened again; the last one repeats."""


@dataclass(frozen=True)
class RectifySettings:
    """How the board is seen square on."""

    margin_cells: float = 1.5
    """Mean cells around the grid that the sheet keeps: headers are rarely deeper than one, cards outside hang next to the grid."""
    density_quantile: float = 0.8
    """The sheet is as dense as this share of the grid is in the photo: writing keeps its pixels also on the near side of a tilted board."""
    max_share_of_photo: float = 1.0
    """Sheet pixels per photo pixel at most: memory and time stay those of the photo."""
    light_field_px: float = 220.0
    """Long side at which the light is fitted; light changes slowly, so more pixels bring only time."""
    light_bins: float = 0.12
    """Bin of the colour histogram, natural log: 12 %, about the fall-off of light within a cell or two."""
    light_scales: tuple[float, ...] = (0.2, 0.2, 0.15, 0.1, 0.08, 0.08)
    """Scales of the reweighting, natural log: from a whole room's fall-off down to a board's own texture."""
    light_damping: float = 0.002
    """Keeps slopes at rest where next to no board is seen."""
    chroma_weight: float = 3.0
    """Light changes in level, hardly in hue: a hue of 5 % off the board's tells as much as a level of 15 %."""
    chroma_damping: float = 0.2
    """Lets the hue of the light drift only where a great part of the board agrees (two kinds of lamps)."""
    max_light_gain: float = 2.0
    """More than a factor of two would amplify noise into texture."""
    min_light_samples: int = 200
    """Fewer samples do not hold up a quadratic."""


@dataclass(frozen=True)
class LinesSettings:
    """How the lines of a card are found. Lengths in ``work`` pixels unless a share is named."""

    work_px: int = 320
    """Longer side of a card while lines are sought: letters of a ten-line card still have 15 px, and a card takes 10 ms."""
    blur_px: float = 1.0
    """Sigma that takes sensor noise down without closing letters whose strokes are 3 px."""
    noise_sigmas: float = 4.5
    """Ink differs from paper by this many of the paper's own noises: one pixel in 10,000 passes by chance, alone, and is dropped."""
    local_share: float = 0.33
    """Share of the strongest ink nearby that still counts as ink: the edge of a blurred stroke has a half."""
    most_skew_deg: float = 12.0
    """Residual turn of writing on an upright card; hands slope by up to 10 degrees."""
    margin: float = 0.06
    """Margin around the ink, share of the line's height; 0.25 cost five points of character error rate (shared reading notes)."""
