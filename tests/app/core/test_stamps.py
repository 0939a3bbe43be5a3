import dataclasses

import pytest

from allaprima.app.core.stamps import STAGES, Stamps


def test_the_stages_are_the_fields_in_the_order_a_frame_meets_them():
    assert tuple(f.name for f in dataclasses.fields(Stamps)) == STAGES
    assert STAGES == ("grabbed", "paired", "prepared", "inferred", "uploaded", "drawn", "submitted")


def test_stamping_makes_a_copy_and_leaves_the_other_stages():
    before = Stamps(grabbed=5)
    after = before.at("paired", 9)
    assert (before.paired, after.grabbed, after.paired) == (None, 5, 9)


def test_milliseconds_between_two_stages():
    stamps = Stamps(grabbed=1_000_000, submitted=36_500_000)
    assert stamps.between_ms("grabbed", "submitted") == 35.5
    assert stamps.between_ms("submitted", "grabbed") == -35.5


@pytest.mark.parametrize(("start", "end"), [("grabbed", "drawn"), ("drawn", "grabbed"), ("paired", "drawn")])
def test_there_is_nothing_between_stages_without_a_stamp(start, end):
    assert Stamps(grabbed=0).between_ms(start, end) is None


def test_a_stamp_of_zero_is_a_stamp():
    assert Stamps(grabbed=0, paired=0).between_ms("grabbed", "paired") == 0


def test_an_unknown_stage_is_refused():
    with pytest.raises(TypeError):
        Stamps().at("eaten", 1)  # type: ignore[arg-type]
