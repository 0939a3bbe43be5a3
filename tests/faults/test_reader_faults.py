"""Files from outside that are no files, lie about themselves, or were written by another program than expected."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from allaprima.app.command_line import main
from allaprima.app.core.errors import RecordingError, SourceEnded
from allaprima.app.sources.recorded.film import Film
from allaprima.app.sources.recorded.opening import open_reel
from allaprima.app.sources.recorded.pictures import read_picture

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files and names")
COUNT = 4
IDENTITY = "1 0 0 0 0 1 0 0 0 0 1 0"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def pairs(folder: Path) -> Path:
    for eye in ("left", "right"):
        (folder / eye).mkdir(parents=True, exist_ok=True)
        for n in range(COUNT):
            assert cv2.imwrite(str(folder / eye / f"{n}.png"), np.full((24, 32, 3), 40 + n, np.uint8))
    return folder


def refused(capsys: pytest.CaptureFixture[str], code: int, *words: object) -> str:
    """What `allaprima WORDS` says where it ends with `code`: one line and a hint."""
    assert main([str(word) for word in words]) == code
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 2 and said[1].startswith("  hint: "), said
    return said[0]


@posix
@pytest.mark.parametrize(
    ("name", "command", "code"),
    [
        ("x.png", "stylize x.png -o y.png", 3),
        ("x.png", "export x.png -o y.mp4", 3),
        ("x.mp4", "export x.mp4 -o y.mp4", 3),
        ("rec/times.txt", "export rec -o y.mp4", 3),
        ("rec/poses.txt", "export rec -o y.mp4", 3),
        ("rec/calib.txt", "export rec -o y.mp4", 3),
        ("pack/card.toml", "styles list --pack ./pack", 4),
        ("x.onnx", "styles import x.onnx -o made", 4),
        ("x.yml", "calibrate import x.yml -o y.toml", 8),
        ("x.xml", "calibrate import x.xml -o y.toml", 8),
        ("x.txt", "calibrate import x.txt -o y.toml", 8),
        ("x.toml", "calibrate check x.toml --source rec", 8),
    ],
)
@pytest.mark.parametrize("kind", ["pipe", "loop", "folder"])
def test_what_is_no_file_is_refused_in_words(
    here: Path, capsys: pytest.CaptureFixture[str], name: str, command: str, code: int, kind: str
) -> None:
    pairs(here / "rec")
    path = here / name
    path.parent.mkdir(exist_ok=True)
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "loop":
            path.symlink_to(path.name)
        case "folder":
            path.mkdir()
    said = refused(capsys, 3 if kind == "folder" and code == 3 else code, *command.split())
    assert {"pipe": "a named pipe", "loop": "leads back to itself", "folder": ""}[kind] in said


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


TIFF = b"II*\0\x08\0\0\0\x02\0" + struct.pack("<HHII", 256, 4, 1, 60_000) + struct.pack("<HHII", 257, 4, 1, 60_000)
LARGE = {
    "a.png": png(60_000, 60_000),
    "a.tif": TIFF + bytes(4),
    "b.png": TIFF + bytes(4),  # whatever its name says
    "a.ppm": b"P6 60000 60000 255\nabc",
    "a.pgm": b"P5 # a comment\n60000\n60000 255\nabc",
    "a.bmp": b"BM" + bytes(16) + struct.pack("<ii", 60_000, -60_000) + bytes(30),
    "a.webp": b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\xff\xff" + b"\xff\xff\xff" + bytes(30),
    "c.png": b"GIF89a" + struct.pack("<HH", 60_000, 60_000) + bytes(20),
    "d.png": b"P7\nWIDTH 60000\nHEIGHT 60000\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n",
    "e.png": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 60000 +X 60000\n",
    "f.png": b"\x59\xa6\x6a\x95" + struct.pack(">7I", 60_000, 60_000, 24, 0, 1, 0, 0),
}


@pytest.mark.parametrize("name", LARGE)
def test_an_absurd_size_is_refused_before_anything_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).write_bytes(LARGE[name])
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(RecordingError, match="an absurd size"):
        read_picture(tmp_path / name)


def damaged() -> dict[str, bytes]:
    noise = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
    files = {}
    for suffix in (".png", ".jpg", ".tif", ".webp", ".bmp", ".ppm", ".gif"):
        data = cv2.imencode(suffix, noise)[1].tobytes()
        files[f"cut{suffix}"] = data[: len(data) // 2]
        torn = bytearray(data)
        torn[len(data) // 2 : len(data) // 2 + 40] = b"\xff\xd9" * 20
        files[f"torn{suffix}"] = bytes(torn)
    return files


def test_no_line_of_a_library_reaches_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name, data in damaged().items():
        (tmp_path / name).write_bytes(data)
        try:
            read_picture(tmp_path / name)
        except RecordingError as error:
            assert name in error.message
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")


def test_our_own_lines_do_while_a_picture_is_decoded(tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "from allaprima.app.core.quiet import keep_our_standard_error, libraries_quiet\n"
        "keep_our_standard_error()\n"
        "with libraries_quiet():\n"
        "    with libraries_quiet(): os.write(2, b'theirs')\n"
        "    os.write(2, b'theirs'); print('ours', file=sys.stderr)\n"
        "os.write(2, b'afterwards')\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.split() == ["ours", "afterwards"]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("times.txt", ",\n" * COUNT, "times.txt line 1 holds no number: ','"),
        ("times.txt", "0\n1\nlater\n3\n", "times.txt line 3 holds no number: 'later'"),
        ("times.txt", "# s\n0\n1\nnan\n3\n", "times.txt line 4 holds no finite number: 'nan'"),
        ("times.txt", "0\n1\n" + "9" * 5000 + "\n3\n", "times.txt line 3 holds no finite number"),
        ("times.txt", "0\n2\n1\n3\n", "times.txt line 3 goes back in time: '1'"),
        ("times.txt", "0\n1\n2\n1e9\n", "times.txt line 4 leaps 31.7 years ahead: '1e9'"),
        ("times.txt", "0\n1\n2\n9000\n", "times.txt line 4 leaps 2.5 hours ahead: '9000'"),
        ("poses.txt", "1e308 " * 11 + "1e308\n", "poses.txt line 1 holds numbers that are no rotation"),
        ("poses.txt", f"{IDENTITY}\n2 0 0 0 0 1 0 0 0 0 1 0\n", "poses.txt line 2 holds no rotation"),
        ("poses.txt", f"{IDENTITY}\n-1 0 0 0 0 1 0 0 0 0 1 0\n", "poses.txt line 2 holds no rotation"),
        ("poses.txt", f"{IDENTITY}\n\n1 0 0 nan 0 1 0 0 0 0 1 0\n", "poses.txt line 3 holds numbers that are no"),
        ("poses.txt", f"{IDENTITY}\n1 0 0 1e30 0 1 0 0 0 0 1 0\n", "poses.txt line 2 holds a place 1e+30 m away"),
        ("poses.txt", f"{IDENTITY}\n1 2 3\n", "poses.txt line 2 holds 3 numbers, not 12: '1 2 3'"),
        ("poses.txt", f"{IDENTITY}\nP0: x\n", "poses.txt line 2 holds something that is no number"),
        ("poses.txt", f"{IDENTITY}\n", "poses.txt holds 1 poses for 4 pairs"),
    ],
)
def test_numbers_that_mean_nothing_are_named_by_file_line_and_value(
    here: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, says: str
) -> None:
    (pairs(here / "rec") / name).write_text(text)
    assert says in refused(capsys, 3, "export", "rec", "-o", "o.mp4")


def stamps(folder: Path) -> list[float]:
    """Seconds of all pairs."""
    reel, found = open_reel(folder), []
    while (pair := reel.next()) is not None:
        assert pair.t_ns is not None
        found.append(pair.t_ns / 1e9)
    reel.close()
    return found


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("0\n15\n30\n45\n", [0, 15, 30, 45]),
        ("0\n600\n1200\n1800\n", [0, 600, 1200, 1800]),
        ("1700000000\n1700000015\n1700000030\n1700000045\n", [0, 15, 30, 45]),
        ("1700000000000\n1700000015000\n1700000030000\n1700000045000\n", [0, 15, 30, 45]),
        ("# ms\n0\n15\n30\n45\n", [0, 0.015, 0.03, 0.045]),
        ("5000\n5033\n5067\n5100\n", [0, 0.033, 0.067, 0.1]),
        ("1234567890\n1267901223\n1301234556\n1334567889\n", [0, 0.033333333, 0.066666666, 0.099999999]),
        ("0,000\n0,033\n0,067\n0,100\n", [0, 0.033, 0.067, 0.1]),
        ("0,0\n0,5\n1,0\n1,5\n", [0, 0.5, 1, 1.5]),
        ("0,100\n1,133\n2,166\n3,199\n", [0, 33, 66, 99]),
        ("a.png,0.0\nb.png,0.1\nc.png,0.2\nd.png,0.3\n", [0, 0.1, 0.2, 0.3]),
        ("\ufeff0.0\r\n0.1\r\n0.2\r\n0.3\r\n", [0, 0.1, 0.2, 0.3]),
    ],
)
def test_times_are_seconds_unless_they_cannot_be(tmp_path: Path, text: str, times: list[float]) -> None:
    (pairs(tmp_path) / "times.txt").write_text(text, encoding="utf-8")
    assert stamps(tmp_path) == pytest.approx(times)


def test_poses_and_calibrations_may_have_decimal_commas_and_a_mark(tmp_path: Path) -> None:
    row = "500,0 0,0 15,5 {} 0,0 500,0 11,5 0,0 0,0 0,0 1,0 0,0\n"
    (pairs(tmp_path) / "calib.txt").write_text("\ufeff" + row.format("0,0") + row.format("-60,0"), encoding="utf-8")
    (tmp_path / "poses.txt").write_text("\ufeff" + f"{IDENTITY}\n".replace("1", "1,0").replace(" 0", " 0,0") * COUNT)
    reel = open_reel(tmp_path)
    assert reel.rig.baseline_m == pytest.approx(0.12)
    first = reel.next()
    assert first is not None and first.head_pose is not None


@pytest.mark.parametrize(
    ("first", "second"), [("P_rect_02", "P_rect_03"), ("P_rect_00", "P_rect_01"), ("P0", "P1"), ("P2", "P3")]
)
def test_a_calibration_is_that_of_the_cameras_it_names(tmp_path: Path, first: str, second: str) -> None:
    row = "{}: 500 0 15.5 {} 0 500 11.5 0 0 0 1 0\n"
    others = "P_rect_00 P_rect_01" if first == "P_rect_02" else "P0 P1" if first == "P2" else ""
    text = "".join(row.format(name, 7) for name in others.split()) + row.format(first, 0) + row.format(second, -60)
    (pairs(tmp_path) / "calib.txt").write_text("R_rect_00: 1 0 0 0 1 0 0 0 1\n" + text)
    assert open_reel(tmp_path).rig.baseline_m == pytest.approx(0.12)


def film(path: Path, title: bytes = b"") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(f"file:{path}", "w", "matroska") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 24, "yuv420p"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((24, 64, 3), np.uint8), "rgb24")))
        container.mux(stream.encode())
    return path


@posix
@pytest.mark.parametrize("name", ["12:30_sbs.mkv", "http:/a_sbs.mkv", "concat:a_sbs.mkv", "-_sbs.mkv", "a%03d_sbs.mkv"])
def test_a_path_is_never_a_protocol(here: Path, name: str) -> None:
    film(here / name)
    assert main(["export", "--output", f"out/{Path(name).name}", "--", name]) == 0
    assert main(["record", f"again/{Path(name).name}", "--source", f"./{name}", "--no-window", "--frames", "2"]) == 0
    assert sum(path.is_file() for path in here.rglob("*.mkv")) == 3


def test_a_film_that_names_an_address_does_not_make_the_program_call_out(here: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        called = threading.Event()

        def listen() -> None:
            try:
                server.accept()[0].close()
                called.set()
            except OSError:
                pass

        thread = threading.Thread(target=listen)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.ts"
        (here / "a.ts").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{address}\n#EXT-X-ENDLIST\n")
        (here / "a.mp4").write_text(f"ffconcat version 1.0\nfile '{address}'\n")
        for name in ("a.ts", "a.mp4"):
            with pytest.raises((RecordingError, SourceEnded)):
                open_reel(here / name).next()
        thread.join()
    assert not called.is_set()


def test_tags_that_are_not_utf_8_do_not_matter(here: Path) -> None:
    path = film(here / "a_sbs.mkv")
    path.write_bytes(path.read_bytes().replace(b"Lavf", b"\xb1avf"))
    assert main(["export", str(path), "-o", "o.mp4"]) == 0


@pytest.mark.parametrize(
    ("matrix", "full", "rgb"),
    [(1, 1, (197, 59, 27)), (1, 2, (188, 66, 38)), (5, 1, (185, 47, 30)), (2, 1, (185, 47, 30)), (9, 1, (190, 51, 26))],
)
def test_a_film_is_read_by_its_own_matrix(tmp_path: Path, matrix: int, full: int, rgb: tuple[int, int, int]) -> None:
    """BT.709, 601, none and 2020, in the limited range (1) and the full one (2): by the standards' formulas."""
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.codec_context.colorspace, stream.codec_context.color_range = matrix, full
        frame = av.VideoFrame(64, 64, "yuv420p")
        for plane, value in zip(frame.planes, (90, 100, 190), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.colorspace, frame.color_range = matrix, full
        container.mux([*stream.encode(frame), *stream.encode()])
    read = Film(tmp_path / "a.mkv")
    picture = read.next()
    read.close()
    assert picture is not None and np.abs(picture.pixels.astype(int) - rgb).max() <= 1


def test_names_with_other_digits_are_sorted_like_any_name(tmp_path: Path) -> None:
    pairs(tmp_path)
    for eye in ("left", "right"):
        (tmp_path / eye / "0.png").rename(tmp_path / eye / "10².png")
    assert len(stampless(tmp_path)) == COUNT


def stampless(folder: Path) -> list[object]:
    reel, found = open_reel(folder), list[object]()
    while (pair := reel.next()) is not None:
        found.append(pair)
    return found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[stylize]\nstyle = 1" + "0" * 5000, "is not TOML"),
        ("a = " + "[" * 5000, "is not TOML"),
        ("[stylize]\nstrength = 1" + "0" * 400, "stylize.strength"),
    ],
)
def test_a_settings_file_that_no_hand_wrote_is_an_error_like_others(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    file = here / "config.toml"
    file.write_text(text)
    monkeypatch.setattr("allaprima.app.settings_and_flags.config_path", lambda: file)
    assert main(["run", "--no-window", "--frames", "1", "--headset", "simulated"]) == 2
    assert says in capsys.readouterr().err.splitlines()[0]


def test_settings_may_begin_with_the_mark_of_windows_editor(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = here / "config.toml"
    file.write_bytes(b"\xef\xbb\xbf[stylize]\r\nstyle = 'nope'\r\n")
    monkeypatch.setattr("allaprima.app.settings_and_flags.config_path", lambda: file)
    assert main(["run", "--no-window", "--frames", "1", "--headset", "simulated"]) == 4
    assert "no style 'nope'" in capsys.readouterr().err
