from allaprima.app.core.suggestion import did_you_mean

STYLES = ["starry-night", "The-Scream", "great-wave"]


def test_the_nearest_known_word_is_suggested_as_it_is_spelled():
    assert did_you_mean("stary-nigth", STYLES) == "did you mean 'starry-night'?"
    assert did_you_mean("the-screm", STYLES) == "did you mean 'The-Scream'?"


def test_where_none_is_near_all_are_named():
    assert did_you_mean("xyzzy", STYLES) == "known: starry-night, The-Scream, great-wave"


def test_where_nothing_is_known_nothing_is_said():
    assert did_you_mean("anything", []) == ""
