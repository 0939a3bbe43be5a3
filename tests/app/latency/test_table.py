import io

import pytest

from allaprima.app.core.clock import FakeClock
from allaprima.app.core.stamps import Stamps
from allaprima.app.latency.monitor import SPANS, LatencyMonitor
from allaprima.app.latency.table import print_table

MS = 1_000_000


def summary() -> dict:
    clock = FakeClock()
    monitor = LatencyMonitor(clock)
    for i in range(4):
        clock.advance(50 * MS)
        now = clock.now_ns()
        monitor.styled(Stamps(*(now - t * MS for t in (65, 60, 50, 20, 15, 10, 0))), seq=i)
        for j in range(2):
            monitor.submitted(2 * i + j, now + j * 25 * MS, i, now - 65 * MS)
    monitor.dropped("headset", 3)
    return monitor.summary()


def printed(width: int | None = 80, of: dict | None = None) -> str:
    stream = io.StringIO()
    print_table(summary() if of is None else of, stream, width=width)
    return stream.getvalue()


def test_every_stage_has_a_row_with_its_quantiles():
    rows = {line.strip().split("  ")[0]: line.split()[-4:] for line in printed().splitlines() if line.strip()}
    assert set(SPANS) | {"added", "end to end", "age", "interval"} <= set(rows)
    assert rows["infer"] == ["30.0"] * 4
    assert rows["added"] == ["60.0"] * 4
    assert rows["age"][1:] == ["90.0"] * 3


def test_rates_repeats_and_drops_are_told():
    text = " ".join(printed(120).split())
    assert "4 pairs painted, 17.8 a second" in text
    assert "8 frames submitted" in text and "4 showed the same pair again" in text
    assert "dropped: headset 3" in text


@pytest.mark.parametrize("width", [24, 40, 80])
def test_no_line_is_wider_than_the_terminal(width):
    assert max(map(len, printed(width).splitlines())) <= width


def test_there_is_no_colour_where_there_is_no_terminal():
    assert "\x1b" not in printed(None)


def test_a_stream_that_knows_only_ascii_gets_only_ascii():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", errors="strict")
    print_table(summary(), stream)
    stream.flush()
    assert b"infer" in raw.getvalue()


def test_a_run_without_frames_says_so():
    text = printed(of=LatencyMonitor(FakeClock()).summary())
    assert "Nothing was submitted" in text
    assert "nan" not in text.lower() and "None" not in text


def test_the_table_goes_to_standard_output_if_nothing_else_is_said(capsys):
    print_table(summary())
    assert "end to end" in capsys.readouterr().out
