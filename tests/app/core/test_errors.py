import inspect

import pytest

from allaprima.app.core import errors
from allaprima.app.core.errors import AllaPrimaError, did_you_mean

ALL = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, AllaPrimaError)]
FAMILIES = [c for c in ALL if c.__base__ is AllaPrimaError]


def test_every_family_of_errors_has_an_exit_code_of_its_own():
    codes = [c.exit_code for c in FAMILIES]
    assert len(FAMILIES) >= 7
    assert len(set(codes)) == len(codes)
    assert AllaPrimaError.exit_code == 1 and 1 not in codes
    assert all(2 <= code <= 125 for code in codes), "0 is success, from 126 on codes mean something to shells"


@pytest.mark.parametrize("error", ALL, ids=lambda c: c.__name__)
def test_a_leaf_has_the_exit_code_of_its_family(error):
    families = [f for f in FAMILIES if issubclass(error, f)]
    assert len(families) == (error is not AllaPrimaError)
    assert all(error.exit_code == f.exit_code for f in families)


@pytest.mark.parametrize("error", ALL, ids=lambda c: c.__name__)
def test_every_error_carries_its_message_and_its_hint_and_says_what_it_is_for(error):
    raised = error("rig.toml is damaged", "allaprima calibrate")
    assert (str(raised), raised.message, raised.hint) == (
        "rig.toml is damaged",
        "rig.toml is damaged",
        "allaprima calibrate",
    )
    assert error("no hint").hint == ""
    assert error.__doc__


def test_the_end_of_a_source_and_a_stall_are_no_errors_for_the_user():
    assert not issubclass(errors.SourceEnded, AllaPrimaError)
    assert not issubclass(errors.Stalled, AllaPrimaError)


STYLES = ["starry-night", "The-Scream", "great-wave"]


def test_the_nearest_known_word_is_suggested_as_it_is_spelled():
    assert did_you_mean("stary-nigth", STYLES) == "did you mean 'starry-night'?"
    assert did_you_mean("the-screm", STYLES) == "did you mean 'The-Scream'?"


def test_where_none_is_near_all_are_named():
    assert did_you_mean("xyzzy", STYLES) == "known: starry-night, The-Scream, great-wave"


def test_where_nothing_is_known_nothing_is_said():
    assert did_you_mean("anything", []) == ""
