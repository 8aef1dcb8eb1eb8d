"""Names as people give themselves: what is counted of them, and what a handle's prior makes of it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from digitizer.characters import load_characters, read_column
from digitizer.decoder.beam import prior_logs
from digitizer.decoder.handle_prior import SIGNS, HandlePrior
from digitizer.decoder.handle_words import load_handle_words
from digitizer.decoder.user_names import USER_FIELDS, USER_NAMES, load_user_names
from digitizer.settings import HandleSettings
from digitizer.training.user_names import LEAST_SHARED, folded, is_held_out, main, owners, shared
from digitizer.training.words import Counts, count_into, witten_bell

UNWEIGHED = HandleSettings(words_weight=1.0, character_bonus=0.0)


def log_of(name: str) -> float:
    """The natural log of a name's probability among user names, sign by sign."""
    users = load_user_names(SIGNS)
    state = np.zeros(1, dtype=np.dtype(USER_FIELDS, align=True))
    users.start(state)
    for sign in name:
        users.grow(state, np.array([SIGNS.index(sign)]))
    return float(users.ends(state)[0])


@pytest.mark.parametrize(("likely", "unlikely"), [("mike42", "4mi2ke"), ("dev_anna", "dve_anan"), ("xiaoming", "xioaimng")])
def test_names_that_people_have_are_likelier_than_the_same_signs_in_disorder(likely: str, unlikely: str) -> None:
    """Though no list of words holds them."""
    assert log_of(likely) > log_of(unlikely) + 3


def test_case_is_none_of_its_business() -> None:
    """Users write their names in any case; a dash elsewhere is a ``_`` here, and a digit any digit."""
    assert log_of("JSmith") == log_of("jsmith")
    assert folded("Anna-K7") == "anna_k0"


def test_a_handle_that_words_do_not_explain_is_likelier_as_a_user_name() -> None:
    """The prior is no less than the share of user names in it gives."""
    prior = HandlePrior((), load_handle_words(), UNWEIGHED)
    (log,) = prior_logs(["@xiaoming"], SIGNS, prior)
    assert log_of("xiaoming") + np.log(0.3) - 2 < log < 0, "case takes a nat at most"


def test_probabilities_of_what_may_follow_sum_to_one() -> None:
    """After any beginning: letters, digits, the dash and the end."""
    users = load_user_names(SIGNS)
    following = [sign for sign in SIGNS if sign and sign not in "@." and sign == sign.lower()]
    for name in ("", "an", "jsmi", "zqx", "dev0"):
        state = np.zeros(len(following), dtype=np.dtype(USER_FIELDS, align=True))
        users.start(state)
        for sign in name:
            users.grow(state, np.full(len(following), SIGNS.index(sign)))
        ended = float(np.exp(users.ends(state)[0] - state["user_log"][0]))
        before = state["user_log"].copy()
        users.grow(state, np.array([SIGNS.index(sign) for sign in following]))
        assert np.exp(state["user_log"] - before).sum() + ended == pytest.approx(1, abs=0.08)


def test_no_long_run_of_signs_stands_for_few_names() -> None:
    """A context of three signs and more is one that many names share; one name in a crowd leaves none of its own."""
    counts: Counts = defaultdict(lambda: defaultdict(float))
    for k in range(8 * LEAST_SHARED):
        count_into(counts, "smith" + "abcdefgh"[k % 8], 1.0)
    count_into(counts, "qzxwvk", 1.0)
    grams, contexts = witten_bell(counts, shared)
    assert "smit" in contexts
    assert not [gram for gram in (*grams, *contexts) if len(gram) > 3 and set(gram) & set("qzxwvk")]


def test_what_is_shipped_holds_signs_and_no_whole_name() -> None:
    """Six signs at most, of small letters, digits as one, ``_``, and the marks of both ends."""
    with np.load(USER_NAMES) as stored:
        contexts = read_column(stored["contexts"], stored["contexts_costs"])
    assert max(map(len, contexts)) < 6
    assert set("".join(contexts)) <= set("^$_0abcdefghijklmnopqrstuvwxyz")


def test_the_command_counts_owners_of_repositories(tmp_path: Path) -> None:
    """Addresses in either form, each name once, those of other hosts not at all."""
    packages, target = tmp_path / "packages.json", tmp_path / "names.npz"
    named = "abcdefghijklmnopqrstuvwxyz"
    lines = [f'"p{a}{b}": "git+https://github.com/{a}nna{b}smith/p{a}{b}.git",' for a in named for b in named]
    packages.write_text("\n".join([*lines, '"q": "git@github.com:Anna-K/q.git",', '"r": "https://gitlab.com/nobody/r"']), encoding="utf-8")
    assert {"Anna-K", "bnnaasmith"} <= set(owners(packages))
    assert "nobody" not in set(owners(packages))
    result = CliRunner().invoke(main, [str(packages), "--target", str(target)], catch_exceptions=False)
    learned = [a + "nna" + b + "smith" for a in named for b in named if not is_held_out(a + "nna" + b + "smith")]
    assert f"{len(learned) + (not is_held_out('anna_k'))} of 677 names" in result.output
    assert load_characters(target).columns.keys() >= set("annasmith")
