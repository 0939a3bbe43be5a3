"""Cameras of a machine that is a folder, laid out as Linux does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from allaprima.app.core.errors import CameraNotFound, SettingsError
from allaprima.app.sources.cameras import opencv
from allaprima.app.sources.cameras.address import Address, resolve, split_pair
from allaprima.app.sources.cameras.listing import CameraInfo, list_cameras, usual_source

linux = pytest.mark.skipif(sys.platform != "linux", reason="/dev and /sys are Linux's")


def plug(root: Path, number: int, name: str, by_id: str = "", by_path: str = "", index: int = 0) -> None:
    node = root / "sys/class/video4linux" / f"video{number}"
    node.mkdir(parents=True)
    (node / "name").write_text(f"{name}\n")
    (node / "index").write_text(f"{index}\n")
    device = root / "dev" / f"video{number}"
    device.parent.mkdir(exist_ok=True)
    device.touch()
    for folder, link in (("by-id", by_id), ("by-path", by_path)):
        (root / "dev/v4l" / folder).mkdir(parents=True, exist_ok=True)
        if link:
            (root / "dev/v4l" / folder / link).symlink_to(device)


@linux
def test_a_camera_is_known_by_its_serial_number_and_metadata_nodes_are_none(tmp_path: Path) -> None:
    plug(tmp_path, 10, "C920", "usb-046d_C920_1A2B-video-index0", "pci-0:1.0-video-index0")
    plug(tmp_path, 11, "C920", "usb-046d_C920_1A2B-video-index1", index=1)
    plug(tmp_path, 2, "Old webcam", by_path="pci-0:7.0-video-index0")
    assert list_cameras(tmp_path) == [
        CameraInfo("pci-0:7.0-video-index0", "/dev/video2", "Old webcam"),
        CameraInfo("usb-046d_C920_1A2B-video-index0", "/dev/video10", "C920"),
    ]


@linux
def test_two_of_one_model_are_told_apart_by_their_ports(tmp_path: Path) -> None:
    """Their serial numbers are often the same: then one of them has the link, and not always the same one."""
    plug(tmp_path, 0, "USB Camera", "usb-1234_USB_Camera_SN0001-video-index0", "usb-0:1:1.0-video-index0")
    plug(tmp_path, 2, "USB Camera", "", "usb-0:2:1.0-video-index0")
    assert [camera.id for camera in list_cameras(tmp_path)] == ["usb-0:1:1.0-video-index0", "usb-0:2:1.0-video-index0"]


@linux
def test_without_udev_s_names_the_number_is_the_id(tmp_path: Path) -> None:
    plug(tmp_path, 4, "Loopback")
    assert list_cameras(tmp_path) == [CameraInfo("4", "/dev/video4", "Loopback")]


@linux
def test_without_any_camera_there_is_an_empty_list(tmp_path: Path) -> None:
    assert list_cameras(tmp_path) == []


@linux
def test_an_id_is_looked_up_anew_so_that_a_camera_may_come_back_under_another_number(tmp_path: Path) -> None:
    plug(tmp_path, 0, "C920", "usb-C920-video-index0")
    assert resolve("usb-C920-video-index0", tmp_path / "dev").target == str(tmp_path / "dev/video0")
    link = tmp_path / "dev/v4l/by-id/usb-C920-video-index0"
    link.unlink()
    with pytest.raises(CameraNotFound, match="usb-C920"):
        resolve("usb-C920-video-index0", tmp_path / "dev")
    (tmp_path / "dev/video3").touch()
    link.symlink_to(tmp_path / "dev/video3")
    assert resolve("usb-C920-video-index0", tmp_path / "dev").target == str(tmp_path / "dev/video3")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("0", Address("device", 0)),
        ("http://host:80/left", Address("stream", "http://host:80/left")),
        ("rtsp://host/1", Address("stream", "rtsp://host/1")),
        ("v4l2src ! videoconvert ! appsink", Address("pipeline", "v4l2src ! videoconvert ! appsink")),
        ("simulated", Address("simulated", "simulated")),
    ],
)
def test_how_cameras_are_named(text: str, address: Address) -> None:
    assert resolve(text) == address


@pytest.mark.parametrize("text", ["", "../../etc/passwd", "usb-x/../../..", "left", "-1", "²"])
def test_no_other_name_reaches_a_file(text: str, tmp_path: Path) -> None:
    with pytest.raises(CameraNotFound):
        resolve(text, tmp_path)


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("0,1", ("0", "1")),
        (" 0 , 1 ", ("0", "1")),
        ("a ! caps,width=6 ! b; c ! caps,width=6 ! d", ("a ! caps,width=6 ! b", "c ! caps,width=6 ! d")),
        ("simulated,simulated", ("simulated", "simulated")),
    ],
)
def test_two_cameras_are_named_in_one_word(text: str, pair: tuple[str, str]) -> None:
    assert split_pair(text) == pair


@pytest.mark.parametrize("text", ["", "0", "0,", "0,1,2", "0,0"])
def test_one_or_three_cameras_are_no_pair(text: str) -> None:
    with pytest.raises(SettingsError):
        split_pair(text)


def test_where_the_system_has_no_list_indices_are_tried_until_one_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    class Plugged:
        def __init__(self, name: str, mode: object) -> None:
            tried.append(name)
            if name == "2":
                raise CameraNotFound("no camera 2")

        def close(self) -> None:
            tried.append("closed")

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(opencv, "OpenCvDevice", Plugged)
    assert list_cameras() == [CameraInfo("0", "0", "camera 0"), CameraInfo("1", "1", "camera 1")]
    assert tried == ["0", "closed", "1", "closed", "2"]


@pytest.mark.parametrize(
    ("names", "source", "why"),
    [
        ([], "synthetic", "no camera"),
        (["C920"], "synthetic", "only one camera"),
        (["C920", "Old webcam"], "cameras:0,1", "C920 and Old webcam"),
        (["Built-in", "C920", "C920"], "cameras:1,2", "C920 and C920"),
        (["A", "B", "C"], "synthetic", "3 cameras"),
        (["Built-in", "ELP Stereo USB"], "camera:1", "ELP Stereo USB has two eyes"),
    ],
)
def test_the_usual_source_is_a_pair_of_cameras_where_there_is_one(names: list[str], source: str, why: str) -> None:
    cameras = [CameraInfo(str(n), f"/dev/video{n}", name) for n, name in enumerate(names)]
    chosen, reason = usual_source(cameras)
    assert chosen == source and why in reason
