"""The page behind a topic card's QR code: what a host types is for the organizers' eyes, bounded, and never published by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import html as markup
from made_up import SEEN, card_reading, config, hang
from visitors import enter, token

from calibration.kit import MOST_CARDS
from calibration.rig import Cell
from digitizer.model import Moved
from digitizer.reconcile import apply
from webapp import create_app
from webapp.public.topics import A_CARD
from webapp.store import Look
from webapp.store.hosts import KEPT_A_CARD, LONGEST_TITLE

NUMBER = 17


@pytest.fixture
def app(tmp_path, store):
    """The site over that store."""
    return create_app(config(tmp_path / "board.db"), store)


@pytest.fixture
def host(app):
    """The browser of somebody who holds a card."""
    return app.test_client()


@pytest.fixture
def organizer(app):
    """A browser that has logged in."""
    browser = app.test_client()
    enter(browser)
    return browser


def types(browser, title: str, handle: str = "", number: int = NUMBER):
    """Open the form and send it."""
    csrf = token(browser.get(f"/topic/{number}/title").data)
    return browser.post(f"/topic/{number}/title", data={"csrf_token": csrf, "title": title, "handle": handle})


def hung(store, title: str = "Bored games", **fields: object):
    """The card of that number on the board, as it was misread; its entry."""
    reading = card_reading(title, Cell(1, 0), doubtful=True, **fields)
    hang(store, "friday", (replace(reading, card=replace(reading.card, number=NUMBER)),))
    return next(entry for entry in store.schedule("friday").entries if entry.number == NUMBER)


def offered(organizer, entry_id: str) -> list[tuple[str, str]]:
    """What the review page offers of typed words: their id and text."""
    buttons = markup.fromstring(organizer.get("/review/").data).xpath(f"//article[@id='card-{entry_id}']//button[@name='host_words']")
    return [(button.get("value"), " ".join(button.text_content().split())) for button in buttons]


def take(organizer, entry, words_id: str):
    """Tap what was typed."""
    csrf = token(organizer.get("/review/").data)
    data = {"csrf_token": csrf, "version": str(entry.version), "host_words": words_id, "title": entry.title, "handle": "", "host": ""}
    return organizer.post(f"/review/card/{entry.id}", data=data)


def test_the_code_leads_to_the_form_until_the_card_hangs(host, store):
    """Then to the session, which links to the form; the form works at both times, and is in no cache."""
    assert host.get(f"/topic/{NUMBER}").headers["Location"] == f"/topic/{NUMBER}/title"
    page = host.get(f"/topic/{NUMBER}/title")
    assert page.headers["Cache-Control"] == "private, no-store"
    entry = hung(store)
    assert host.get(f"/topic/{NUMBER}").headers["Location"] == f"/session/{entry.id}"
    assert f"/topic/{NUMBER}/title" in host.get(f"/session/{entry.id}").data.decode()
    assert types(host, "Board games").status_code == 303


def test_the_code_of_a_dismissed_card_says_what_became_of_it(host, store):
    """It led to the form, and what was typed there reached nobody, though the page said that the organizers see it."""
    entry = hung(store)
    store.dismiss(entry.id, entry.version, "Eva")
    answer = host.get(f"/topic/{entry.number}", follow_redirects=True)
    assert answer.status_code == 410
    assert "The organizers took it out." in answer.data.decode()


def test_a_number_that_no_card_has_is_not_waited_for(host):
    """A code read wrongly, or made up: "hang it in a free cell" sent its finder looking for a card that cannot be."""
    answer = host.get("/topic/5000")
    assert answer.status_code == 404
    assert b"There is no topic card 5000." in answer.data
    assert b"Their numbers end with 999." in answer.data


def test_what_is_typed_is_published_nowhere(host, store):
    """Before the card hangs and after: every public surface says what was read."""
    types(host, "Free beer <script>", "@evil")
    entry = hung(store)
    for path in ("/", f"/session/{entry.id}", "/schedule.json", "/cards.json", "/schedule.ics", "/changes.atom", "/schedule.csv"):
        said = host.get(path).data.decode()
        assert "Free beer" not in said, path
        assert "evil" not in said, path
    assert store.entry(entry.id) == entry


def test_one_tap_of_an_organizer_takes_it(host, organizer, store):
    """Title and handle are then a person's word, in the organizer's name; the card's host stays. Undo gives back what was read."""
    entry = hung(store, host="Sam")
    types(host, "Board games", "sam_codes")
    ((words_id, text),) = offered(organizer, entry.id)
    assert text == "Board games @sam_codes"
    assert take(organizer, entry, words_id).status_code == 302
    after = store.entry(entry.id)
    assert (after.title, after.handle, after.host, after.confirmed) == ("Board games", "@sam_codes", "Sam", True)
    assert offered(organizer, entry.id) == []
    store.undo(entry.id, after.version, "Eva")
    assert store.entry(entry.id).title == "Bored games"


def test_without_a_handle_the_one_that_was_read_stays(host, organizer, store):
    """Who types a title alone takes nothing away."""
    entry = hung(store, handle="@sam_codes")
    types(host, "Board games")
    take(organizer, entry, offered(organizer, entry.id)[0][0])
    assert store.entry(entry.id).handle == "@sam_codes"


def test_the_reading_agreeing_is_shown(host, organizer, store):
    """But for case: it is a witness, not a decision; the flag stays until somebody taps."""
    entry = hung(store, "Board games")
    types(host, "BOARD GAMES.")
    assert offered(organizer, entry.id)[0][1].endswith("as it was read")
    assert store.entry(entry.id).needs_review


def groups(organizer) -> list[str]:
    """The headings of the review page, in their order."""
    tree = markup.fromstring(organizer.get("/review/").data)
    return [heading.text.strip() for heading in tree.xpath("//section[contains(@class, 'group')]/h2")]


def test_words_unlike_the_reading_are_not_lost_among_cards_that_need_nobody(host, organizer, store):
    """A card that was surely read stands far down; the same words ask for nobody, others come up, also after it was checked."""
    entry = hung(store)
    store.correct(entry.id, entry.version, "Board games", None, None, "Eva")
    assert groups(organizer) == ["Checked"]
    types(host, "BOARD GAMES")
    assert groups(organizer) == ["Checked"]
    types(host, "Board games for three")
    assert groups(organizer) == ["Typed otherwise on the web"]
    assert b">checked<" in organizer.get("/review/").data


def test_a_tap_takes_what_was_seen_or_nothing(host, organizer, store):
    """Words of another card, words that are gone, a card that changed meanwhile: refused, and the entry stays."""
    entry = hung(store)
    types(host, "Another card", number=18)
    types(host, "Board games")
    words_id = offered(organizer, entry.id)[0][0]
    assert take(organizer, entry, str(int(words_id) - 1)).status_code == 404
    assert take(organizer, entry, "nonsense").status_code == 404
    store.correct(entry.id, entry.version, "By hand", None, None, "Eva")
    assert take(organizer, entry, words_id).status_code == 409
    assert store.entry(entry.id).title == "By hand"


def test_what_a_person_settled_is_asked_about_only_by_newer_words(host, organizer, store):
    """Old words are settled with the card."""
    entry = hung(store)
    types(host, "Board games")
    store.confirm(entry.id, entry.version, "Eva")
    assert offered(organizer, entry.id) == []
    types(host, "Board games, really")
    assert [text for _, text in offered(organizer, entry.id)] == ["Board games, really"]


def test_words_are_asked_about_until_a_person_settles_them_wherever_the_card_goes(host, organizer, store):
    """They were newer than the organizer's word, until the card was moved: that counted as one, and they were gone unseen."""
    entry = hung(store)
    store.confirm(entry.id, entry.version, "Eva")
    types(host, "Board games, really")
    before = store.schedule("friday")
    new = apply(before, (Moved(entry.id, card_reading("Bored games", Cell(0, 1)), entry.cell, Cell(0, 1)),), SEEN + timedelta(days=9999))
    store.commit(before.version, new, (), Look(SEEN + timedelta(days=9999)))
    moved = store.entry(entry.id)
    assert (moved.cell, moved.confirmed) == (Cell(0, 1), True)
    assert [text for _, text in offered(organizer, entry.id)] == ["Board games, really"]
    store.confirm(entry.id, moved.version, "Eva")
    assert offered(organizer, entry.id) == []


def test_words_are_still_asked_about_when_a_dismissed_card_is_brought_back(host, organizer, store):
    """Saying that it is no session, and taking that back, settles no title."""
    entry = hung(store)
    store.confirm(entry.id, entry.version, "Eva")
    types(host, "Board games, really")
    store.dismiss(entry.id, entry.version + 1, "Eva")
    assert offered(organizer, entry.id) == []
    store.undo(entry.id, entry.version + 2, "Eva")
    assert [text for _, text in offered(organizer, entry.id)] == ["Board games, really"]


def test_nobody_is_thanked_for_words_of_a_dismissed_card(host, organizer, store):
    """The form, open since before or by its address, said that the organizers see them; they never did."""
    entry = hung(store)
    csrf = token(host.get(f"/topic/{NUMBER}/title").data)
    store.dismiss(entry.id, entry.version, "Eva")
    sent = host.post(f"/topic/{NUMBER}/title", data={"csrf_token": csrf, "title": "Board games"}, follow_redirects=True)
    opened = host.get(f"/topic/{NUMBER}/title", follow_redirects=True)
    for answer in (sent, opened):
        assert answer.status_code == 410
        assert "The organizers took it out." in answer.data.decode()


@pytest.mark.parametrize("handle", ["lea 42", "@", "https://example.org/@lea", "lea!"])
def test_what_is_no_handle_is_refused(host, organizer, store, handle):
    """It was dropped, and its host thanked: nobody saw it. The title stays in its field."""
    entry = hung(store)
    answer = types(host, "Board games", handle)
    assert answer.status_code == 422
    assert "That is no handle." in answer.data.decode()
    assert markup.fromstring(answer.data).xpath("//input[@name='title']/@value") == ["Board games"]
    assert offered(organizer, entry.id) == []


def test_the_newest_words_of_a_card_are_kept_and_no_more(host, organizer, store):
    """The same twice is one; whoever floods a card drops his own."""
    entry = hung(store)
    for title in ("One", "Two", "Three", "Four", "Four"):
        types(host, title)
    assert [text for _, text in offered(organizer, entry.id)] == ["Four", "Three"]
    assert KEPT_A_CARD == 3


def test_too_many_for_one_card_are_refused(host, store):
    """429 with the time to wait; other cards are not held up."""
    answers = [types(host, f"Title {k}").status_code for k in range(A_CARD.tries + 1)]
    assert answers == [303] * A_CARD.tries + [429]
    refused = types(host, "Once more")
    assert int(refused.headers["Retry-After"]) > 0
    assert types(host, "Another", number=18).status_code == 303


@pytest.mark.parametrize(
    ("title", "told"), [("", "needs a title"), (" \u200b\u202e ", "needs a title"), ("x" * (LONGEST_TITLE + 1), "too long")]
)
def test_what_is_no_title_is_refused(host, organizer, store, title, told):
    """With a 422 and what was typed still in its field."""
    entry = hung(store)
    answer = types(host, title, "@sam")
    assert answer.status_code == 422
    assert told in answer.data.decode()
    assert markup.fromstring(answer.data).xpath("//input[@name='handle']/@value") == ["@sam"]
    assert offered(organizer, entry.id) == []


def test_only_visible_characters_on_one_line_are_kept(host, organizer, store):
    """Nothing that turns text around, hides, or breaks lines; markup is text."""
    entry = hung(store)
    types(host, "Board\u202e\r\n\tgames <b>&amp;\x00</b>", "\u200b")
    assert [text for _, text in offered(organizer, entry.id)] == ["Board games <b>&amp; </b>"]


def test_a_form_without_its_token_is_refused(host, store):
    """Another site cannot send it in somebody's name."""
    host.get(f"/topic/{NUMBER}/title")
    assert host.post(f"/topic/{NUMBER}/title", data={"title": "Board games"}).status_code == 400


@pytest.mark.parametrize("number", [MOST_CARDS, 123456])
def test_numbers_that_no_card_has_are_404(host, number):
    """The kit prints a thousand."""
    assert host.get(f"/topic/{number}").status_code == 404
    assert host.get(f"/topic/{number}/title").status_code == 404


def test_organizers_switch_it_off_and_on(host, organizer, store):
    """Off: no form, nothing taken, nothing offered, no link; on again: what was typed before is back."""
    entry = hung(store)
    types(host, "Board games")
    late = token(host.get(f"/topic/{NUMBER}/title").data)
    page = organizer.get("/review/").data
    organizer.post("/review/hosts", data={"csrf_token": token(page), "on": "0"})
    assert host.get(f"/topic/{NUMBER}/title").status_code == 404
    assert host.post(f"/topic/{NUMBER}/title", data={"csrf_token": late, "title": "Late"}).status_code == 422
    assert offered(organizer, entry.id) == []
    assert f"/topic/{NUMBER}/title" not in host.get(f"/session/{entry.id}").data.decode()
    organizer.post("/review/hosts", data={"csrf_token": token(page), "on": "1"})
    assert [text for _, text in offered(organizer, entry.id)] == ["Board games"]


def test_only_organizers_may_switch_it(host, store):
    """A stranger is sent to the login."""
    csrf = token(host.get(f"/topic/{NUMBER}/title").data)
    assert host.post("/review/hosts", data={"csrf_token": csrf, "on": "0"}).status_code == 302
    assert store.hosts_may_type()
