"""`allaprima devices`, with cameras that are streams of localhost, and without any."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mjpeg_streams import MjpegStreams

from allaprima.app.command_line import main
from allaprima.app.sources.cameras import listing
from allaprima.app.sources.cameras.listing import CameraInfo
from allaprima.app.sources.cameras.openvr import opening
from allaprima.app.sources.cameras.simulated import read_card
from allaprima.app.sources.recorded.pictures import read_picture

SIZE = (320, 240)


def plug_in(monkeypatch: pytest.MonkeyPatch, *ids: str) -> None:
    cameras = [CameraInfo(each, f"/dev/video{n}", f"Camera {n}") for n, each in enumerate(ids)]
    worn = [CameraInfo("headset", "SteamVR", "the cameras of a headset")] if "headset" in ids else []
    monkeypatch.setattr(listing, "list_cameras", lambda: [camera for camera in cameras if camera.id != "headset"])
    monkeypatch.setattr(opening, "list_headset_cameras", lambda: worn)


def test_without_a_camera_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plug_in(monkeypatch)
    assert main(["devices"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("no camera found") and "--source cameras:simulated,simulated" in text
    assert main(["devices", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"cameras": [], "source": None}


@pytest.mark.parametrize(
    ("ids", "flag"),
    [
        (("usb-a",), "--source camera:usb-a --stereo sbs"),
        (("usb-a", "usb-b"), "--source cameras:usb-a,usb-b"),
        (("usb-a", "usb-b", "usb-c"), "--source cameras:usb-a,usb-b"),
        (("usb-a", "usb-b", "headset"), "--source cameras:usb-a,usb-b"),
        (("usb-a", "headset"), "--source headset"),
        (("headset",), "--source headset"),
    ],
)
def test_the_flag_to_paste_names_the_cameras_by_their_ids(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ids: tuple[str, ...], flag: str
) -> None:
    plug_in(monkeypatch, *ids)
    assert main(["devices"]) == 0
    text = capsys.readouterr().out
    assert f"allaprima run {flag}" in text and all(each in text for each in ids)


def test_snapshots_and_modes_of_each_and_one_that_does_not_open_keeps_nobody_from_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with MjpegStreams(SIZE, fps=60, loop=64) as streams:
        plug_in(monkeypatch, "no-such-camera", streams.url(1))
        code = main(["devices", "--json", "--modes", "--snapshots", str(tmp_path / "pictures")])
    assert code == 3
    out, err = capsys.readouterr()
    lost, there = json.loads(out)["cameras"]
    assert "no-such-camera" in lost["error"] and "no-such-camera" in err and "snapshot" not in lost
    assert there["id"] == streams.url(1) and there["modes"]
    picture = read_picture(Path(there["snapshot"]))
    assert picture.shape == (SIZE[1], SIZE[0], 3) and read_card(picture)[0] == 1


def test_the_headsets_cameras_are_listed_and_their_picture_is_saved(
    steamvr: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(listing, "list_cameras", lambda: [])
    assert main(["devices", "--json", "--modes", "--snapshots", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["source"] == "--source headset"
    (worn,) = told["cameras"]
    assert (worn["id"], worn["name"], worn["device"]) == ("headset", "the cameras of Test Visor", "SteamVR")
    picture = read_picture(Path(worn["snapshot"]))
    assert [read_card(half)[0] for half in (picture[:, :64], picture[:, 64:])] == [0, 1]
    steamvr.do("camera error 104")
    assert main(["devices", "--snapshots", str(tmp_path), "--overwrite"]) == 3
    assert "close SteamVR" in capsys.readouterr().err
    assert len(steamvr.calls("init")) == len(steamvr.calls("cleanup")), "SteamVR is left each time"


def test_steamvr_that_does_not_run_is_not_mentioned(
    steamvr: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(listing, "list_cameras", lambda: [])
    steamvr.do("running 0")
    assert main(["devices"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("no camera found") and err == ""
