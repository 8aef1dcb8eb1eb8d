"""The lines of a card weighed together: which is which, and what each lends the readings of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digitizer.evidence import SeenLine, last_as_name, read_line
from digitizer.glyphs import Glance, recheck
from digitizer.lexicon import Lexicon
from digitizer.parse import Parsed, Role, parse
from digitizer.recall import recall, word_log
from digitizer.together import together


def weighed(lines: Sequence[SeenLine], lexicon: Lexicon, glance: Glance) -> tuple[list[SeenLine], Parsed, tuple[str, ...]]:
    """The lines, what each is, and known titles that resemble; readings weighed by the titles that are known and by their glyphs' shape.

    ``glance`` is what recognised the lines: it is asked again about doubtful glyphs.
    """
    lines = last_as_name(lines, lexicon)
    parsed = _parsed(lines, lexicon)
    lines, known = recalled(beside_each_other(lines, parsed), parsed, lexicon)
    checked = [_checked(line, lexicon, glance) if role == Role.HANDLE else line for line, role in zip(lines, parsed.roles, strict=True)]
    return checked, parsed, known


def beside_each_other(lines: Sequence[SeenLine], parsed: Parsed) -> list[SeenLine]:
    """The lines, readings of the title's weighed by the words that they set side by side."""
    out = list(lines)
    at = [k for k, role in enumerate(parsed.roles) if role == Role.TITLE and lines[k].as_title]
    for k, readings in zip(at, together([lines[k].as_title for k in at]), strict=True):
        out[k] = replace(out[k], as_title=readings)
    return out


def recalled(lines: Sequence[SeenLine], parsed: Parsed, lexicon: Lexicon) -> tuple[list[SeenLine], tuple[str, ...]]:
    """The lines, their first reading that of a title which the event knows where the picture agrees; and known titles that resemble it."""
    at = [k for k, role in enumerate(parsed.roles) if role == Role.TITLE]
    if not lexicon.event.known.titles:
        return list(lines), ()
    own = [(lines[k].lattice, lines[k].as_title) for k in at]
    logs = [word_log(words) for words in lexicon.word_logs([titles[0].text if titles else "" for _, titles in own])]
    found = recall(own, lexicon.event.known, logs)
    out = list(lines)
    for k, hypothesis in zip(at, found.lines, strict=False):
        out[k] = replace(out[k], as_title=(hypothesis, *out[k].as_title))
    return out, found.titles


def _parsed(lines: Sequence[SeenLine], lexicon: Lexicon) -> Parsed:
    """What each line is. What stands in a comb is the handle, and then no other line is one."""
    written = [line for line in lines if line.crop.comb is None]
    parsed = parse([read_line(line, lexicon) for line in written], lexicon.knows_name)
    if len(written) == len(lines):
        return parsed
    return Parsed((*(Role.TITLE if role == Role.HANDLE else role for role in parsed.roles), Role.HANDLE), 1.0)


def _checked(line: SeenLine, lexicon: Lexicon, glance: Glance) -> SeenLine:
    """A line that is a handle, with its readings weighed anew by the shape of their glyphs; a comb's boxes were judged by theirs."""
    if line.crop.comb is not None:
        return line
    return replace(line, as_handle=recheck(line.as_handle, line.crop.image, line.lattice, glance, lexicon.handles))
