"""The newest frames as a trace for chrome://tracing and ui.perfetto.dev (the Trace Event Format, JSON)."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from allaprima.app.latency.monitor import SPANS, Painted, Records, Submitted

Event = dict[str, Any]

PROCESS = 1
LANES = 8
"""A row of the trace is one of its threads. A stage has up to this many, for frames that are in it at once."""
HEADSET_ROW = 1


def trace(records: Records) -> dict[str, Any]:
    """`{"traceEvents": [...]}`: every frame's stages as complete events tied by a flow, and what the headset showed.

    Times are microseconds from the first stamp there is.
    """
    events = [*_painted(records.painted), *_submitted(records.submitted)]
    origin = min((event["ts"] for event in events), default=0.0)
    for event in events:
        event["ts"] = round(event["ts"] - origin, 3)
    events.sort(key=lambda event: event["ts"])
    return {"traceEvents": [*_names(events), *events], "displayTimeUnit": "ms"}


def _painted(painted: tuple[Painted, ...]) -> Iterator[Event]:
    """Stage events; two frames that are in one stage at once lie in different lanes of it."""
    free_from: dict[int, int] = {}
    for frame in painted:
        slices = []
        for row, (stage, (start, end)) in enumerate(SPANS.items(), start=1):
            a, b = getattr(frame.stamps, start), getattr(frame.stamps, end)
            if a is None or b is None or b < a:
                continue
            lanes = range(row * LANES, (row + 1) * LANES)
            tid = next((lane for lane in lanes if free_from.get(lane, a) <= a), lanes[-1])
            free_from[tid] = b
            facts = {"seq": frame.seq, "stroke_size": frame.stroke_size}
            slices.append(_event("X", f"pair {frame.seq}", stage, a, tid, dur=(b - a) / 1e3, args=facts))
        yield from slices
        if len(slices) > 1:  # an arrow has two ends
            phases = ["s", *"t" * (len(slices) - 2), "f"]
            for phase, part in zip(phases, slices, strict=True):
                flow = {"bp": "e"} if phase == "f" else {}
                yield {"ph": phase, "name": "pair", "cat": "flow", "id": frame.seq, "pid": PROCESS,
                       "tid": part["tid"], "ts": part["ts"], **flow}  # fmt: skip


def _submitted(submitted: tuple[Submitted, ...]) -> Iterator[Event]:
    """How long each headset frame was shown, and how old it was when it was handed over."""
    for shown, after in pairwise(submitted):
        name = "plain view" if shown.painted_seq is None else f"pair {shown.painted_seq}"
        dur = max(0, after.t_ns - shown.t_ns) / 1e3
        yield _event("X", name, "headset", shown.t_ns, HEADSET_ROW, dur=dur, args={"index": shown.index})
    for shown in submitted:
        if shown.age_ms is not None:
            yield _event("C", "age", "headset", shown.t_ns, HEADSET_ROW, args={"ms": round(shown.age_ms, 3)})


def _names(events: list[Event]) -> Iterator[Event]:
    stages = ["headset", *SPANS]
    yield {"ph": "M", "name": "process_name", "pid": PROCESS, "args": {"name": "Alla Prima"}}
    for tid in sorted({event["tid"] for event in events}):
        stage, lane = ("headset", 0) if tid == HEADSET_ROW else (stages[tid // LANES], tid % LANES)
        name = f"{stage} {lane + 1}" if lane else stage
        yield {"ph": "M", "name": "thread_name", "pid": PROCESS, "tid": tid, "args": {"name": name}}
        yield {"ph": "M", "name": "thread_sort_index", "pid": PROCESS, "tid": tid, "args": {"sort_index": tid}}


def _event(phase: str, name: str, category: str, t_ns: int, tid: int, **more: Any) -> Event:
    return {"ph": phase, "name": name, "cat": category, "pid": PROCESS, "tid": tid, "ts": t_ns / 1e3, **more}
