import json
import math

import pytest

from allaprima.app.core.clock import FakeClock
from allaprima.app.core.stamps import Stamps
from allaprima.app.latency.monitor import SPANS, LatencyMonitor

MS = 1_000_000


def stamped(start_ms: float, *, capture=2, prepare=5, infer=20, handover=3, draw=4, submit=1) -> Stamps:
    """All seven stamps; by default 35 ms end to end, 33 ms added."""
    t = start_ms
    times = [t]
    for ms in (capture, prepare, infer, handover, draw, submit):
        t += ms
        times.append(t)
    return Stamps(*(int(x * MS) for x in times))


def test_stages_and_added_latency_of_one_pair_are_the_differences_of_its_stamps():
    monitor = LatencyMonitor(FakeClock())
    monitor.styled(stamped(100), seq=0)
    latency = monitor.summary()["latency_ms"]
    assert {name: s["p50"] for name, s in latency["stages"].items()} == {
        "capture": 2,
        "prepare": 5,
        "infer": 20,
        "handover": 3,
        "draw": 4,
        "submit": 1,
    }
    assert latency["added"]["p50"] == latency["added"]["max"] == 33
    assert latency["end_to_end"]["mean"] == 35
    assert list(latency["stages"]) == list(SPANS)


def test_a_pair_painted_again_in_another_style_is_no_repeat():
    monitor = LatencyMonitor(FakeClock())
    for index in range(3):
        if index != 1:
            monitor.styled(stamped(100 + index), seq=7)
        monitor.submitted(index, index, 7, 0)
    summary = monitor.summary()
    assert (summary["pairs"], summary["repeats"], summary["submitted"]) == (2, 1, 3)


def test_means_of_the_stages_add_up_to_end_to_end():
    monitor = LatencyMonitor(FakeClock())
    for i in range(10):
        monitor.styled(stamped(40 * i, infer=20 + i, prepare=3 * i), seq=i)
    latency = monitor.summary()["latency_ms"]
    assert sum(s["mean"] for s in latency["stages"].values()) == pytest.approx(latency["end_to_end"]["mean"])
    assert latency["added"]["mean"] == pytest.approx(13.5 + 24.5 + 3 + 4 + 1)


def test_age_repeats_and_rates_of_a_run_counted_by_hand():
    """Five headset frames, 10 ms apart: nothing painted, pair 7, pair 7 again, pair 7 again, pair 8."""
    clock = FakeClock(1_000 * MS)
    monitor = LatencyMonitor(clock)
    shown = [(None, None), (7, 990), (7, 990), (7, 990), (8, 1020)]
    for i, (seq, grabbed_ms) in enumerate(shown):
        clock.advance(10 * MS)
        if seq is not None and grabbed_ms is not None and (i == 1 or seq != shown[i - 1][0]):
            monitor.styled(Stamps(grabbed=grabbed_ms * MS, submitted=clock.now_ns()), seq)
        monitor.submitted(i, clock.now_ns(), seq, None if grabbed_ms is None else grabbed_ms * MS)
    summary = monitor.summary()
    assert (summary["pairs"], summary["submitted"], summary["repeats"], summary["unpainted"]) == (2, 5, 2, 1)
    assert summary["duration_s"] == 0.05
    assert summary["pairs_per_s"] == 40.0
    assert summary["submitted_per_s"] == 100.0
    # submitted at 1020, 1030, 1040 (grabbed 990) and 1050 (grabbed 1020): 30, 40, 50 and 30 ms old
    assert summary["age_ms"]["count"] == 4
    assert summary["age_ms"]["mean"] == 37.5
    assert summary["age_ms"]["max"] == 50
    assert summary["age_ms"]["p50"] == pytest.approx(30, rel=0.01)
    assert summary["interval_ms"] == {"p50": 10, "p95": 10, "p99": 10, "mean": 10, "max": 10, "count": 4}
    assert summary["submitted"] == summary["pairs"] + summary["repeats"] + summary["unpainted"]


def test_pairs_with_an_eye_that_was_held_are_counted():
    monitor = LatencyMonitor(FakeClock())
    for seq, held in enumerate((False, True, False, True, True)):
        monitor.styled(Stamps(), seq, held=held)
    assert (monitor.summary()["pairs"], monitor.summary()["held"]) == (5, 3)
    monitor.reset()
    assert monitor.summary()["held"] == 0


def test_a_pair_shown_again_after_a_look_at_the_plain_view_is_a_repeat():
    monitor = LatencyMonitor(FakeClock())
    for i, seq in enumerate((4, None, None, 4, 5)):
        monitor.submitted(i, i * 10 * MS, seq, 0)
    summary = monitor.summary()
    assert (summary["repeats"], summary["unpainted"]) == (1, 2)


def test_a_late_submission_shows_in_the_intervals():
    monitor = LatencyMonitor(FakeClock())
    for i, t in enumerate((0, 11, 22, 55, 66)):
        monitor.submitted(i, t * MS, None, None)
    interval = monitor.summary()["interval_ms"]
    assert (interval["max"], interval["mean"], interval["count"]) == (33, 16.5, 4)


def test_reset_forgets_the_warm_up_but_not_what_is_being_shown():
    clock = FakeClock()
    monitor = LatencyMonitor(clock)
    monitor.styled(stamped(0, infer=900), seq=0)
    monitor.submitted(0, 915 * MS, 0, 0)
    monitor.dropped("capture_to_stylize", 40)
    clock.advance(2_000 * MS)
    monitor.reset()
    clock.advance(500 * MS)
    monitor.submitted(1, clock.now_ns(), 0, 0)
    monitor.dropped("capture_to_stylize", 43)
    summary = monitor.summary()
    assert (summary["pairs"], summary["submitted"], summary["repeats"]) == (0, 1, 1)
    assert summary["latency_ms"]["stages"]["infer"]["max"] is None
    assert summary["interval_ms"]["count"] == 0
    assert summary["duration_s"] == 0.5
    assert summary["dropped"]["capture_to_stylize"] == 3
    assert len(monitor.records().submitted) == 1


def test_drops_are_counted_from_running_totals_and_survive_a_counter_that_starts_again():
    monitor = LatencyMonitor(FakeClock())
    for total in (0, 3, 3, 5, 2, 4):  # a new mailbox after 5
        monitor.dropped("stylize_to_compositor", total)
    assert monitor.summary()["dropped"] == {
        "pairing": 0,
        "capture_to_stylize": 0,
        "stylize_to_compositor": 9,
        "headset": 0,
        "recorder": 0,
    }


def test_live_values_are_those_of_the_last_moments():
    clock = FakeClock()
    monitor = LatencyMonitor(clock, window_s=1.0)
    for i in range(300):  # 3 s at 100 Hz; every fourth frame shows a new pair, which gets slower after 1.5 s
        clock.advance(10 * MS)
        now = clock.now_ns()
        added = 30 if i < 150 else 60
        if i % 4 == 0:
            monitor.styled(Stamps(paired=now - added * MS, submitted=now), seq=i // 4)
        monitor.submitted(i, now, i // 4, now - 70 * MS)
    live = monitor.live()
    assert live.submitted_per_s == 100
    assert live.pairs_per_s == 25
    assert live.added_ms == 60
    assert live.age_ms == 70
    clock.advance(750 * MS)  # a stall lets the rates fall
    assert monitor.live().submitted_per_s == 25
    clock.advance(1000 * MS)
    assert monitor.live().added_ms is None
    assert monitor.live().submitted_per_s == 0


def test_live_rates_of_a_young_run_are_over_its_own_age():
    clock = FakeClock()
    monitor = LatencyMonitor(clock, window_s=2.0)
    assert monitor.live().submitted_per_s == 0
    for i in range(10):
        clock.advance(20 * MS)
        monitor.submitted(i, clock.now_ns(), None, None)
    assert monitor.live().submitted_per_s == pytest.approx(50)


def test_missing_stamps_leave_out_only_what_needs_them():
    monitor = LatencyMonitor(FakeClock(77 * MS))
    monitor.styled(Stamps(paired=10 * MS, prepared=12 * MS, submitted=50 * MS), seq=0)
    monitor.styled(Stamps(), seq=1)
    latency = monitor.summary()["latency_ms"]
    counts = {name: s["count"] for name, s in latency["stages"].items()}
    assert counts == {"capture": 0, "prepare": 1, "infer": 0, "handover": 0, "draw": 0, "submit": 0}
    assert latency["added"]["p50"] == 40
    assert latency["end_to_end"]["p50"] is None
    assert [p.t_ns for p in monitor.records().painted] == [50 * MS, 77 * MS]


def test_stamps_out_of_order_do_not_reach_the_statistics():
    monitor = LatencyMonitor(FakeClock())
    monitor.styled(Stamps(grabbed=5 * MS, paired=4 * MS, submitted=30 * MS), seq=0)
    assert monitor.summary()["latency_ms"]["stages"]["capture"]["count"] == 0
    assert monitor.summary()["latency_ms"]["added"]["p50"] == 26


def test_a_run_without_a_frame_has_a_summary_of_none_and_zero():
    summary = LatencyMonitor(FakeClock()).summary()
    assert (summary["pairs"], summary["submitted"], summary["pairs_per_s"], summary["duration_s"]) == (0, 0, 0, 0)
    assert summary["latency_ms"]["added"] == {
        "p50": None, "p95": None, "p99": None, "mean": None, "max": None, "count": 0,
    }  # fmt: skip


def test_the_summary_is_strict_json():
    monitor = LatencyMonitor(FakeClock())
    monitor.styled(stamped(0), seq=0)
    monitor.submitted(0, math.floor(35.5 * MS), 0, 0)
    assert json.loads(json.dumps(monitor.summary(), allow_nan=False)) == monitor.summary()


def test_records_are_bounded_while_the_counts_go_on():
    monitor = LatencyMonitor(FakeClock(), capacity=10)
    for i in range(25):
        monitor.styled(stamped(i * 40), seq=i)
        monitor.submitted(i, i * 40 * MS, i, 0)
    records = monitor.records()
    assert [p.seq for p in records.painted] == [s.index for s in records.submitted] == list(range(15, 25))
    assert monitor.summary()["pairs"] == monitor.summary()["latency_ms"]["added"]["count"] == 25
