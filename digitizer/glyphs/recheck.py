"""Handles as decoded -> handles weighed anew by the shape of their glyphs."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from calibration.rig import Image
from digitizer.decoder.handle_prior import TWITTER
from digitizer.decoder.hypothesis import Hypothesis
from digitizer.glyphs.covered import Glance, looks_at
from digitizer.glyphs.questions import Doubt, log_odds
from digitizer.readers.base import Lattice
from digitizer.readers.onnx_recogniser import HEIGHT_PX, STEP_PX
from digitizer.settings import GlyphSettings

MOST_STEPS_OFF = 3
"""Steps by which lattices run past their pictures, and one for where a line was parted."""


def recheck(
    options: Sequence[Hypothesis],
    image: Image,
    lattice: Lattice,
    glance: Glance,
    known: Collection[str] = (),
    settings: GlyphSettings | None = None,
) -> tuple[Hypothesis, ...]:
    """A line's handles after the shape of their glyphs was asked: the best one mended where need be, its doubtful glyphs as alternatives.

    ``options`` of ``decode_handle``, best first; ``image`` HxW u8 gray of the same line, ``glance`` what recognised it. Handles that
    are ``known``, and such with a server or a domain, stay as they were decoded.
    """
    settings = settings or GlyphSettings()
    if not options or not _is_of(lattice, image) or options[0].text in known or "." in options[0].text or "@" in options[0].text[1:]:
        return tuple(options)
    best, weighed, covered = options[0], dict[str, Hypothesis](), looks_at(image, glance)
    for _ in range(settings.most_changes + 1):
        changed = [_changed(best, *change, settings) for change in log_odds(best.text, image, lattice, covered)]
        weighed.update({h.text: h for h in (best, *changed) if TWITTER.fullmatch(h.text)})
        likelier = max(weighed.values(), key=lambda h: h.score)
        if likelier.text == best.text:
            break
        best = likelier
    return _ranked([*weighed.values(), *(h for h in options if h.text not in weighed)], known, settings)


def _is_of(lattice: Lattice, image: Image) -> bool:
    """Whether a lattice is as long as the picture makes it; the shapes of another picture say nothing."""
    height, width = image.shape
    return bool(abs(len(lattice.log_probs) - width * HEIGHT_PX / height / STEP_PX) <= MOST_STEPS_OFF)


def _changed(best: Hypothesis, doubt: Doubt, odds: float, log_prob: float, settings: GlyphSettings) -> Hypothesis:
    """The handle with one glyph changed; its score keeps the distance that the odds say."""
    rare = settings.log_zero if doubt.kind == "zero" else 0.0
    return replace(best, text=doubt.other, score=best.score + odds + (-rare if doubt.yes else rare), log_prob=log_prob)


def _ranked(found: Sequence[Hypothesis], known: Collection[str], settings: GlyphSettings) -> tuple[Hypothesis, ...]:
    """Best first, with the posterior of each among all."""
    best = max(h.score for h in found)
    shares = [math.exp(h.score - best) for h in found]
    ranked = [
        replace(h, posterior=share / sum(shares), lexicon_share=float(h.text in known)) for h, share in zip(found, shares, strict=True)
    ]
    return tuple(sorted(ranked, key=lambda h: -h.score)[: settings.keep])
