"""The decoder as seen from outside: a file's bytes go in, pixels or EXIF times come out, refusals become messages."""

from __future__ import annotations

import atexit
import mmap
from collections.abc import Mapping
from typing import Any, Literal

from digitizer.capturing.channel import Busy
from digitizer.capturing.child import Child, ChildFell
from digitizer.capturing.files import MOST_BYTES
from digitizer.errors import DecoderBusy, PhotoError
from digitizer.settings import CaptureSettings

SETTINGS = CaptureSettings()
LARGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1", "PILLOW_BLOCK_SIZE": "64m"}
"""Has the C library ask for large pages (transparent huge pages, where the kernel gives them on request) and Pillow for a photo's pixels
in one piece: a third of the time of decoding one goes by when the kernel hands out small ones."""

_decoder = Child("digitizer.capturing.decoder", str(SETTINGS.memory_mb), str(SETTINGS.decode_s), environment=LARGE_PAGES)
atexit.register(_decoder.stop)

SEND_AGAIN = "Send the file again, or take another photo."
MESSAGES = {
    "empty": ("{name} is empty.", "It has 0 bytes.", SEND_AGAIN),
    "no_image": ("{name} is not an image.", "It has {size} bytes that begin with {head}.", "Give a JPEG, PNG, WebP or TIFF photo."),
    "heic": (
        "{name} is a HEIC photo, and this installation cannot read HEIC.",
        "The package pillow-heif is not installed.",
        'Install it with "pip install boardcast[heic]", or set the camera to "Most compatible" (JPEG).',
    ),
    "damaged": ("{name} is damaged or cut off.", "Its {size} bytes do not decode ({error}).", SEND_AGAIN),
    "animated": (
        "{name} is an animation or has several pages.",
        "It is a {format} of {frames} frames, and which of them shows the board is not known.",
        "Save the one that does as JPEG.",
    ),
    "too_large": (
        "{name} has too many pixels.",
        "It is {width}x{height}, {megapixels} megapixels; {max_megapixels} are the limit.",
        "Take it at a lower resolution (12 megapixels are plenty), or scale it down.",
    ),
    "large_file": ("{name} is too large a file.", "It has more than {max_file_mb} MB, which are the limit.", "Save it as a JPEG."),
    "small": (
        "{name} is too small to show a board.",
        "It is {width}x{height} px; the shorter side needs {least_side_px} at least.",
        "Send the photo itself, not a thumbnail of it.",
    ),
    "memory": ("{name} was refused.", "Decoding it took more than {memory_mb} MB of memory.", "Save it as a plain JPEG."),
    "fatal": ("{name} was refused.", "Decoding it ended the decoder ({error}).", "Save it as a plain JPEG."),
    "busy": (
        "{name} could not be decoded now.",
        "The machine is short of memory: its pixels, {size} bytes of file, could not be handed over.",
        "Try it again; where this comes back, give the machine more memory or less to do.",
    ),
    "slow": ("{name} was refused.", "Decoding it took longer than {decode_s} s.", "Save it as a plain JPEG."),
}


def ask(
    what: Literal["pixels", "times"], data: bytes, name: str, *, long_side_px: int | None = None
) -> tuple[dict[str, Any], mmap.mmap | None]:
    """Ask the decoder about the bytes of a file; ``long_side_px`` lets it give a JPEG smaller, not below that.

    The answer has ``width``, ``height`` (px, upright) and ``exif`` (tag name -> text); for "pixels" the block holds
    height x width x 3 u8 in BGR order. Raises ``PhotoError``: a file refused, or one that ended the decoder.
    """
    if len(data) > MOST_BYTES:
        raise refusal("large_file", name, {})
    try:
        answer, block = _answer(what, data, long_side_px)
    except TimeoutError:
        raise refusal("slow", name, {}) from None
    except Busy:
        raise refusal("busy", name, {"size": len(data)}) from None
    except ChildFell as fall:
        raise refusal("slow" if fall.signal_name == "SIGXCPU" else "fatal", name, {"error": str(fall)}) from fall
    if "refused" in answer:
        raise refusal(answer["refused"], name, answer | {"size": len(data)})
    if min(answer["width"], answer["height"]) < SETTINGS.least_side_px:
        raise refusal("small", name, answer)
    return answer, block


def is_cut(data: bytes) -> bool:
    """Whether a file that begins as a photo does not decode: its end is missing, most likely. No other refusal ends by waiting."""
    try:
        answer, _ = _answer("pixels", data)
    except (TimeoutError, Busy, ChildFell):
        return False
    return answer.get("refused") in ("damaged", "no_image")


def _answer(what: str, data: bytes, long_side_px: int | None = None) -> tuple[dict[str, Any], mmap.mmap | None]:
    """What the decoder says, a refusal too. Raises what ``Child.ask`` raises."""
    request = {"ask": what, "max_pixels": SETTINGS.max_megapixels * 1_000_000, "long_side_px": long_side_px}
    return _decoder.ask(request, data, SETTINGS.decode_s)


def refusal(kind: str, name: str, numbers: Mapping[str, Any]) -> PhotoError:
    """The message for a kind of refusal; ``numbers`` are what the decoder found."""
    what, evidence, remedy = MESSAGES[kind]
    if kind == "heic" and numbers["readable"]:
        what, evidence, remedy = MESSAGES["damaged"]
    if kind == "no_image" and not numbers["size"]:
        what, evidence, remedy = MESSAGES["empty"]
    values = {"error": "", **SETTINGS.__dict__, **numbers, "name": name}
    if {"width", "height"} <= numbers.keys():
        values["megapixels"] = round(numbers["width"] * numbers["height"] / 1e6, 1)
    error = DecoderBusy if kind == "busy" else PhotoError
    return error(what.format_map(values), evidence.format_map(values).replace(" ()", ""), remedy)
