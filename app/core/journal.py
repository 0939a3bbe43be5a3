"""The journal of a recording: data that a video cannot hold, one JSON object per line, in order of time.

A video's container rounds times to milliseconds and has no poses. So a recording is two files of one name, `walk.mkv`
and `walk.jsonl`; the n-th `Shot` of the journal describes the n-th picture of the video. Lines are only appended, so
that the journal of a killed program is intact up to its last line.
"""

import json
import math
from dataclasses import dataclass
from typing import Any, Literal

from allaprima.app.core.frame import Eye
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import CameraView, FieldOfView, StereoRig

FORMAT = 1
SUFFIX = ".jsonl"
LONGEST_LINE = 1 << 16

Content = Literal["captured", "painted"]
"""The cameras' pairs, or the painted eyes."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The first line. `size` (width, height) of each eye; `made` is local time, for people; `rate_hz` is nominal;
    `camera_delay_ns` is the time from a pair's exposure to its stamp.
    """

    size: tuple[int, int]
    content: Content = "captured"
    codec: str = ""
    source: str = ""
    rate_hz: float | None = None
    made: str = ""
    camera_delay_ns: int = 0


@dataclass(frozen=True, slots=True)
class RigSeen:
    """The field of view and place of both pictures from this line on."""

    rig: StereoRig


@dataclass(frozen=True, slots=True)
class Shot:
    """One pair: `number` counts pictures of the video from 0, `seq` is the source's own count (gaps are missing pairs),
    `left_ns` and `right_ns` are the grab times, `dropped` is the number of pairs that the recorder had lost by then.
    `head_pose` is head-to-world if it came with the pair. `held`: the eye that repeats the previous pair's picture,
    because its camera skipped this one.
    """

    number: int
    seq: int
    left_ns: int
    right_ns: int
    dropped: int = 0
    head_pose: Pose | None = None
    held: Eye | None = None

    @property
    def t_ns(self) -> int:
        """The time of the pair: the left grab, or the right one if the left picture is held."""
        return self.right_ns if self.held == "left" else self.left_ns


@dataclass(frozen=True, slots=True)
class HeadSeen:
    """The headset's head-to-world pose at `t_ns`."""

    t_ns: int
    pose: Pose


@dataclass(frozen=True, slots=True)
class Event:
    """From `t_ns` on, `name` (style, strength, plain, ...) was `value`: any finite value from a file."""

    t_ns: int
    name: str
    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Ending:
    """The last line of a finished recording: written and lost pairs."""

    count: int
    dropped: int


Entry = Opening | RigSeen | Shot | HeadSeen | Event | Ending


def line_of(entry: Entry) -> str:
    """One line of JSON, with its newline. Floats are written exactly. A head pose that is not finite is left out,
    because such a line could not be read; the result is empty if nothing else remains.
    """
    match entry:
        case Opening():
            fields = {
                "allaprima": "recording", "format": FORMAT, "size": list(entry.size), "content": entry.content,
                "codec": entry.codec, "source": entry.source, "rate_hz": entry.rate_hz, "made": entry.made,
                "camera_delay_ns": entry.camera_delay_ns,
            }  # fmt: skip
        case RigSeen():
            fields = {"rig": {"left": _camera(entry.rig.left), "right": _camera(entry.rig.right)}}
        case Shot():
            fields = {
                "pair": entry.number, "seq": entry.seq, "left_ns": entry.left_ns, "right_ns": entry.right_ns,
                "dropped": entry.dropped,
                "head": _numbers(pose) if (pose := entry.head_pose) and _finite(pose) else None,
            }  # fmt: skip
            if entry.held:
                fields["held"] = entry.held
        case HeadSeen() if not _finite(entry.pose):
            return ""
        case HeadSeen():
            fields = {"head": _numbers(entry.pose), "t_ns": entry.t_ns}
        case Event():
            fields = {"event": entry.name, "value": entry.value, "t_ns": entry.t_ns}
        case Ending():
            fields = {"end": entry.count, "dropped": entry.dropped}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def entry_of(line: str) -> Entry | None:
    """The entry of `line`; None for a kind of line that this version does not know. Raises `ValueError` if it is torn
    or invalid.
    """
    try:
        fields = json.loads(line)
        if not isinstance(fields, dict):
            raise ValueError("not a JSON object")
        return _entry(fields)
    except (KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _entry(fields: dict[str, Any]) -> Entry | None:
    if "allaprima" in fields:
        width, height = (_whole(side) for side in fields["size"])
        if fields["allaprima"] != "recording" or fields["format"] != FORMAT or min(width, height) < 1:
            raise ValueError(f"no recording of format {FORMAT}")
        if fields["content"] not in ("captured", "painted"):
            raise ValueError("neither captured nor painted")
        rate = None if fields["rate_hz"] is None else _number(fields["rate_hz"])
        codec, source, made = (str(fields[key]) for key in ("codec", "source", "made"))
        delay_ns = _whole(fields["camera_delay_ns"])
        return Opening((width, height), fields["content"], codec, source, rate, made, delay_ns)
    if "rig" in fields:
        return RigSeen(StereoRig(_view(fields["rig"]["left"]), _view(fields["rig"]["right"])))
    if "pair" in fields:
        keys = ("pair", "seq", "left_ns", "right_ns", "dropped")
        number, seq, left_ns, right_ns, dropped = (_whole(fields[key]) for key in keys)
        pose = None if fields["head"] is None else _pose(fields["head"])
        held = fields.get("held")
        if held not in (None, "left", "right"):
            raise ValueError("neither eye is held")
        return Shot(number, seq, left_ns, right_ns, dropped, pose, held)
    if "head" in fields:
        return HeadSeen(_whole(fields["t_ns"]), _pose(fields["head"]))
    if "event" in fields:
        value = fields["value"]
        if isinstance(value, (list, dict)):
            return None
        simple = value is None or isinstance(value, (str, bool))
        return Event(_whole(fields["t_ns"]), str(fields["event"]), value if simple else _number(value))
    if "end" in fields:
        return Ending(_whole(fields["end"]), _whole(fields["dropped"]))
    return None


def _camera(view: CameraView) -> dict[str, list[float]]:
    """Tangents left, right, up, down; and camera to head."""
    fov = view.fov
    return {"fov": [fov.left, fov.right, fov.up, fov.down], "to_head": _numbers(view.camera_to_head)}


def _finite(pose: Pose) -> bool:
    return all(map(math.isfinite, (*pose.position, *pose.orientation)))


def _numbers(pose: Pose) -> list[float]:
    """x, y, z in metres, then the quaternion x, y, z, w; as plain floats, also from numpy's types."""
    return [float(number) for number in (*pose.position, *pose.orientation)]


def _view(fields: dict[str, Any]) -> CameraView:
    left, right, up, down = (_number(tangent) for tangent in fields["fov"])
    if left + right <= 0 or up + down <= 0:
        raise ValueError("a field of view that is empty")
    return CameraView(FieldOfView(left, right, up, down), _pose(fields["to_head"]))


def _pose(numbers: list[Any]) -> Pose:
    px, py, pz, x, y, z, w = (_number(number) for number in numbers)
    if not 0.99 < math.hypot(x, y, z, w) < 1.01:
        raise ValueError("no rotation")
    return Pose((px, py, pz), (x, y, z, w))


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no finite number")
    return float(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 1 << 62:
        raise ValueError(f"{value!r} is no whole number")
    return value
