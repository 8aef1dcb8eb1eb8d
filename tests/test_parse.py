"""Lines -> title, handle, host: by text and place alone."""

from __future__ import annotations

import pytest

from digitizer.parse import ReadLine, Role, clean_host, join_title, names_people, parse

NAMES = {"samir", "nicole", "kev", "anna", "steve", "johannes", "duncan"}
WORDS = {"hacker", "python", "meetup", "programming", "community", "tuning"}


def is_name(text):
    return text.casefold().split(" ")[0] in NAMES


def line(text, y, height=30, x=10, **evidence):
    return ReadLine(text, (x, y, 14 * len(text), height), **evidence)


def roles(*lines):
    return [role.value for role in parse(lines, is_name).roles]


def title(*words, **more):
    return line(*words, words=0.95, fit=-1.5, **more)


def test_the_last_line_with_an_at_is_the_handle():
    """The common card: a title over two lines, a handle at the bottom."""
    found = roles(title("Board games", 10), title("night", 50), line("@sam_codes", 180, 18, at=0.99))
    assert found == ["title", "title", "handle"]


@pytest.mark.parametrize("misread", ["Csam_codes", "Osam42", "©sam_codes", "asam_codes", "Qsam_1984"])
def test_a_misread_at_is_still_a_handle(misread):
    """``@`` read as a letter that it looks like: form, size and place tell."""
    assert roles(title("Board games", 10), line(misread, 180, 18, at=0.1, words=0.1, fit=-0.05)) == ["title", "handle"]


def test_a_title_that_begins_like_an_at_stays_a_title():
    """A last line of known words is no handle, though it begins with C, O or a."""
    assert roles(title("Sewing", 10), title("circle", 50)) == ["title", "title"]
    assert roles(title("Open", 10), title("access to data", 50)) == ["title", "title"]
    assert roles(title("Quantum", 10)) == ["title"]


def test_an_at_in_the_middle_of_a_title_is_no_handle():
    """``Python @ home`` is a title."""
    assert roles(title("Python @ home", 10)) == ["title"]


def test_a_known_handle_is_one_without_its_at():
    """The event lists it."""
    assert roles(title("Tea", 10), line("patnguyen", 60, 20, fit=-0.1, words=0.0, is_known=True)) == ["title", "handle"]


def test_a_first_name_set_off_at_the_bottom_is_the_host():
    """To the right of the title, apart from it, smaller, or after a dash."""
    assert roles(title("Mob programming", 10), title("Nicole", 60, x=180)) == ["title", "host"]
    assert roles(title("Mob programming", 10), title("Nicole", 120)) == ["title", "host"]
    assert roles(title("Mob programming", 10), title("Nicole", 50, 18)) == ["title", "host"]
    assert roles(title("Primitive", 10), title("obsession", 50), title("- Samir", 90)) == ["title", "title", "host"]


@pytest.mark.parametrize(
    ("above", "odds", "role"),
    [
        ("Mob programming", 3.0, "host"),
        ("Mob programming", 1.0, "title"),
        ("Fragen an", 3.0, "title"),
        ("Guests:", 3.0, "title"),
        ("Ask", 3.0, "title"),
    ],
)
def test_a_name_that_nothing_sets_off_is_the_host(above, odds, role):
    """Where it is surely a name, and what stands above it is whole without it."""
    assert roles(title(above, 10), title("Nicole", 45, name_odds=odds, name_fit=-1.0)) == ["title", role]


def test_on_a_card_with_a_handle_a_name_must_be_set_off_to_be_the_host():
    """Who signs with a handle hardly signs with a name too."""
    found = roles(title("Mob programming", 10), title("Nicole", 45, name_odds=3.0, name_fit=-1.0), line("@nic_x", 130, 20, at=0.99))
    assert found == ["title", "title", "handle"]


@pytest.mark.parametrize(("place", "role"), [({"y": 120}, "host"), ({"y": 60, "x": 180}, "host"), ({"y": 45}, "title")])
def test_what_is_nearly_read_as_a_name_is_the_host_where_it_is_set_off(place, role):
    """``Ench`` below a title is Erich; in it, it is a word."""
    assert roles(title("Mob programming", 10), title("Ench", name_odds=-2.0, name_fit=-3.0, **place)) == ["title", role]
    assert roles(title("Mob programming", 10), title("Ench", name_odds=-9.0, name_fit=-3.0, **place)) == ["title", "title"]


def test_a_scrawl_is_no_name_because_it_is_no_word_either():
    """Where neither names nor words have anything to go by, the line stays in the title, which is doubtful then."""
    assert roles(title("Advocating devops to", 10), title("monigemest", 45, name_odds=3.0, name_fit=-20.0)) == ["title", "title"]
    assert roles(title("Advocating devops to", 10), title("monigemest", 120, name_odds=3.0, name_fit=-20.0)) == ["title", "title"]


def test_a_line_that_is_all_name_is_no_handle_without_its_at():
    """``hris`` in a corner is Chris; what has ink before the name is a handle whose ``@`` was misread."""
    words = {"at": 0.1, "words": 0.1, "fit": -0.05}
    assert roles(title("Board games", 10), line("Chrib", 180, 18, name_fit=-1.6, name_odds=2.7, **words)) == ["title", "host"]
    assert roles(title("Board games", 10), line("Cchrib", 180, 18, name_fit=-9.0, name_odds=2.7, **words)) == ["title", "handle"]


def test_a_name_alone_or_in_the_title_is_the_title():
    """A card that says only Anna is about Anna; a name in the middle is no host."""
    assert roles(title("Anna", 10)) == ["title"]
    assert roles(title("Ask Steve", 10), title("anything", 45)) == ["title", "title"]


def test_a_card_may_have_host_and_handle():
    """The handle goes first, then the name above it."""
    found = roles(title("Tests", 10), title("Steve", 90, 20), line("@steve_x", 130, 20, at=0.98))
    assert found == ["title", "host", "handle"]


def test_what_a_sign_joins_to_the_title_is_no_host():
    """``Tests & / Steve`` is about both, though the name is set off; without the sign it is Steve's card."""
    for above, last in (("Tests &", "title"), ("Tests +", "title"), ("Tests", "host")):
        assert roles(title(above, 10), title("Steve", 130, 20)) == ["title", last]


def test_signs_alone_are_marks():
    """A stray dash or dot is neither title nor host."""
    assert roles(line("-", 5), title("Tea", 40), line("..", 90)) == ["mark", "title", "mark"]


def test_the_choice_of_handle_comes_with_its_probability():
    """Surer with an ``@`` than without; without any line there is no doubt."""
    sure = parse([title("Tea", 10), line("@sam_42", 90, 20, at=0.99)], is_name)
    unsure = parse([title("Tea", 10), line("Osamcodes", 90, 30, at=0.2, fit=-0.2)], is_name)
    assert 0.5 <= unsure.handle_confidence < sure.handle_confidence <= 1
    assert parse([], is_name).handle_confidence == 1.0


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (["Board", "games"], "Board games"),
        (["Hack-", "er meetup"], "Hacker meetup"),
        (["Fine-", "tuning"], "Fine-tuning"),
        (["DevOps -", "not an option"], "DevOps - not an option"),
        (["A-", "B testing"], "A- B testing"),
        (["  Tea ", "", " time"], "Tea time"),
        (["Tea &biscuits", "R& D", "Q&A"], "Tea & biscuits R & D Q&A"),
        (["Ask me..", "and 0..9..."], "Ask me... and 0..9..."),
        ([], ""),
    ],
)
def test_titles_are_joined_and_broken_words_mended(texts, wanted):
    """A hyphen goes where the whole is a word, and stays where it is not."""
    assert join_title(texts, lambda word: word.casefold() in WORDS) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"), [("- Samir", True), ("(Duncan)", True), ("KEV + NICOLE", True), ("with Anna", True), ("Python", False), ("", False)]
)
def test_it_knows_a_line_of_names(text, wanted):
    """One name or several, with the signs that people put around them."""
    assert names_people(text, is_name) is wanted


@pytest.mark.parametrize(
    ("text", "wanted"), [("— Samir", "Samir"), ("(Duncan)", "Duncan"), ("by Anna", "Anna"), ("Host: Steve", "Steve"), ("Bybee", "Bybee")]
)
def test_hosts_are_freed_of_signs(text, wanted):
    """What stands around a name does not belong to it."""
    assert clean_host(text) == wanted


def test_roles_are_words():
    """They go into drawings and JSON as they are."""
    assert [role.value for role in Role] == ["title", "handle", "host", "mark"]


@pytest.mark.parametrize(("guess", "role"), [("Nicole", "host"), ("Nickel", "title")])
def test_a_name_with_a_letter_misread_is_still_a_host(guess, role):
    """What the lexicon makes of the line names somebody; what it makes of another word does not."""
    assert roles(title("Static sites", 10), line("Nicale", 160, 18, x=120, fit=-1.5, guess=guess)) == ["title", role]


def test_an_ampersand_by_itself_joins_the_title():
    """Set on a line of its own between two others it is a word; above, below or beside a name it is a mark as before."""
    assert roles(title("Tea", 10), line("&", 50), title("biscuits", 90)) == ["title", "title", "title"]
    assert roles(line("&", 10), title("Tea", 50), line("+", 90)) == ["mark", "title", "mark"]
    assert roles(title("Tea", 10), line("&", 90), line("@sam_42", 130, 20, at=0.99)) == ["title", "mark", "handle"]
