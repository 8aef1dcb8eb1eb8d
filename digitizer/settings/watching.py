"""Thresholds of a board seen again and again: capturing, what changed, what is shown of it."""

from __future__ import annotations

from dataclasses import dataclass


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
    """A file in a watched folder whose size and time stood still this long, and that is whole, is written in full."""
    restless_polls: int = 2
    """Polls in a row that find a file another one each time: it may never stand still, and is read as soon as it is whole."""
    whole_s: float = 30.0
    """Time to wait for the end of a file: TCP tries a lost packet again after 1, 2, 4, 8 and 16 s. Then it is told as it is."""
    camera_s: float = 15.0
    """Time for a camera to give a frame: network cameras take up to 10 s to open a stream."""
    frames_a_look: int = 4
    """Their mean halves a sensor's noise; more would only make a look longer."""
    frame_gap_s: float = 0.1
    """Time between the frames of a look: 3 to 6 frames of a camera, so that a hand passing by does not cover them all alike."""
    burst_s: float = 1.5
    """Time for the frames after the first one: what is slower gives fewer."""
    still_ratio: float = 3.0
    """How much more a patch may differ between two frames than the quiet ones do: noise grows with the root of light, three times at
    most between a dark and a white patch. Ink that moved by half a pixel differs tenfold."""
    quiet_share: float = 0.1
    """Share of the patches that are taken for bare: wall, paper, floor. What differs there is noise, even where the camera shook."""
    still_gray: float = 2.0
    """Gray levels that a patch may differ in any case: an encoder's rounding, where there is no noise at all."""
    torn_share: float = 0.05
    """Share of the height that is filled in one colour, from the bottom, in a frame whose rest never came."""
    dark_gray: float = 16.0
    """Gray that nine tenths of a picture in the dark stay below: 0.2 % of a sensor's full scale, with its exposure as long as it goes."""
    blank_spread: float = 3.0
    """Spread of gray below which a picture without its noise shows nothing: a lens that is covered, a decoder's one colour."""
    stirred_gray: int = 2
    """Gray levels by which a sample must differ to count as another: one is an encoder's rounding."""
    stirred_share: float = 0.005
    """Share of samples that differ in any two looks of a live sensor: noise of half a gray level makes 5 %, a clock drawn over a
    frozen picture 0.05 %."""
    freeze_looks: int = 3
    """Looks in a row without such a difference that make a freeze."""
    back_off_s: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
    """Waits before a failed camera is opened again; the last one repeats. None is longer than the time between two looks."""
    least_back_off_s: float = 5.0
    """What the longest wait is at least: starting a process costs half a second of a core, which fast looks must not burn for days."""
    login_back_off_s: tuple[float, ...] = (60.0, 300.0, 900.0, 1800.0)
    """Waits after a login was refused; the last one repeats. Cameras lock out for half an hour after five to seven wrong ones in that time:
    these are four at most."""
    word_s: float = 60.0
    """How often it is told in a long wait that it lasts: who says nothing for three minutes counts as gone."""


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
    strange: float = 0.1
    """Share of the textured tiles under which nothing is left of a view: people before the board leave the ceiling and the walls."""
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
class PatchSettings:
    """When a part of the board may be seen anew instead of the whole."""

    least_px: int = 6
    """Changed pixels of the compared pictures that make a change: one stroke of a marker, a letter high, changes 2 by 8; noise and JPEG
    leave up to 2 by 2 where a stroke was."""
    least_gain: float = 0.8
    """Brightness ratio of two looks: beyond it the evened light of the last look no longer fits."""
    most_cells: float = 3.0
    """Area of one change in cells: a card and where it came from; people are larger."""
    most_of_sheet: float = 0.5
    """Share of the sheet from which patching saves nothing."""
    margin_cells: float = 1.0
    """Around the change: a whole card on each side, by which size and colour are judged."""


@dataclass(frozen=True)
class ClearestSettings:
    """By which of several looks a cell of the people-free picture is shown. Lengths are px of it: a cell of ten columns has 160."""

    recent_s: float = 3600.0
    """Age at which a look counts for nothing against a new one; half of it halves what its clarity counts. So a clear look holds for half
    an hour against one half as clear, and nothing that is shown is older than this while two looks show its cell alike."""
    least_gain: float = 1.05
    """A look must be clearer by this to be worth a new picture at once: two of a camera that stands still differ by 2 %. One that is as
    clear is taken over after a twentieth of ``recent_s``."""
    rim_px: int = 4
    """How far a cell may lie off in a look: a grid found anew is off by 0.15 % of its width, 2.4 px."""
    calm_px: float = 0.8
    """Gaussian that takes the edge off a sensor's noise before slopes are taken and pictures compared."""
    edge_share: float = 0.05
    """Share of a cell's pixels that are the slopes of its writing: ink covers a tenth of a card, and a card half of a cell."""
    least_slope: float = 3.0
    """Gray levels a px that are added to what is measured, so that bare cells are as clear as each other: a soft glare makes 1 to 2."""
    drawn_slope: float = 3.0
    """Gray levels a px from which a slope is something drawn: noise of 7 levels makes 2 after ``calm_px``."""
    blurs_px: tuple[float, ...] = (0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
    """By which the sharper of two is blurred until both are alike; beyond the last nothing is legible in the other."""
    slow_share: float = 0.15
    """Reach, in cells, of the mean that is light rather than a card: what is left of a card's edge is half of its step."""
    change_gray: float = 14.0
    """Gray levels over a blob that are a change: a pen stroke 2 px wide of 70 levels makes 25 there, noise of 7 levels 5."""
    blob_px: int = 5
    """Side of that blob: jitter of a px leaves less than a px of an edge."""
    moved_cells: float = 0.1
    """Distance, in cells, from which a card hangs elsewhere: outlines of one card are found 0.1 of a cell apart once in twenty looks."""
    other_card: float = 0.3
    """Share of a fingerprint's bits from which a card's picture has changed, as where cards are followed."""
    burnt_gray: int = 250
    """Least channel from which a pixel of a photo is burnt out: white in all three, which paper is only in a glare or when overexposed."""
    halo_px: int = 5
    """Around what is burnt out: there the glare still outshines what it lies on."""
    most_veil: float = 0.01
    """Share of a cell that may be burnt out: a word is ten times as much."""


@dataclass(frozen=True)
class ComposeSettings:
    """How the people-free picture is put together."""

    width_px: int = 1600
    """Of the grid: cards of a ten-column board stay readable on a laptop."""
    most_height: float = 3.0
    """Times the width: a board that is higher is drawn shorter."""
    board_level: float = 215.0
    """Brightness of the board's middle in every look, so that cells of different looks fit together."""
    most_gain: float = 3.0
    """More would show noise rather than cards."""
    reach_cells: float = 0.2
    """Around a cell: somebody that near may have a finger or a shadow in it."""
    clearest: ClearestSettings = ClearestSettings()
