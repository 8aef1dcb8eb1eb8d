"""Watched folders whose files are written while they are looked at: again and again, with pauses, or never to the end."""

import io
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pictures import encoded, scene, with_exif
from PIL import Image, ImageDraw

from digitizer import capture
from digitizer.capturing.folder import Folder
from digitizer.capturing.sources import Pace, Shot
from digitizer.capturing.whole import is_whole

NINE = datetime(2024, 5, 17, 9, tzinfo=UTC)


class Over(Exception):
    """The time of a test is over."""


def jpeg(number: int, **options: object) -> bytes:
    """A photo that no other number gives, nor another size in bytes."""
    picture = scene()
    ImageDraw.Draw(picture).rectangle((100, 100, 110 + number % 100, 120 + number // 10), fill="black")
    return encoded(picture, "JPEG", comment=b"x" * (number % 50), **options)


def watched(folder: Path, write: Callable[[float], object], seconds: float, every_s: float = 30.0) -> list[tuple[float, Shot]]:
    """The shots of a folder in so many seconds, each with when it came; ``write`` is called at each wait, with the seconds until then."""
    now, came = NINE, []

    def wait(wait_s: float) -> None:
        nonlocal now
        now += timedelta(seconds=wait_s)
        if now - NINE > timedelta(seconds=seconds):
            raise Over
        write((now - NINE).total_seconds())

    with pytest.raises(Over):
        came.extend(((now - NINE).total_seconds(), shot) for shot in capture.shots(str(folder), every_s, pace=Pace(lambda: now, wait)))
    return came


@pytest.fixture
def latest(tmp_path: Path) -> Path:
    """The one name that many cameras write."""
    return tmp_path / "latest.jpg"


def put(path: Path, data: bytes, at: float) -> None:
    """Write a file in place, at a time of its own."""
    path.write_bytes(data)
    os.utime(path, (at, at))


@pytest.mark.parametrize("is_renamed", [False, True])
def test_a_file_that_is_written_every_second_is_seen_at_each_look(latest: Path, is_renamed: bool) -> None:
    """IP cameras, fswebcam and uploads overwrite one name; it never stood still, and the page waited for its first photo all day."""

    def write(at: float) -> None:
        put(latest.with_name("latest.tmp") if is_renamed else latest, jpeg(int(at * 10)), at)
        if is_renamed:
            latest.with_name("latest.tmp").rename(latest)

    came = watched(latest.parent, write, 95)
    assert [shot.refused for _, shot in came] == [""] * len(came)
    assert [round(at / 30) for at, _ in came] == [0, 1, 2, 3]
    assert all(is_whole(shot.data) for _, shot in came)


def test_a_file_that_is_whole_at_times_is_read_then(latest: Path) -> None:
    """Half of its polls find it half written."""

    def write(at: float) -> None:
        data = jpeg(int(at * 10))
        put(latest, data if int(at * 10) % 3 == 0 else data[: len(data) // 2], at)

    came = watched(latest.parent, write, 61)
    assert len(came) >= 2
    assert all(is_whole(shot.data) and not shot.refused for _, shot in came)


def test_a_file_that_is_never_whole_is_told_once_and_read_once_it_is(latest: Path) -> None:
    """The page said that it waits for the first photo, and nobody knew why."""

    def write(at: float) -> None:
        data = jpeg(int(at * 10))
        put(latest, data if at > 200 else data[: len(data) // 2 + int(at) % 7], at)

    (told_at, told), (read_at, shot) = watched(latest.parent, write, 210)
    assert told.refused.startswith("latest.jpg is written again and again, and was not whole at any look for 30 s.")
    assert 30 <= told_at <= 33
    assert (shot.refused, is_whole(shot.data)) == ("", True)
    assert 200 <= read_at <= 203


def test_one_name_written_every_half_minute_is_read_each_time(latest: Path) -> None:
    """A look is due as often; that polls come a little late must not add up."""
    written: list[bytes] = []

    def write(at: float) -> None:
        if at // 30 >= len(written):
            written.append(jpeg(len(written)))
            put(latest, written[-1], at)

    came = watched(latest.parent, write, 900)
    assert [shot.data for _, shot in came] == written[: len(came)]
    assert len(came) >= 29


def test_another_name_is_read_at_once(latest: Path) -> None:
    """Only the next version of the same one waits until a look is due."""

    def write(at: float) -> None:
        if at <= 5:
            put(latest.with_name(f"{at:.0f}.jpg"), jpeg(int(at)), at)

    assert [round(at) for at, _ in watched(latest.parent, write, 20)] == [2, 3, 4, 5, 6]


def test_a_photo_whose_writer_pauses_is_waited_for(latest: Path) -> None:
    """An upload over a weak network stood still for some seconds: it was told as damaged, and read later."""
    data = jpeg(7)

    def write(at: float) -> None:
        put(latest, data[: len(data) // 2] if at < 15 else data, 1 if at < 15 else 2)

    ((at, shot),) = watched(latest.parent, write, 60)
    assert (shot.data, shot.refused) == (data, "")
    assert 15 <= at <= 18


def test_a_photo_whose_end_never_comes_is_told_once(latest: Path) -> None:
    """Its sender gave up: it comes as it is, half a minute later, and decoding it says what is wrong."""
    put(latest, jpeg(7)[:900], 1)
    ((at, shot),) = watched(latest.parent, lambda _: None, 200)
    assert len(shot.data) == 900
    assert 30 <= at <= 32


def test_an_upload_that_takes_long_is_no_fault(latest: Path) -> None:
    """A minute for a photo, over a slow line: it grows at each poll."""
    data = jpeg(7)
    ((at, shot),) = watched(latest.parent, lambda at: put(latest, data[: int(len(data) * at / 60)], at), 90)
    assert shot.data == data
    assert 60 <= at <= 63


def test_an_empty_file_that_stays_so_is_told(latest: Path) -> None:
    """A camera whose card is full writes such."""
    put(latest, b"", 1)
    ((at, shot),) = watched(latest.parent, lambda _: None, 100)
    assert shot.data == b""
    assert 30 <= at <= 32


def film() -> bytes:
    """What phones append to a JPEG."""
    return b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 40


@pytest.mark.parametrize("after", [b"", b"\0" * 5000, b"\xff" * 16, b"\r\n", film()])
def test_a_jpeg_is_whole_with_its_end_whatever_follows(after: bytes) -> None:
    """Cameras fill a file up; phones append films and second pictures."""
    assert is_whole(jpeg(3) + after)


def with_thumbnail() -> bytes:
    """A JPEG that holds a smaller one, with an end of its own, in its EXIF."""
    small = jpeg(1)
    data = with_exif(ImageDescription="x")
    segment = b"Exif\0\0" + small
    return data[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2) + segment + data[2:]


def test_a_jpeg_is_not_whole_before_its_end() -> None:
    """Wherever it is cut: the end of the small picture in its EXIF is not the photo's."""
    data = with_thumbnail()
    assert is_whole(data)
    after_thumbnail = data.index(b"\xff\xd9") + 2
    for length in (0, 2, 3, 20, after_thumbnail, after_thumbnail + 1, len(data) // 2, len(data) - 40):
        assert not is_whole(data[:length]), length
    assert not is_whole(data[: len(data) // 2] + bytes(len(data) // 2))


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF", "BMP", "JPEG"])
def test_any_photo_is_whole_once_it_decodes(form: str) -> None:
    """And half of it is not."""
    noise = Image.effect_noise((320, 240), 50).convert("RGB")
    noise.save(file := io.BytesIO(), form)
    assert is_whole(file.getvalue())
    assert not is_whole(file.getvalue()[: len(file.getvalue()) // 2])


@pytest.mark.parametrize("data", [b"no photo", b"<html>", encoded(scene().resize((90, 60)), "PNG")])
def test_what_waiting_makes_no_photo_is_not_waited_for(data: bytes) -> None:
    """It is told at once."""
    assert is_whole(data)


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_file_that_is_removed_before_it_is_read_is_told_of_where_it_stays_away(
    latest: Path, caplog, monkeypatch, comes_back: bool
) -> None:
    """Cameras that remove their file before they write the next one filled the log, at each look anew."""
    taken = Folder.take

    def take(folder: Folder, path: Path) -> bytes | None:
        path.unlink()
        return taken(folder, path)

    def write(at: float) -> None:
        if comes_back or at < 5:
            put(latest, jpeg(int(at)), at)

    monkeypatch.setattr(Folder, "take", take)
    watched(latest.parent, write, 95, every_s=10)
    assert caplog.messages == ([] if comes_back else ["latest.jpg was there and is gone."])
