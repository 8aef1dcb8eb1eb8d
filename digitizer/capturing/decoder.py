"""The decoder: a process of its own, limited in memory, time and open files, that turns a file's bytes into pixels.

It is fed by strangers. Pillow decodes here and nowhere else, only formats that photos come in, and what it needs in memory
and processor time is bounded by the kernel, so that a file made to exhaust a machine ends this process and nothing else.
"""

from __future__ import annotations

import contextlib
import io
import resource
import socket
import sys
from collections.abc import Iterator
from typing import Any

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from digitizer.capturing import channel
from digitizer.capturing.channel import ChannelError

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevx", b"mif1", b"msf1")
STRIP_ROWS = 256
"""Rows packed to BGR at a time: a strip stays in the cache, which packs a photo ten times faster than in one piece."""


class Refused(Exception):
    """A file that gives no photo; ``kind`` is what ``digitizer.capturing.pixels`` has a message for."""

    def __init__(self, kind: str, **numbers: str | int) -> None:
        super().__init__(kind)
        self.answer = {"refused": kind, **numbers}


def serve(link: socket.socket, memory_mb: int, cpu_s: int) -> None:
    """Answer requests until the other side closes."""
    formats = _formats()
    Image.init()
    Image.MAX_IMAGE_PIXELS = None  # the limit of the request is checked before decoding, and says more
    _limit(resource.RLIMIT_AS, memory_mb << 20)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, 32)
    while True:
        try:
            request, data = channel.receive(link)
        except ChannelError:
            return
        _allow_cpu(cpu_s)
        _answer(link, request, bytes(data) if data is not None else b"", formats)


def _formats() -> tuple[str, ...]:
    try:
        import pillow_heif
    except ImportError:
        return FORMATS
    pillow_heif.register_heif_opener()
    return (*FORMATS, "HEIF")


def _limit(what: int, value: int) -> None:
    resource.setrlimit(what, (value, value))


def _allow_cpu(seconds: int) -> None:
    """Allow ``seconds`` of processor time from now on: the kernel counts over the life of the process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds + 1, resource.RLIM_INFINITY))


def _answer(link: socket.socket, request: dict[str, Any], data: bytes, formats: tuple[str, ...]) -> None:
    try:
        picture = open_picture(data, request["max_pixels"], formats)
        answer = {"exif": times(picture), "width": picture.width, "height": picture.height}
        if request["ask"] == "times":
            channel.send(link, answer)
            return
        if request.get("long_side_px"):
            reduce(picture, request["long_side_px"])
        bgr = upright_rgb(picture)
        answer |= {"width": bgr.width, "height": bgr.height}
        channel.send(link, answer, strips(bgr))
    except Refused as refused:
        channel.send(link, refused.answer)
    except channel.Busy:
        channel.send(link, {"refused": "busy"})
    except MemoryError:
        channel.send(link, {"refused": "memory"})
    except Exception as error:  # noqa: BLE001  Pillow's plugins raise whatever a malformed file leads them to
        channel.send(link, {"refused": "damaged", "error": str(error)[:300]})


def open_picture(data: bytes, max_pixels: int, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """Open a file without decoding its pixels. Raises ``Refused``: not an image, HEIC, too many pixels, an animation."""
    try:
        picture = Image.open(io.BytesIO(data), formats=formats)
    except UnidentifiedImageError:
        if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
            raise Refused("heic", readable="HEIF" in formats) from None
        raise Refused("no_image", head=data[:12].hex(" ")) from None
    if picture.width * picture.height > max_pixels:
        raise Refused("too_large", width=picture.width, height=picture.height)
    frames = getattr(picture, "n_frames", 1)
    if frames > 1 and picture.format in ("GIF", "WEBP", "PNG", "TIFF", "AVIF"):  # a second picture in MPO is a preview
        raise Refused("animated", frames=frames, format=picture.format)
    return picture


def times(picture: Image.Image) -> dict[str, str]:
    """The EXIF texts that tell when a photo was taken, by tag name; empty where there are none or they are damaged."""
    with contextlib.suppress(Exception):  # damaged EXIF is no reason to refuse a photo
        exif = picture.getexif()
        tags = {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
        names = ("DateTime", "OffsetTime", "DateTimeOriginal", "OffsetTimeOriginal", "DateTimeDigitized", "OffsetTimeDigitized")
        return {name: str(tags[number])[:40] for name in names if (number := ExifTags.Base[name].value) in tags}
    return {}


def reduce(picture: Image.Image, long_side_px: int) -> None:
    """Have a JPEG decoded to a half, a quarter or an eighth, not below ``long_side_px``; other formats are decoded as they are."""
    share = long_side_px / max(picture.size)
    if share < 1:
        picture.draft("RGB", (max(1, int(share * picture.width)), max(1, int(share * picture.height))))


def upright_rgb(picture: Image.Image) -> Image.Image:
    """Decode to 8-bit RGB: turned upright by EXIF, transparency on white, 16 bits and single channels brought to 8."""
    picture.load()
    with contextlib.suppress(ValueError, TypeError, SyntaxError):  # a damaged orientation tag leaves the photo as it lies
        ImageOps.exif_transpose(picture, in_place=True)
    if picture.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    if picture.mode.startswith("I;16"):
        return picture.point(lambda value: value * (1 / 257) + 0).convert("L").convert("RGB")
    if picture.mode in ("I", "F"):
        return _stretched(picture).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _stretched(picture: Image.Image) -> Image.Image:
    """32-bit gray to 8: such files say nothing of their white, so the largest value is taken for it."""
    low, high = picture.getextrema()
    top = max(float(high), 1.0)  # type: ignore[arg-type]  # one channel: two numbers
    del low
    return picture.point(lambda value: value * (255 / top) + 0).convert("L")


def strips(picture: Image.Image) -> Iterator[bytes]:
    """The pixels of an RGB picture in BGR order, ``STRIP_ROWS`` rows at a time."""
    for top in range(0, picture.height, STRIP_ROWS):
        box = (0, top, picture.width, min(top + STRIP_ROWS, picture.height))
        yield picture.crop(box).tobytes("raw", "BGR")


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[3])), int(sys.argv[1]), int(sys.argv[2]))
