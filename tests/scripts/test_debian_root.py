from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Debian roots are made on Linux only")
if sys.platform == "linux":
    import debian_root
    import monado_root
    from debian_root import DebianRoot
    from environment import SetupError


@pytest.fixture
def bootstraps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What debootstrap and apt would have been asked for: (suite, mirror, *packages)."""
    asked: list[tuple[str, ...]] = []

    def bootstrap(part: Path, suite: str, mirror: str, packages: tuple[str, ...]) -> None:
        (part / "half").touch()
        if "broken" in packages:
            raise SetupError("debootstrap failed")
        asked.append((suite, mirror, *packages))

    monkeypatch.setattr(debian_root, "_bootstrap", bootstrap)
    monkeypatch.setattr(debian_root.shutil, "which", lambda name: name)
    monkeypatch.setenv(debian_root.MIRROR_VARIABLE, "http://mirror.example/debian")
    return asked


def test_the_mirror_is_the_one_that_apt_uses_in_either_notation(tmp_path: Path) -> None:
    lists = tmp_path / "sources.list.d"
    lists.mkdir()
    (lists / "node.sources").write_text("Types: deb\nURIs: https://node.example/node_20.x\nSuites: nodistro\n")
    (tmp_path / "sources.list").write_text(
        "# deb http://old.example/debian x main\ndeb-src http://s.example/debian x main\n"
        "deb [arch=amd64 signed-by=/k] http://one.example/debian bookworm main\n"
    )
    assert debian_root.apt_mirror(tmp_path) == "http://one.example/debian"
    (lists / "debian.sources").write_text(
        "Types: deb\n# http://snapshot.example/debian\nURIs: http://two.example/debian-security\nSuites: s\n\n"
        "Types: deb\nURIs: http://two.example/debian/\nSuites: bookworm\n"
    )
    assert debian_root.apt_mirror(tmp_path) == "http://two.example/debian/"
    assert debian_root.apt_mirror(tmp_path / "none") is None


def test_what_is_missing_is_named_with_what_to_do(
    tmp_path: Path, bootstraps: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian_root.shutil, "which", lambda name: None)
    with pytest.raises(SetupError, match="debootstrap is not installed") as error:
        DebianRoot(tmp_path / "root", "trixie", ()).make("it")
    assert error.value.hint == "apt-get install debootstrap"
    monkeypatch.delenv(debian_root.MIRROR_VARIABLE)
    monkeypatch.setattr(debian_root, "apt_mirror", lambda folder: None)
    with pytest.raises(SetupError, match="names no Debian mirror") as error:
        DebianRoot(tmp_path / "root", "trixie", ()).make("it")
    assert debian_root.MIRROR_VARIABLE in error.value.hint


def test_it_is_made_once_and_again_when_the_packages_change(tmp_path: Path, bootstraps: list[object]) -> None:
    folder = tmp_path / "cache" / "root"
    for _ in range(2):
        DebianRoot(folder, "trixie", ("a",)).make("it")
    assert bootstraps == [("trixie", "http://mirror.example/debian", "a")]
    (folder / "old").touch()
    DebianRoot(folder, "trixie", ("a", "b")).make("it")
    assert len(bootstraps) == 2 and not (folder / "old").exists()
    assert not DebianRoot(folder, "trixie", ("a",)).is_made()
    assert sorted(p.name for p in folder.parent.iterdir()) == ["root", "root.lock"]


def test_what_fails_half_way_leaves_the_one_before_and_nothing_else(tmp_path: Path, bootstraps: object) -> None:
    good = DebianRoot(tmp_path / "root", "trixie", ("a",))
    good.make("it")
    with pytest.raises(SetupError):
        DebianRoot(tmp_path / "root", "trixie", ("broken",)).make("it")
    assert good.is_made()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["root", "root.lock"]


def test_a_folder_of_somebody_elses_is_never_cleared(tmp_path: Path, bootstraps: object) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "precious").touch()
    with pytest.raises(SetupError, match="not a root that was made here"):
        DebianRoot(tmp_path / "root", "trixie", ()).make("it")
    assert (tmp_path / "root" / "precious").exists()


def test_a_damaged_mark_is_no_root(tmp_path: Path, bootstraps: object) -> None:
    root = DebianRoot(tmp_path / "root", "trixie", ("a",))
    root.make("it")
    for damage in ("{", "[]", json.dumps({"suite": "trixie"})):
        (tmp_path / "root" / "debian-root.json").write_text(damage)
        assert not root.is_made()


def test_who_is_not_root_is_told_the_line_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(SetupError, match="only root") as error:
        monado_root.made_root()
    assert error.value.hint.startswith("sudo ")


def test_monados_root_is_kept_outside_the_checkout_where_the_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(monado_root.FOLDER_VARIABLE, raising=False)
    assert not monado_root.monado_root().folder.is_relative_to(Path(monado_root.__file__).resolve().parents[1])
    monkeypatch.setenv(monado_root.FOLDER_VARIABLE, str(tmp_path))
    assert monado_root.monado_root().folder == tmp_path


def test_the_remote_driver_has_no_network_but_its_own(tmp_path: Path) -> None:
    assert "--net" in monado_root.entered(tmp_path, ["true"], driver="remote")
    assert "--net" not in monado_root.entered(tmp_path, ["true"])
