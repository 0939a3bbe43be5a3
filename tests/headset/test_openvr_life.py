"""How a headset through OpenVR begins and ends, and everything that goes wrong with it."""

from __future__ import annotations

import sys
import threading

import pytest
from patience import PATIENCE_S, eventually

from allaprima.app.core.errors import HeadsetLost, HeadsetUnavailable

QUIT = 700
REQUEST_FAILED, WRONG_DEVICE, NO_FOCUS, UNKNOWN = 1, 104, 101, 4242

HINTS = {
    100: "install it from Steam",
    102: "Verify",
    105: "update SteamVR",
    108: "connect the headset",
    110: "install it from Steam",
    115: "wait a few seconds",
    116: "start again",
    124: "see what it reports",
    126: "connect the headset",
    137: "wait until it is done",
    204: "update SteamVR",
    205: "end it",
    206: "room setup",
    208: "connect the headset",
    212: "extend the desktop",
    214: "install it from Steam",
    303: "close SteamVR",
    306: "close SteamVR",
    405: "graphics driver",
    498: "KDE Plasma",
    1000: "Meta Quest Link",
    1001: "developer",
    1101: "plug it in elsewhere",
    2000: "install Steam",
    9999: "see what it reports",  # a code that pyopenvr does not know
}


@pytest.mark.parametrize("code", HINTS)
def test_why_steamvr_did_not_start_is_told_with_what_to_do(open_headset, steamvr, code):
    steamvr.do(f"init {code}")
    with pytest.raises(HeadsetUnavailable) as told:
        open_headset()
    assert HINTS[code] in told.value.hint
    assert str(code) in told.value.message
    steamvr.do("init 0")
    assert open_headset().wait_frame()


def test_every_code_that_pyopenvr_knows_has_a_hint():
    openvr = pytest.importorskip("openvr", reason="pyopenvr has no library for this platform")
    from allaprima.app.openvr.errors import init_error

    for code in openvr.error_code.InitError.error_index:
        error = init_error(code, openvr.getVRInitErrorAsSymbol(code))
        assert error.message and error.hint


def test_windows_mixed_reality_is_told_of_its_driver_on_windows_only():
    from allaprima.app.openvr.errors import init_error

    for code in (108, 214):
        assert "Oasis" in init_error(code, "", platform="win32").hint
        assert "Oasis" not in init_error(code, "", platform="linux").hint
    assert "Oasis" not in init_error(303, "", platform="win32").hint


def test_without_a_headset_steamvr_is_not_started(open_headset, steamvr):
    steamvr.do("present 0")
    with pytest.raises(HeadsetUnavailable, match="no headset"):
        open_headset()
    assert steamvr.calls("init") == []


def test_without_any_runtime_it_says_so_and_nothing_else(open_headset, steamvr, monkeypatch, tmp_path, capfd):
    monkeypatch.delenv("VR_OVERRIDE")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(HeadsetUnavailable, match="not installed") as told:
        open_headset()
    assert "install it from Steam" in told.value.hint
    assert capfd.readouterr().err == ""


def test_without_pyopenvr_it_says_what_to_install(open_headset, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvr", None)
    with pytest.raises(HeadsetUnavailable, match="cannot be loaded") as told:
        open_headset()
    assert "pip install openvr" in told.value.hint


@pytest.mark.parametrize("interface", ["System", "Compositor", "Input", "Applications"])
def test_interface_that_the_runtime_lacks_is_an_error_and_no_crash(open_headset, steamvr, interface):
    import openvr

    version = getattr(openvr, f"IVR{interface}_Version")
    steamvr.do(f"missing {version}")
    with pytest.raises(HeadsetUnavailable, match=version) as told:
        open_headset()
    assert "update SteamVR" in told.value.hint
    assert steamvr.calls("cleanup")  # and left again
    steamvr.do("missing none")
    assert open_headset().wait_frame()


def test_second_headset_in_one_program_is_refused_and_the_first_goes_on(open_headset):
    first = open_headset()
    with pytest.raises(HeadsetUnavailable, match="already"):
        open_headset()
    first.submit(first.wait_frame())
    first.close()
    second = open_headset()
    second.submit(second.wait_frame())


def test_data_folder_that_cannot_be_written_to_is_told(open_headset, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HeadsetUnavailable, match="cannot be written"):
        open_headset(folder=tmp_path / "file" / "steamvr")
    assert open_headset().wait_frame()


def test_quit_is_acknowledged_and_the_headset_lost(headset, steamvr):
    headset.submit(headset.wait_frame())
    steamvr.do(f"event {QUIT}")
    with pytest.raises(HeadsetLost, match="closed"):
        headset.wait_frame()
    assert steamvr.calls("acknowledgeQuit")
    frames = len(steamvr.calls("waitGetPoses"))
    for call in (headset.wait_frame, headset.poll_actions):
        with pytest.raises(HeadsetLost):
            call()
    headset.tick()
    assert len(steamvr.calls("waitGetPoses")) == frames  # nothing more is asked of it
    assert steamvr.calls("cleanup") == []
    headset.close()
    headset.close()
    assert len(steamvr.calls("cleanup")) == 1


def test_closed_headset_never_calls_into_the_runtime_that_it_left(headset, steamvr):
    frame = headset.wait_frame()
    headset.close()
    calls = len(steamvr.calls())
    for call in (headset.wait_frame, lambda: headset.submit(frame), lambda: headset.pose_at(0),
                 lambda: headset.hidden_area(0), headset.poll_actions):  # fmt: skip
        with pytest.raises(HeadsetLost):
            call()
    headset.tick()
    headset.timing()
    assert len(steamvr.calls()) == calls


@pytest.mark.parametrize("call", ["wait", "submit"])
@pytest.mark.parametrize(("code", "hint"), [(WRONG_DEVICE, "use the card"), (UNKNOWN, "close SteamVR")])
def test_refusal_for_good_loses_the_headset_with_a_hint(headset, steamvr, call, code, hint):
    frame = headset.wait_frame()
    steamvr.do(f"{call} {code}")
    with pytest.raises(HeadsetLost, match=str(code)) as told:
        headset.wait_frame() if call == "wait" else headset.submit(frame)
    assert hint in told.value.hint


def test_another_programs_turn_is_waited_for_however_long_it_takes(open_headset, steamvr, clock):
    headset = open_headset(clock)
    headset.submit(headset.wait_frame())
    steamvr.do(f"wait {NO_FOCUS}", f"submit {NO_FOCUS}")
    for _ in range(5):
        clock.advance(10**10)
        frame = headset.wait_frame()
        assert not frame.visible
        headset.submit(frame)
    steamvr.do("wait 0", "submit 0")
    frame = headset.wait_frame()
    headset.submit(frame)
    assert frame.visible and headset.timing().submitted == 2


def test_compositor_that_fails_is_borne_for_two_seconds(open_headset, steamvr, clock):
    headset = open_headset(clock)
    headset.submit(headset.wait_frame())
    steamvr.do(f"wait {REQUEST_FAILED}")
    begun = clock.now_ns()
    assert not headset.wait_frame().visible
    assert clock.now_ns() > begun  # no busy loop while it fails at once
    steamvr.do("wait 0")
    headset.submit(headset.wait_frame())
    clock.advance(10**10)
    steamvr.do(f"wait {REQUEST_FAILED}")
    assert not headset.wait_frame().visible  # the patience is as new
    with pytest.raises(HeadsetLost):
        for _ in range(10_000):
            headset.wait_frame()
    assert 10**10 + 2e9 < clock.now_ns() - begun < 10**10 + 3e9


def test_other_threads_go_on_while_a_submit_does_not_return(headset, steamvr):
    frame = headset.wait_frame()
    steamvr.do("hang 1")
    seen = threading.Event()

    def watch() -> None:
        try:
            eventually(lambda: steamvr.calls("submit"))
            seen.set()
        finally:
            steamvr.do("hang 0")

    watchdog = threading.Thread(target=watch, daemon=True)
    watchdog.start()
    headset.submit(frame)
    watchdog.join(PATIENCE_S)
    assert seen.is_set()
