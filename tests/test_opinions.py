"""Second opinions beside the worker: doubtful cards only, within the budget, as suggestions."""

from datetime import UTC, datetime, timedelta

import pytest
from kept import card, ingest, receive
from lxml import html as markup
from made_up import card_reading, config, event, hang, seeded
from visitors import enter

from calibration.rig import Cell
from digitizer.errors import ConfigError
from digitizer.readers.vision import Endpoint, NoOpinion, Opinion
from webapp import create_app
from webapp.config import OpinionTerms, for_command
from webapp.opinions import Asker, beside

TERMS = OpinionTerms(Endpoint("http://127.0.0.1:9/v1", "qwen"))
ENV = {"BOARDCAST_VISION_URL": "http://127.0.0.1:8080/v1/", "BOARDCAST_VISION_MODEL": "qwen"}


class Stranger:
    """Stands where ``ask`` stands: answers in turn, or raises what it was told to."""

    def __init__(self, *answers: Opinion | Exception) -> None:
        self.answers, self.pictures = list(answers), []

    def __call__(self, _endpoint: Endpoint, jpeg: bytes) -> Opinion:
        """Answer."""
        self.pictures.append(jpeg)
        answer = self.answers[min(len(self.pictures), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Clock:
    """A clock that is set by hand; it starts now, as the store reads its own."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.at


def asker(store, *answers, terms=TERMS):
    """One who asks this stranger."""
    return Asker(store, terms, Stranger(*answers), Clock())


def ask_all(asking) -> int:
    """Ask until there is nothing left to ask; how many were asked."""
    while asking.one():
        pass
    return len(asking.ask.pictures)


def entry(store, title):
    """The entry with this title."""
    return next(e for e in store.schedule("friday").entries if e.title == title)


def review(store, title):
    """The card as the reviewer sees it."""
    return next(c for c in store.review_cards() if c.entry.title == title)


def test_only_doubtful_cards_are_asked_about_and_each_picture_once(store):
    """Two of four; the picture sent is the card's, not the board's."""
    ids = seeded(store)
    asking = asker(store, Opinion("Rust for snakes"))
    assert ask_all(asking) == 2
    assert set(asking.ask.pictures) == {store.card_picture(ids[title]) for title in ("Rust for snakes", "Fell off")}
    assert ask_all(asking) == 2


def test_an_answer_is_a_suggestion_and_clears_nothing(store):
    """The entry stays as it was, to the version; the reviewer is offered the words first."""
    seeded(store)
    before = entry(store, "Rust for snakes")
    ask_all(asker(store, Opinion("Rust for Snaggles", "@ada")))
    assert entry(store, "Rust for snakes") == before
    seen = review(store, "Rust for snakes")
    assert (seen.entry.alternatives[0], seen.entry.handle_alternatives) == ("Rust for Snaggles", ("@ada",))
    assert seen.entry.needs_review


def test_the_page_offers_it_for_one_tap(store, tmp_path):
    """As text, whatever it is."""
    seeded(store)
    ask_all(asker(store, Opinion("<b>Rust</b> & snakes")))
    browser = create_app(config(tmp_path / "board.db"), store, lambda: None).test_client()
    enter(browser)
    page = markup.fromstring(browser.get("/review/").data)
    assert "<b>Rust</b> & snakes" in page.xpath("//button[@name='fill_title']/@value")


def test_a_vote_counts_and_still_clears_nothing(store):
    """Where it may vote it may win over a wording that the reader gave less; a person must look all the same."""
    terms = OpinionTerms(TERMS.endpoint, votes=True)
    reader = ingest(store, [card_reading("Rvst for snokes", Cell(1, 1), doubtful=True)])
    receive(store, 0)
    reader.drain()
    ask_all(asker(store, Opinion("Rust for snakes"), terms=terms))
    [voted] = store.schedule("friday").entries
    assert [vote.text for vote in voted.title_votes] == ["Rust for snakes", "Rvst for snokes"]
    assert voted.needs_review
    assert not voted.confirmed


@pytest.mark.parametrize("votes", [False, True])
def test_a_person_is_not_overridden(store, votes):
    """Somebody corrects the card while the question is under way."""
    seeded(store)
    doubtful = entry(store, "Rust for snakes")

    def ask(_endpoint, _jpeg):
        store.correct(doubtful.id, store.entry(doubtful.id).version, "Rust for pythons", None, None, "Eva")
        return Opinion("Rust for cobras")

    asking = Asker(store, OpinionTerms(TERMS.endpoint, votes=votes), ask, Clock())
    asking.one()
    now = store.entry(doubtful.id)
    assert (now.title, now.confirmed, now.needs_review) == ("Rust for pythons", True, False)
    assert "Rust for cobras" not in review(store, "Rust for pythons").entry.alternatives


def test_the_budget_of_an_hour_comes_back_and_that_in_all_does_not(store):
    """Counted in the database, so that a worker that falls and starts again does not start to count again."""
    hang(store, "friday", tuple(card_reading(f"Card {k}", Cell(1 + k % 2, k // 2 % 2), doubtful=True) for k in range(5)))
    first = asker(store, Opinion("A card"), terms=OpinionTerms(TERMS.endpoint, an_hour=2, in_all=3))
    assert ask_all(first) == 2
    again = asker(store, Opinion("A card"), terms=first.terms)
    assert ask_all(again) == 0
    again.clock.at += timedelta(hours=1, seconds=5)
    assert ask_all(again) == 1
    again.clock.at += timedelta(hours=2)
    assert ask_all(again) == 1


def test_failures_rest_longer_and_longer_and_a_card_is_not_asked_about_for_ever(store):
    """A minute, then five; Retry-After may make it more; after three tries a card is left to people."""
    hang(store, "friday", (card_reading("Card", Cell(1, 0), doubtful=True),))
    asking = asker(store, NoOpinion("busy"), NoOpinion("busy"), NoOpinion("busy", retry_after_s=4000.0))
    for waited_s, asked in ((0, 1), (59, 1), (2, 2), (298, 2), (3, 3), (86_400, 3)):
        asking.clock.at += timedelta(seconds=waited_s)
        asking.one()
        assert len(asking.ask.pictures) == asked
    assert asking.rests_until - asking.clock.at <= timedelta(seconds=4000)


def test_a_new_picture_is_a_new_question(store):
    """The old suggestion belongs to the old picture."""
    reader = ingest(store, [card("Rvst", Cell(1, 1))], [card_reading("Rust", Cell(1, 1), doubtful=True)])
    receive(store, 0)
    reader.drain()
    assert store.question() is None  # read with confidence


def test_nobody_is_asked_unless_an_address_is_given(tmp_path, store):
    """Off by default: no thread, no question."""
    assert for_command(event(), None, {}).opinions is None
    seeded(store)
    with beside(config(tmp_path / "board.db"), store) as wake:
        wake()
    assert store.asked_since() == 0


def test_the_environment_says_whom_to_ask(tmp_path):
    """With a budget unless told otherwise; the key is not shown."""
    key = "sk-never-shown"
    given = for_command(event(), None, ENV | {"BOARDCAST_VISION_KEY": key, "BOARDCAST_VISION_IN_ALL": "7", "BOARDCAST_VISION_VOTES": "1"})
    assert given.opinions == OpinionTerms(Endpoint("http://127.0.0.1:8080/v1", "qwen", key), in_all=7, votes=True)
    assert key not in repr(given)


@pytest.mark.parametrize(
    "wrong",
    [
        {"BOARDCAST_VISION_MODEL": ""},
        {"BOARDCAST_VISION_URL": "gopher://host"},
        {"BOARDCAST_VISION_AN_HOUR": "0"},
        {"BOARDCAST_VISION_TIMEOUT_S": "soon"},
        {"BOARDCAST_VISION_URL": "http://elsewhere/v1", "BOARDCAST_VISION_KEY": "sk-never-shown"},
    ],
)
def test_what_makes_no_sense_is_said_at_the_start(wrong):
    """And the message holds no key."""
    with pytest.raises(ConfigError) as caught:
        for_command(event(), None, ENV | wrong)
    assert "sk-never-shown" not in str(caught.value)


def test_a_slow_server_holds_up_no_photo(tmp_path, store):
    """The worker's round ends while the question is still open."""
    from test_vision import Server

    server = Server()
    server.answer = lambda _: server.release.wait(30)
    settings = config(tmp_path / "board.db", opinions=OpinionTerms(Endpoint(server.url, "qwen", timeout_s=20.0)))
    reader = ingest(store, [card_reading("Rust", Cell(1, 1), doubtful=True)], [card_reading("Rust", Cell(1, 1), doubtful=True)])
    with beside(settings, store) as wake:
        reader.follow = wake
        receive(store, 0)
        reader.drain()
        receive(store, 1)
        assert list(reader.drain().values()) == [None]
    server.stop()
