"""Cards -> what they say: lines of all cards in one batched run, each decoded as what it is, with the probability that it is right."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from calibration.rig import readonly
from digitizer.casing import publish_handle, publish_name, publish_title
from digitizer.confidence import handle_features, none_features, probability, title_features
from digitizer.decoder import Hypothesis, box_lattice, decode_greedy, decode_handle, decode_title
from digitizer.lexicon import Lexicon
from digitizer.lines import LineCrop, find_lines, find_printed_lines
from digitizer.model import Card, CardReading, Guess, Line
from digitizer.parse import HANDLE_INSIDE, Parsed, ReadLine, Role, clean_host, join_title, may_be_handle, parse
from digitizer.readers.base import Lattice, TextReader
from digitizer.recall import recall, word_log
from digitizer.settings import HandleSettings, ReadSettings


@dataclass(frozen=True, eq=False)
class SeenLine:
    """A line with all that was made of it: its crop, lattice and the three readings of it (handles: empty where it can be none)."""

    crop: LineCrop
    lattice: Lattice
    plain: Hypothesis
    as_title: tuple[Hypothesis, ...]
    as_handle: tuple[Hypothesis, ...]


def read(cards: Sequence[Card], reader: TextReader, lexicon: Lexicon, settings: ReadSettings | None = None) -> tuple[CardReading, ...]:
    """Read cards, in their order. Raises what ``reader`` raises."""
    settings = settings or ReadSettings()
    readings = _read_upright(cards, reader, lexicon, settings)
    askew = [reading.lines and reading.card.number is None for reading in readings]
    hopeless = [k for k, reading in enumerate(readings) if askew[k] and reading.title.confidence < settings.turn_below]
    if hopeless:
        turned = [turn(cards[k], quarters) for k in hopeless for quarters in (1, 2, 3)]
        tried = _read_upright(turned, reader, lexicon, settings)
        for n, k in enumerate(hopeless):
            readings[k] = _best_way_up(cards[k], readings[k], tried[3 * n : 3 * n + 3], settings)
    return tuple(readings)


def _read_upright(cards: Sequence[Card], reader: TextReader, lexicon: Lexicon, settings: ReadSettings) -> list[CardReading]:
    with ThreadPoolExecutor(settings.threads) as pool:
        crops = list(pool.map(lambda card: _lines(card, settings), cards))
    lattices = iter(reader.recognise([crop.image for lines in crops for crop in lines]))
    seen = [[part for crop in lines for part in see(crop, next(lattices), lexicon)] for lines in crops]
    return [compose(card, lines, lexicon, settings) for card, lines in zip(cards, seen, strict=True)]


def _lines(card: Card, settings: ReadSettings) -> tuple[LineCrop, ...]:
    """The lines of a card; of a topic card of the kit its title's lines, then its comb."""
    return find_lines(card, settings.lines) if card.number is None else find_printed_lines(card, settings.lines)


def turn(card: Card, quarters: int) -> Card:
    """The card turned by quarter turns, clockwise."""
    image, mask = (readonly(np.ascontiguousarray(np.rot90(picture, -quarters))) for picture in (card.image, card.mask))
    return replace(card, image=image, mask=mask)


def _best_way_up(card: Card, upright: CardReading, turned: Sequence[CardReading], settings: ReadSettings) -> CardReading:
    """The reading of the way up that can be read, boxes in the frame of the card as it hangs; as it hangs unless another is far better."""
    quarters = max((1, 2, 3), key=lambda q: turned[q - 1].title.confidence)
    best = turned[quarters - 1]
    if best.title.confidence < max(settings.turned_least, 2 * upright.title.confidence):
        return upright
    height, width = card.image.shape[:2]
    lines = tuple(replace(line, box_px=unturned(line.box_px, quarters, (width, height))) for line in best.lines)
    return replace(best, card=card, lines=lines)


def unturned(box_px: tuple[int, int, int, int], quarters: int, size_px: tuple[int, int]) -> tuple[int, int, int, int]:
    """A box of a card turned by quarter turns clockwise, in the frame of the card as it hangs; ``size_px`` (width, height) of that."""
    x, y, w, h = box_px
    width, height = size_px
    return {1: (y, height - x - w, h, w), 2: (width - x - w, height - y - h, w, h), 3: (width - y - h, x, h, w)}[quarters]


def see(crop: LineCrop, lattice: Lattice, lexicon: Lexicon) -> list[SeenLine]:
    """Decode a line as anything it may be; a title with its handle behind it in one line comes apart."""
    if crop.comb is not None:
        return [_comb(crop, box_lattice(lattice, crop.comb, HandleSettings()), lexicon)]
    plain = decode_greedy(lattice)
    at = _inside_at(plain.text, lattice)
    if at is None:
        return [_decode(crop, lattice, plain, lexicon)]
    x, y, width, height = crop.box_px
    cut = round(width * at / len(lattice.log_probs))
    boxes = (x, y, max(1, cut), height), (x + cut, y, max(1, width - cut), height)
    parts = (Lattice(readonly(part), lattice.alphabet) for part in (lattice.log_probs[:at], lattice.log_probs[at:]))
    return [_decode(replace(crop, box_px=box), part, decode_greedy(part), lexicon) for box, part in zip(boxes, parts, strict=True)]


def _comb(crop: LineCrop, lattice: Lattice, lexicon: Lexicon) -> SeenLine:
    """The boxes of a topic card: a handle and nothing else."""
    return SeenLine(crop, lattice, decode_greedy(lattice), (), decode_handle(lattice, lexicon.handles))


def _inside_at(text: str, lattice: Lattice) -> int | None:
    """The step before the one ``@`` of ``Title @handle``; None where the line is no such."""
    if not HANDLE_INSIDE.search(text) or text.count("@") != 1:
        return None
    steps = np.flatnonzero(lattice.log_probs.argmax(axis=1) == lattice.alphabet.index("@"))
    return max(1, int(steps[0]))


def _decode(crop: LineCrop, lattice: Lattice, plain: Hypothesis, lexicon: Lexicon) -> SeenLine:
    titles = decode_title(lattice, lexicon)
    words = known_share(plain.text, titles, lexicon)
    may_be = may_be_handle(plain.text, at_start(lattice), words) or bool(lexicon.handles)
    return SeenLine(crop, lattice, plain, titles, decode_handle(lattice, lexicon.handles) if may_be else ())


def compose(card: Card, lines: Sequence[SeenLine], lexicon: Lexicon, settings: ReadSettings) -> CardReading:
    """One card's reading from its lines."""
    parsed = _parsed(lines, lexicon)
    lines, known = recalled(lines, parsed, lexicon)
    by_role = {role: [line for line, own in zip(lines, parsed.roles, strict=True) if own == role] for role in Role}
    title = _title(by_role[Role.TITLE], card.visible, lexicon)
    title = replace(title, alternatives=tuple(dict.fromkeys([*title.alternatives, *known])))
    handle = _handle(by_role[Role.HANDLE], parsed)
    right = title.confidence * (handle.confidence if handle else probability("none", absence(lines, parsed)))
    out = tuple(_line(line, role) for line, role in zip(lines, parsed.roles, strict=True))
    words = published((title, handle, _host(by_role[Role.HOST])), lexicon)
    return CardReading(card, *words, out, right < settings.least_probability)


def recalled(lines: Sequence[SeenLine], parsed: Parsed, lexicon: Lexicon) -> tuple[list[SeenLine], tuple[str, ...]]:
    """The lines, their first reading that of a title which the event knows where the picture agrees; and known titles that resemble it."""
    at = [k for k, role in enumerate(parsed.roles) if role == Role.TITLE]
    own = [(lines[k].lattice, lines[k].as_title) for k in at]
    logs = [word_log(lexicon.chunk(word)[1] for word in titles[0].text.lower().split()) if titles else 0.0 for _, titles in own]
    found = recall(own, lexicon.event.known, logs)
    out = list(lines)
    for k, hypothesis in zip(at, found.lines, strict=False):
        out[k] = replace(out[k], as_title=(hypothesis, *out[k].as_title))
    return out, found.titles


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


def _parsed(lines: Sequence[SeenLine], lexicon: Lexicon) -> Parsed:
    """What each line is. What stands in a comb is the handle, and then no other line is one."""
    written = [line for line in lines if line.crop.comb is None]
    parsed = parse([read_line(line, lexicon) for line in written], lexicon.knows_name)
    if len(written) == len(lines):
        return parsed
    return Parsed((*(Role.TITLE if role == Role.HANDLE else role for role in parsed.roles), Role.HANDLE), 1.0)


def absence(lines: Sequence[SeenLine], parsed: Parsed) -> dict[str, float]:
    """Evidence that a card without a handle has none."""
    worst = min((line.plain.log_prob / max(1, len(line.plain.text)) for line in lines), default=0.0)
    return none_features(parsed.handle_confidence, len(lines), worst)


def evidence_of_title(lines: Sequence[SeenLine], visible: float) -> dict[str, float]:
    """Evidence for the title that stands on ``lines``."""
    best, plain = [line.as_title[0] for line in lines], [line.plain.text for line in lines]
    return title_features(best, plain, [line.crop.box_px for line in lines], visible)


def evidence_of_handle(line: SeenLine, parsed: Parsed) -> dict[str, float]:
    """Evidence for the handle that stands on ``line``."""
    best, height_px = line.as_handle[0], line.crop.box_px[3]
    return handle_features(best, line.plain.text, at_start(line.lattice), parsed.handle_confidence, height_px)


def read_line(line: SeenLine, lexicon: Lexicon) -> ReadLine:
    """What the parser needs to know of a line."""
    words = known_share(line.plain.text, line.as_title, lexicon)
    best = line.as_handle[0] if line.as_handle else None
    fit = (best.log_prob - line.plain.log_prob) / max(1, len(line.plain.text)) if best else -3.0
    return ReadLine(
        line.plain.text, line.crop.box_px, at_start(line.lattice), min(fit, 0.0), words, bool(best and best.text in lexicon.handles)
    )


def known_share(plain: str, titles: Sequence[Hypothesis], lexicon: Lexicon) -> float:
    """Share of a line's letters in known words: mean of what was read with the lexicon's help and what without."""
    words = plain.split()
    letters = sum(map(len, words))
    alone = sum(len(word) for word in words if lexicon.knows(word)) / letters if letters else 0.0
    return (alone + (titles[0].lexicon_share if titles else 0.0)) / 2


def at_start(lattice: Lattice) -> float:
    """Probability of ``@`` in the steps up to the first sign that is read."""
    if "@" not in lattice.alphabet or len(lattice.log_probs) == 0:
        return 0.0
    read = np.flatnonzero(lattice.log_probs.argmax(axis=1) != 0)
    until = int(read[0]) + 2 if len(read) else len(lattice.log_probs)
    return float(np.exp(lattice.log_probs[:until, lattice.alphabet.index("@")].max()))


def _title(lines: Sequence[SeenLine], visible: float, lexicon: Lexicon) -> Guess:
    lines = [line for line in lines if line.as_title]
    if not lines:
        return Guess("", 0.0)
    text = join_title([line.as_title[0].text for line in lines], lexicon.knows)
    return Guess(text, probability("title", evidence_of_title(lines, visible)), _alternatives(lines, lexicon, text))


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


def _handle(lines: Sequence[SeenLine], parsed: Parsed) -> Guess | None:
    if not lines or not lines[0].as_handle:
        return None
    options = lines[0].as_handle
    return Guess(options[0].text, probability("handle", evidence_of_handle(lines[0], parsed)), tuple(option.text for option in options[:5]))


def _host(lines: Sequence[SeenLine]) -> Guess | None:
    if not lines:
        return None
    options = lines[-1].as_title
    texts = tuple(dict.fromkeys(clean_host(option.text) for option in options[:5]))
    return Guess(texts[0], _chance(options[0]), texts)


def _line(line: SeenLine, role: Role) -> Line:
    options = line.as_handle if role == Role.HANDLE else line.as_title
    if not options:
        return Line(line.plain.text, 0.0, line.crop.box_px, (line.plain.text,))
    return Line(options[0].text, _chance(options[0]), line.crop.box_px, tuple(option.text for option in options[:5]))
