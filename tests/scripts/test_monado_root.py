from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Monado's root is made on Linux only")
if sys.platform == "linux":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
    import monado_root
    from environment import SetupError


@pytest.fixture
def possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monado_root, "check_possible", lambda: None)
    monkeypatch.setenv(monado_root.MIRROR_VARIABLE, "http://mirror.example/debian")


def make(part: Path, mirror: str) -> None:
    (part / "made-from").write_text(mirror)


def test_the_mirror_is_the_one_that_apt_uses_in_either_notation(tmp_path: Path) -> None:
    lists = tmp_path / "sources.list.d"
    lists.mkdir()
    (lists / "node.sources").write_text("Types: deb\nURIs: https://node.example/node_20.x\nSuites: nodistro\n")
    (tmp_path / "sources.list").write_text(
        "# deb http://old.example/debian x main\ndeb-src http://s.example/debian x main\n"
        "deb [arch=amd64 signed-by=/k] http://one.example/debian bookworm main\n"
    )
    assert monado_root.apt_mirror(tmp_path) == "http://one.example/debian"
    (lists / "debian.sources").write_text(
        "Types: deb\n# http://snapshot.example/debian\nURIs: http://two.example/debian-security\nSuites: s\n\n"
        "Types: deb\nURIs: http://two.example/debian/\nSuites: bookworm\n"
    )
    assert monado_root.apt_mirror(tmp_path) == "http://two.example/debian/"


def test_without_a_debian_mirror_the_variable_to_set_is_named(
    tmp_path: Path, possible: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(monado_root.MIRROR_VARIABLE)
    monkeypatch.setattr(monado_root, "apt_mirror", lambda folder: None)
    with pytest.raises(SetupError) as error:
        monado_root.make_root(tmp_path / "root")
    assert monado_root.MIRROR_VARIABLE in error.value.hint


def test_it_is_made_once_and_again_when_the_packages_change(
    tmp_path: Path, possible: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, made = tmp_path / "cache" / "root", []
    monkeypatch.setattr(monado_root, "_bootstrap", lambda part, mirror: (made.append(part), make(part, mirror)))
    for _ in range(2):
        assert monado_root.make_root(root) == root
    assert len(made) == 1
    assert (root / "made-from").read_text() == "http://mirror.example/debian"
    (root / "old").touch()
    monkeypatch.setattr(monado_root, "PACKAGES", ("another",))
    monado_root.make_root(root)
    assert len(made) == 2 and not (root / "old").exists()
    assert [p.name for p in root.parent.iterdir() if "part" in p.name] == []


def test_what_fails_half_way_leaves_the_one_before_and_nothing_else(
    tmp_path: Path, possible: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    monkeypatch.setattr(monado_root, "_bootstrap", make)
    monado_root.make_root(root)

    def fails(part: Path, mirror: str) -> None:
        (part / "half").touch()
        raise SetupError("debootstrap failed")

    monkeypatch.setattr(monado_root, "_bootstrap", fails)
    monkeypatch.setattr(monado_root, "PACKAGES", ("another",))
    with pytest.raises(SetupError):
        monado_root.make_root(root)
    assert (root / "made-from").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["root", "root.lock"]


def test_a_folder_of_somebody_elses_is_never_cleared(tmp_path: Path, possible: None) -> None:
    (tmp_path / "precious").touch()
    with pytest.raises(SetupError, match="not a root of ours"):
        monado_root.make_root(tmp_path)
    assert (tmp_path / "precious").exists()


def test_a_damaged_mark_is_no_root(tmp_path: Path) -> None:
    (tmp_path / "allaprima.json").write_text("{")
    assert not monado_root.is_made(tmp_path)
    (tmp_path / "allaprima.json").write_text(json.dumps(monado_root._recipe()))
    assert monado_root.is_made(tmp_path)


def test_who_is_not_root_is_told_the_line_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(SetupError, match="only root") as error:
        monado_root.check_possible()
    assert error.value.hint.startswith("sudo ")


def test_the_remote_driver_has_no_network_but_its_own(tmp_path: Path) -> None:
    assert "--net" in monado_root.entered(tmp_path, ["true"], driver="remote")
    assert "--net" not in monado_root.entered(tmp_path, ["true"])
