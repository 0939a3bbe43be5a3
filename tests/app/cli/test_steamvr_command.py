"""`allaprima steamvr`, against the OpenVR test runtime."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allaprima.app.command_line import main


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]):
    """Runs `allaprima steamvr ... --json`: (exit code, the object it printed)."""

    def run(*arguments: str):
        code = main(["steamvr", *arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


def test_registering_writes_the_manifest_and_tells_steamvr_for_good(steamvr, tell, tmp_path):
    code, told = tell("register")
    assert code == 0 and told["registered"]
    assert Path(told["manifest"]) == tmp_path / "data" / "allaprima" / "steamvr" / "allaprima.vrmanifest"
    (call,) = steamvr.calls("addApplicationManifest")
    assert (call["path"], call["temporary"]) == (told["manifest"], 0)
    assert steamvr.calls("init")[0]["type"] == 4  # a utility: SteamVR needs no headset for it
    assert len(steamvr.calls("cleanup")) == 1


def test_no_headset_is_needed_to_register(steamvr, tell):
    steamvr.do("present 0")
    assert tell("register")[0] == 0


def test_unregistering_makes_steamvr_forget_and_is_harmless_twice(steamvr, tell):
    manifest = Path(tell("register")[1]["manifest"])
    assert tell("unregister") == (0, {"registered": False, "manifest": str(manifest)})
    assert not manifest.exists()
    assert tell("unregister")[0] == 0
    assert tell("autostart")[0] == 7


def test_autostart_is_told_and_changed(steamvr, tell):
    tell("register")
    assert tell("autostart") == (0, {"autostart": False})
    assert tell("autostart", "on") == (0, {"autostart": True})
    assert tell("autostart") == (0, {"autostart": True})
    assert tell("autostart", "off") == (0, {"autostart": False})


def test_autostart_before_registering_says_how_to(steamvr, tell):
    code, told = tell("autostart", "on")
    assert code == 7
    assert told["error"]["hint"] == "allaprima steamvr register"


def test_registered_program_keeps_its_bindings_under_its_own_name(steamvr, tell, graphics):
    from allaprima.app.headset.openvr.headset import OpenVrHeadset

    OpenVrHeadset().close()
    assert steamvr.calls("identifyApplication") == []
    tell("register")
    OpenVrHeadset().close()
    assert [call["key"] for call in steamvr.calls("identifyApplication")] == ["allaprima.run"]


def test_without_steamvr_it_says_what_to_install(steamvr, tell, monkeypatch, tmp_path):
    monkeypatch.delenv("VR_OVERRIDE")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    code, told = tell("register")
    assert code == 7
    assert "install it from Steam" in told["error"]["hint"]


def test_steamvr_that_lacks_the_list_of_applications_is_too_old(steamvr, tell):
    import openvr

    steamvr.do(f"missing {openvr.IVRApplications_Version}")
    code, told = tell("register")
    assert code == 7 and "update SteamVR" in told["error"]["hint"]


def test_plain_text_says_the_same(steamvr, capsys):
    assert main(["steamvr", "register"]) == 0
    assert "library" in capsys.readouterr().out
