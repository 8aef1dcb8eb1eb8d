"""Thresholds of every stage: frozen, each with its unit and the reason for its value. A class a stage, a module for stages of a kind.

locating    finding the board and its grid
naming      telling a grid by the names beside it
segmenting  finding the cards
lighting    what a board looks like by itself
standing    what stands beside them, before the board
reading     lines, recogniser, decoders, shapes of letters
tracking    what became of each card
watching    a board seen again and again
"""

from digitizer.settings.lighting import GrainSettings, LightSettings
from digitizer.settings.locating import HeaderSettings, LocateSettings, MarkerSettings, PartialSettings, RectifySettings
from digitizer.settings.naming import LeanSettings, NamesSettings
from digitizer.settings.reading import (
    CombSettings,
    DecoderSettings,
    GlyphSettings,
    HandleSettings,
    LabelSettings,
    LexiconSettings,
    LinesSettings,
    ReadSettings,
    RecogniserSettings,
    TesseractSettings,
)
from digitizer.settings.segmenting import PrintedSettings, SegmentSettings
from digitizer.settings.standing import StrangerSettings
from digitizer.settings.tracking import ReconcileSettings
from digitizer.settings.watching import CaptureSettings, ClearestSettings, ComposeSettings, PatchSettings, RefreshSettings

__all__ = [
    "CaptureSettings",
    "ClearestSettings",
    "CombSettings",
    "ComposeSettings",
    "DecoderSettings",
    "GlyphSettings",
    "GrainSettings",
    "HandleSettings",
    "HeaderSettings",
    "LabelSettings",
    "LeanSettings",
    "LexiconSettings",
    "LightSettings",
    "LinesSettings",
    "LocateSettings",
    "MarkerSettings",
    "NamesSettings",
    "PartialSettings",
    "PatchSettings",
    "PrintedSettings",
    "ReadSettings",
    "RecogniserSettings",
    "ReconcileSettings",
    "RectifySettings",
    "RefreshSettings",
    "SegmentSettings",
    "StrangerSettings",
    "TesseractSettings",
]
