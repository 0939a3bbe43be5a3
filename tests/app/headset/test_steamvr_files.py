"""The files that SteamVR reads about this program."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from patience import PATIENCE_S

from allaprima.app.core.errors import HeadsetUnavailable
from allaprima.app.headset.actions import CONTROLS, PROFILES
from allaprima.app.headset.steamvr import write_action_manifest, write_application_manifest


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_control_is_an_action_of_its_kind_with_a_name_to_show(tmp_path):
    manifest = read(write_action_manifest(tmp_path))
    types = {action["name"]: action["type"] for action in manifest["actions"]}
    (words,) = manifest["localization"]
    for control in CONTROLS:
        name = f"/actions/allaprima/in/{control.name}"
        assert types[name] == {"button": "boolean", "stick": "vector2"}[control.kind]
        assert words[name] == control.text
    assert words["language_tag"] == "en_us"


def test_each_controllers_bindings_lie_beside_the_manifest_under_the_name_it_gives(tmp_path):
    manifest = write_action_manifest(tmp_path)
    bindings = {entry["controller_type"]: entry["binding_url"] for entry in read(manifest)["default_bindings"]}
    assert set(bindings) == {profile.steamvr_type for profile in PROFILES}
    assert {"holographic_controller", "vive_controller", "oculus_touch", "knuckles"} <= set(bindings)
    for kind, name in bindings.items():
        assert read(tmp_path / name)["controller_type"] == kind


def test_inputs_of_one_trackpad_are_one_source(tmp_path):
    write_action_manifest(tmp_path)
    sources = read(tmp_path / "bindings_vive_controller.json")["bindings"]["/actions/allaprima"]["sources"]
    (pad,) = [source for source in sources if source["path"] == "/user/hand/right/input/trackpad"]
    assert set(pad["inputs"]) == {"north", "south", "center"}
    assert pad["parameters"] == {"sub_mode": "click"}


def test_paths_are_absolute_wherever_it_is_called_from(tmp_path, monkeypatch):
    from pathlib import Path

    monkeypatch.chdir(tmp_path)
    path = write_application_manifest(Path("here"))
    assert path == tmp_path / "here" / "allaprima.vrmanifest"
    for application in read(path)["applications"]:
        assert application["action_manifest_path"] == str(tmp_path / "here" / "actions.json")
        assert sys.executable in application.values()


def test_only_what_starts_along_with_steamvr_calls_itself_an_overlay(tmp_path):
    applications = read(write_application_manifest(tmp_path))["applications"]
    assert [application["is_dashboard_overlay"] for application in applications] == [False, True]
    assert len({application["app_key"] for application in applications}) == 2


def test_what_steamvr_would_start_is_a_command_of_this_program(tmp_path):
    (application, _) = read(write_application_manifest(tmp_path))["applications"]
    command = [sys.executable, *application["arguments"].split()]
    assert command[3:] == ["run", "--headset", "openvr"]
    done = subprocess.run([*command[:4], "--help"], capture_output=True, text=True, timeout=PATIENCE_S, cwd=tmp_path)
    assert done.returncode == 0 and "--headset" in done.stdout


def test_files_that_are_up_to_date_are_left_alone(tmp_path):
    manifest = write_action_manifest(tmp_path)
    before = {path: path.stat().st_ino for path in tmp_path.iterdir()}
    write_action_manifest(tmp_path)
    assert {path: path.stat().st_ino for path in tmp_path.iterdir()} == before
    manifest.write_text("{")
    write_action_manifest(tmp_path)
    assert read(manifest)["actions"]


def test_folder_that_cannot_be_made_is_told_with_its_name(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HeadsetUnavailable, match="file"):
        write_action_manifest(tmp_path / "file")
