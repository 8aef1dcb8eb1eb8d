"""The environment, typed. What is missing or makes no sense is said at once, by name, before anything is served."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from digitizer.errors import ConfigError
from digitizer.event import Event, load_event
from digitizer.readers.vision import Endpoint

DEFAULT_DATABASE = "sqlite:///boardcast.db"
MB = 1_000_000
SCRYPT = (2**15, 8, 1)
"""Cost, block size and parallelism of scrypt: as ``werkzeug.security`` chooses them."""

LEAST_SECRET = 16
"""Characters of a secret or token: 16 of hex are 64 bits, more than can be tried over a network."""
LEAST_PASSWORD = 8
"""Characters of the organizer's password: the login is slowed down, so that this many suffice (NIST SP 800-63B, 5.1.1)."""
UPLOAD_MB = 40
"""Largest request, where nothing else is set: a photo of 12 megapixels takes 2 to 8, one of 48 four times that."""
STREAMS = 24
"""Live pages served at once, where nothing else is set: each holds a thread."""
KEEP_DAYS = 30
"""Days for which pictures of changes are kept, where nothing else is set: a conference and the weeks after it."""


@dataclass(frozen=True)
class OpinionTerms:
    """A second opinion on doubtful cards: whom to ask, how many cards an hour and in all, and whether the answer votes."""

    endpoint: Endpoint
    an_hour: int = 60
    in_all: int = 500
    votes: bool = False


TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


@dataclass(frozen=True)
class Config:
    """What the web, the worker and the command line need to know.

    ``organizer_password_hash`` as werkzeug writes it; ``api_token`` None: photos are taken only behind the login. ``queue_url``: a
    ``redis://`` address, or None for a file beside the database. ``max_streams``: live pages served at once, each holds a thread.
    ``opinions`` None: nobody is asked for a second opinion.
    ``keep_pictures_days``: how long the pictures of changes are kept.
    """

    event: Event
    database_url: str = DEFAULT_DATABASE
    secret_key: str = field(default="", repr=False)
    organizer_password_hash: str = field(default="", repr=False)
    api_token: str | None = field(default=None, repr=False)
    queue_url: str | None = None
    secure_cookies: bool = False
    max_upload_bytes: int = UPLOAD_MB * MB
    max_streams: int = STREAMS
    opinions: OpinionTerms | None = None
    keep_pictures_days: int = KEEP_DAYS
    testing: bool = False


def from_environ(environ: Mapping[str, str] | None = None, event_path: Path | None = None, database_url: str | None = None) -> Config:
    """Read the configuration of a web server. Arguments outrank the environment. Raises ``ConfigError`` or ``EventError``."""
    env = os.environ if environ is None else environ
    return Config(
        event=load_event(_event_path(env, event_path)),
        database_url=_database(database_url or env.get("BOARDCAST_DB") or DEFAULT_DATABASE),
        secret_key=_secret(env, "BOARDCAST_SECRET", "signs the login"),
        organizer_password_hash=_password_hash(env),
        api_token=_secret(env, "BOARDCAST_TOKEN", "lets cameras upload") if env.get("BOARDCAST_TOKEN") else None,
        queue_url=_queue(env),
        secure_cookies=_flag(env, "BOARDCAST_SECURE_COOKIES", False),
        max_upload_bytes=_number(env, "BOARDCAST_MAX_UPLOAD_MB", UPLOAD_MB, 1, 500) * MB,
        max_streams=_number(env, "BOARDCAST_MAX_STREAMS", STREAMS, 1, 1000),
        opinions=_opinions(env),
        keep_pictures_days=_days(env),
    )


def for_command(event: Event, database_url: str | None, environ: Mapping[str, str] | None = None) -> Config:
    """The configuration of a command that serves nothing and so needs no secrets. Raises ``ConfigError``."""
    env = os.environ if environ is None else environ
    url = _database(database_url or env.get("BOARDCAST_DB") or DEFAULT_DATABASE)
    return Config(event=event, database_url=url, queue_url=_queue(env), opinions=_opinions(env), keep_pictures_days=_days(env))


def _days(env: Mapping[str, str]) -> int:
    return _number(env, "BOARDCAST_KEEP_PICTURES_DAYS", KEEP_DAYS, 1, 3650)


def _event_path(env: Mapping[str, str], given: Path | None) -> Path:
    if given is not None:
        return given
    if path := env.get("BOARDCAST_EVENT"):
        return Path(path)
    raise ConfigError("No event file is given.", remedy="Give --event event.toml, or set BOARDCAST_EVENT to its path.")


def _database(url: str) -> str:
    if re.match(r"(sqlite|postgresql)(\+\w+)?://", url):
        return url
    raise ConfigError(f'The database "{_without_password(url)}" is no address.', remedy="Write sqlite:///path/to.db or postgresql://...")


def _without_password(url: str) -> str:
    return re.sub(r"://.*@", "://...@", url)


def _secret(env: Mapping[str, str], name: str, purpose: str) -> str:
    value = env.get(name, "")
    if len(value) < LEAST_SECRET:
        raise ConfigError(
            f"{name}, which {purpose}, is {'too short' if value else 'not set'}.",
            f"It has {len(value)} characters; {LEAST_SECRET} are the least.",
            f"For example: export {name}={secrets.token_hex(16)}",
        )
    return value


def _password_hash(env: Mapping[str, str]) -> str:
    given = env.get("BOARDCAST_PASSWORD_HASH", "")
    if given:
        if not re.match(r"(scrypt|pbkdf2):[^$]+\$[^$]+\$[0-9a-f]+$", given):
            raise ConfigError(
                "BOARDCAST_PASSWORD_HASH is no password hash.",
                remedy="Make one with werkzeug.security.generate_password_hash, or set BOARDCAST_PASSWORD instead.",
            )
        return given
    password = env.get("BOARDCAST_PASSWORD", "")
    if len(password) < LEAST_PASSWORD:
        raise ConfigError(
            f"BOARDCAST_PASSWORD, which guards the review page, is {'too short' if password else 'not set'}.",
            f"It has {len(password)} characters; {LEAST_PASSWORD} are the least.",
            "Set it, or BOARDCAST_PASSWORD_HASH.",
        )
    return _hashed(password, env.get("BOARDCAST_SECRET", ""))


def _hashed(password: str, secret: str) -> str:
    """A password as werkzeug hashes it, salted by the secret: logins hold the hash, and with a salt of chance each start would end them."""
    n, r, p = SCRYPT
    salt = hmac.new(secret.encode(), b"organizer password", hashlib.sha256).hexdigest()[:16]
    digest = hashlib.scrypt(password.encode(), salt=salt.encode(), n=n, r=r, p=p, maxmem=132 * n * r * p)
    return f"scrypt:{n}:{r}:{p}${salt}${digest.hex()}"


def _queue(env: Mapping[str, str]) -> str | None:
    url = env.get("BOARDCAST_REDIS") or None
    if url and not re.match(r"rediss?://|unix://", url):
        raise ConfigError(f'BOARDCAST_REDIS is "{_without_password(url)}".', remedy="Write redis://host:6379/0, or leave it unset.")
    return url


def _opinions(env: Mapping[str, str]) -> OpinionTerms | None:
    """Whom to ask for a second opinion; nobody unless an address is given. The key is never part of a message."""
    url = env.get("BOARDCAST_VISION_URL", "").strip()
    if not url:
        return None
    model = env.get("BOARDCAST_VISION_MODEL", "").strip()
    if not model:
        raise ConfigError("BOARDCAST_VISION_URL is set, and BOARDCAST_VISION_MODEL is not.", remedy="Name the model that the server runs.")
    key = env.get("BOARDCAST_VISION_KEY", "").strip()
    endpoint = Endpoint(url.rstrip("/"), model, key, float(_number(env, "BOARDCAST_VISION_TIMEOUT_S", 30, 1, 600)))
    return OpinionTerms(
        endpoint,
        an_hour=_number(env, "BOARDCAST_VISION_AN_HOUR", 60, 1, 100_000),
        in_all=_number(env, "BOARDCAST_VISION_IN_ALL", 500, 1, 1_000_000),
        votes=_flag(env, "BOARDCAST_VISION_VOTES", False),
    )


def _flag(env: Mapping[str, str], name: str, default: bool) -> bool:
    value = env.get(name, str(default)).strip().lower()
    if value in TRUE or value in FALSE:
        return value in TRUE
    raise ConfigError(f'{name} is "{value}".', remedy="Write 1 or 0.")


def _number(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = env.get(name, str(default)).strip()
    if value.isdecimal() and least <= int(value) <= most:
        return int(value)
    raise ConfigError(f'{name} is "{value}".', f"It must be a whole number from {least} to {most}.")
