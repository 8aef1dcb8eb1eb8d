"""Photos that show nothing new are known without decoding them in full."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import cv2
import numpy as np
import pytest
from kept import card, digitization
from made_up import event
from pictures import encoded
from PIL import Image

from calibration.rig import Cell
from digitizer.capture import decode
from digitizer.errors import PhotoError
from digitizer.glance import KEPT, Glances
from digitizer.model import Digitization, LabelCheck

NINE = datetime(2024, 5, 17, 9, tzinfo=UTC)
LATER = NINE + timedelta(seconds=30)
BOARD = event().board("friday")


def view(card_text: str = "", dx: int = 0, gain: float = 1.0) -> np.ndarray:
    """A board of lines and labels, 2400x1800, maybe with a card, seen from a little aside, in other light."""
    image = np.full((1800, 2400, 3), 215, np.uint8)
    for x in range(200, 2300, 300):
        cv2.line(image, (x, 120), (x + 16, 1720), (30, 30, 30), 8)
    for y in range(120, 1760, 220):
        cv2.line(image, (200, y), (2300, y + 10), (30, 30, 30), 8)
        cv2.putText(image, f"{y // 220 + 9}:00", (40, y + 120), cv2.FONT_HERSHEY_SIMPLEX, 2, (0, 0, 0), 4)
    if card_text:
        cv2.rectangle(image, (820, 580), (1040, 740), (120, 240, 250), -1)
        cv2.putText(image, card_text, (830, 670), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (60, 0, 0), 4)
    return np.clip(np.roll(image, dx, axis=1) * gain, 0, 255).astype(np.uint8)


def jpeg(image: np.ndarray, seed: int) -> bytes:
    """The bytes of a photo with a sensor's noise."""
    noisy = np.clip(image + np.random.default_rng(seed).normal(0, 2, image.shape), 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def looked_at(data: bytes) -> Digitization:
    """A look at that photo; its sheet shows all of it."""
    found = digitization(decode(data, "first.jpg", NINE), BOARD, (card("Board games", Cell(1, 0)),))
    layout = found.pose.layout
    return replace(
        found,
        pose=replace(found.pose, board_from_photo=np.diag([layout.width_mm / 2400, layout.height_mm / 1800, 1.0])),
        sheet=replace(found.sheet, board_from_sheet=np.diag([layout.width_mm / 90, layout.height_mm / 60, 1.0])),
        timings_ms=MappingProxyType({}),
    )


def after(first: np.ndarray, *later: np.ndarray) -> list[Digitization | None]:
    """What glances say of later photos once the first was looked at."""
    glances, data = Glances(), jpeg(first, 0)
    assert glances.again(data, "first.jpg", NINE, None) is None
    last = looked_at(data)
    return [glances.again(jpeg(image, n), f"{n}.jpg", LATER, last) for n, image in enumerate(later, start=1)]


def test_an_unchanged_photo_is_the_last_look_at_another_time():
    """Same cards, same sheet; name and time are the new photo's, and so is what the reading says of its photo."""
    (found,) = after(view("Games"), view("Games"))
    assert [reading.title.text for reading in found.reading.cards] == ["Board games"]
    assert (found.photo.name, found.photo.taken_at, found.reading.taken_at) == ("1.jpg", LATER, LATER)
    assert found.reading.photo_sha256 == decode(jpeg(view("Games"), 1), "1.jpg").sha256
    assert found.photo.image.shape == (1800, 2400, 3)


def test_a_look_whose_labels_were_not_checked_in_time_is_not_taken_once_more():
    """The next one checks them."""
    glances, data = Glances(), jpeg(view("Games"), 0)
    glances.again(data, "first.jpg", NINE, None)
    last = replace(looked_at(data), labels=LabelCheck(("It had 10 s.",), finished=False))
    assert glances.again(jpeg(view("Games"), 1), "1.jpg", LATER, last) is None


@pytest.mark.parametrize(
    "changed",
    [view("Gomes"), view(""), view("Games", dx=3), view("Games", gain=0.4), view("Games")[:900, :1200].copy()],
    ids=["a letter", "no card", "a nudge", "other light", "another size"],
)
def test_whatever_is_new_is_looked_at_in_full(changed):
    """A letter on a card, a card, the camera's place, the light, the camera itself."""
    assert after(view("Games"), changed) == [None]


def test_it_compares_with_the_last_full_look_however_many_others_came_between():
    """An hour of photos without a change, then one with: slow drift cannot add up to nothing."""
    *same, changed = after(view("Games"), *[view("Games")] * 6, view("Golf"))
    assert all(same)
    assert changed is None


def test_few_pictures_are_kept():
    """A camera that is nudged at each look must not fill the memory."""
    glances = Glances()
    for n in range(KEPT + 3):
        glances.again(jpeg(view("Games", dx=10 * n), n), f"{n}.jpg", NINE, None)
    assert len(glances._kept) == KEPT


def test_a_file_that_is_no_photo_is_refused_as_ever():
    """With its name."""
    with pytest.raises(PhotoError, match=r"notes\.jpg is not an image"):
        Glances().again(b"hello", "notes.jpg", NINE, None)


def test_a_photo_may_be_decoded_smaller_where_that_is_faster():
    """A JPEG to a half, a quarter or an eighth, never below what was asked for; other formats as they are; upright all the same."""
    image = view("Games")
    small = decode(jpeg(image, 0), "a.jpg", long_side_px=600).image
    assert small.shape == (450, 600, 3)
    assert np.abs(small.astype(int) - cv2.resize(image, (600, 450), interpolation=cv2.INTER_AREA)).mean() < 3
    assert decode(jpeg(image, 0), "a.jpg", long_side_px=1000).image.shape == (900, 1200, 3)
    assert decode(jpeg(image, 0), "a.jpg", long_side_px=5000).image.shape == (1800, 2400, 3)
    assert decode(encoded(Image.fromarray(image[:, :, ::-1])), "a.png", long_side_px=600).image.shape == (1800, 2400, 3)
