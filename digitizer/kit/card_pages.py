"""Topic cards, four a page, and the signs at the rooms' doors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calibration import topic_card as card
from calibration.kit import Box, card_marker, qr_code
from digitizer.kit.order import CARDS_A_PAGE, Order, centred, cut_marks, paragraph, portions
from digitizer.kit.shapes import BLACK, CORAL, GRAY, INK, PALE, PINK, Code, Disc, Page, Rect, Shape, Text, line, moved

GRID = (2, 2)
LINE_MM = 0.35
WHAT_IT_IS = (
    "A meeting that you hold yourself: write what it is about, hang this card in a free cell of the board, and be there. "
    "Whoever comes is right."
)
ITS_PAGE = "Scan for its page"


def card_pages(order: Order) -> Iterator[Page]:
    """The topic cards, on pages held sideways."""
    size = order.sideways_mm
    for part in portions(order.numbers, CARDS_A_PAGE):
        shapes = cut_marks(size, card.CARD_MM, GRID)
        for number, (x, y) in zip(part, centred(size, card.CARD_MM, GRID), strict=False):
            shapes += [moved(shape, x, y) for shape in topic_card(order, number)]
        yield Page(f"Topic cards {_span(part)}", size, tuple(shapes))


def topic_card(order: Order, number: int) -> list[Shape]:
    """One card, in its own frame."""
    return [*_head(order, number), *_title_lines(order), *_comb(), *_foot(number)]


def card_address(order: Order, number: int) -> str | None:
    """Where a card's QR code leads."""
    return f"{order.url}/topic/{number}" if order.url else None


def _head(order: Order, number: int) -> list[Shape]:
    left = card.MARKER.right + 5.0
    address = card_address(order, number)
    right = card.QR.x - 4.0 if address else card.TITLE.right
    face = order.typeface
    shapes: list[Shape] = [
        Code(card.MARKER, card_marker(number)),
        Text((left, 9.6), "OPEN SPACE", 4.6, CORAL, True),
        Text((left, 14.2), face.shortened(order.event.name, right - left, 3.0, True), 3.0, INK, True),
        *paragraph(face, WHAT_IT_IS, (left, 18.6), right - left, 2.35, GRAY),
    ]
    return [*shapes, Code(card.QR, qr_code(address))] if address else shapes


def _title_lines(order: Order) -> list[Shape]:
    area = card.TITLE
    lines: list[Shape] = [line((area.x, y), (area.right, y), PINK, LINE_MM) for y in card.TITLE_LINES_MM]
    hint = [Text((area.right, 30.4), ITS_PAGE, 2.0, GRAY, align="right")] if order.url else []
    return [*lines, *hint, Text((area.x, 35.2), "Topic", 3.0, PINK)]


def _comb() -> list[Shape]:
    sides = [card.box(i).x for i in range(1, card.BOXES)]
    boxes: list[Shape] = [line((x, card.COMB.y), (x, card.COMB.bottom), PINK, LINE_MM) for x in sides]
    boxes.append(Rect(card.COMB, stroke=PINK, stroke_mm=LINE_MM))
    middle, base = card.AT.x + card.AT.width / 2 - 0.6, card.AT.y + card.AT.height / 2 + 2.7
    return [Text((middle, base), "@", 8.5, INK, True, "middle"), *boxes]


def _foot(number: int) -> list[Shape]:
    base = card.ANCHORS_MM[0, 1] + 0.9
    who = "Your user name, one sign a box: letters, digits, _. Dark pen, please."
    dots: list[Shape] = [Disc((x, y), card.ANCHOR_RADIUS_MM, BLACK) for x, y in card.ANCHORS_MM.tolist()]
    return [
        *dots,
        Text((card.COMB.x, base), who, 2.35, GRAY),
        Text((card.ANCHORS_MM[1, 0] - 5, base), f"No. {number:03d}", 2.35, GRAY, align="right"),
    ]


def sign_pages(order: Order) -> Iterator[Page]:
    """A sign for each room, each once however many boards have it."""
    for room in dict.fromkeys(room for board in order.event.boards for room in board.rooms):
        size = order.sideways_mm
        yield Page(f"Sign for {room}", size, tuple(room_sign(order, room, size)))


def room_sign(order: Order, room: str, size_mm: tuple[float, float]) -> list[Shape]:
    """A sign: the room, as large as it goes, and where to see what is on."""
    width, height = size_mm
    face, margin = order.typeface, 18.0
    large = face.fitting(room, width - 2 * margin, 120.0, True)
    name = face.shortened(order.event.name, width - 2 * margin - 60, 7.0, True)
    shapes: list[Shape] = [
        Rect(Box(margin, margin, 26.0, 2.6), fill=CORAL),
        Text((margin, margin + 13.0), "OPEN SPACE", 7.0, CORAL, True),
        Text((width - margin, margin + 13.0), name, 7.0, INK, True, "right"),
        Text((width / 2, height * 0.47 + large * 0.3), room, large, INK, True, "middle"),
        line((margin, height - 66.0), (width - margin, height - 66.0), PALE, 0.4),
    ]
    return [*shapes, *_whats_on(order, (margin, height - 56.0))]


def _whats_on(order: Order, at: tuple[float, float]) -> list[Shape]:
    """What is on here, and where that is written."""
    x, y = at
    if not order.url:
        return [
            Text((x, y + 14.0), "What is on here?", 9.0, INK, True),
            Text((x, y + 24.0), "Look at the board, or add a topic of your own: take a card, write, hang it up.", 5.0, GRAY),
        ]
    side = 40.0
    left = x + side + 10.0
    face = order.typeface
    return [
        Code(Box(x, y, side, side), qr_code(f"{order.url}/")),
        Text((left, y + 12.0), "What is on here?", 9.0, INK, True),
        Text(
            (left, y + 21.5), f"Scan, or go to {_plain(order.url)}", face.fitting(f"Scan, or go to {_plain(order.url)}", 190.0, 5.0), GRAY
        ),
        Text((left, y + 29.5), "Add a topic of your own: take a card at the board, write, hang it up.", 5.0, GRAY),
    ]


def _plain(url: str) -> str:
    """An address as people read it."""
    return url.split("://", 1)[-1]


def _span(numbers: Sequence[int]) -> str:
    return f"{numbers[0]:03d}" if len(numbers) == 1 else f"{numbers[0]:03d} to {numbers[-1]:03d}"
