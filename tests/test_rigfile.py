"""calibration.rigfile: what is saved comes back bit for bit; what is damaged or foreign is named."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest

from calibration.rig import Layout, Lens, Reference, Rig
from calibration.rigfile import load_rig, rig_from_text, rig_to_text, save_rig

LAYOUT = Layout(3, 2, (0.0, 200.5, 390.25, 600.0), (0.0, 150.0, 310.0))


def a_rig() -> Rig:
    """A rig with everything in it."""
    rng = np.random.default_rng(3)
    reference = Reference(
        image=rng.integers(0, 256, (70, 90), dtype=np.uint8),
        board_from_image=np.diag([2.5, 2.5, 1.0]),
        points_px=rng.uniform(0, 70, (40, 2)),
        descriptors=rng.integers(0, 256, (40, 128), dtype=np.uint8),
        photo_size_px=(4032, 3024),
        board_from_photo=np.array([[0.3, 0.01, -20], [0.02, 0.31, -40], [1e-5, 2e-5, 1]]),
        layout=LAYOUT,
    )
    lens = Lens(np.array([[2900.0, 0, 2016], [0, 2900, 1512], [0, 0, 1]]), np.array([-0.1, 0.02, 0.001, 0, 0]), (4032, 3024), 0.31)
    return Rig("friday", LAYOUT, reference, lens, ('made by "hand"\n\\second line', "größer"))


def test_a_rig_comes_back_as_it_was(tmp_path):
    """Arrays to the last bit, notes with quotes and umlauts, lens and layout."""
    path, rig = tmp_path / "rig.toml", a_rig()
    save_rig(rig, path)
    back = load_rig(path)
    assert (back.board_id, back.layout, back.notes) == (rig.board_id, rig.layout, rig.notes)
    assert back.reference is not None
    assert back.lens is not None
    assert back.reference.layout == rig.layout
    for name in ("image", "board_from_image", "points_px", "descriptors", "board_from_photo"):
        assert np.array_equal(getattr(back.reference, name), getattr(rig.reference, name)), name
    assert np.array_equal(back.lens.matrix, rig.lens.matrix)
    assert np.array_equal(back.lens.distortion, rig.lens.distortion)
    assert (back.lens.size_px, back.lens.rms_px) == (rig.lens.size_px, rig.lens.rms_px)


def test_arrays_cannot_be_written_to(tmp_path):
    """Values are frozen to the last level."""
    save_rig(a_rig(), tmp_path / "rig.toml")
    with pytest.raises(ValueError, match="read-only"):
        load_rig(tmp_path / "rig.toml").reference.image[0, 0] = 1


def test_a_bare_rig_is_enough():
    """Layout alone: no reference, no lens, no notes."""
    back = rig_from_text(rig_to_text(Rig("b", LAYOUT)))
    assert (back.reference, back.lens, back.notes) == (None, None, ())


def test_people_can_read_the_head():
    """Plain TOML with the edges as numbers."""
    head = tomllib.loads(rig_to_text(a_rig()))
    assert head["board"] == "friday"
    assert head["layout"]["column_edges_mm"] == [0.0, 200.5, 390.25, 600.0]


def test_saving_leaves_no_half_file(tmp_path):
    """A rig whose text cannot be written leaves the old file as it was."""
    path = tmp_path / "rig.toml"
    save_rig(Rig("old", LAYOUT), path)
    with pytest.raises(UnicodeEncodeError):
        save_rig(Rig("new", LAYOUT, notes=("\ud800",)), path)
    assert load_rig(path).board_id == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["rig.toml"]


def flipped(text: str) -> str:
    """One character of the picture's data exchanged for another of the alphabet."""
    start = text.index("data = '''") + 400
    return text[:start] + ("A" if text[start] != "A" else "B") + text[start + 1 :]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda t: t[: len(t) // 2], "damaged"),
        (flipped, "damaged"),
        (lambda t: t.replace("shape = [40, 2]", "shape = [41, 2]"), "656"),
        (lambda t: t.replace("shape = [40, 2]", "shape = [4000000, 4000000]"), "cannot belong"),
        (lambda t: t.replace("shape = [70, 90]", "shape = [90, 70]"), "90x70 px"),
        (lambda t: t.replace("columns = 3", "columns = 4"), "4 columns"),
        (lambda t: t.replace("200.5", "-200.5"), "edges"),
        (lambda t: t.replace("200.5", "nan"), "numbers"),
        (lambda t: t.replace("size_px = [4032, 3024]", "size_px = [0, 3024]", 1), "no size"),
        (lambda t: t.replace("[layout]", "[plan]"), "layout"),
        (lambda t: t.replace("boardcast rig 1", "boardcast rig 9"), "boardcast rig 9"),
        (lambda _: "[event]\nname = 'x'\n", "boardcast calibrate"),
        (lambda _: "\x89PNG", "damaged"),
    ],
)
def test_damage_is_named(damage, says):
    """A calibration that is not whole is refused: it would place cards wrongly."""
    text = damage(rig_to_text(a_rig()))
    with pytest.raises(ValueError, match=says):
        rig_from_text(text)


def test_a_binary_file_is_named(tmp_path):
    """A photo given for a rig."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" * 50)
    with pytest.raises(ValueError, match=r"photo\.jpg.*UTF-8"):
        load_rig(path)


def test_a_missing_file_is_the_systems_error(tmp_path):
    """Callers say where it was looked for."""
    with pytest.raises(FileNotFoundError):
        load_rig(tmp_path / "none.toml")
