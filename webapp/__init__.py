"""Persistence and pages: the live schedule, its review and its exports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from webapp.config import Config
    from webapp.store import Store


def create_app(config: Config, store: Store | None = None, wake: Callable[[], None] | None = None) -> Flask:
    """Build the site from its surfaces.

    ``store`` is opened by ``config`` where none is given; ``wake`` rings for the worker (nothing by default: a worker that polls).
    Raises ``ConfigError`` and ``StoreError``.
    """
    from webapp.site import build  # commands that only want the store need not wait for every page to be imported

    return build(config, store, wake)
