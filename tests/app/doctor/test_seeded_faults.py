"""Faults put into a machine, and found: each with a state, a line that names it, and what to type."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from allaprima.app.command_line import main
from allaprima.app.core.shell import install, pip
from allaprima.app.doctor import cameras, packs, storage
from allaprima.app.doctor.examination import examined, in_child_of
from allaprima.app.doctor.finding import Finding, State
from allaprima.app.doctor.gpu import gpu
from allaprima.app.doctor.network import network
from allaprima.app.doctor.probes import PROBES, known_settings
from allaprima.app.doctor.windows import mixed_reality
from allaprima.app.packs import pack
from allaprima.app.packs.pack import shipped_folder
from allaprima.app.settings_and_flags import Settings
from allaprima.app.sources.cameras import listing
from allaprima.app.sources.cameras.listing import CameraInfo

PROBE = {probe.name: probe for probe in PROBES}
linux = pytest.mark.skipif(sys.platform != "linux", reason="seeded through Linux's folders and loaders")


@dataclass
class Machine:
    """Of this user's folders, which are empty."""

    config: Path
    data: Path
    cache: Path
    packages: Path
    monkeypatch: pytest.MonkeyPatch

    def settings_file(self, text: str) -> None:
        path = self.config / "allaprima" / "config.toml"
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")

    def package(self, name: str, code: str) -> None:
        """Installed, but it is `code`; for child processes."""
        (self.packages / f"{name}.py").write_text(code, encoding="utf-8")
        self.monkeypatch.setenv("PYTHONPATH", str(self.packages))

    def distribution(self, name: str) -> None:
        folder = self.packages / f"{name.replace('-', '_')}-1.20.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.20.0\n")
        self.monkeypatch.syspath_prepend(str(self.packages))

    def damaged_pack(self, name: str) -> None:
        folder = self.data / "allaprima" / "packs" / name
        shutil.copytree(shipped_folder() / "first", folder)
        card = folder / "card.toml"
        card.write_text(card.read_text(encoding="utf-8").replace('name = "first"', f'name = "{name}"', 1))
        network = folder / "network.onnx"
        data = bytearray(network.read_bytes())
        data[len(data) // 2] ^= 1
        network.write_bytes(data)

    def look(self, name: str) -> list[Finding]:
        """As the examination does, but always in this process what the test has changed in this process."""
        return examined(PROBE[name], known_settings())

    def look_from_child(self, name: str) -> list[Finding]:
        return examined(in_child_of(PROBE[name]), known_settings())


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    folders = {name: tmp_path / name for name in ("config", "data", "cache", "packages")}
    for name, folder in folders.items():
        folder.mkdir()
        if name != "packages":
            monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(folder))
    for name in ("VR_OVERRIDE", "VR_PATHREG_OVERRIDE", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return Machine(**folders, monkeypatch=monkeypatch)


def told(findings: list[Finding], state: State, *words: str) -> Finding:
    """The one of that state that has these words."""
    (finding,) = (each for each in findings if each.state == state and all(word in each.text for word in words))
    return finding


def test_old_python(machine: Machine) -> None:
    version = namedtuple("version", "major minor micro releaselevel serial")
    machine.monkeypatch.setattr(sys, "version_info", version(3, 9, 2, "final", 0))
    assert "python.org" in told(machine.look("python"), "fault", "3.11 or newer").hint


def test_missing_package(machine: Machine) -> None:
    find = "allaprima.app.doctor.python.importlib.util.find_spec"
    machine.monkeypatch.setattr(find, lambda name: None if name == "av" else object())
    assert told(machine.look("packages"), "fault", "av").hint == f"{pip()} install av"


@linux
def test_no_engine_at_all(machine: Machine) -> None:
    for name in ("openvino", "onnxruntime", "torch"):
        machine.package(name, f"raise ImportError('no {name}')")
    assert (
        told(machine.look_from_child("painting"), "fault", "no openvino", "no torch").hint
        == f"{pip()} install openvino"
    )
    assert told(machine.look_from_child("torch"), "warning", "no torch").hint


def test_engine_of_the_settings_that_cannot_paint_so(machine: Machine) -> None:
    machine.monkeypatch.setattr(Settings, "load", lambda: Settings().updated("stylize.device", "tensorrt"))
    assert told(machine.look("painting"), "fault", "onnxruntime").hint


@linux
def test_optional_engine_that_is_not_there_is_no_fault(machine: Machine) -> None:
    machine.monkeypatch.setattr("allaprima.app.doctor.engines.importlib.util.find_spec", lambda name: None)
    assert "pip install" in told(machine.look("torch"), "ok", "not needed").hint
    assert told(machine.look("openvino"), "warning", "not installed").hint == f"{pip()} install openvino"


@linux
def test_both_onnxruntimes(machine: Machine) -> None:
    machine.distribution("onnxruntime")
    machine.distribution("onnxruntime-gpu")
    finding = told(machine.look("onnxruntimes"), "warning", "overwritten")
    assert finding.hint == f"{pip()} uninstall -y onnxruntime onnxruntime-gpu && {install('gpu')}"


@linux
def test_no_gl(machine: Machine) -> None:
    machine.monkeypatch.setenv("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent")
    assert "apt install" in told(machine.look_from_child("graphics"), "fault", "no OpenGL without a window").hint


@linux
def test_software_gl(machine: Machine, graphics: object) -> None:
    machine.monkeypatch.setenv("LIBGL_ALWAYS_SOFTWARE", "1")
    machine.monkeypatch.setenv("GALLIUM_DRIVER", "llvmpipe")
    assert "--eye-size" in told(machine.look_from_child("graphics"), "warning", "llvmpipe", "in software").hint


def test_damaged_pack_is_a_warning_and_a_fault_if_it_is_the_one_to_paint_with(machine: Machine) -> None:
    machine.damaged_pack("mine")
    findings = machine.look("packs")
    assert told(findings, "warning", "mine", "sha256 differs").hint
    assert [one.name for one in findings if one.state == "ok"] == ["pack first"]
    machine.settings_file('[stylize]\npack = "mine"\n')
    assert told(machine.look("packs"), "fault", "mine", "sha256 differs")


def test_pack_of_the_settings_that_is_not_there(machine: Machine) -> None:
    machine.settings_file('[stylize]\npack = "second"\n')
    assert told(machine.look("packs"), "fault", "second").hint == "allaprima styles list"


def test_no_pack(machine: Machine) -> None:
    machine.monkeypatch.setattr(pack, "shipped_folder", lambda: machine.data)
    machine.monkeypatch.setattr(packs, "shipped_folder", lambda: machine.data)
    assert "allaprima styles import" in told(machine.look("packs"), "fault", "none, neither in").hint


def full(folder: object) -> object:
    return shutil._ntuple_diskusage(10**12, 10**12 - 10**6, 10**6)


def test_full_disk(machine: Machine) -> None:
    machine.monkeypatch.setattr(storage.shutil, "disk_usage", full)
    assert "--set source.size=" in told(machine.look("cache"), "fault", "1 MB free", "the synthetic room takes").hint
    assert "allaprima record" in told(machine.look("disk"), "warning", "1 MB free").hint


@linux
def test_unwritable_cache(machine: Machine) -> None:
    machine.cache.rmdir()
    machine.cache.write_text("a file, where root cannot make a folder either")
    assert "writable" in told(machine.look("cache"), "fault", "cannot be written to").hint


@pytest.mark.parametrize("text", ["[stylize\n", "[stylize]\npakc = 'first'\n", "[stylize]\nstrength = 7\n"])
def test_settings_file_that_cannot_be_used(machine: Machine, text: str) -> None:
    machine.settings_file(text)
    assert told(machine.look("settings"), "fault", "config.toml").hint


def test_unreadable_settings_file(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.settings_file("")

    def refuse(*arguments: object, **options: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("allaprima.app.core.reading.os.open", refuse)
    assert told(machine.look("settings"), "fault", "Permission denied").hint


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.listen()
        yield int(taken.getsockname()[1])


def test_busy_port(busy_port: int) -> None:
    assert told(network(Settings(), busy_port), "warning", f"port {busy_port} is taken").hint


def test_camera_in_use(machine: Machine, tmp_path: Path) -> None:
    """It does not open, and another process holds its device."""
    device = tmp_path / "video0"
    device.touch()
    machine.monkeypatch.setattr(listing, "list_cameras", lambda: [CameraInfo("gone", str(device), "Webcam")])
    finding = told(machine.look("cameras"), "warning", "Webcam", "there is no camera 'gone'")
    assert "allaprima devices" in finding.hint


@linux
def test_the_program_that_has_the_camera_is_named(tmp_path: Path) -> None:
    device, proc = tmp_path / "video0", tmp_path / "proc"
    (proc / "4711" / "fd").mkdir(parents=True)
    (proc / "4711" / "fd" / "7").symlink_to(device)
    (proc / "4711" / "comm").write_text("zoom\n")
    (proc / "12" / "fd").mkdir(parents=True)
    (proc / "12" / "fd" / "7").symlink_to("/dev/null")
    assert cameras._users(device, proc) == ["zoom (process 4711)"]


@linux
@pytest.mark.parametrize(
    ("text", "word"),
    [("{", "damaged"), ("[]", "damaged"), ('{"runtime": 3}', "damaged"), ('{"runtime": ["/gone"]}', "/gone")],
)
def test_broken_openvrpaths(machine: Machine, text: str, word: str) -> None:
    registry = machine.config / "openvr" / "openvrpaths.vrpath"
    registry.parent.mkdir()
    registry.write_text(text)
    assert "from Steam" in told(machine.look("steamvr"), "warning", "openvrpaths.vrpath", word).hint


@linux
def test_no_steamvr(machine: Machine) -> None:
    finding = told(machine.look("steamvr"), "warning", "SteamVR is not installed")
    assert finding.hint.endswith("allaprima run --headset simulated")


def test_steamvr_with_a_headset(machine: Machine, steamvr: object) -> None:
    assert told(machine.look("steamvr"), "ok", "Test Visor").hint == "allaprima run --headset openvr"


@pytest.mark.parametrize(
    ("build", "external", "state"),
    [(22631, [], "ok"), (26100, [], "warning"), (26100, ["C:/Steam/Oasis Driver"], "ok")],
)
def test_mixed_reality_is_found_wanting(
    machine: Machine, tmp_path: Path, build: int, external: list[str], state: State
) -> None:
    registry = tmp_path / "openvrpaths.vrpath"
    (tmp_path / "common" / "SteamVR").mkdir(parents=True)
    registry.write_text(json.dumps({"runtime": [str(tmp_path / "common" / "SteamVR")], "external_drivers": external}))
    machine.monkeypatch.setenv("VR_PATHREG_OVERRIDE", str(registry))
    (finding,) = mixed_reality(Settings(), build)
    assert finding.state == state


def test_gpu_without_driver_and_with_a_broken_one(machine: Machine, tmp_path: Path) -> None:
    machine.monkeypatch.setenv("PATH", str(tmp_path))
    card = tmp_path / "sys/class/drm/card0/device"
    card.mkdir(parents=True)
    (card / "vendor").write_text("0x8086\n")
    assert told(gpu(Settings(), tmp_path), "ok", "Intel")
    (card / "vendor").write_text("0x10de\n")
    assert "nvidia-smi" in told(gpu(Settings(), tmp_path), "warning", "without its driver").hint


@linux
@pytest.mark.parametrize(
    ("script", "state", "word"),
    [
        ("echo 'NVIDIA RTX 4090, 560.35, 24564 MiB'", "ok", "NVIDIA RTX 4090, driver 560.35, 24564 MiB"),
        ("echo 'Driver/library version mismatch' >&2; exit 18", "warning", "version mismatch"),
    ],
)
def test_what_nvidia_smi_says(machine: Machine, script: str, state: State, word: str) -> None:
    tool = machine.packages / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    machine.monkeypatch.setenv("PATH", str(machine.packages))
    assert told(gpu(Settings()), state, word).hint


def test_several_at_once_are_all_found_and_the_exit_code_says_so(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.settings_file("[stylize]\nstrength = 7\n")
    machine.damaged_pack("mine")
    machine.cache.rmdir()
    machine.cache.write_text("")
    registry = machine.config / "openvr" / "openvrpaths.vrpath"
    registry.parent.mkdir()
    registry.write_text("{")
    machine.monkeypatch.setenv("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent")
    machine.package("torch", "import os; os.abort()")
    assert main(["doctor", "--no-self-test", "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    states = {(each["name"], each["state"]) for each in result["findings"]}
    assert result["works"] is False
    assert {("settings", "fault"), ("pack mine", "warning"), ("cache", "fault"), ("steamvr", "warning"),
            ("graphics", "fault"), ("torch", "warning")} <= states  # fmt: skip
