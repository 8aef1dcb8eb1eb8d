"""Cards -> what they say: lines of all cards in one batched run, each decoded as what it is, with the probability that it is right."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

import numpy as np

from calibration.rig import readonly
from digitizer import cores
from digitizer.casing import publish_handle, publish_name, publish_title
from digitizer.confidence import SheetEvidence, probability
from digitizer.decoder import Hypothesis, box_lattice, decode_greedy, decode_handles, decode_titles
from digitizer.evidence import (
    SeenLine,
    absence,
    at_start,
    evidence_of_handle,
    evidence_of_sheet,
    evidence_of_title,
    known_share,
    may_go_on,
    named,
)
from digitizer.lexicon import Lexicon
from digitizer.lines import LineCrop, OtherLines, find_printed_ways, find_ways
from digitizer.model import Card, CardReading, Guess, Line
from digitizer.parse import HANDLE_INSIDE, Parsed, Role, clean_host, join_title, may_be_handle
from digitizer.readers.base import Lattice, TextReader
from digitizer.readers.signs import sign_reader
from digitizer.settings import HandleSettings, ReadSettings
from digitizer.wayup import as_it_hangs, legibility, turned_to_read
from digitizer.weigh import weighed


def read(cards: Sequence[Card], reader: TextReader, lexicon: Lexicon, settings: ReadSettings | None = None) -> tuple[CardReading, ...]:
    """Read cards, in their order. Raises what ``reader`` raises."""
    settings = settings or ReadSettings()
    seen, judged, otherwise = _first_readings(cards, reader, lexicon, settings)
    for k, other in otherwise.items():
        likelier = other.right > judged[k].right and not _reads_on(other, judged[k], settings)
        if likelier or _reads_on(judged[k], other, settings):
            judged[k] = other
    readings = [found.reading for found in judged]
    hopeless = [k for k, reading in enumerate(readings) if _is_hopeless(reading, seen[k], settings)]
    for k, turned in zip(hopeless, _read_turned([cards[k] for k in hopeless], reader, lexicon, settings), strict=True):
        if turned and turned.title.confidence >= max(settings.turned_least, 2 * readings[k].title.confidence):
            readings[k] = turned
    return tuple(readings)


@dataclass(frozen=True, eq=False)
class JudgedReading:
    """A card's reading and the probability that title and handle are right."""

    reading: CardReading
    right: float


def _first_readings(
    cards: Sequence[Card], reader: TextReader, lexicon: Lexicon, settings: ReadSettings
) -> tuple[list[list[SeenLine]], list[JudgedReading], dict[int, JudgedReading]]:
    """The lines seen on cards, the readings made of them, and by index the readings of cards whose writing is cut into more rows.

    Rows are cut otherwise where that is nearly as likely as the first cut, on one card in twelve. While the lines of some cards are
    recognised, those of the next are found, and those of the last decoded.
    """
    groups = [cards[first : first + settings.cards_a_run] for first in range(0, len(cards), settings.cards_a_run)]
    seen: list[list[SeenLine]] = []
    judged: list[JudgedReading] = []
    ways: list[OtherLines] = []
    with cores.beside() as other:

        def recognised(crops: Sequence[Sequence[LineCrop]]) -> Future[list[Lattice]]:
            return other.submit(reader.recognise, [crop.image for lines in crops for crop in lines])

        def decode(group: Sequence[Card], crops: Sequence[Sequence[LineCrop]], run: Future[list[Lattice]]) -> None:
            shown = see(crops, run.result(), lexicon)
            seen.extend(shown)
            judged.extend(judge(card, lines, reader, lexicon, settings) for card, lines in zip(group, shown, strict=True))

        runs: deque[tuple[Sequence[Card], Sequence[Sequence[LineCrop]], Future[list[Lattice]]]] = deque()
        for group in groups:
            found = cores.each(lambda card: _lines(card, settings), group)
            crops = [lines for lines, _ in found]
            ways += [otherwise for _, otherwise in found]
            runs.append((group, crops, recognised(crops)))
            if len(runs) > 1:
                decode(*runs.popleft())
        more = {k: lines for k, otherwise in enumerate(ways) if (lines := otherwise())}
        last = recognised(list(more.values())) if more else None
        for run in runs:
            decode(*run)
        cut_otherwise = see(list(more.values()), last.result(), lexicon) if last else []
    return seen, judged, {k: judge(cards[k], lines, reader, lexicon, settings) for k, lines in zip(more, cut_otherwise, strict=True)}


def _reads_on(one: JudgedReading, other: JudgedReading, settings: ReadSettings) -> bool:
    """Whether the other cut says what one says, and more.

    Two rows in one crop are read as the bolder one, and surely; and what has fewer words has fewer to be wrong.
    """
    said, more = (reading.reading.title.text.casefold().split() for reading in (one, other))
    following = iter(more)
    return len(said) < len(more) and all(word in following for word in said) and other.right > settings.reads_on * one.right


def _is_hopeless(reading: CardReading, lines: Sequence[SeenLine], settings: ReadSettings) -> bool:
    """Whether there is writing that makes no sense as the card hangs, neither to the decoder nor to the recogniser alone."""
    if reading.card.number is not None:  # its marker tells which way up it hangs
        return False
    illegible = legibility([line.plain for line in lines]) < settings.legible
    return bool(lines) and reading.title.confidence < settings.turn_below and illegible


def _read_turned(cards: Sequence[Card], reader: TextReader, lexicon: Lexicon, settings: ReadSettings) -> list[CardReading | None]:
    """Readings of cards in the way up that is legible, boxes in the frame of the card as it hangs; None where none is."""
    ways = turned_to_read(cards, reader, settings)
    crops = [crop for way in ways if way for crop in way[2]]
    lattices = iter(reader.recognise([crop.image for crop in crops]) if crops else ())
    readings: list[CardReading | None] = []
    for card, way in zip(cards, ways, strict=True):
        if not way:
            readings.append(None)
            continue
        quarters, turned, lines = way
        (seen,) = see([lines], [next(lattices) for _ in lines], lexicon)
        readings.append(as_it_hangs(card, judge(turned, seen, reader, lexicon, settings).reading, quarters))
    return readings


def _lines(card: Card, settings: ReadSettings) -> tuple[tuple[LineCrop, ...], OtherLines]:
    """The lines of a card; of a topic card of the kit its title's lines, then its comb. And what finds them cut otherwise."""
    return find_ways(card, settings.lines) if card.number is None else find_printed_ways(card, settings.lines)


def see(crops: Sequence[Sequence[LineCrop]], lattices: Iterable[Lattice], lexicon: Lexicon) -> list[list[SeenLine]]:
    """Decode the lines of cards as anything they may be; a title with its handle behind it in one line comes apart."""
    following = iter(lattices)
    parts = [[part for crop in lines for part in _apart(crop, next(following))] for lines in crops]
    seen = iter(_decode([part for lines in parts for part in lines], lexicon))
    return [[next(seen) for _ in lines] for lines in parts]


def _apart(crop: LineCrop, lattice: Lattice) -> list[tuple[LineCrop, Lattice]]:
    if crop.comb is not None:
        return [(crop, box_lattice(lattice, sign_reader().read(crop.comb.boxes), crop.comb, HandleSettings()))]
    at = _inside_at(decode_greedy(lattice).text, lattice)
    if at is None:
        return [(crop, lattice)]
    x, y, width, height = crop.box_px
    cut = round(width * at / len(lattice.log_probs))
    boxes = (x, y, max(1, cut), height), (x + cut, y, max(1, width - cut), height)
    column = round(crop.image.shape[1] * at / len(lattice.log_probs))
    images = (readonly(part) for part in (crop.image[:, : max(1, column)], crop.image[:, min(column, crop.image.shape[1] - 1) :]))
    crops = (replace(crop, box_px=box, image=image) for box, image in zip(boxes, images, strict=True))
    parts = (Lattice(readonly(part), lattice.alphabet) for part in (lattice.log_probs[:at], lattice.log_probs[at:]))
    return list(zip(crops, parts, strict=True))


def _inside_at(text: str, lattice: Lattice) -> int | None:
    """The step before the one ``@`` of ``Title @handle``; None where the line is no such."""
    if not HANDLE_INSIDE.search(text) or text.count("@") != 1:
        return None
    steps = np.flatnonzero(lattice.log_probs.argmax(axis=1) == lattice.alphabet.index("@"))
    return max(1, int(steps[0]))


def _decode(parts: Sequence[tuple[LineCrop, Lattice]], lexicon: Lexicon) -> list[SeenLine]:
    """All lines at once: as titles, and as handles those that may be some; a comb is a handle and nothing else."""
    lattices = [lattice for _, lattice in parts]
    plain = [decode_greedy(lattice) for lattice in lattices]
    free = [k for k, (crop, _) in enumerate(parts) if crop.comb is None]
    titles = dict(zip(free, decode_titles([lattices[k] for k in free], lexicon), strict=True))
    may_be = [k for k in range(len(parts)) if k not in titles or _may_be_handle(lattices[k], plain[k], titles[k], lexicon)]
    handles = dict(zip(may_be, decode_handles([lattices[k] for k in may_be], lexicon.handles), strict=True))
    return [SeenLine(crop, lattice, plain[k], titles.get(k, ()), handles.get(k, ())) for k, (crop, lattice) in enumerate(parts)]


def _may_be_handle(lattice: Lattice, plain: Hypothesis, titles: Sequence[Hypothesis], lexicon: Lexicon) -> bool:
    return bool(lexicon.handles) or may_be_handle(plain.text, at_start(lattice), known_share(plain.text, titles, lexicon))


def judge(card: Card, lines: Sequence[SeenLine], reader: TextReader, lexicon: Lexicon, settings: ReadSettings) -> JudgedReading:
    """One card's reading from its lines, which ``reader`` has seen, and how likely it is right."""
    lines, parsed, known = weighed(lines, lexicon, reader.glance)
    by_role = {role: [line for line, own in zip(lines, parsed.roles, strict=True) if own == role] for role in Role}
    sheet = evidence_of_sheet(card, lines)
    title = _title(by_role[Role.TITLE], sheet, lexicon)
    if sheet.cut:
        title = _doubted(title, settings)
    title = replace(title, alternatives=tuple(dict.fromkeys([*title.alternatives, *known])))
    handle = _handle(card, by_role[Role.HANDLE], parsed, sheet)
    if handle and may_go_on(card, by_role[Role.HANDLE][0], lines):
        handle = _doubted(handle, settings)
    right = title.confidence * (handle.confidence if handle else probability("none", absence(lines, parsed, sheet)))
    out = tuple(_line(line, role) for line, role in zip(lines, parsed.roles, strict=True))
    words = published((title, handle, _host(by_role[Role.HOST], lexicon)), lexicon)
    doubtful = card.guessed or card.obstructed or card.visible < settings.least_visible or right < settings.least_probability
    return JudgedReading(CardReading(card, *words, out, doubtful), right)


def _doubted(guess: Guess, settings: ReadSettings) -> Guess:
    """A reading of what the picture may have cut, no surer than such are."""
    return replace(guess, confidence=min(guess.confidence, settings.whole_though_cut))


def published(words: tuple[Guess, Guess | None, Guess | None], lexicon: Lexicon) -> tuple[Guess, Guess | None, Guess | None]:
    """Title, handle and host in the case in which a person would publish them; the lines stay as written."""
    title, handle, host = words
    beside = [guess.text for guess in (handle, host) if guess]
    return (
        _cased(title, lambda text: publish_title(text, lexicon.event.spelling, lexicon.knows, beside)),
        handle and _cased(handle, lambda text: publish_handle(text, lexicon.handles)),
        host and _cased(host, lambda text: publish_name(text, lexicon.event.spelling)),
    )


def _cased(guess: Guess, case: Callable[[str], str]) -> Guess:
    return replace(guess, text=case(guess.text), alternatives=tuple(dict.fromkeys(map(case, guess.alternatives))))


def _title(lines: Sequence[SeenLine], sheet: SheetEvidence, lexicon: Lexicon) -> Guess:
    lines = [line for line in lines if line.as_title]
    if not lines:
        return Guess("", 0.0)
    text = join_title([line.as_title[0].text for line in lines], lexicon.knows)
    return Guess(text, probability("title", evidence_of_title(lines, sheet)), _alternatives(lines, lexicon, text))


def _alternatives(lines: Sequence[SeenLine], lexicon: Lexicon, first: str) -> tuple[str, ...]:
    """The title with its least certain line read otherwise, and plainly; best first."""
    best = [line.as_title[0].text for line in lines]
    at = min(range(len(lines)), key=lambda k: lines[k].as_title[0].posterior)
    doubtful = lines[at]
    others = [*(h.text for h in doubtful.as_title[1:4]), doubtful.plain.text]
    texts = (join_title([*best[:at], other, *best[at + 1 :]], lexicon.knows) for other in others)
    return tuple(dict.fromkeys(text for text in (first, *texts) if text))


def _chance(hypothesis: Hypothesis) -> float:
    """How likely a line's reading is right, before calibration: posterior times the recogniser's probability a character."""
    return hypothesis.posterior * math.exp(hypothesis.log_prob / max(1, len(hypothesis.text)))


def _handle(card: Card, lines: Sequence[SeenLine], parsed: Parsed, sheet: SheetEvidence) -> Guess | None:
    if not lines or not lines[0].as_handle:
        return None
    options = lines[0].as_handle
    return Guess(
        options[0].text,
        probability("handle", evidence_of_handle(card, lines[0], parsed, sheet)),
        tuple(option.text for option in options[:5]),
    )


def _host(lines: Sequence[SeenLine], lexicon: Lexicon) -> Guess | None:
    if not lines:
        return None
    options = [*named(lines[-1], lexicon), *lines[-1].as_title]
    texts = tuple(dict.fromkeys(clean_host(option.text) for option in options[:5]))
    return Guess(texts[0], _chance(options[0]), texts)


def _line(line: SeenLine, role: Role) -> Line:
    options = line.as_handle if role == Role.HANDLE else line.as_title
    if not options:
        return Line(line.plain.text, 0.0, line.crop.box_px, (line.plain.text,))
    return Line(options[0].text, _chance(options[0]), line.crop.box_px, tuple(option.text for option in options[:5]))
