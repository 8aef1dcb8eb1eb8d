"""The organizer's pages: login, steps on cards, the inbox."""

import io
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from kept import inbox_of
from lxml import html as markup
from made_up import PASSWORD, SEEN, card_reading, config, event, hang, seeded
from pictures import with_exif
from PIL import Image
from visitors import enter, token

from calibration.rig import Cell
from digitizer.capturing import pixels
from digitizer.capturing.channel import Busy
from digitizer.model import Looked, Status, Vanished
from digitizer.reconcile import apply
from webapp import create_app
from webapp.limit import Limiter, LimitSettings, address_of
from webapp.review.offers import in_words
from webapp.services import KEY
from webapp.store import Look
from webapp.values import PhotoState


@pytest.fixture
def rung():
    """How often the worker was rung for."""
    return []


@pytest.fixture
def app(tmp_path, store, rung):
    """The site over that store."""
    return create_app(config(tmp_path / "board.db"), store, lambda: rung.append(1))


@pytest.fixture
def visitor(app):
    """A browser that has not logged in."""
    return app.test_client()


@pytest.fixture
def organizer(app):
    """A browser that has."""
    browser = app.test_client()
    assert enter(browser).status_code == 302
    return browser


def fields_of(browser, entry_id: str) -> dict[str, str]:
    """A card's form as the browser would send it."""
    form = markup.fromstring(browser.get("/review/").data).xpath(f"//article[@id='card-{entry_id}']//form")[0]
    return {name: form.fields[name] or "" for name in form.fields if name and name not in ("act", "fill_title", "fill_handle")}


def shown(browser, entry_id: str):
    """A card as the page shows it."""
    return markup.fromstring(browser.get("/review/").data).xpath(f"//article[@id='card-{entry_id}']")[0]


def step(browser, entry_id: str, act: str = "save", **changed: str):
    """Open the page, change some fields, send."""
    return browser.post(f"/review/card/{entry_id}", data={**fields_of(browser, entry_id), "act": act, **changed})


def picture(kind: str = "JPEG") -> io.BytesIO:
    """A small photo."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (200, 210, 220)).save(out, kind)
    out.seek(0)
    return out


@pytest.mark.parametrize(
    "path",
    ["/review/", "/review/inbox", "/review/phone", "/review/card/x.jpg", *(f"/review/calibrate/friday{end}" for end in ("", "/photo.jpg"))],
)
def test_it_sends_strangers_to_the_login(visitor, path):
    """Every page of the review, the raw photo above all."""
    answer = visitor.get(path)
    assert answer.status_code == 302
    assert "/review/login" in answer.headers["Location"]


def test_it_refuses_steps_of_strangers(visitor, store):
    """Even with a token of their own."""
    ids = seeded(store)
    form = {"csrf_token": token(visitor.get("/review/login").data), "version": "1", "act": "dismiss"}
    assert "/review/login" in visitor.post(f"/review/card/{ids['Board games']}", data=form).headers["Location"]
    assert store.entry(ids["Board games"]).status == "live"


@pytest.mark.parametrize(("encrypted", "told"), [(False, b"Allow cookies for this site"), (True, b"Open it by https://")])
def test_a_login_without_cookies_says_so(tmp_path, store, encrypted, told):
    """It was told for ever that the form was too old, most of all where cookies are for TLS only and the address is not."""
    site = create_app(config(tmp_path / "board.db", secure_cookies=encrypted), store).test_client(use_cookies=False)
    answer = site.post("/review/login", data={"password": PASSWORD, "csrf_token": token(site.get("/review/login").data)})
    assert answer.status_code == 400
    assert b"came without a cookie" in answer.data
    assert told in answer.data


def test_it_refuses_a_wrong_password(visitor, caplog):
    """With a 401, no session, and a line in the log."""
    assert enter(visitor, "board paper").status_code == 401
    assert caplog.messages == ["Login from 127.0.0.1: wrong password."]
    assert visitor.get("/review/").status_code == 302


def test_it_refuses_more_than_ten_tries(visitor):
    """Even the right password then waits, and is told for how long."""
    for _ in range(10):
        enter(visitor, "wrong")
    answer = enter(visitor)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 60


def test_a_device_that_logged_in_before_is_not_locked_out_by_others_at_its_address(app):
    """A venue has one address. The device has tries of its own, which are bounded as well; a forged cookie has none."""
    known, stranger = app.test_client(), app.test_client()
    enter(known)
    known.post("/review/logout", data={"csrf_token": token(known.get("/review/login").data)})
    for _ in range(10):
        enter(stranger, "wrong")
    assert enter(stranger).status_code == 429
    stranger.set_cookie("boardcast-device", "ImEi.x.y", path="/review/login")
    assert enter(stranger).status_code == 429
    assert enter(known).status_code == 302
    for _ in range(10):
        enter(known, "wrong")
    assert enter(known).status_code == 429


def test_tries_that_come_at_once_are_no_more_than_ten(app, monkeypatch):
    """Each was counted once it had failed: of sixty at once 35 were checked side by side, in a gigabyte of memory."""
    at_once, checked, gate = [], [], threading.Semaphore(1)

    def check(_hash: str, password: str) -> bool:
        at_once.append(gate.acquire(blocking=False))
        checked.append(password)
        threading.Event().wait(0.01)
        if at_once[-1]:
            gate.release()
        return False

    monkeypatch.setattr("webapp.review.login.check_password_hash", check)
    browser = app.test_client()
    form = {"csrf_token": token(browser.get("/review/login").data), "password": "guess"}
    cookie = f"boardcast={browser.get_cookie('boardcast').value}"

    def guess(_number: int) -> int:
        return app.test_client(use_cookies=False).post("/review/login", data=form, headers={"Cookie": cookie}).status_code

    with ThreadPoolExecutor(30) as crowd:
        answers = sorted(crowd.map(guess, range(30)))
    assert answers == [401] * 10 + [429] * 20
    assert len(checked) == 10
    assert all(at_once)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::7", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%wlan0", "fe80::2%wlan0", True),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("unix", "unix", True),
    ],
)
def test_a_device_has_one_address_however_many_it_takes(one, other, same):
    """IPv6 gives each device more addresses than anybody could try passwords."""
    assert (address_of(one) == address_of(other)) is same


def test_a_way_back_that_no_header_takes_is_not_taken(visitor):
    """A line break in it ended in "Something went wrong here"."""
    answer = enter(visitor, next="/review/\r\nSet-Cookie: a=b")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/review/")


def test_tries_are_forgotten_in_time_and_bounded_in_number():
    """A window that moves; the oldest address makes room."""
    now = [0.0]
    limiter = Limiter(LimitSettings(tries=2, window_s=10, addresses=2), lambda: now[0])
    limiter.count("a")
    now[0] = 4.0
    limiter.count("a")
    assert limiter.wait_s("a") == 6.0
    now[0] = 10.5
    assert limiter.wait_s("a") == 0.0
    limiter.count("b")
    limiter.count("b")
    limiter.count("c")
    limiter.count("d")
    assert limiter.wait_s("b") == 0.0


def test_the_cookie_is_out_of_reach(tmp_path, store):
    """Of scripts, of other sites, and of plain HTTP where the site has TLS."""
    app = create_app(config(tmp_path / "board.db", secure_cookies=True), store)
    browser = app.test_client()
    page = browser.get("/review/login", base_url="https://localhost")
    form = {"password": PASSWORD, "csrf_token": token(page.data)}
    answer = browser.post("/review/login", data=form, base_url="https://localhost", headers={"Referer": "https://localhost/review/login"})
    device, session = sorted(answer.headers.getlist("Set-Cookie"), key=lambda cookie: "__Host-" in cookie)
    assert all(part in session for part in ("__Host-boardcast=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert all(part in device for part in ("boardcast-device=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/review/login"))


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/review/\\evil", "/schedule.json", "/review//evil.example"]
)
def test_the_login_leads_to_no_other_site(visitor, target):
    """Whatever the address says."""
    assert enter(visitor, next=target).headers["Location"] == "/review/"


def test_the_login_leads_to_the_page_that_was_wanted(visitor):
    """Within the review."""
    assert enter(visitor, next="/review/calibrate/friday").headers["Location"] == "/review/calibrate/friday"


def test_a_form_without_its_token_is_refused(organizer, store):
    """Another site cannot send it."""
    ids = seeded(store)
    answer = organizer.post(f"/review/card/{ids['Board games']}", data={"version": "1", "act": "dismiss"})
    assert answer.status_code == 400
    assert store.entry(ids["Board games"]).status == "live"


def test_no_cache_keeps_the_review(organizer):
    """Nor its pictures."""
    assert organizer.get("/review/").headers["Cache-Control"] == "private, no-store"


def test_doubtful_cards_come_first(organizer, store):
    """Then the outside tray, then what was read with confidence."""
    seeded(store)
    tree = markup.fromstring(organizer.get("/review/").data)
    assert [h.text.strip() for h in tree.xpath("//section[contains(@class, 'group')]/h2")] == [
        "To check",
        "Outside the grid",
        "Read with confidence",
    ]
    assert tree.xpath("(//input[@name='title'])[1]/@value") == ["Rust for snakes"]


def test_confirming_takes_the_doubt_away(organizer, store):
    """The words are as they were; a person stands for them."""
    ids = seeded(store)
    assert step(organizer, ids["Rust for snakes"]).status_code == 302
    entry = store.entry(ids["Rust for snakes"])
    assert (entry.title, entry.confirmed, entry.needs_review) == ("Rust for snakes", True, False)


def test_a_correction_is_public_at_once(organizer, visitor, store):
    """The next answer to anybody has it."""
    ids = seeded(store)
    step(organizer, ids["Rust for snakes"], title="  Rust for  Pythonistas ", handle="ada_l", host="Ada")
    assert b"Rust for Pythonistas" in visitor.get("/day/2024-05-17").data
    entry = store.entry(ids["Rust for snakes"])
    assert (entry.title, entry.handle, entry.host, entry.confirmed) == ("Rust for Pythonistas", "@ada_l", "Ada", True)


def test_one_tap_takes_an_alternative(organizer, store):
    """Without JavaScript the tap saves it."""
    ids = seeded(store)
    step(organizer, ids["Rust for snakes"], fill_title="Rust far snakes")
    assert store.entry(ids["Rust for snakes"]).title == "Rust far snakes"


def test_a_card_shows_its_lines_and_how_sure_the_reader_is(organizer, store):
    """In words; a person's word ends the doubt."""
    ids = seeded(store)
    card = shown(organizer, ids["Rust for snakes"])
    assert card.xpath(".//figcaption/span/text()") == ["As read", "Rust for snakes"]
    assert card.xpath(".//label/span/small/text()") == ["unsure", "none seen"]
    assert shown(organizer, ids["Board games"]).xpath(".//label/span/small/text()") == ["sure", "sure"]
    step(organizer, ids["Rust for snakes"])
    assert shown(organizer, ids["Rust for snakes"]).xpath(".//label/span/small/text()") == ["checked", "checked"]


def test_readings_stand_in_the_same_order_before_and_after_a_tap(organizer, store):
    """The one that stands is marked, letters that differ from it are, too."""
    ids = seeded(store)
    chips = shown(organizer, ids["Rust for snakes"]).xpath(".//button[@data-fill='title']")
    assert [chip.text_content().strip() for chip in chips] == ["Rust for snakes", "Rust far snakes", "RUST FOR SNAKES"]
    assert [chip.get("aria-current") for chip in chips] == ["true", None, None]
    assert [chip.xpath("./b/text()") for chip in chips][:2] == [[], ["a"]]
    step(organizer, ids["Rust for snakes"], fill_title="Rust far snakes")
    chips = shown(organizer, ids["Rust for snakes"]).xpath(".//button[@data-fill='title']")
    assert [chip.get("value") for chip in chips] == ["Rust for snakes", "Rust far snakes", "RUST FOR SNAKES"]
    assert [chip.get("aria-current") for chip in chips] == [None, "true", None]


def test_one_tap_says_that_there_is_no_handle(organizer, store):
    """What looked like one is part of the picture."""
    ids = seeded(store)
    step(organizer, ids["Board games"], fill_handle="")
    assert store.entry(ids["Board games"]).handle is None


def test_a_tap_that_came_too_late_is_kept(organizer, store):
    """The reading that was taken stands in the field, for another try."""
    ids = seeded(store)
    form = fields_of(organizer, ids["Board games"])
    store.correct(ids["Board games"], 1, "Bored games", None, None, "Ida")
    answer = organizer.post(f"/review/card/{ids['Board games']}", data={**form, "fill_title": "Baard games"})
    assert answer.status_code == 409
    assert 'value="Baard games"' in answer.data.decode()


@pytest.mark.parametrize(("probability", "words"), [(0.97, "sure"), (0.75, "fairly sure"), (0.5, "unsure"), (0.1, "a guess")])
def test_a_probability_is_told_in_words(probability, words):
    """Four steps."""
    assert in_words(probability) == words


def test_dismissing_and_taking_it_back(organizer, visitor, store):
    """The card is no session; then it is again, as it was."""
    ids = seeded(store)
    before = store.entry(ids["Board games"])
    step(organizer, before.id, "dismiss")
    assert b"Board games" not in visitor.get("/day/2024-05-17").data
    step(organizer, before.id, "undo")
    after = store.entry(before.id)
    assert (after.title, after.status, after.confirmed, after.needs_review) == (
        before.title,
        before.status,
        before.confirmed,
        before.needs_review,
    )
    assert b"Board games" in visitor.get("/day/2024-05-17").data


def test_what_was_taken_off_can_be_taken_out_of_the_schedule(organizer, visitor, store):
    """Somebody took a rude card down before an organizer looked at the page: its words and picture stood there for good."""
    ids = seeded(store)
    schedule, later = store.schedule("friday"), SEEN + timedelta(minutes=9)
    gone = (Looked(frozenset(schedule.cells_seen_at)), Vanished(ids["Board games"]))
    store.commit(schedule.version, apply(schedule, gone, later), gone, Look(later))
    assert "/review/gone" in organizer.get("/review/").data.decode()
    (form,) = markup.fromstring(organizer.get("/review/gone").data).xpath("//article//form")
    answer = organizer.post(form.action, data={**dict(form.form_values()), "act": "dismiss"}, follow_redirects=True)
    assert "Board games" in answer.data.decode()
    for path in ("/day/2024-05-17", "/schedule.ics", "/changes.atom"):
        assert b"Board games" not in visitor.get(path).data
    assert visitor.get(f"/session/{ids['Board games']}").status_code == visitor.get(f"/card/{ids['Board games']}.jpg").status_code == 410
    assert b"Board games" not in organizer.get("/review/gone").data
    step(organizer, ids["Board games"], "undo")
    assert b"Board games" in visitor.get("/day/2024-05-17").data
    assert store.entry(ids["Board games"]).status is Status.GONE
    assert visitor.get("/review/gone").status_code == 302


def test_a_correction_can_be_taken_back(organizer, store):
    """The words and the doubt come back."""
    ids = seeded(store)
    step(organizer, ids["Rust for snakes"], title="Something else")
    step(organizer, ids["Rust for snakes"], "undo")
    entry = store.entry(ids["Rust for snakes"])
    assert (entry.title, entry.confirmed, entry.needs_review) == ("Rust for snakes", False, True)


def test_an_outside_card_is_put_into_a_cell(organizer, visitor, store):
    """And is a session from then on."""
    ids = seeded(store)
    step(organizer, ids["Fell off"], "assign", room="Großer <Saal>", slot="10:30")
    assert store.entry(ids["Fell off"]).cell == Cell(2, 1)
    assert b"Fell off" in visitor.get("/day/2024-05-17").data


def test_a_stale_step_tells_what_changed_and_keeps_what_was_typed(organizer, store):
    """Somebody else was faster; nothing of either's work is lost."""
    ids = seeded(store)
    form = fields_of(organizer, ids["Board games"])
    store.correct(ids["Board games"], 1, "Bored games", "@sam_codes", "Sam", "Ida")
    answer = organizer.post(f"/review/card/{ids['Board games']}", data={**form, "act": "save", "title": "Board games, no chess"})
    page = answer.data.decode()
    assert answer.status_code == 409
    assert "title was “Board games”, now “Bored games”" in page
    assert 'value="Board games, no chess"' in page
    assert store.entry(ids["Board games"]).title == "Bored games"
    version = re.search(rf'id="card-{ids["Board games"]}".*?data-version="(\d+)"', page, re.DOTALL).group(1)
    again = organizer.post(
        f"/review/card/{ids['Board games']}", data={**form, "version": version, "act": "save", "title": "Board games, no chess"}
    )
    assert again.status_code == 302
    assert store.entry(ids["Board games"]).title == "Board games, no chess"


def test_the_pages_script_gets_the_one_card(organizer, store):
    """As it stands after the step, to be put in the old one's place."""
    ids = seeded(store)
    form = {**fields_of(organizer, ids["Board games"]), "act": "save", "title": "Go, chess, Catan"}
    answer = organizer.post(f"/review/card/{ids['Board games']}", data=form, headers={"X-Requested-With": "fetch"})
    (card,) = markup.fragments_fromstring(answer.data.decode().strip())
    assert card.get("data-version") == "2"
    assert card.xpath(".//input[@name='title']/@value") == ["Go, chess, Catan"]


@pytest.mark.parametrize(
    ("change", "status"), [({"title": ""}, 422), ({"title": "x" * 400}, 422), ({"version": "x"}, 400), ({"act": "explode"}, 400)]
)
def test_a_step_that_makes_no_sense_is_refused(organizer, store, change, status):
    """And changes nothing."""
    ids = seeded(store)
    assert step(organizer, ids["Board games"], **change).status_code == status
    assert store.entry(ids["Board games"]).version == 1


def test_a_step_on_a_card_that_never_was_is_a_404(organizer):
    """As a page."""
    form = {"csrf_token": token(organizer.get("/review/").data), "version": "1", "act": "save", "title": "x"}
    assert organizer.post("/review/card/nope", data=form).status_code == 404


def test_a_card_that_left_the_board_meanwhile_is_told(organizer, store):
    """The form was open while the camera saw the card go."""
    ids = seeded(store)
    form = fields_of(organizer, ids["Board games"])
    store.dismiss(ids["Board games"], 1, "Ida")
    answer = organizer.post(f"/review/card/{ids['Board games']}", data={**form, "act": "save", "title": "Mine"})
    assert answer.status_code == 409
    assert "it was dismissed. If it is a session, choose “Undo”, and write it again." in answer.data.decode()


def test_what_is_sent_again_for_a_card_that_left_the_board_brings_no_session_back(organizer, store):
    """It was public again, as confirmed, though its card hung nowhere; and Enter sends it, also where no button shows."""
    ids = seeded(store)
    before = store.schedule("friday")
    new = apply(before, (Looked(frozenset()), Vanished(ids["Board games"])), SEEN + timedelta(minutes=9))
    store.commit(before.version, new, [], Look(SEEN + timedelta(minutes=9)))
    entry = store.entry(ids["Board games"])
    form = {"csrf_token": token(organizer.get("/review/").data), "version": str(entry.version), "act": "save", "title": "Mine"}
    answer = organizer.post(f"/review/card/{entry.id}", data=form, headers={"X-Requested-With": "fetch"})
    assert store.entry(entry.id).status is Status.GONE
    (card,) = markup.fragments_fromstring(answer.data.decode().strip())
    assert card.xpath(".//button[@value='save'][not(@disabled)]") == []


def test_enter_brings_no_dismissed_card_back(organizer, store):
    """Who goes through the cards by Enter comes to the dismissed ones last: each was a session again."""
    ids = seeded(store)
    store.dismiss(ids["Board games"], 1, "Ida")
    assert shown(organizer, ids["Board games"]).xpath(".//button[@type='submit' or not(@type)][1]/@disabled") == ["disabled"]
    assert shown(organizer, ids["Rust for snakes"]).xpath(".//button[@disabled]") == []


def test_an_outside_card_that_left_the_board_meanwhile_is_told(organizer, store):
    """It was never public: nobody but the log knows its board."""
    ids = seeded(store)
    form = fields_of(organizer, ids["Fell off"])
    before = store.schedule("friday")
    new = apply(before, (Looked(frozenset()), Vanished(ids["Fell off"])), SEEN + timedelta(minutes=9))
    store.commit(before.version, new, [], Look(SEEN + timedelta(minutes=9)))
    sent = {**form, "act": "save", "title": "Mine"}
    answer = organizer.post(f"/review/card/{ids['Fell off']}", data=sent, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 409
    assert "it was taken off the board" in answer.data.decode()
    assert "Mine" in answer.data.decode()


def test_what_changed_is_told_until_it_was_seen(organizer, store):
    """Then only what is new."""
    seeded(store)
    assert "Board games: new, 306, 10:00" in organizer.get("/review/").data.decode()
    organizer.post("/review/seen", data={"csrf_token": token(organizer.get("/review/").data)})
    assert "Board games: new" not in organizer.get("/review/").data.decode()
    hang(store, "friday", (card_reading("Late one", Cell(2, 1)),))
    assert "Late one: new, Großer &lt;Saal&gt;, 10:30" in organizer.get("/review/").data.decode()


def test_photos_are_taken_from_a_phone(organizer, store, rung):
    """Several at once; the worker is rung for."""
    form = {
        "csrf_token": token(organizer.get("/review/").data),
        "board": "friday",
        "photos": [(picture(), "a.jpg"), (picture("PNG"), "b.png")],
    }
    assert organizer.post("/review/upload", data=form).status_code == 302
    assert [photo.name for photo in inbox_of(store)] == ["b.png", "a.jpg"]
    assert rung
    assert "2</strong> photos waiting" in organizer.get("/review/inbox").data.decode()


def test_a_file_that_is_no_photo_is_named_and_the_others_are_kept(organizer, store):
    """A 422 with the file's name."""
    form = {
        "csrf_token": token(organizer.get("/review/").data),
        "board": "friday",
        "photos": [(io.BytesIO(b"hello"), "notes.txt"), (picture(), "a.jpg")],
    }
    answer = organizer.post("/review/upload", data=form)
    assert answer.status_code == 422
    told = answer.data.decode()
    assert (told.count("notes.txt"), "Photos not named here were taken" in told) == (1, True)
    assert [photo.name for photo in inbox_of(store)] == ["a.jpg"]


def test_a_form_that_is_sent_twice_sends_its_photos_once(organizer, store):
    """A second tap on "Send", or a reload: three looks at one photo cancelled what it does not show."""
    for form_of in (markup.fromstring(organizer.get("/review/").data).xpath("//form[@class='upload']")[0] for _ in range(2)):
        for _ in range(3):
            fields = {name: form_of.fields[name] for name in ("csrf_token", "once")}
            sent = {**fields, "board": "friday", "photos": [(picture(), "a.jpg"), (picture("PNG"), "b.png")]}
            assert organizer.post("/review/upload", data=sent).status_code == 302
    assert [photo.name for photo in inbox_of(store)] == ["b.png", "a.jpg"] * 2


def test_where_no_photo_was_taken_none_is_said_to_be(organizer):
    """It said so even where none had been chosen."""
    form = {"csrf_token": token(organizer.get("/review/").data), "board": "friday"}
    for files in ({}, {"photos": [(io.BytesIO(b"hello"), "notes.txt")]}):
        told = organizer.post("/review/upload", data={**form, **files}, content_type="multipart/form-data").data.decode()
        assert "No photo was taken" in told
        assert "were taken" not in told


def test_what_each_look_of_a_camera_tells_is_told_once(organizer, store):
    """A card in a blocked cell filled all notes; what else was noted found no room."""
    for n, note in enumerate(["Something else.", *["A card hangs in a blocked cell."] * 7]):
        store.done(store.receive("friday", b"x", f"{n}.jpg", SEEN, "watch"), note)
    notes = markup.fromstring(organizer.get("/review/inbox").data).xpath("//p[contains(@class, 'note')]/text()")
    assert notes == ["7.jpg: A card hangs in a blocked cell.", "0.jpg: Something else."]


def test_looks_of_a_camera_that_tell_the_same_with_other_numbers_are_told_once(organizer, store):
    """A camera whose clock is slow names two hours with each look; they filled all notes, and those of people's photos found no room."""
    store.done(store.receive("friday", b"x", "phone.jpg", SEEN, "phone of Eva"), "The light is poor.")
    for n in range(7):
        store.done(store.receive("friday", b"x", f"{n}.jpg", SEEN, "watch"), f"It was taken at 09:0{n}; a newer one, of 10:30, was read.")
    notes = markup.fromstring(organizer.get("/review/inbox").data).xpath("//p[contains(@class, 'note')]/text()")
    assert notes == ["6.jpg: It was taken at 09:06; a newer one, of 10:30, was read.", "phone.jpg: The light is poor."]


def test_each_part_of_a_board_that_somebody_sent_is_told_of(organizer, store):
    """Of six parts two were told: the others showed as many cells, and their senders looked for them in vain."""
    parts = [("a.jpg", 4), ("b.jpg", 2), ("c.jpg", 4), ("d.jpg", 2), ("image.jpg", 4), ("image.jpg", 4)]
    for name, cells in parts:
        photo_id = store.receive("friday", b"x", name, SEEN, "phone of Eva")
        store.done(photo_id, f"A part of the board: {cells} cells are wholly in this photo.")
    notes = markup.fromstring(organizer.get("/review/inbox").data).xpath("//p[contains(@class, 'note')]/text()")
    assert notes == [
        "a.jpg, c.jpg, image.jpg (2 times): A part of the board: 4 cells are wholly in this photo.",
        "b.jpg, d.jpg: A part of the board: 2 cells are wholly in this photo.",
    ]


def test_several_photos_may_be_larger_together_than_one_may_be(tmp_path, store):
    """Each is measured by itself; the one that is too large is named."""
    size = len(picture().read())
    app = create_app(config(tmp_path / "board.db", max_upload_bytes=size + 500), store)
    browser = app.test_client()
    enter(browser)
    photos = [(picture(), "a.jpg"), (picture(), "b.jpg"), (io.BytesIO(picture().read() + b"x" * 600), "big.jpg")]
    answer = browser.post("/review/upload", data={"csrf_token": token(browser.get("/review/").data), "board": "friday", "photos": photos})
    assert answer.status_code == 422
    assert "big.jpg: The photo is too large" in answer.data.decode()
    assert len(inbox_of(store)) == 2


def from_phone(browser, key: str = "k" * 32, data: bytes | None = None, **fields: object):
    """Send a photo as the camera page does."""
    form = {"photo": (io.BytesIO(data or picture().read()), "IMG_1.jpg"), "board": "friday", **fields}
    headers = {"Idempotency-Key": key, "Accept": "application/json", "X-CSRFToken": token(browser.get("/review/phone").data)}
    return browser.post("/review/phone", data=form, headers=headers)


def test_the_camera_page_sends_a_photo_again_without_harm(organizer, store, rung):
    """The same key is the same photo."""
    first, again, other = from_phone(organizer), from_phone(organizer), from_phone(organizer, "o" * 32)
    assert [answer.status_code for answer in (first, again, other)] == [202, 202, 202]
    assert first.json["id"] == again.json["id"] != other.json["id"]
    assert len(inbox_of(store)) == 2
    assert rung


def test_the_phone_tells_when_a_photo_was_taken_that_does_not_tell_itself(organizer, store):
    """It may have waited for an hour; EXIF knows better where there is any, and nonsense is as good as nothing."""
    from_phone(organizer, "a" * 32, taken_ms="1715943600000")
    from_phone(organizer, "b" * 32, with_exif(DateTimeOriginal="2024:05:17 10:00:00"), taken_ms="1715943600000")
    from_phone(organizer, "c" * 32, taken_ms="9" * 30)
    times = [photo.taken_at for photo in reversed(inbox_of(store))]
    assert times[0] == datetime(2024, 5, 17, 11, tzinfo=UTC)
    assert times[1] == datetime(2024, 5, 17, 10, tzinfo=ZoneInfo(event().timezone))
    assert times[2] > times[1]


def test_the_camera_page_is_told_what_will_never_be_taken(organizer, store):
    """By a status of its own and in words; a missing key too, since nobody could send it twice."""
    nonsense = from_phone(organizer, data=b"hello")
    assert nonsense.status_code == 422
    assert "IMG_1.jpg is not an image" in nonsense.json["error"]
    assert from_phone(organizer, key="").status_code == 413
    assert inbox_of(store) == ()


def test_a_photo_of_a_board_that_the_event_dropped_is_refused_for_good(organizer, store):
    """The page tries anything else again, before all photos behind it: this one would hold them up for ever."""
    answer = from_phone(organizer, board="sunday")
    assert answer.status_code == 413
    assert "sunday" in answer.json["error"]
    assert "friday, saturday" in answer.json["evidence"]


def test_a_photo_that_cannot_be_decoded_just_now_is_not_refused_for_good(organizer, monkeypatch):
    """A machine short of memory says nothing of the photo: the phone keeps it and tries again."""

    def busy(*_asked: object) -> None:
        raise Busy("held")

    monkeypatch.setattr(pixels._decoder, "ask", busy)
    answer = from_phone(organizer)
    assert answer.status_code == 503
    assert "short of memory" in answer.json["evidence"]


@pytest.mark.parametrize(
    ("now", "board"),
    [
        (datetime(2024, 5, 1, tzinfo=UTC), "friday"),
        (datetime(2024, 5, 18, 3, 59, tzinfo=UTC), "friday"),  # 23:59 there
        (datetime(2024, 5, 18, 4, 1, tzinfo=UTC), "saturday"),
        (datetime(2024, 6, 1, tzinfo=UTC), "saturday"),
    ],
)
@pytest.mark.parametrize("path", ["/review/", "/review/phone"])
def test_photos_go_to_the_board_of_today_unless_another_is_chosen(app, organizer, path, now, board):
    """On the second day they went to the first day's board, whose rooms and times are the same: it took off all that hung there."""
    app.extensions[KEY] = replace(app.extensions[KEY], clock=lambda: now)
    page = markup.fromstring(organizer.get(path).data)
    assert page.xpath("//select[@name='board']/option[@selected]/@value") == [board]


def test_an_upload_for_an_unknown_board_is_refused(organizer, store):
    """By name."""
    form = {"csrf_token": token(organizer.get("/review/").data), "board": "monday", "photos": [(picture(), "a.jpg")]}
    answer = organizer.post("/review/upload", data=form)
    assert answer.status_code == 422
    assert "monday" in answer.data.decode()


def test_an_upload_without_a_photo_is_refused(organizer):
    """Nothing was chosen."""
    form = {"csrf_token": token(organizer.get("/review/").data), "board": "friday"}
    assert organizer.post("/review/upload", data=form).status_code == 400


def test_a_photo_that_failed_says_why_and_can_be_tried_again(organizer, store, rung):
    """With the message of what read it."""
    photo_id = store.receive("friday", picture().read(), "IMG_1.jpg", None, "upload")
    store.failed(photo_id, "Found 1 of 4 lines. Step back.")
    page = organizer.get("/review/").data
    assert b"Found 1 of 4 lines. Step back." in page
    assert organizer.post(f"/review/photo/{photo_id}/retry", data={"csrf_token": token(page)}).status_code == 302
    assert store.photo(photo_id).state is PhotoState.WAITING
    assert rung


def test_a_photo_that_failed_can_be_discarded(organizer, store):
    """One that will never be read need not stand there for days; of a file that is no whole photo nothing else is offered."""
    ids = [store.receive("friday", picture().read(), name, None, "upload") for name in ("board.jpg", "torn.jpg")]
    store.failed(ids[0], "Found 1 of 4 lines.", "BoardNotFound")
    store.failed(ids[1], "torn.jpg is damaged or cut off.", "PhotoError")
    page = markup.fromstring(organizer.get("/review/").data)
    offered = {item.xpath("string(.//strong)"): item.xpath(".//button/text() | .//a/text()") for item in page.xpath("//*[@class='failed']")}
    assert offered == {"torn.jpg": ["Discard"], "board.jpg": ["Try again", "Discard", "Set the grid by hand"]}
    for photo_id in ids:
        answer = organizer.post(f"/review/photo/{photo_id}/discard", data={"csrf_token": token(organizer.get("/review/").data)})
        assert answer.status_code == 302
    assert inbox_of(store) == ()
    assert organizer.post(f"/review/photo/{ids[0]}/discard", data={"csrf_token": token(organizer.get("/review/").data)}).status_code == 404


def test_logging_out_ends_it(organizer):
    """The next page asks for the password."""
    organizer.post("/review/logout", data={"csrf_token": token(organizer.get("/review/").data)})
    assert organizer.get("/review/").status_code == 302


def test_a_new_password_ends_all_sessions(tmp_path, store, organizer):
    """Whoever knew only the old one is out."""
    cookie = organizer.get_cookie("boardcast")
    changed = create_app(config(tmp_path / "board.db", organizer_password_hash="pbkdf2:sha256:1$x$y"), store).test_client()
    changed.set_cookie("boardcast", cookie.value)
    assert changed.get("/review/").status_code == 302


def test_changes_stand_beside_the_pictures_that_prove_them(store, organizer, visitor):
    """The card's own where its place was not kept; only for those who logged in."""
    hang(store, "friday", (card_reading("Board games", Cell(1, 0)),))
    page = markup.fromstring(organizer.get("/review/").data)
    (source,) = page.xpath("//ol[@class='changes']//img/@src")
    assert source.endswith("/after.jpg")
    assert organizer.get(source).data.startswith(b"\xff\xd8")
    assert organizer.get(source.replace("after", "before")).status_code == 404
    assert visitor.get(source).status_code == 302
