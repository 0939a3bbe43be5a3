"""Which headset it will be, and why not another."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from patience import PATIENCE_S

from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import HeadsetUnavailable
from allaprima.app.headset.choosing import choose_headset, openers


def there(name: str) -> Any:
    return lambda: f"the {name} headset"


def absent(message: str) -> Any:
    def refuse() -> Any:
        raise HeadsetUnavailable(message, "switch it on")

    return refuse


def test_auto_takes_the_first_in_line_and_asks_no_further() -> None:
    choice = choose_headset("auto", {"openvr": there("openvr"), "openxr": pytest.fail, "simulated": pytest.fail})
    assert (choice.kind, str(choice.headset), choice.refused) == ("openvr", "the openvr headset", {})


def test_auto_tells_why_it_went_on() -> None:
    candidates = {"openvr": absent("no SteamVR"), "openxr": absent("no runtime"), "simulated": there("simulated")}
    choice = choose_headset("auto", candidates)
    assert choice.kind == "simulated"
    assert {name: error.message for name, error in choice.refused.items()} == {
        "openvr": "no SteamVR",
        "openxr": "no runtime",
    }


def test_the_one_that_is_asked_for_is_the_only_one_that_is_tried() -> None:
    candidates = {"openvr": pytest.fail, "openxr": there("openxr"), "simulated": pytest.fail}
    assert choose_headset("openxr", candidates).kind == "openxr"
    with pytest.raises(HeadsetUnavailable, match="no SteamVR") as caught:
        choose_headset("openvr", {"openvr": absent("no SteamVR"), "simulated": pytest.fail})
    assert caught.value.hint == "switch it on; without a headset: --headset simulated"


def test_the_order_is_openvr_openxr_simulated() -> None:
    assert list(openers(FakeClock(), there("simulated"))) == ["openvr", "openxr", "simulated"]


@pytest.mark.parametrize(("kind", "package"), [("openvr", "openvr"), ("openxr", "pyopenxr")])
def test_a_library_that_is_not_installed_is_no_headset(
    monkeypatch: pytest.MonkeyPatch, kind: str, package: str
) -> None:
    from allaprima.app.headset import choosing

    def missing(name: str) -> Any:
        raise ImportError(f"No module named '{name}'")

    monkeypatch.setattr(choosing, "import_module", missing)
    with pytest.raises(HeadsetUnavailable, match=kind) as caught:
        openers(FakeClock(), there("simulated"))[kind]()
    assert f"pip install {package}" in caught.value.hint


def test_choosing_loads_no_runtimes_library_before_its_turn() -> None:
    code = (
        "import sys; import allaprima.app.live.opening; from allaprima.app.headset.choosing import openers;"
        "openers(None, None); print(sorted({'openvr', 'xr'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.stdout.strip() == "[]", done.stderr
