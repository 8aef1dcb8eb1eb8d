"""What an event's own words should weigh: draw titles, names and handles, read them once, decode them with lists that hold them or do not.

Run ``python -m digitizer.training.event_words FOLDER_OF_TTF_FONTS``. A list helps the lines that it holds and may harm those that it does
not: both are printed, and how often a stranger is turned into a listed title or handle that is like it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import click
import numpy as np

from digitizer.decoder import Hypothesis, decode_handle, decode_title
from digitizer.edits import edits
from digitizer.known import Known
from digitizer.lexicon import Lexicon
from digitizer.readers.onnx_recogniser import OnnxRecogniser
from digitizer.recall import recall, word_log
from digitizer.settings import HandleSettings, LexiconSettings
from digitizer.training.decoder_weights import HEIGHTS_PX, Read, judge
from digitizer.training.handwriting import Wildness, draw_line, load_fonts, photograph
from digitizer.training.texts import Texts

SHARES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)
SIZES = (10, 60, 300)
WHOLES = (1e-30, 0.001, 0.01, 0.1, 0.3, 0.6, 0.9)
KNOWN_SHARES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9)
COINED = 0.2
"""Share of words that no list has: names of projects, people and places."""


class EventTexts(Texts):
    """Titles, names and handles of an event, some of their words coined."""

    def title(self) -> str:
        """A title in one line."""
        words = [self._coined() if self.rng.random() < COINED else word for word in self._title().split()]
        return self._cased(" ".join(words))

    def remixed(self, titles: Sequence[str]) -> str:
        """A title of words that other titles have."""
        words = [word for title in (self._pick(titles), self._pick(titles)) for word in title.lower().split()]
        self.rng.shuffle(words)
        return self._cased(" ".join(words[: int(self.rng.integers(1, 4))]))

    def reworded(self, title: str) -> str:
        """The title with one word changed for another; a word more where it has but one."""
        words = title.split()
        word = self._cased(self._word("en"))
        return " ".join([*words, word] if len(words) == 1 else [word, *words[1:]])

    def person(self) -> str:
        """A first name that lists may have, with a surname that none has."""
        return f"{self._pick(self.names)} {self._coined().capitalize()}"

    def handle(self) -> str:
        """A handle with its ``@``."""
        return "@" + self.user_name()

    def neighbour(self, handle: str) -> str:
        """Another handle that differs by one sign."""
        at = int(self.rng.integers(1, len(handle)))
        return handle[:at] + self._pick("abcdefghijklmnopqrstuvwxyz0123456789") + handle[at + 1 :]

    def _coined(self) -> str:
        first, second = (self._pick(self.words[language][:8000]) for language in ("en", "de"))
        return (first[:4] + second[-4:]).strip("'.-")


def photographed(texts: Sequence[str], fonts: Path, rng: np.random.Generator) -> list[Read]:
    """Draw lines and put them through the recogniser."""
    faces = load_fonts(fonts)
    inks = [draw_line(text, faces[int(rng.integers(len(faces)))], rng, Wildness()) for text in texts]
    crops = [photograph(ink, rng, int(rng.choice(HEIGHTS_PX))) for ink in inks]
    return [Read(text, lattice) for text, lattice in zip(texts, OnnxRecogniser().recognise(crops), strict=True)]


def title_rows(fonts: Path, count: int, rng: np.random.Generator) -> Iterator[str]:
    """Error rates of titles that a list holds, of titles that share its words, and of others, by the list's size and share."""
    texts = EventTexts(rng)
    listed, others, fillers = ([texts.title() for _ in range(n)] for n in (count, count, max(SIZES)))
    groups = [photographed(group, fonts, rng) for group in (listed, [texts.remixed(listed) for _ in listed], others)]
    for size in SIZES:
        known = (listed[:size] + fillers)[:size]
        held = [[read for read in groups[0] if read.text in known], *groups[1:]]
        for share in SHARES:
            lexicon = Lexicon.for_event(None, Known(titles=tuple(known)), LexiconSettings(confirmed_titles=share, half=0.0))
            rates = [judge(group, partial(decode_title, lexicon=lexicon))[0] for group in held]
            yield f"{size:>4} titles, share {share:<4}  listed {rates[0]:.4f}  their words {rates[1]:.4f}  others {rates[2]:.4f}"


def whole_rows(fonts: Path, count: int, rng: np.random.Generator) -> Iterator[str]:
    """The same where titles are known as wholes: of listed ones, of such in which one word is another, and of others."""
    texts = EventTexts(rng)
    listed, others, fillers = ([texts.title() for _ in range(n)] for n in (count, count, max(SIZES)))
    groups = [photographed(group, fonts, rng) for group in (listed, [texts.reworded(title) for title in listed], others)]
    for size in (count, max(SIZES)):
        lexicon = Lexicon.for_event(None, Known(titles=tuple((listed + fillers)[:size])))
        decoded = [[(read, decode_title(read.lattice, lexicon)) for read in group] for group in groups]
        for whole in WHOLES:
            told = [_whole_errors(group, lexicon, replace(LexiconSettings(), whole=whole)) for group in decoded]
            errors = "  ".join(
                f"{name} {cer:.4f} ({wrong:.3f})" for name, (cer, wrong) in zip(("listed", "reworded", "others"), told, strict=True)
            )
            yield f"{size:>4} whole titles, share {whole:<5}  {errors}"


def _whole_errors(group: Sequence[tuple[Read, Sequence[Hypothesis]]], lexicon: Lexicon, settings: LexiconSettings) -> tuple[float, float]:
    """Character error rate, and the share of lines that were taken for a known title which they are not."""
    wrong = errors = 0
    for read, readings in group:
        logs = [word_log(lexicon.chunk(word)[1] for word in readings[0].text.lower().split())] if readings else []
        found = recall([(read.lattice, readings)], lexicon.event.known, logs, settings)
        text = found.lines[0].text if found.lines else readings[0].text if readings else ""
        errors += edits(read.text.casefold(), text.casefold())
        wrong += bool(found.lines) and read.text.casefold() != text.casefold()
    return errors / max(1, sum(len(read.text) for read, _ in group)), wrong / max(1, len(group))


def people_rows(fonts: Path, count: int, rng: np.random.Generator) -> Iterator[str]:
    """The same for names."""
    texts = EventTexts(rng)
    listed, others = ([texts.person() for _ in range(count)] for _ in range(2))
    groups = [photographed(group, fonts, rng) for group in (listed, others)]
    for share in SHARES:
        lexicon = Lexicon.for_event(None, Known(people=tuple(listed)), LexiconSettings(people=share, half=0.0))
        rates = [judge(group, partial(decode_title, lexicon=lexicon))[0] for group in groups]
        yield f"{count:>4} people, share {share:<4}  listed {rates[0]:.4f}  others {rates[1]:.4f}"


def handle_rows(fonts: Path, count: int, rng: np.random.Generator) -> Iterator[str]:
    """Handles right, by whether the list holds them; and strangers taken for a listed neighbour."""
    texts = EventTexts(rng)
    listed, others = (list(dict.fromkeys(texts.handle() for _ in range(count))) for _ in range(2))
    neighbours = {other: texts.neighbour(other) for other in others}
    held, strange = (photographed(group, fonts, rng) for group in (listed, others))
    for share in KNOWN_SHARES:
        settings = replace(HandleSettings(), known_share=share)
        known = {*listed, *neighbours.values()} - set(others)
        right = [judge(group, partial(decode_handle, known=known, settings=settings))[1] for group in (held, strange)]
        found = [(read.text, decode_handle(read.lattice, known, settings)) for read in strange]
        snapped = np.mean([bool(options) and options[0].text.lower() == neighbours[text].lower() for text, options in found])
        shares = f"listed {right[0]:.3f}  others {right[1]:.3f}  taken for a neighbour {snapped:.3f}"
        yield f"{len(known):>4} handles, share {share:<4}  {shares}"


@click.command()
@click.argument("fonts", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--lines", "count", default=150, show_default=True, help="Lines of each group.")
@click.option("--seed", default=16, show_default=True)
def main(fonts: Path, count: int, seed: int) -> None:
    """Print how titles, names and handles are read under lists of several sizes and weights."""
    for rows in (title_rows, whole_rows, people_rows, handle_rows):
        for row in rows(fonts, count, np.random.default_rng(seed)):
            click.echo(row)


if __name__ == "__main__":
    main()
