"""What was seen of a line, and the evidence it gives: which line it is, and how likely what was read of it is right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from digitizer.confidence import LineEvidence, SheetEvidence, handle_features, none_features, title_features
from digitizer.decoder import Hypothesis, LikelyName, decode_greedy, likely_name
from digitizer.lexicon import Lexicon
from digitizer.lines import LineCrop
from digitizer.lines.unread import ledges, runs_off, unread
from digitizer.model import Card
from digitizer.parse import LETTERS, NAME_FITS, SURELY_AT, Parsed, ReadLine
from digitizer.readers.base import Lattice


@dataclass(frozen=True, eq=False)
class SeenLine:
    """A line with all that was made of it: its crop, lattice and the readings of it (handles: empty where it can be none).

    ``as_name``: the likeliest name of a person, where the line may be one's.
    """

    crop: LineCrop
    lattice: Lattice
    plain: Hypothesis
    as_title: tuple[Hypothesis, ...]
    as_handle: tuple[Hypothesis, ...]
    as_name: LikelyName | None = None


def evidence_of_sheet(card: Card, lines: Sequence[SeenLine]) -> SheetEvidence:
    """What a card shows around its lines; what is printed on a topic card is read by nobody."""
    width_px, boxes = card.image.shape[1], [line.crop.box_px for line in lines]
    if card.number is not None:
        return SheetEvidence(card.visible, 0.0, width_px)
    left, cut = unread(card, boxes)
    return SheetEvidence(card.visible, left, width_px, cut)


def may_go_on(card: Card, line: SeenLine, lines: Sequence[SeenLine]) -> bool:
    """Whether more of a line may stand beyond the picture's right side; a comb's does not."""
    return line.crop.comb is None and runs_off(card, line.crop.box_px, [other.crop.box_px for other in lines])


def absence(lines: Sequence[SeenLine], parsed: Parsed, sheet: SheetEvidence) -> dict[str, float]:
    """Evidence that a card without a handle has none."""
    worst = min((line.plain.log_prob / max(1, len(line.plain.text)) for line in lines), default=0.0)
    return none_features(parsed.handle_confidence, worst, len(lines), sheet)


def evidence_of_title(lines: Sequence[SeenLine], sheet: SheetEvidence) -> dict[str, float]:
    """Evidence for the title that stands on ``lines``."""
    return title_features([_evidence(line, line.as_title) for line in lines], sheet)


def evidence_of_handle(card: Card, line: SeenLine, parsed: Parsed, sheet: SheetEvidence) -> dict[str, float]:
    """Evidence for the handle that stands on ``line`` of a card."""
    low = ledges(card, line.crop.box_px)
    return handle_features(_evidence(line, line.as_handle), at_start(line.lattice), parsed.handle_confidence, low, sheet)


def _evidence(line: SeenLine, options: Sequence[Hypothesis]) -> LineEvidence:
    views = [decode_greedy(replace(line.lattice, log_probs=view, views=())).text for view in line.lattice.views]
    return LineEvidence(options, [line.plain.text, *views], line.crop.box_px, line.lattice.log_probs)


def last_as_name(lines: Sequence[SeenLine], lexicon: Lexicon) -> list[SeenLine]:
    """The lines, and the name that the last one with writing may be: one word under a title, and no ``@`` before it."""
    out = list(lines)
    written = [k for k, line in enumerate(lines) if line.crop.comb is None and LETTERS.search(line.plain.text)]
    if len(written) > 1 and " " not in lines[written[-1]].plain.text.strip() and at_start(lines[written[-1]].lattice) < SURELY_AT:
        last = written[-1]
        out[last] = replace(lines[last], as_name=likely_name(lines[last].lattice, lexicon.hosts, lexicon.event.names()))
    return out


def read_line(line: SeenLine, lexicon: Lexicon) -> ReadLine:
    """What the parser needs to know of a line."""
    words = known_share(line.plain.text, line.as_title, lexicon)
    best = line.as_handle[0] if line.as_handle else None
    fit = (best.log_prob - line.plain.log_prob) / max(1, len(line.plain.text)) if best else -3.0
    known = bool(best and best.text in lexicon.handles)
    guess = line.as_title[0].text if line.as_title else ""
    at, name = at_start(line.lattice), line.as_name
    if name is None:
        return ReadLine(line.plain.text, line.crop.box_px, at, min(fit, 0.0), words, known, guess)
    return ReadLine(
        line.plain.text, line.crop.box_px, at, min(fit, 0.0), words, known, guess, _name_odds(line, name, lexicon), name.picture
    )


def named(line: SeenLine, lexicon: Lexicon) -> tuple[Hypothesis, ...]:
    """The name that a host's line is likelier than any words, where it was read as none and the picture bears it out; empty otherwise."""
    name = line.as_name
    if not name or name.picture < NAME_FITS or _name_odds(line, name, lexicon) < 0:
        return ()
    if any(lexicon.knows_name(option.text) for option in line.as_title[:1]):
        return ()
    return (Hypothesis(name.text.capitalize(), name.picture, 1.0, 1.0, name.picture),)


def _name_odds(line: SeenLine, name: LikelyName, lexicon: Lexicon) -> float:
    """Nats by which a line is likelier a name than words of a title."""
    return name.picture + name.prior - _title_log(line.as_title, lexicon)


def _title_log(titles: Sequence[Hypothesis], lexicon: Lexicon) -> float:
    """Log probability of a line's picture as the likeliest words of a title, unweighted; of those that are kept."""
    logs = lexicon.word_logs([title.text for title in titles])
    return max((title.log_prob + sum(words) for title, words in zip(titles, logs, strict=True)), default=-math.inf)


def known_share(plain: str, titles: Sequence[Hypothesis], lexicon: Lexicon) -> float:
    """Share of a line's letters in known words: mean of what was read with the lexicon's help and what without."""
    words = plain.split()
    letters = sum(map(len, words))
    alone = sum(len(word) for word in words if lexicon.knows(word)) / letters if letters else 0.0
    return (alone + (titles[0].lexicon_share if titles else 0.0)) / 2


def at_start(lattice: Lattice) -> float:
    """Probability of ``@`` in the steps up to the first sign that is read, or that this sign is one, if that is more."""
    if "@" not in lattice.alphabet or len(lattice.log_probs) == 0:
        return 0.0
    at, read = lattice.alphabet.index("@"), np.flatnonzero(lattice.log_probs.argmax(axis=1) != 0)
    if not len(read):
        return float(np.exp(lattice.log_probs[:, at].max()))
    until = float(np.exp(lattice.log_probs[: int(read[0]) + 2, at].max()))
    first = lattice.log_probs[read[0]]
    return max(until, math.exp(first[at]) / max(1 - math.exp(first[0]), 1e-9))
