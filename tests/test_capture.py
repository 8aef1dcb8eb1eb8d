"""Capture: bytes in every form that cameras and strangers send."""

import errno
import fcntl
import gzip
import io
import os
import signal
import struct
import threading
import time
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pytest
from pictures import SIZE, corners, encoded, scene, with_exif
from PIL import ExifTags, Image

from digitizer import capture
from digitizer.capturing import channel, decoder, pixels
from digitizer.capturing.child import Child, ChildFell
from digitizer.errors import PhotoError


def png_header(width: int, height: int) -> bytes:
    """A PNG that declares a size and holds next to nothing: what a decompression bomb looks like from outside."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_stand_upright_whatever_their_exif_orientation(orientation: int) -> None:
    """A camera stores the scene turned and says so in EXIF; all eight ways come out as the scene was."""
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that stores what the tag undoes
    stored = scene() if orientation == 1 else scene().transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation.value] = orientation
    photo = capture.decode(encoded(stored, "JPEG", exif=exif, quality=95), "turned.jpg")
    assert photo.image.shape == (240, 320, 3)
    assert corners(photo.image) == ["red", "lime", "blue", "white"]


@pytest.mark.parametrize(
    ("mode", "form"),
    [("RGB", "PNG"), ("RGB", "WEBP"), ("RGB", "TIFF"), ("RGB", "BMP"), ("P", "PNG"), ("P", "GIF"), ("CMYK", "JPEG"), ("YCbCr", "JPEG")],
)
def test_colours_survive_every_form(mode: str, form: str) -> None:
    """The pixels are BGR whatever the file's own colour model."""
    assert corners(capture.decode(encoded(scene(mode), form), "photo").image) == ["red", "lime", "blue", "white"]


@pytest.mark.parametrize(("mode", "form"), [("L", "JPEG"), ("1", "PNG"), ("L", "TIFF")])
def test_gray_photos_become_three_equal_channels(mode: str, form: str) -> None:
    """Later stages always get three channels."""
    image = capture.decode(encoded(scene(mode), form), "gray").image
    assert image.shape == (240, 320, 3)
    assert np.ptp(image.astype(int), axis=2).max() == 0
    assert image[220, 20].min() > 250


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_tones(form: str) -> None:
    """A ramp of 16-bit gray comes out as the same ramp in 8 bits, not clipped."""
    ramp = np.tile(np.linspace(0, 65535, 320).astype(np.uint16), (240, 1))
    image = capture.decode(encoded(Image.fromarray(ramp), form), "deep").image
    assert np.abs(image[100, :, 1].astype(float) - np.linspace(0, 255, 320)).max() < 1.5


def test_transparency_lies_on_white() -> None:
    """A cut-out with clear surroundings is a card on white, not on the black that hides beneath."""
    picture = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    picture.paste((200, 0, 0, 255), (0, 0, 160, 240))
    image = capture.decode(encoded(picture), "cut-out.png").image
    assert image[100, 250].tolist() == [255, 255, 255]
    assert image[100, 50].tolist() == [0, 0, 200]


def test_pixels_are_those_of_a_plain_decoder_and_cannot_be_changed() -> None:
    """The way through the other process loses nothing, and hands out read-only pixels."""
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, (777, 1001, 3), dtype=np.uint8)
    photo = capture.decode(cv2.imencode(".png", noise)[1].tobytes(), "noise.png")
    assert np.array_equal(photo.image, noise)
    with pytest.raises(ValueError, match="read-only"):
        photo.image[0, 0, 0] = 1


def test_sha256_is_of_the_bytes() -> None:
    """The known digest of a file identifies it wherever it came from."""
    import hashlib

    data = encoded(scene())
    assert capture.decode(data, "a.png").sha256 == hashlib.sha256(data).hexdigest()


def cpu_seconds() -> float:
    """Processor time of this process and of its decoder: unlike the clock's it does not grow when the machine has other work."""
    assert pixels._decoder._process is not None
    fields = Path(f"/proc/{pixels._decoder._process.pid}/stat").read_text().rpartition(") ")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime: proc(5)


def test_twelve_megapixels_decode_in_a_third_of_a_second() -> None:
    """Warm; the cheapest of three."""
    noise = np.random.default_rng(2).integers(0, 256, (504, 672, 3), dtype=np.uint8)
    data = cv2.imencode(".jpg", cv2.resize(noise, (4032, 3024)))[1].tobytes()
    capture.decode(data, "phone.jpg")
    spent = []
    for _ in range(3):
        began = cpu_seconds()
        capture.decode(data, "phone.jpg")
        spent.append(cpu_seconds() - began)
    assert min(spent) < 0.3


# What is refused


def test_what_is_no_image_is_refused() -> None:
    """The message names the file and what it begins with."""
    with pytest.raises(PhotoError, match=r"notes\.txt is not an image\. It has 13 bytes that begin with 48 65 6c 6c 6f"):
        capture.decode(b"Hello, board!", "notes.txt")


def test_an_empty_file_is_refused() -> None:
    """An upload that broke off before its first byte."""
    with pytest.raises(PhotoError, match=r"a\.jpg is empty"):
        capture.decode(b"", "a.jpg")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_truncated_file_is_refused(form: str) -> None:
    """Half a photo must not be read as a board whose lower half is empty."""
    noise = Image.fromarray(np.random.default_rng(3).integers(0, 256, (240, 320, 3), dtype=np.uint8))
    data = encoded(noise, form)
    with pytest.raises(PhotoError, match="damaged or cut off"):
        capture.decode(data[: len(data) // 2], "half")


def test_a_gzip_bomb_is_no_image() -> None:
    """Compressed files of other kinds are not unpacked."""
    with pytest.raises(PhotoError, match="not an image"):
        capture.decode(gzip.compress(bytes(10**7)), "bomb.gz")


def test_one_pixel_is_refused() -> None:
    """The message says how large a photo must be."""
    with pytest.raises(PhotoError, match=r"1x1 px; the shorter side needs 200"):
        capture.decode(encoded(Image.new("RGB", (1, 1))), "dot.png")


def test_two_hundred_megapixels_are_refused_by_their_header() -> None:
    """Nothing is decoded: the numbers of the header are enough."""
    began = time.perf_counter()
    with pytest.raises(PhotoError, match=r"16000x12500, 200\.0 megapixels; 100 are the limit"):
        capture.decode(png_header(16000, 12500), "huge.png")
    assert time.perf_counter() - began < 2


def test_a_decompression_bomb_is_refused() -> None:
    """A few kilobytes that claim gigapixels."""
    with pytest.raises(PhotoError, match="too many pixels"):
        capture.decode(png_header(100_000, 100_000), "bomb.png")


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_an_animation_is_refused(form: str) -> None:
    """Which of its frames shows the board is for a person to say."""
    frames = [scene(), scene().rotate(180), scene().rotate(90)]
    data = encoded(frames[0], form, save_all=True, append_images=frames[1:])
    with pytest.raises(PhotoError, match="of 3 frames"):
        capture.decode(data, "moving")


def test_a_preview_inside_a_camera_file_is_no_animation() -> None:
    """Cameras store a small second picture in the MPO form of JPEG; the first is the photo."""
    data = encoded(scene(), "MPO", save_all=True, append_images=[scene().resize((160, 120))], quality=95)
    assert corners(capture.decode(data, "camera.jpg").image) == ["red", "lime", "blue", "white"]


def test_heic_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """An iPhone's photo where pillow-heif is missing."""
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    assert "HEIF" not in decoder._formats()
    with pytest.raises(decoder.Refused) as refused:
        decoder.open_picture(b"\0\0\0\x18ftypheic" + bytes(64), 10**6, decoder._formats())
    error = pixels.refusal("heic", "IMG_1.HEIC", refused.value.answer)
    assert "pip install boardcast[heic]" in str(error)


def test_heic_with_its_package_is_read() -> None:
    """pillow-heif comes with the development tools, so that this way is tried too."""
    import pillow_heif

    buffer = io.BytesIO()
    pillow_heif.from_pillow(scene()).save(buffer, quality=95)
    assert corners(capture.decode(buffer.getvalue(), "IMG_1.HEIC").image) == ["red", "lime", "blue", "white"]


def test_formats_that_run_programs_are_not_opened() -> None:
    """Pillow hands EPS to Ghostscript; a stranger's file must not get that far."""
    eps = encoded(scene(), "EPS")
    with pytest.raises(PhotoError, match="not an image"):
        capture.decode(eps, "drawing.eps")


def test_a_file_that_needs_too_much_memory_ends_the_decoder_only() -> None:
    """The decoder's memory is limited by the kernel; the next file is decoded by a new one."""
    small = Child("digitizer.capturing.decoder", "200", "20")
    picture = encoded(Image.new("RGB", (9000, 9000), "red"))
    request = {"ask": "pixels", "max_pixels": 10**9}
    try:
        try:
            answer, _ = small.ask(request, picture)
            assert answer["refused"] == "memory"
        except ChildFell:
            pass
        answer, block = small.ask(request, encoded(scene()))
        assert block is not None
        assert len(block) == 320 * 240 * 3
    finally:
        small.stop()


def test_a_decoder_that_takes_too_long_is_ended() -> None:
    """The deadline is the caller's; what hangs is killed, and the next file is decoded."""
    child = Child("digitizer.capturing.decoder", "1500", "20")
    try:
        with pytest.raises(TimeoutError):
            child.ask({"ask": "pixels", "max_pixels": 10**9}, encoded(Image.new("L", (8000, 8000))), timeout_s=0.01)
        assert child.ask({"ask": "times", "max_pixels": 10**9}, encoded(scene()))[0]["width"] == 320
    finally:
        child.stop()


def test_a_decoder_that_was_killed_is_replaced() -> None:
    """Somebody's out-of-memory killer may take it at any time."""
    capture.decode(encoded(scene()), "before.png")
    process = pixels._decoder._process
    assert process is not None
    process.kill()
    process.wait()
    assert capture.decode(encoded(scene()), "after.png").image.shape == (240, 320, 3)


def test_what_is_set_for_a_child_does_not_outrank_who_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The decoder asks for large pages, unless whoever started Boardcast has told the C library something else."""
    monkeypatch.setenv("PILLOW_BLOCK_SIZE", "8m")
    child = Child("digitizer.capturing.decoder", "1500", "20", environment=pixels.LARGE_PAGES)
    try:
        child.ask({"ask": "times", "max_pixels": 10**9}, encoded(scene()))
        process = child._process
        assert process is not None
        told = Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
        assert b"GLIBC_TUNABLES=glibc.malloc.hugetlb=1" in told
        assert b"PILLOW_BLOCK_SIZE=8m" in told
    finally:
        child.stop()


def busy_kernel(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """The kernel holds on to a block's pages when it is to be sealed, so many times in a row; nobody waits for real."""
    refusals = iter([OSError(errno.EBUSY, "Device or resource busy")] * times)
    real = fcntl.fcntl

    def seal(descriptor: int, command: int, argument: int = 0) -> int:
        refusal = next(refusals, None) if command == fcntl.F_ADD_SEALS else None
        if refusal:
            raise refusal
        return real(descriptor, command, argument)

    monkeypatch.setattr(channel.fcntl, "fcntl", seal)
    monkeypatch.setattr(channel.time, "sleep", lambda _: None)


def test_a_kernel_that_holds_on_to_pages_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a block can't be sealed at once; the photo is decoded all the same."""
    busy_kernel(monkeypatch, channel.SEAL_TRIES - 1)
    assert capture.decode(encoded(scene()), "a.png").image.shape == (240, 320, 3)


def test_a_machine_short_of_memory_is_no_damaged_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says to try again, and the next photo is decoded."""
    busy_kernel(monkeypatch, channel.SEAL_TRIES)
    with pytest.raises(PhotoError, match=r"a\.png could not be decoded now\. The machine is short of memory"):
        capture.decode(encoded(scene()), "a.png")
    assert capture.decode(encoded(scene()), "a.png").image.shape == (240, 320, 3)


def test_many_threads_share_one_decoder() -> None:
    """Each gets its own photo back."""
    shades = range(0, 240, 20)
    results: dict[int, int] = {}

    def one(shade: int) -> None:
        results[shade] = int(capture.decode(encoded(Image.new("RGB", SIZE, (shade,) * 3)), f"{shade}.png").image[5, 5, 0])

    threads = [threading.Thread(target=one, args=(shade,)) for shade in shades]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {shade: shade for shade in shades}


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_fork_gets_a_decoder_of_its_own() -> None:
    """Job queues fork workers; two processes on one socket would get each other's photos."""
    capture.decode(encoded(scene()), "parent.png")
    child = os.fork()
    if child == 0:
        right = False
        try:  # whatever happens here, this copy of the process must not go on with the tests
            signal.alarm(60)
            right = corners(capture.decode(encoded(scene()), "child.png").image) == ["red", "lime", "blue", "white"]
            pixels._decoder.stop()
        finally:
            os._exit(0 if right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert capture.decode(encoded(scene()), "parent.png").image.shape == (240, 320, 3)


# When it was taken


def test_exif_time_with_offset_is_used() -> None:
    """The camera's local time and its offset give UTC."""
    photo = capture.decode(with_exif(DateTimeOriginal="2024:05:17 09:30:00", OffsetTimeOriginal="-04:00"), "a.jpg")
    assert photo.taken_at == datetime(2024, 5, 17, 13, 30, tzinfo=UTC)


def test_exif_time_without_offset_is_in_the_events_zone() -> None:
    """Many cameras know no zone; the event's is the likeliest."""
    data = with_exif(DateTimeOriginal="2024:05:17 09:30:00")
    assert capture.decode(data, "a.jpg", zone=ZoneInfo("Europe/Berlin")).taken_at == datetime(2024, 5, 17, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "0000:00:00 00:00:00", "yesterday", "2099:01:01 00:00:00"])
def test_times_that_cannot_be_fall_back(text: str) -> None:
    """A clock never set, or set to the future, is worth less than the file's own time."""
    fallback = datetime(2024, 5, 17, 12, tzinfo=UTC)
    assert capture.decode(with_exif(DateTimeOriginal=text), "a.jpg", fallback=fallback).taken_at == fallback


def test_a_given_time_outranks_exif() -> None:
    """Who knows when the photo was taken says so."""
    given = datetime(2024, 5, 17, 12, tzinfo=UTC)
    assert capture.decode(with_exif(DateTimeOriginal="2024:05:17 09:30:00"), "a.jpg", given).taken_at == given


def test_without_any_time_it_is_now() -> None:
    """An upload without EXIF was most likely just taken."""
    assert abs(capture.decode(encoded(scene()), "a.png").taken_at - datetime.now(UTC)) < timedelta(seconds=10)


def test_load_takes_the_files_own_time(tmp_path: Path) -> None:
    """A copied picture keeps the time of its file."""
    path = tmp_path / "a.png"
    path.write_bytes(encoded(scene()))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    photo = capture.load(path)
    assert photo.taken_at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert photo.name == "a.png"


def test_load_of_a_missing_file_says_so(tmp_path: Path) -> None:
    """Not a traceback."""
    with pytest.raises(PhotoError, match=r"Cannot read .*gone\.jpg: No such file"):
        capture.load(tmp_path / "gone.jpg")


def test_no_more_of_a_file_is_read_than_a_photo_may_have(tmp_path: Path) -> None:
    """A film among the photos, here of 64 GB, and a device that never ends: both filled the memory, and the system killed the program."""
    film = tmp_path / "film.jpg"
    with film.open("wb") as file:
        file.truncate(64 << 30)
    for path in (film, Path("/dev/zero")):
        with pytest.raises(PhotoError, match=r"is too large a file\. It has more than 100 MB"):
            capture.load(path)
