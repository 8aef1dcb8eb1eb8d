"""Thresholds of every stage: frozen, each with its unit and the reason for its value. One class a stage."""

from __future__ import annotations
