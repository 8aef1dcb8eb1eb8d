"""A folder of photos of the kit's target -> the lens of the camera that took them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from calibration.lens import LensFit, largest_shift_px, measure_lens
from calibration.rig import Image
from digitizer.capture import load
from digitizer.capturing.folder import SUFFIXES
from digitizer.errors import CalibrationError, PhotoError

MOST_PHOTOS = 60
"""More tell nothing new, and take a second each."""


def lens_from(folder: Path) -> LensFit:
    """Measure the lens by the photos in ``folder``, in the order of their names. Raises ``CalibrationError``, ``PhotoError``."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and not path.name.startswith("."))
    except OSError as error:
        raise CalibrationError(
            f"Cannot read the folder {folder}: {error.strerror}.", remedy="Give a folder of photos of the target."
        ) from error
    if len(paths) > MOST_PHOTOS:
        raise CalibrationError(f"{folder} holds {len(paths)} photos.", f"{MOST_PHOTOS} are the most.", "Ten to twenty do.")
    try:
        return measure_lens(_images(paths))
    except PhotoError:
        raise
    except ValueError as error:
        raise CalibrationError(f"The lens cannot be measured by the photos in {folder}.", str(error)) from error


def told(fit: LensFit) -> str:
    """What a lens rests on, in a sentence."""
    return (
        f"lens measured by {fit.used} of {fit.given} photos: {fit.corners} corners in {fit.covered:.0%} of the picture, reprojected to "
        f"{fit.lens.rms_px:.2f} px; it moves the picture's rim by up to {largest_shift_px(fit.lens):.0f} px"
    )


def _images(paths: list[Path]) -> Iterator[Image]:
    return (load(path).image for path in paths)
