"""`record`, `run --record`, the key r, `replay --hashes` and `export`, from the command line to their files."""

from __future__ import annotations

import json
import signal
import threading
from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from allaprima.app.command_line import main
from allaprima.app.core.clock import FakeClock
from allaprima.app.core.journal import Event, line_of
from allaprima.app.packs.pack import load_pack
from allaprima.app.recording.picture import write_picture
from allaprima.app.recording.recorder import Recorder
from allaprima.app.sources.recorded.journal import read_journal
from allaprima.app.sources.recorded.opening import open_reel
from allaprima.app.sources.reel import ReelPair
from allaprima.app.stylize.blend import parse_blend

COUNT = 6


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six pairs with times and poses."""
    folder = tmp_path / "pairs"
    random = np.random.default_rng(5)
    for number in range(COUNT):
        for side in ("left", "right"):
            write_picture(folder / side / f"{number}.png", random.integers(0, 256, (64, 96, 3), np.uint8))
    (folder / "times.txt").write_text("".join(f"{0.02 * number:.9f}\n" for number in range(COUNT)))
    (folder / "poses.txt").write_text(
        "".join(f"1 0 0 {number / 7} 0 1 0 0 0 0 1 {number / 3}\n" for number in range(COUNT))
    )
    return folder


@pytest.fixture
def allaprima(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, dict[str, Any]]]:
    """A command line with --json: its exit code, and what it printed, parsed."""

    def run(*arguments: object) -> tuple[int, dict[str, Any]]:
        code = main([*map(str, arguments), "--json"])
        return code, json.loads(capfd.readouterr().out)

    return run


@pytest.fixture
def painting(graphics: object, tiny_pack: Path) -> list[str]:
    """Flags of a quick session offscreen."""
    return ["--no-window", "--pack", str(tiny_pack), "--eye-size", "80x90", "--engine", "torch", "--precision", "f32"]


@pytest.fixture
def walk(tmp_path: Path, folder: Path, allaprima: Callable[..., tuple[int, dict[str, Any]]]) -> Path:
    code, _ = allaprima("record", tmp_path / "walk.mkv", "--source", folder, "--no-window")
    assert code == 0
    return tmp_path / "walk.mkv"


def pairs_of(path: Path) -> list[ReelPair]:
    reel, pairs = open_reel(path), []
    while (pair := reel.next()) is not None:
        pairs.append(pair)
    reel.close()
    assert reel.damage == ""
    return pairs


def since_the_first(path: Path) -> list[int]:
    """When each pair was recorded, ns."""
    times = [pair.t_ns for pair in pairs_of(path) if pair.t_ns is not None]
    return [t_ns - times[0] for t_ns in times]


def test_what_a_source_brings_is_recorded_bit_by_bit(
    tmp_path: Path, folder: Path, allaprima: Callable[..., tuple[int, dict[str, Any]]]
) -> None:
    code, result = allaprima("record", tmp_path / "walk.mkv", "--source", folder, "--no-window")
    assert (code, result["pairs"], result["dropped"], result["error"]) == (0, COUNT, 0, None)
    for got, meant in zip(pairs_of(tmp_path / "walk.mkv"), pairs_of(folder), strict=True):
        assert np.array_equal(got.left, meant.left) and np.array_equal(got.right, meant.right)
        assert got.head_pose == meant.head_pose is not None
    assert read_journal(Path(result["journal"])).rig == open_reel(folder).rig


def test_it_ends_by_pairs_and_by_the_seconds_of_their_stamps(
    tmp_path: Path,
    folder: Path,
    allaprima: Callable[..., tuple[int, dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = ("--source", folder, "--loop", "--no-window")
    assert allaprima("record", tmp_path / "a.mkv", *source, "--frames", 9)[1]["pairs"] == 9
    monkeypatch.setattr("allaprima.app.core.clock.SystemClock", FakeClock)
    assert allaprima("record", tmp_path / "b.mkv", *source, "--rate", 50, "--seconds", 0.2)[1]["pairs"] == 10
    stamps = [pair.t_ns or 0 for pair in pairs_of(tmp_path / "b.mkv")]
    assert stamps[-1] - stamps[0] == 9 * 20_000_000


def test_ctrl_c_completes_the_recording(
    tmp_path: Path,
    folder: Path,
    allaprima: Callable[..., tuple[int, dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write = Recorder.write

    def interrupted(self: Recorder, frame: Any) -> None:
        write(self, frame)
        if frame.seq == 7:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Recorder, "write", interrupted)
    code, result = allaprima("record", tmp_path / "walk.mkv", "--source", folder, "--loop", "--no-window")
    assert code == 130 and result["pairs"] >= 8 and len(pairs_of(tmp_path / "walk.mkv")) == result["pairs"]
    assert not [t.name for t in threading.enumerate() if t.name in ("source", "recorder")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("walk.mp4",), "recordings are written as .mkv"),
        (("walk.mkv", "--style", "x"), "there is no option '--style'"),
        (("walk.mkv", "--source", "nowhere"), "nowhere does not exist"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    allaprima: Callable[..., tuple[int, dict[str, Any]]],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, result = allaprima("record", *arguments, "--no-window")
    assert code in (2, 3) and message in result["error"]["message"] and result["error"]["hint"]
    assert list(tmp_path.iterdir()) == []


def test_while_painting_every_captured_pair_is_recorded(
    tmp_path: Path, folder: Path, allaprima: Callable[..., tuple[int, dict[str, Any]]], painting: list[str]
) -> None:
    code, result = allaprima("run", "--source", folder, "--record", tmp_path / "walk.mkv", *painting)
    (recording,) = result["recordings"]
    assert (code, recording["pairs"], recording["dropped"]) == (0, COUNT, 0)
    assert str(tmp_path / "walk.mkv") in result["files"]
    got, meant = pairs_of(tmp_path / "walk.mkv"), pairs_of(folder)
    assert all(np.array_equal(a.left, b.left) and a.head_pose == b.head_pose for a, b in zip(got, meant, strict=True))
    journal = read_journal(tmp_path / "walk.jsonl")
    names = {event.name: event.value for event in journal.events}
    assert names["style"] and (names["strength"], names["plain"], names["frozen"]) == (1.0, False, False)
    assert journal.heads, "the headset's own poses"


def test_the_key_starts_and_ends_recordings_in_the_users_videos(
    tmp_path: Path,
    folder: Path,
    allaprima: Callable[..., tuple[int, dict[str, Any]]],
    painting: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from allaprima.app.live.audience import Audience
    from allaprima.app.mirror.keys import lookup

    monkeypatch.setattr("platformdirs.user_videos_path", lambda: tmp_path / "Videos")
    pressed: list[int] = []  # how many recordings there were at each press

    def poll(self: Audience) -> list[Any]:
        recordist = self._recordist
        assert recordist
        if pressed == [0, 1, 1, 2]:
            return [lookup("q")]
        if recordist.recording and recordist._takes[-1].count < 3:
            return []
        pressed.append(len(recordist._takes))
        return [lookup("r")]

    monkeypatch.setattr(Audience, "poll", poll)
    code, result = allaprima("run", "--source", folder, "--loop", *painting)
    assert code == 0 and pressed == [0, 1, 1, 2] and len(result["recordings"]) == 2
    for recording in result["recordings"]:
        path = Path(recording["file"])
        assert path.parent == tmp_path / "Videos" / "Alla Prima"
        assert len(pairs_of(path)) == recording["pairs"] >= 3


def test_painted_is_what_the_eyes_see(
    tmp_path: Path, folder: Path, allaprima: Callable[..., tuple[int, dict[str, Any]]], painting: list[str]
) -> None:
    path = tmp_path / "painted.mkv"
    code, result = allaprima(
        "run", "--record", path, "--painted", "--source", folder, "--loop", "--frames", 30, *painting
    )
    (recording,) = result["recordings"]
    pairs = pairs_of(path)
    assert code == 0 and len(pairs) == recording["pairs"] > 0
    assert pairs[0].left.shape == (90, 80, 3) and pairs[0].head_pose is not None
    assert pairs[-1].left.std() > 5, "not black"
    journal = read_journal(path.with_suffix(".jsonl"))
    assert journal.opening.content == "painted" and journal.rig is not None
    assert journal.rig.left.fov.left > journal.rig.left.fov.right, "an eye's field of view, wider outwards"


def test_replay_is_exact_three_times_out_of_three(
    tmp_path: Path, walk: Path, allaprima: Callable[..., tuple[int, dict[str, Any]]], painting: list[str]
) -> None:
    files = []
    for number in range(3):
        hashes = tmp_path / f"{number}.hashes"
        code, result = allaprima("replay", walk, "--fast", "--hashes", hashes, *painting)
        assert code == 0 and result["hashes"]["pairs"] == COUNT and "damage" not in result
        files.append(hashes.read_text())
    assert files[0] == files[1] == files[2]
    lines = [json.loads(line) for line in files[0].splitlines()]
    assert len({line["painted"] for line in lines}) == COUNT
    for line, pair in zip(lines, pairs_of(walk), strict=True):
        assert (line["recorded_ns"], line["skew_ns"]) == (pair.t_ns, pair.skew_ns)
        assert pair.head_pose and line["head"] == [*pair.head_pose.position, *pair.head_pose.orientation]
    other = tmp_path / "other.hashes"
    allaprima("replay", walk, "--fast", "--hashes", other, "--style", "mosaic", *painting)
    changed = [json.loads(line) for line in other.read_text().splitlines()]
    assert [line["captured"] for line in changed] == [line["captured"] for line in lines]
    assert all(a["painted"] != b["painted"] for a, b in zip(changed, lines, strict=True))


@pytest.fixture
def chosen(walk: Path) -> Path:
    """The walk, with what its wearer chose: a crossfade from the third pair on, and strength with it."""
    journal = walk.with_suffix(".jsonl")
    shots = read_journal(journal).shots
    told: list[tuple[int, str, str | float]] = [
        (0, "style", "harbour"),
        (0, "strength", 1.0),
        (0, "crossfade_s", 0.05),
        (0, "plain", False),
    ]
    told += [(2, "style", "mosaic"), (4, "strength", 0.5), (4, "stroke_size", 0.5), (1, "weather", "fine")]
    with journal.open("a", encoding="utf-8") as file:
        for number, name, value in told:
            file.write(line_of(Event(shots[number].left_ns, name, value)))
    return walk


def hashed(path: Path) -> dict[int, str]:
    """The lines of a file of hashes, by the number of their pair."""
    return {json.loads(line)["pair"]: line for line in path.read_text().splitlines()}


def test_replay_of_what_the_wearer_chose_is_exact_at_any_pace_three_times_out_of_three(
    tmp_path: Path, chosen: Path, allaprima: Callable[..., tuple[int, dict[str, Any]]], painting: list[str]
) -> None:
    files = []
    for number in range(3):
        hashes = tmp_path / f"{number}.hashes"
        code, result = allaprima("replay", chosen, "--fast", "--hashes", hashes, *painting)
        assert code == 0 and result["hashes"]["pairs"] == COUNT
        assert result["reenacted"] == {"changes": 2, "refused": 0, "taken_over": False}
        files.append(hashes.read_bytes())
    assert files[0] == files[1] == files[2]
    exact = hashed(tmp_path / "0.hashes")
    assert [json.loads(line)["style"] for line in exact.values()] == ["Harbour — C. M."] * 2 + ["Mosaic"] * 4
    for pace in ("--loop", "--rate"):  # as recorded, and slowly
        live = tmp_path / f"{pace}.hashes"
        flags = ("--loop", "--seconds", 1) if pace == "--loop" else ("--rate", 7)
        allaprima("replay", chosen, *flags, "--hashes", live, *painting)
        painted = hashed(live)
        assert painted
        for number, line in painted.items():
            wanted, got = json.loads(exact[number % COUNT]), json.loads(line)
            assert got | {"pair": 0} == wanted | {"pair": 0}


def test_replay_paints_otherwise_where_somebody_says_so(
    tmp_path: Path, chosen: Path, allaprima: Callable[..., tuple[int, dict[str, Any]]], painting: list[str]
) -> None:
    for flags, style in (
        (("--no-events",), "The Red Room — Henri M."),
        (("--style", "mosaic"), "Mosaic"),
        (("--strength", "0.9"), "The Red Room — Henri M."),
        (("--set", "stylize.style=mosaic"), "Mosaic"),
    ):
        hashes = tmp_path / "hashes"
        code, result = allaprima("replay", chosen, "--fast", "--hashes", hashes, "--overwrite", *flags, *painting)
        assert code == 0 and "reenacted" not in result
        assert [json.loads(line)["style"] for line in hashed(hashes).values()] == [style] * COUNT


def test_a_style_that_the_pack_lacks_is_one_warning_and_the_one_before_stays(
    tmp_path: Path,
    chosen: Path,
    painting: list[str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    journal = chosen.with_suffix(".jsonl")
    journal.write_text(journal.read_text("utf-8").replace('"mosaic"', '"rusty-nail"'), "utf-8")
    assert main(["replay", str(chosen), "--fast", "--hashes", str(tmp_path / "hashes"), *painting]) == 0
    error = capfd.readouterr().err
    assert error.count("cannot be followed") == 1 == error.count("no style 'rusty-nail'")
    lines = [json.loads(line) for line in hashed(tmp_path / "hashes").values()]
    assert {line["style"] for line in lines} == {"Harbour — C. M."} and len(lines) == COUNT


def test_a_painted_recording_is_not_painted_as_it_was_chosen_again(
    tmp_path: Path, chosen: Path, allaprima: Callable[..., tuple[int, dict[str, Any]]], painting: list[str]
) -> None:
    journal = chosen.with_suffix(".jsonl")
    journal.write_text(journal.read_text("utf-8").replace('"captured"', '"painted"', 1), "utf-8")
    code, result = allaprima("replay", chosen, "--fast", *painting)
    assert code == 0 and result["painted"] == COUNT and "reenacted" not in result


def test_what_was_chosen_while_painting_is_what_its_replay_shows(
    tmp_path: Path,
    folder: Path,
    allaprima: Callable[..., tuple[int, dict[str, Any]]],
    painting: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the keys of a real session, recorded; then replayed, and in the end somebody takes over."""
    from allaprima.app.live.audience import Audience
    from allaprima.app.mirror.keys import lookup

    pressed = {8: ">", 16: "b", 24: ">", 40: "q"}
    frames = iter(range(10**9))
    monkeypatch.setattr(Audience, "poll", lambda self: [lookup(key)] if (key := pressed.get(next(frames))) else [])
    path, seen = tmp_path / "walk.mkv", tmp_path / "hashes"
    code, _ = allaprima("run", "--source", folder, "--loop", "--record", path, "--crossfade", 0, *painting)
    events = read_journal(path.with_suffix(".jsonl")).events
    said = [event.value for event in events if event.name == "style"]
    assert code == 0 and said[0] == "red-room" and len(said) == 4 and ":" in str(said[2])

    monkeypatch.setattr(Audience, "poll", lambda self: [])
    code, result = allaprima("replay", path, "--fast", "--hashes", seen, *painting)
    lines = [json.loads(line) for line in hashed(seen).values()]
    assert code == 0 and result["reenacted"] == {"changes": 3, "refused": 0, "taken_over": False}
    labels = [parse_blend(str(style), load_pack(painting[2])).label for style in said]
    changes = [event.t_ns for event in events if event.name == "style"][1:]
    assert [line["style"] for line in lines] == [labels[bisect_right(changes, line["recorded_ns"])] for line in lines]

    frames, pressed = iter(range(10**9)), {3: "1", 30: "q"}
    monkeypatch.setattr(Audience, "poll", lambda self: [lookup(key)] if (key := pressed.get(next(frames))) else [])
    code, result = allaprima("replay", path, "--loop", *painting)
    assert code == 0 and result["reenacted"]["taken_over"]


def test_replay_says_what_is_missing(
    tmp_path: Path, walk: Path, allaprima: Callable[..., tuple[int, dict[str, Any]]], painting: list[str]
) -> None:
    content = walk.read_bytes()
    walk.write_bytes(content[: len(content) // 2])
    code, result = allaprima("replay", walk, "--fast", *painting)
    assert code == 0 and f"{result['painted']} of {COUNT} pairs are whole" in result["damage"]


@pytest.mark.parametrize(("layout", "size"), [("sbs", (192, 64)), ("tb", (96, 128)), ("left", (96, 64))])
def test_export_lays_the_eyes_out_as_asked(
    tmp_path: Path,
    walk: Path,
    allaprima: Callable[..., tuple[int, dict[str, Any]]],
    layout: str,
    size: tuple[int, int],
) -> None:
    code, result = allaprima("export", walk, "-o", tmp_path / "out.mp4", "--layout", layout)
    assert (code, result["pairs"], tuple(result["size"]), result["damage"]) == (0, COUNT, size, "")
    with av.open(str(tmp_path / "out.mp4")) as film:
        stream = film.streams.video[0]
        assert (stream.width, stream.height, stream.codec_context.pix_fmt) == (*size, "yuv420p")
        frames = list(film.decode(stream))
    assert len(frames) == COUNT
    picture, pair = frames[0].to_ndarray(format="rgb24").astype(int), pairs_of(walk)[0]
    axis = 0 if layout == "tb" else 1
    meant = pair.left if layout == "left" else np.concatenate((pair.left, pair.right), axis=axis)
    luma = picture.mean(axis=2).ravel(), meant.mean(axis=2).ravel()  # all that 4:2:0 keeps of noise
    assert np.corrcoef(*luma)[0, 1] > 0.7
    stamps = since_the_first(walk)
    assert [frame.time * 1e9 for frame in frames] == pytest.approx(stamps, abs=2e6)


def test_odd_sizes_are_exported_one_pixel_larger(
    tmp_path: Path, allaprima: Callable[..., tuple[int, dict[str, Any]]]
) -> None:
    for side in ("left", "right"):
        write_picture(tmp_path / "odd" / side / "0.png", np.full((49, 65, 3), 90, np.uint8))
    code, result = allaprima("export", tmp_path / "odd", "-o", tmp_path / "odd.mp4", "--layout", "left")
    assert (code, result["size"]) == (0, [66, 50])


def test_a_part_of_a_recording_is_exported(
    tmp_path: Path, walk: Path, allaprima: Callable[..., tuple[int, dict[str, Any]]]
) -> None:
    inside = [ns for ns in since_the_first(walk) if 0.03 <= ns / 1e9 < 0.07]
    code, result = allaprima("export", walk, "-o", tmp_path / "part.mp4", "--span", "0.03:0.07")
    assert (code, result["pairs"]) == (0, len(inside))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "out.avi"), "not written as '.avi'"),
        (("-o", "out"), "ends in .mp4 or .mkv"),
        (("-o", "walk.mkv", "--overwrite"), "is the recording itself"),
        (("-o", "there.mp4"), "exists already"),
        (("-o", "out.mp4", "--span", "900:"), "nothing to export"),
        (("-o", "out.mp4", "--span", "2:1"), "not a span"),
        (("-o", "out.mp4", "--span", "nan:nan"), "not a span"),
    ],
)
def test_an_export_that_cannot_be_is_one_line_and_a_hint(
    tmp_path: Path,
    walk: Path,
    monkeypatch: pytest.MonkeyPatch,
    allaprima: Callable[..., tuple[int, dict[str, Any]]],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.mp4").write_bytes(b"mine")
    before = sorted(path.name for path in tmp_path.iterdir())
    code, result = allaprima("export", "walk.mkv", *arguments)
    assert code in (2, 3) and message in result["error"]["message"] and result["error"]["hint"]
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert (tmp_path / "there.mp4").read_bytes() == b"mine"
