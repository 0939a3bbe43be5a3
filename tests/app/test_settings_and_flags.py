"""Settings: where they come from, which wins, and what is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from allaprima.app.core.errors import SettingsError
from allaprima.app.settings_and_flags import Settings, declared


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(
        '[stylize]\nengine = "torch"\nstrength = 0.5\n[source]\nsize = "320x240"\nrate = 15\n[mirror]\nhud = false\n',
        encoding="utf-8",
    )
    return path


def test_later_origin_wins_and_earlier_values_stay(file: Path) -> None:
    settings = Settings.load(
        file, ["stylize.strength=0.75", "source.rate=20"], {"source.rate": 25.0, "stylize.style": None}
    )
    assert settings.stylize.engine == "torch"
    assert settings.stylize.strength == 0.75
    assert settings.source.rate == 25.0
    assert settings.source.size == (320, 240)
    assert settings.mirror.hud is False
    assert settings.mirror.window is Settings().mirror.window


def test_users_file_is_read_where_none_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allaprima.app.settings_and_flags.config_path", lambda: file)
    assert Settings.load().stylize.engine == "torch"
    file.unlink()
    assert Settings.load() == Settings()


@pytest.mark.parametrize("key", declared())
def test_every_default_passes_its_own_check(key: str) -> None:
    section, name = key.split(".")
    default = getattr(getattr(Settings(), section), name)
    assert Settings().updated(key, default) == Settings()


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("source.size=1280x720", "source.size", (1280, 720)),
        ("source.rate=auto", "source.rate", None),
        ("source.rate=29.97", "source.rate", 29.97),
        ("mirror.window=off", "mirror.window", False),
        ("stylize.style=starry-night", "stylize.style", "starry-night"),
        ("source.hold = 2", "source.hold", 2),
        ("headset.eye_size = 1440x1600", "headset.eye_size", (1440, 1600)),
        ("stylize.size=640x480", "stylize.size", (640, 480)),
        ("stylize.size=640", "stylize.size", 640),
        ("stylize.size=auto", "stylize.size", None),
    ],
)
def test_text_is_read_as_the_type_of_its_setting(text: str, key: str, value: object) -> None:
    section, name = key.split(".")
    found = getattr(getattr(Settings.load(assignments=[text]), section), name)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "assignment",
    [
        "source.size=640",
        "source.size=640x",
        "source.size=99999x480",
        "source.size=0x0",
        "source.rate=fast",
        "source.rate=nan",
        "source.rate=-1",
        "stylize.strength=1.01",
        "stylize.engine=tensorflow",
        "mirror.hud=maybe",
        "source.hold=1.5",
        "source.hold",
        "stylize.size=63",
        "stylize.size=640x5000",
        "stylize.size=1e3",
        "stylize",
    ],
)
def test_unusable_value_is_refused_with_its_key_in_the_message(assignment: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load(assignments=[assignment])
    assert assignment.partition("=")[0] in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [("stylise.engine", "stylize.engine"), ("source.sise", "source.size"), ("mirror.layuot", "mirror.layout")],
)
def test_unknown_key_names_the_nearest(typed: str, nearest: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load(assignments=[f"{typed}=1"])
    assert typed in caught.value.message
    assert nearest in caught.value.hint


def test_unknown_choice_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match="openvino") as caught:
        Settings.load(flags={"stylize.engine": "openvno"})
    assert "'openvino'" in caught.value.hint


@pytest.mark.parametrize(
    "toml",
    [
        "[stylize\n",
        "strength = 1\n",
        "[stylize]\nstrength = true\n",
        "[source]\nhold = 1.5\n",
        "[stylize]\nstyle = 3\n",
        "[source]\nsize = [640, 480, 3]\n",
        "[source]\nsize = [640.0, 480]\n",
        "[sauce]\nsize = [640, 480]\n",
    ],
)
def test_broken_file_is_named(toml: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(toml, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        Settings.load(path)
    assert str(path) in caught.value.message


def test_binary_and_missing_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe\x00")
    for name in ("config.toml", "absent.toml"):
        with pytest.raises(SettingsError, match=name.replace(".", r"\.")):
            Settings.load(tmp_path / name)


def test_settings_cannot_be_changed_in_place() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().stylize.strength = 0.0  # type: ignore[misc]
