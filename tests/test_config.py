"""The environment: what is missing or makes no sense is said by name, before anything is served."""

from pathlib import Path

import pytest
from made_up import EVENT_TOML, event
from werkzeug.security import check_password_hash

from digitizer.errors import ConfigError, EventError
from webapp.config import for_command, from_environ

GOOD = {"BOARDCAST_SECRET": "s" * 32, "BOARDCAST_PASSWORD": "paper board", "BOARDCAST_TOKEN": "t" * 32}


@pytest.fixture
def plan(tmp_path) -> Path:
    path = tmp_path / "event.toml"
    path.write_text(EVENT_TOML, encoding="utf-8")
    return path


def test_it_reads_what_a_server_needs(plan):
    """With defaults for the rest."""
    config = from_environ(GOOD | {"BOARDCAST_EVENT": str(plan), "BOARDCAST_MAX_UPLOAD_MB": "10", "BOARDCAST_SECURE_COOKIES": "yes"})
    assert config.event == event()
    assert config.database_url == "sqlite:///boardcast.db"
    assert check_password_hash(config.organizer_password_hash, "paper board")
    assert (config.max_upload_bytes, config.secure_cookies, config.queue_url) == (10_000_000, True, None)


def test_a_start_with_the_same_secret_and_password_ends_no_login(plan):
    """Logins hold the password's hash: salted by chance it ended them all with each start, and photos were stuck on phones."""
    first, second, other, renewed = (
        from_environ(GOOD | change, plan).organizer_password_hash
        for change in ({}, {}, {"BOARDCAST_PASSWORD": "paper boards"}, {"BOARDCAST_SECRET": "another secret of its own"})
    )
    assert first == second
    assert len({first, other, renewed}) == 3


def test_arguments_outrank_the_environment(plan):
    """A path and an address given on the command line."""
    env = GOOD | {"BOARDCAST_EVENT": "/nowhere.toml", "BOARDCAST_DB": "sqlite:///a.db"}
    assert from_environ(env, plan, "sqlite:///b.db").database_url == "sqlite:///b.db"


def test_it_shows_no_secret(plan):
    """Not in a log, not in a traceback."""
    shown = repr(from_environ(GOOD, plan))
    assert "s" * 32 not in shown
    assert "t" * 32 not in shown
    assert "scrypt" not in shown


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"BOARDCAST_SECRET": ""}, "BOARDCAST_SECRET, which signs the login, is not set.*export BOARDCAST_SECRET="),
        ({"BOARDCAST_SECRET": "short"}, "too short. It has 5 characters"),
        ({"BOARDCAST_PASSWORD": ""}, "BOARDCAST_PASSWORD, which guards the review page, is not set"),
        ({"BOARDCAST_PASSWORD": "1234567"}, "too short. It has 7 characters"),
        ({"BOARDCAST_PASSWORD_HASH": "paper board"}, "no password hash"),
        ({"BOARDCAST_TOKEN": "abc"}, "BOARDCAST_TOKEN, which lets cameras upload, is too short"),
        ({"BOARDCAST_DB": "mysql://me:secret@host/db"}, r"mysql://\.\.\.@host/db"),
        ({"BOARDCAST_REDIS": "localhost:6379"}, "BOARDCAST_REDIS"),
        ({"BOARDCAST_SECURE_COOKIES": "maybe"}, 'BOARDCAST_SECURE_COOKIES is "maybe"'),
        ({"BOARDCAST_MAX_UPLOAD_MB": "0"}, "from 1 to 500"),
        ({"BOARDCAST_MAX_STREAMS": "many"}, 'BOARDCAST_MAX_STREAMS is "many"'),
    ],
)
def test_it_says_by_name_what_is_wrong(plan, change, message):
    """One sentence, and what to write instead; never the secret itself."""
    with pytest.raises(ConfigError, match=message):
        from_environ(GOOD | change, plan)


def test_it_needs_an_event():
    """Named by option or environment, and there."""
    with pytest.raises(ConfigError, match="--event"):
        from_environ(GOOD)
    with pytest.raises(EventError, match=r"nowhere\.toml"):
        from_environ(GOOD | {"BOARDCAST_EVENT": "/nowhere.toml"})


def test_a_command_that_serves_nothing_needs_no_secret():
    """Ingest and watch."""
    assert for_command(event(), None, {"BOARDCAST_DB": "sqlite:///a.db"}).database_url == "sqlite:///a.db"
    with pytest.raises(ConfigError, match="no address"):
        for_command(event(), "boardcast.db", {})


@pytest.mark.parametrize("name", ["BOARDCAST_DB", "BOARDCAST_REDIS"])
def test_a_message_about_an_address_holds_no_password(name):
    """Not even the end of one that holds an @ or a slash."""
    with pytest.raises(ConfigError) as error:
        for_command(event(), None, {name: "mysql://me:s3/cr@et@db.example/x"})
    assert "db.example" in str(error.value)
    assert not any(part in str(error.value) for part in ("s3", "cr@", "et@"))
