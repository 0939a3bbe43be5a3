import json
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise

from allaprima.app.core.stamps import Stamps
from allaprima.app.latency.monitor import SPANS, Painted, Records, Submitted
from allaprima.app.latency.trace import trace

MS = 1_000_000


def painted(seq: int, *times_ms: float | None) -> Painted:
    stamps = Stamps(*(None if t is None else int(t * MS) for t in times_ms))
    return Painted(seq, stamps.submitted or 0, stamps)


def events(records: Records, phase: str) -> list[dict]:
    return [e for e in json.loads(json.dumps(trace(records), allow_nan=False))["traceEvents"] if e["ph"] == phase]


def row_names(records: Records) -> dict[int, str]:
    return {e["tid"]: e["args"]["name"] for e in events(records, "M") if e["name"] == "thread_name"}


RUN = Records(
    painted=tuple(painted(i, *(1000 + 40 * i + t for t in (0, 2, 7, 27, 30, 34, 35))) for i in range(5)),
    submitted=tuple(Submitted(i, int((1035 + 10 * i) * MS), i // 4, 35.0 + 10 * (i % 4)) for i in range(20)),
)


def test_every_stage_of_every_frame_is_one_complete_event_with_its_begin_and_length():
    stages = [e for e in events(RUN, "X") if e["cat"] != "headset"]
    assert len(stages) == 5 * len(SPANS)
    infer = [e for e in stages if e["cat"] == "infer"]
    assert [(e["ts"], e["dur"]) for e in infer] == [(40_000 * i + 7_000, 20_000) for i in range(5)]
    assert [e["args"]["seq"] for e in infer] == [0, 1, 2, 3, 4]
    assert min(e["ts"] for e in stages) == 0


def test_a_frame_ends_one_stage_where_it_begins_the_next():
    for seq in range(5):
        mine = [e for e in events(RUN, "X") if e["args"].get("seq") == seq]
        mine.sort(key=lambda e: e["ts"])
        assert [e["cat"] for e in mine] == list(SPANS)
        assert all(a["ts"] + a["dur"] == b["ts"] for a, b in pairwise(mine))


def test_a_stage_says_how_large_the_strokes_were():
    frames = tuple(replace(frame, stroke_size=1.0 + seq // 3) for seq, frame in enumerate(RUN.painted))
    infer = [e for e in events(Records(frames), "X") if e["cat"] == "infer"]
    assert [e["args"]["stroke_size"] for e in infer] == [1.0, 1.0, 1.0, 2.0, 2.0]


def test_every_flow_begins_once_and_ends_once_on_events_that_exist():
    starts = {(e["tid"], e["ts"]) for e in events(RUN, "X")}
    flows = defaultdict(list)
    for phase in "stf":
        for e in events(RUN, phase):
            flows[e["id"]].append(phase)
            assert (e["tid"], e["ts"]) in starts
    assert dict(flows) == {seq: list("sttttf") for seq in range(5)}


def test_every_row_has_a_name_and_the_process_too():
    tids = {e["tid"] for e in events(RUN, "X")}
    assert set(row_names(RUN)) == tids
    assert set(row_names(RUN).values()) == {"headset", *SPANS}
    assert [e["args"]["name"] for e in events(RUN, "M") if e["name"] == "process_name"] == ["Alla Prima"]


def test_overlapping_frames_lie_in_different_lanes_of_their_stage():
    records = Records(painted=tuple(painted(i, 10 * i, 10 * i + 1, 10 * i + 26, *([None] * 4)) for i in range(6)))
    by_row = defaultdict(list)
    for e in events(records, "X"):
        by_row[e["tid"]].append((e["ts"], e["ts"] + e["dur"]))
    for spans in by_row.values():
        assert all(end <= start for (_, end), (start, _) in pairwise(sorted(spans)))
    assert {"prepare", "prepare 2", "prepare 3"} <= set(row_names(records).values())


def test_missing_stamps_leave_out_events_and_a_lone_stage_has_no_flow():
    records = Records(painted=(painted(0, None, 5, 9, None, None, None, None), painted(1, *([None] * 7))))
    assert [(e["cat"], e["ts"], e["dur"]) for e in events(records, "X")] == [("prepare", 0, 4000)]
    assert events(records, "s") == events(records, "f") == []


def test_what_the_headset_showed_lasts_until_the_next_submission():
    shown = [e for e in events(RUN, "X") if e["cat"] == "headset"]
    assert len(shown) == 19
    assert {e["dur"] for e in shown} == {10_000}
    assert [e["name"] for e in shown[:5]] == ["pair 0"] * 4 + ["pair 1"]
    assert [e["args"]["ms"] for e in events(RUN, "C")[:4]] == [35, 45, 55, 65]


def test_no_frames_make_a_trace_without_events():
    assert events(Records(), "X") == []
