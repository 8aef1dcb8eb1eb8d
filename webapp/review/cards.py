"""The review page: each card's picture beside its words; confirm, correct, dismiss, assign, undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as Redirect

from digitizer.errors import StoreError
from digitizer.model import Entry, Status
from webapp.review import offers
from webapp.review.inbox import inbox_view
from webapp.review.login import who
from webapp.services import services
from webapp.store import StaleWrite
from webapp.table import board_of_now
from webapp.values import PublishedChange, ReviewCard

blueprint = Blueprint("cards", __name__)

LISTED_CHANGES = 200
"""Changes looked through for what is new since the last visit: a whole day of a busy board."""

SHOWN_CHANGES = 30
"""Changes listed with their pictures: the newest, as many as a person reads."""

LISTED_GONE = 100
"""Sessions that were taken off the board, listed at once: more than a day has."""

FIELDS = ("title", "handle", "host")

REPEAT = {
    Status.LIVE: "What you typed is still here: send it again if it is right.",
    Status.DISMISSED: "If it is a session, choose “Undo”, and write it again.",
    Status.GONE: "If its card hangs again, the next photo brings it back.",
}
"""What to do about a step that came too late, by what became of the card."""


@dataclass(frozen=True)
class Typed:
    """What a person had typed when somebody else was faster, and what changed meanwhile, in sentences."""

    title: str
    handle: str
    host: str
    news: tuple[str, ...]


@blueprint.get("/")
def page() -> Response:
    """All cards, doubtful first."""
    return _page(())


@blueprint.get("/gone")
def taken_off() -> Response:
    """Sessions that were taken off the board, to take out of the schedule what nobody should read any more."""
    return make_response(render_template("review/gone.html", cards=services().store.taken_off(LISTED_GONE), boards=_choices()["boards"]))


@blueprint.get("/card/<entry_id>.jpg")
def picture(entry_id: str) -> Response:
    """The picture of any card, also of those that are not public."""
    data = services().store.card_picture(entry_id)
    if data is None:
        abort(404)
    return Response(data, mimetype="image/jpeg")


@blueprint.get("/change/<int:change_id>/<any(before, after):when>.jpg")
def proof(change_id: int, when: str) -> Response:
    """The picture of a change: its place before it, or after."""
    data = services().store.proof(change_id, when)
    if data is None:
        abort(404)
    return Response(data, mimetype="image/jpeg")


@blueprint.post("/card/<entry_id>")
def act(entry_id: str) -> Response | Redirect:
    """Take one step on a card: ``act`` is save, dismiss, undo or assign; ``version`` is the one the person looked at."""
    version = _version()
    try:
        _step(entry_id, version)
    except StaleWrite as stale:
        return _told(entry_id, 409, (_meanwhile(stale),))
    except StoreError as error:
        if error.http_status == 404:
            raise
        return _told(entry_id, 422, (str(error),))
    return _row(entry_id) if _wants_row() else redirect(url_for("review.cards.page") + f"#card-{entry_id}")


@blueprint.post("/hosts")
def hosts() -> Redirect:
    """Let hosts type the titles of their topic cards on the web, or not."""
    services().store.let_hosts_type(request.form.get("on") == "1", who())
    return redirect(url_for("review.cards.page"))


@blueprint.post("/seen")
def seen() -> Redirect:
    """Remember that the changes so far were seen."""
    newest = services().store.changes(1)
    session["seen_change"] = newest[0].id if newest else 0
    return redirect(url_for("review.cards.page"))


def _step(entry_id: str, version: int) -> None:
    store, action = services().store, request.form.get("act", "save")
    if "host_words" in request.form:
        _take_host_words(store.entry(entry_id), version)
        return
    if "fill_title" in request.form or "fill_handle" in request.form:
        action = "save"
    if action == "dismiss":
        store.dismiss(entry_id, version, who())
    elif action == "undo":
        store.undo(entry_id, version, who())
    elif action == "assign":
        _assign(entry_id, version)
    elif action == "save":
        _save(store.entry(entry_id), version)
    else:
        abort(400)


def _save(entry: Entry, version: int) -> None:
    """Confirm words left as they were, correct others."""
    title, handle, host = _words()
    same = (title, handle, host) == (entry.title, entry.handle or "", entry.host or "")
    if same and entry.version == version:
        services().store.confirm(entry.id, version, who())
    else:
        services().store.correct(entry.id, version, title, handle or None, host or None, who())


def _take_host_words(entry: Entry, version: int) -> None:
    """Stand for what was typed on the web; what the card says of its host stays, and its handle where none was typed."""
    text = request.form["host_words"]
    words = services().store.host_words(int(text) if text.isdecimal() else -1, entry.number)
    services().store.correct(entry.id, version, words.title, words.handle or entry.handle, entry.host, who())


def _words() -> tuple[str, str, str]:
    """The fields as typed; an alternative that was tapped without JavaScript outranks its field."""
    form = request.form
    handle = " ".join(form.get("fill_handle", form.get("handle", "")).split())
    if handle and "@" not in handle and " " not in handle:
        handle = f"@{handle}"
    return " ".join(form.get("fill_title", form.get("title", "")).split()), handle, " ".join(form.get("host", "").split())


def _assign(entry_id: str, version: int) -> None:
    room, slot = request.form.get("room", ""), request.form.get("slot", "")
    board = services().config.event.board(services().store.board_of(entry_id))
    services().store.assign(entry_id, version, board.cell_of(room, slot), who())


def _version() -> int:
    text = request.form.get("version", "")
    if not text.isdecimal():
        abort(400)
    return int(text)


def _meanwhile(stale: StaleWrite) -> str:
    """What changed since the form was made, field by field."""
    entry = stale.entry
    if entry is None:
        return str(stale)
    now = {"title": entry.title, "handle": entry.handle or "", "host": entry.host or ""}
    was = {name: request.form.get(f"was_{name}", now[name]) for name in FIELDS}
    told = [f"{name} was “{was[name] or 'empty'}”, now “{now[name] or 'empty'}”" for name in FIELDS if was[name] != now[name]]
    if request.form.get("was_status", entry.status.value) != entry.status.value:
        told.append({Status.GONE: "it was taken off the board", Status.DISMISSED: "it was dismissed"}.get(entry.status, "it is back"))
    if request.form.get("was_cell", _cell_key(entry)) != _cell_key(entry):
        told.append("it moved")
    return "Changed meanwhile: " + ("; ".join(told) or "its picture") + ". " + REPEAT[entry.status]


def _told(entry_id: str, status: int, news: tuple[str, ...]) -> Response:
    """The card once more, with what the person had typed and what to know."""
    typed = Typed(*_words(), news)
    response = _row(entry_id, typed) if _wants_row() else _page(news, {entry_id: typed})
    response.status_code = status
    return response


def _page(news: Sequence[str], typed: dict[str, Typed] | None = None) -> Response:
    cards = services().store.review_cards()
    changes = _unseen()
    proven = services().store.proven(change.id for change in changes[:SHOWN_CHANGES])
    told = {"changes": changes, "shown_changes": SHOWN_CHANGES, "proven": proven, "news": news}
    view = {
        "groups": _groups(cards),
        "typed": typed or {},
        "who": who(),
        "hosts_may_type": services().store.hosts_may_type(),
        "of_now": board_of_now(services().config.event, services().clock()).id,
        **told,
        **_choices(),
    }
    return make_response(render_template("review/page.html", **view, **inbox_view()))


def _row(entry_id: str, typed: Typed | None = None) -> Response:
    """One card as it stands now; a note where it is gone."""
    card = next((card for card in services().store.review_cards() if card.entry.id == entry_id), None)
    if card is None:
        store = services().store
        card = ReviewCard(store.board_of(entry_id), store.entry(entry_id), can_undo=False)
    return make_response(render_template("review/card.html", card=card, typed={entry_id: typed} if typed else {}, **_choices()))


def _groups(cards: Sequence[ReviewCard]) -> list[tuple[str, str, list[ReviewCard]]]:
    """(key, heading, cards), those first that need a person most."""
    headings = {
        "doubtful": "To check",
        "typed": "Typed otherwise on the web",
        "outside": "Outside the grid",
        "read": "Read with confidence",
        "checked": "Checked",
        "dismissed": "Dismissed",
    }
    found: dict[str, list[ReviewCard]] = {key: [] for key in headings}
    for card in cards:
        found[group_of(card)].append(card)
    return [(key, heading, found[key]) for key, heading in headings.items() if found[key]]


def group_of(card: ReviewCard) -> str:
    """Which part of the page a card belongs to."""
    entry = card.entry
    if entry.status is Status.DISMISSED:
        return "dismissed"
    if entry.cell is None:
        return "outside"
    if entry.needs_review:
        return "doubtful"
    if not all(offers.agrees(words, entry) for words in card.host_words):
        return "typed"
    return "checked" if entry.confirmed else "read"


def _unseen() -> tuple[PublishedChange, ...]:
    since = session.get("seen_change", 0)
    return tuple(change for change in services().store.changes(LISTED_CHANGES) if change.id > since)


def _choices() -> dict[str, Any]:
    """What the cards' templates need beside the card."""
    boards = {board.id: board for board in services().config.event.boards}
    return {"boards": boards, "cell_key": _cell_key, "group_of": group_of, "offers": offers, "agrees": offers.agrees}


def _cell_key(entry: Entry) -> str:
    return f"{entry.cell.row},{entry.cell.column}" if entry.cell else ""


def _wants_row() -> bool:
    """Whether the page's own script asks, which puts the one card in place of the old."""
    return request.headers.get("X-Requested-With") == "fetch"
