"""The printed kit: true scale, codes that say what they should and lie where the geometry says, and type for every room's name."""

import re
import zlib
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from calibration import kit, topic_card
from calibration.kit import Corner
from digitizer.cli import cli
from digitizer.errors import EventError
from digitizer.event import parse_event
from digitizer.kit import card_pages, shapes
from digitizer.kit.make import kit_pages
from digitizer.kit.order import PAPERS, Order, card_numbers
from digitizer.kit.pdf import to_pdf
from digitizer.kit.raster import to_picture
from digitizer.kit.typeface import Font, load_typeface

URL = "https://schedule.example.org"
EVENT_TOML = """
[event]
name = "Unconference Żywiec"
timezone = "Europe/Warsaw"
[[board]]
id = "friday"
date = 2024-05-17
rooms = ["Grüner Saal", "Αίθουσα Β", "Зал 3"]
slots = ["10:00", "11:00"]
[[board.blocked]]
room = "Зал 3"
slots = ["11:00"]
[[board]]
id = "saturday"
date = 2024-05-18
columns = "slots"
rooms = ["Grüner Saal", "306"]
slots = ["10:00", "11:00", "12:00"]
"""
PX_PER_MM = 5.0


@pytest.fixture(scope="module")
def typeface():
    """The typeface that comes with Boardcast."""
    return load_typeface()


def order_of(typeface, paper="a4", url=URL, numbers=range(1, 9)):
    """An order of the test's event."""
    return Order(parse_event(EVENT_TOML), typeface, paper, url, numbers)


def sightings(page, typeface, which):
    """Markers of a dictionary on a drawn page: id -> 4x2 corners in mm."""
    image = cv2.copyMakeBorder(to_picture(page, PX_PER_MM, typeface), 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    corners, ids, _ = cv2.aruco.ArucoDetector(kit.dictionary(which), parameters).detectMarkers(image)
    return {int(i): (c[0] - 20 + 0.5) / PX_PER_MM for i, c in zip(() if ids is None else ids.ravel(), corners, strict=True)}


def content(pdf):
    """The streams of a PDF, unpacked."""
    packed = re.findall(rb"/ASCII85Decode /FlateDecode.*?stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    import base64

    return [zlib.decompress(base64.a85decode(part.strip().removesuffix(b"~>"))) for part in packed]


def test_every_id_means_one_thing():
    """Corners of all boards, columns and rows have ids of their own, and each is understood."""
    corners = {kit.corner_id(board, corner): (board, corner) for board in range(kit.MOST_BOARDS) for corner in Corner}
    assert len(corners) == 4 * kit.MOST_BOARDS
    assert all(kit.board_and_corner(marker) == meaning for marker, meaning in corners.items())
    places = [kit.COLUMN_IDS + i for i in range(kit.MOST_LABELS)] + [kit.ROW_IDS + i for i in range(kit.MOST_LABELS)]
    assert len(set(places) | set(corners)) == len(places) + len(corners)
    assert [kit.column_of(m) for m in (399, 400, 479, 480)] == [None, 0, 79, None]
    assert [kit.row_of(m) for m in (479, 480, 559, 560)] == [None, 0, 79, None]
    assert max(places) < len(kit.dictionary(kit.BOARD_DICTIONARY).bytesList)


def test_a_board_beyond_the_markers_is_refused():
    """With the number that there is."""
    with pytest.raises(ValueError, match="100 boards"):
        kit.corner_id(100, Corner.TOP_LEFT)
    with pytest.raises(ValueError, match="1000 topic cards"):
        kit.card_marker(1000)


@pytest.mark.parametrize(("name", "printed"), [("Fox 🦊", "Fox "), ("👩‍💻 R5 ❤️", " R5 "), ("Käse & Брот №5", "Käse & Брот №5")])
def test_ornaments_that_no_font_has_are_left_out(typeface, name, printed):
    """An emoji in the name of the event refused the whole kit."""
    assert "".join(part for _, part in typeface.runs(name, bold=True)) == printed


@pytest.mark.parametrize(("name", "told"), [("🦊", "1 of them: 🦊"), ("مسرح", "from right to left"), ("אולם 3", "from right to left")])
def test_names_that_cannot_be_printed_are_refused(typeface, name, told):
    """Nothing is left of the one; the others would stand there with their letters in the wrong order."""
    with pytest.raises(EventError, match=told):
        typeface.runs(name, bold=False)


@pytest.mark.parametrize("paper", PAPERS)
def test_corner_tiles_are_at_true_scale_and_touch_the_grid_as_the_geometry_says(typeface, paper):
    """Each marker, as drawn, lies where calibration.kit has it from the tile's inner corner."""
    page = next(p for p in kit_pages(order_of(typeface, paper)) if p.name == "Corners of board saturday")
    seen = sightings(page, typeface, kit.BOARD_DICTIONARY)
    assert sorted(seen) == [4, 5, 6, 7]
    middle = np.array(page.size_mm) / 2  # where the four tiles meet: each one's inner corner
    for marker, corners_mm in seen.items():
        assert np.abs(corners_mm - middle - kit.tile_marker_mm(Corner(marker % 4))).max() < 0.15


def test_strips_have_the_place_of_their_label_and_their_foot_where_the_geometry_says(typeface):
    """One for each column and row of the board as it hangs, in order."""
    pages = [p for p in kit_pages(order_of(typeface)) if p.name in ("Slots of board saturday", "Rooms of board saturday")]
    columns, rows = (sightings(p, typeface, kit.BOARD_DICTIONARY) for p in pages)
    assert sorted(columns) == [400, 401, 402]
    assert sorted(rows) == [480, 481]
    foot = np.array(pages[0].size_mm) / 2 + [-kit.COLUMN_STRIP_MM[0] / 2, 0]
    assert np.abs(columns[400] - foot - kit.strip_marker_mm(True)).max() < 0.15
    foot = np.array(pages[1].size_mm) / 2 + [0, 0]
    assert np.abs(rows[480] - foot - kit.strip_marker_mm(False)).max() < 0.15


@pytest.mark.parametrize("paper", PAPERS)
def test_topic_cards_are_the_same_on_every_paper_each_with_its_number(typeface, paper):
    """Four a page; the marker lies where calibration.topic_card has it."""
    pages = [p for p in kit_pages(order_of(typeface, paper)) if p.name.startswith("Topic cards")]
    assert [p.name for p in pages] == ["Topic cards 001 to 004", "Topic cards 005 to 008"]
    seen = sightings(pages[1], typeface, kit.CARD_DICTIONARY)
    assert sorted(seen) == [5, 6, 7, 8]
    assert np.abs(seen[8] - np.array(pages[1].size_mm) / 2 - topic_card.MARKER.corners()).max() < 0.15


def test_cards_and_corners_are_never_taken_for_each_other(typeface):
    """No marker of one dictionary is found on pages of the other."""
    for page in kit_pages(order_of(typeface)):
        other = kit.BOARD_DICTIONARY if page.name.startswith("Topic cards") else kit.CARD_DICTIONARY
        assert sightings(page, typeface, other) == {}


def test_the_qr_code_of_a_card_leads_to_its_page(typeface):
    """As a phone reads it from the drawn card."""
    order = order_of(typeface)
    drawn = to_picture(shapes.Page("card", topic_card.CARD_MM, tuple(card_pages.topic_card(order, 17))), 12, typeface)
    assert cv2.QRCodeDetector().detectAndDecode(drawn[:400, -400:])[0] == f"{URL}/topic/17"


def test_without_an_address_there_is_no_qr_code_and_nothing_that_speaks_of_one(typeface):
    """On cards and on signs."""
    order = order_of(typeface, url=None)
    drawn = [*card_pages.topic_card(order, 1), *card_pages.room_sign(order, "306", order.sideways_mm)]
    assert sum(isinstance(shape, shapes.Code) for shape in drawn) == 1
    assert not any("can" in shape.text.split() or "Scan" in shape.text for shape in drawn if isinstance(shape, shapes.Text))


def test_lines_and_boxes_of_a_card_vanish_in_the_red_channel(typeface):
    """Where a host writes there is nothing but paper in red, and in green all keep more light than ink does."""
    drawn = to_picture(shapes.Page("card", topic_card.CARD_MM, tuple(card_pages.topic_card(order_of(typeface), 1))), 8, typeface)
    for area in (topic_card.TITLE, topic_card.COMB):
        part = drawn[round(area.y * 8) + 8 : round(area.bottom * 8), round(area.x * 8) : round(area.right * 8) - 8]
        assert part[..., 2].min() == 255
        assert topic_card.DROP_OUT_LEVEL * 255 < part[..., 1].min() < 255


def test_everything_on_a_card_keeps_off_the_scissors(typeface):
    """Two millimetres at the least on all sides."""
    drawn = to_picture(shapes.Page("card", topic_card.CARD_MM, tuple(card_pages.topic_card(order_of(typeface), 999))), 8, typeface)
    rim = np.ones(drawn.shape[:2], bool)
    rim[16:-16, 16:-16] = False
    assert drawn[rim].min() == 255


@pytest.mark.parametrize("paper", PAPERS)
def test_the_pdf_has_the_papers_size_and_the_scale_of_a_millimetre(typeface, paper):
    """72 points an inch, and the printer is told not to scale."""
    order = order_of(typeface, paper)
    pdf = to_pdf(kit_pages(order), "kit", typeface)
    width, height = (side * 72 / 25.4 for side in PAPERS[paper])
    boxes = {tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox \[ ([^\]]+) \]", pdf)}
    assert all(min(abs(w - width) + abs(h - height), abs(w - height) + abs(h - width)) < 0.01 for _, _, w, h in boxes)
    assert len(boxes) == 2
    scaled = [page for page in content(pdf) if re.search(rb"2\.83464\d* 0 0 -2\.83464\d* 0 [\d.]+ cm", page)]
    assert len(scaled) == len(kit_pages(order))
    assert b"/PrintScaling /None" in pdf


def test_all_type_is_embedded(typeface):
    """Nothing is left to the fonts of the printer, which lack Greek and Cyrillic."""
    pdf = to_pdf(kit_pages(order_of(typeface)), "kit", typeface)
    assert set(re.findall(rb"/BaseFont /(\S+)", pdf)) == {b"AAAAAA+OpenSans", b"AAAAAA+OpenSans-Bold"}
    assert pdf.count(b"/FontFile2") >= 2


def test_the_same_event_gives_the_same_bytes(typeface):
    """A kit can be compared with the one that hangs."""
    assert to_pdf(kit_pages(order_of(typeface)), "kit", typeface) == to_pdf(kit_pages(order_of(typeface)), "kit", typeface)


def test_signs_that_no_font_has_are_named_before_anything_is_printed(typeface):
    """With what to do about them."""
    event = parse_event(EVENT_TOML.replace("306", "会議室 1"))
    with pytest.raises(EventError, match=r"会議室 1.*3 of them: 会議室\. .*--font"):
        to_pdf(kit_pages(replace(order_of(typeface), event=event)), "kit", typeface)


@dataclass(frozen=True, eq=False)
class Complete(Font):
    """A font that says it has every sign."""

    def has(self, sign):
        """Yes."""
        return bool(sign)


def test_a_font_of_the_organizers_stands_in_for_single_signs(typeface):
    """The rest stays in the kit's own type."""
    other = Complete("Other", typeface.bold.path, typeface.bold.loaded)
    runs = replace(typeface, other=other).runs("A会B", bold=False)
    assert [(font.name, text) for font, text in runs] == [("OpenSans-Regular", "A"), ("Other", "会"), ("OpenSans-Regular", "B")]


def test_a_file_that_is_no_font_is_told(tmp_path):
    """By its name."""
    path = tmp_path / "no.ttf"
    path.write_bytes(b"no font")
    with pytest.raises(EventError, match=r"no\.ttf is no TrueType font"):
        load_typeface(path)


def test_enough_cards_for_the_free_cells_are_printed_in_whole_pages():
    """Eleven free cells on two boards: sixteen cards; or as many as asked for, from where the last print ended."""
    event = parse_event(EVENT_TOML)
    assert card_numbers(event, None, 1) == range(1, 17)
    assert card_numbers(event, 6, 40) == range(40, 46)
    with pytest.raises(EventError, match="0 to 999"):
        card_numbers(event, 20, 990)


def test_long_names_fit_where_they_are_printed(typeface):
    """A strip's label is made smaller, never cut."""
    order = order_of(typeface)
    name = "Konferenzraum Alexander von Humboldt, Seitenflügel"
    strip = next(
        p for p in kit_pages(replace(order, event=parse_event(EVENT_TOML.replace("306", name)))) if p.name == "Rooms of board saturday"
    )
    label = next(s for s in strip.shapes if isinstance(s, shapes.Text) and s.text == name)
    assert typeface.width(name, label.size, bold=True) <= kit.ROW_STRIP_MM[0] - 44 + 0.01


def feet(order):
    """The last lines of all pages, page by page, with the page's width."""
    texts = [(page, [s for s in page.shapes if isinstance(s, shapes.Text)]) for page in kit_pages(order)]
    low = ((page, max(found, key=lambda text: text.at[1])) for page, found in texts if found)
    return [(page.size_mm[0], text) for page, text in low if text.align == "middle" and text.at[1] > page.size_mm[1] - 5]


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("board", ["friday", "the-board-in-the-great-hall-by-the-stairs"[:40]])
def test_the_foot_line_of_every_page_stays_on_the_paper(typeface, paper, board):
    """Found in use: with a name of 80 letters the line ran off the corner page on both sides. What the page is for is never cut."""
    name = "The Long Unconference of Everybody Who Ever Wanted to Talk about Boards, Cards, Pens and Tape"
    plan = parse_event(EVENT_TOML.replace("Unconference Żywiec", name).replace('"friday"', f'"{board}"'))
    found = feet(replace(order_of(typeface, paper), event=plan))
    assert len(found) >= 6
    for width, text in found:
        assert typeface.width(text.text, text.size, text.bold) <= width - 10.0, text.text
    assert any(f"Corners of board {board}," in text.text and text.text.endswith("corner of the grid of cells.") for _, text in found)


@pytest.fixture
def run(tmp_path):
    """The command in a folder of its own."""
    (tmp_path / "event.toml").write_text(EVENT_TOML, encoding="utf-8")

    def call(*arguments):
        given = ["kit", "--event", str(tmp_path / "event.toml"), "-o", str(tmp_path / "out" / "kit.pdf"), *arguments]
        return CliRunner().invoke(cli, given, prog_name="boardcast")

    return call


def test_the_command_writes_the_pdf_and_says_what_is_in_it(run, tmp_path):
    """On stderr; the pages are drawn where that is asked for."""
    done = run("--paper", "letter", "--cards", "4", "--draw", str(tmp_path / "drawn"))
    assert done.exit_code == 0
    assert done.stdout == ""
    assert "12 pages for 2 boards, topic cards 1 to 4. Print at 100 %" in done.stderr
    assert (tmp_path / "out" / "kit.pdf").read_bytes().startswith(b"%PDF-")
    assert len(list((tmp_path / "drawn").iterdir())) == 12


def test_the_command_refuses_what_makes_no_kit(run):
    """One message, exit code 2, nothing written."""
    own = '"http://127.0.0.1:8000/" leads each phone that scans it to itself.'
    refused = (
        (("--url", "schedule"), "no address"),
        (("--url", "http://127.0.0.1:8000/"), own),
        (("--first", "998", "--cards", "9"), "0 to 999"),
    )
    for arguments, words in refused:
        done = run(*arguments)
        assert done.exit_code == 2
        assert words in done.stderr
