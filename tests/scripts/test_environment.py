"""The environment of the two commands: what is done, what is left undone, and what is said."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from patience import PATIENCE_S, eventually

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "scripts"
PYPROJECT = """
[project]
name = "x"
dependencies = ["numpy"]
[tool.ruff]
line-length = 120
"""


@pytest.fixture
def environment() -> ModuleType:
    spec = importlib.util.spec_from_file_location("environment_under_test", SCRIPTS / "environment.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository without an environment."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def ready(root: Path, environment: ModuleType) -> Path:
    """A repository whose environment is finished, with the extras `onnx` and `test`."""
    python = environment.python_of(root / ".venv")
    python.parent.mkdir(parents=True)
    python.touch()
    environment.write_stamp(root / ".venv", environment.stamp_for(environment.fingerprint(root), {"test", "onnx"}))
    return root


@pytest.fixture
def commands(environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Records what would have been run on a Debian machine as root; everything succeeds and prints nothing."""
    ran: list[list[str]] = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(environment.subprocess, "run", run)
    monkeypatch.setattr(environment.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(environment.sys, "platform", "linux")
    monkeypatch.setattr(environment.os, "geteuid", lambda: 0, raising=False)
    return ran


def test_second_start_runs_nothing(ready: Path, environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "installed_packages", lambda: set(environment.GRAPHICS))

    def refuse(*args: Any, **options: Any) -> None:
        raise AssertionError(f"ran {args}")

    monkeypatch.setattr(environment.subprocess, "run", refuse)
    monkeypatch.setattr(environment.subprocess, "Popen", refuse)
    assert environment.prepare({"test"}, root=ready) == environment.python_of(ready / ".venv")
    assert environment.prepare(set(), root=ready) == environment.python_of(ready / ".venv")


def test_environment_with_more_extras_than_wanted_is_ready(ready: Path, environment: ModuleType) -> None:
    assert environment.is_ready(set(), ready)
    assert environment.is_ready({"onnx", "test"}, ready)
    assert not environment.is_ready({"train"}, ready)


def test_only_what_concerns_the_installation_makes_it_stale(ready: Path, environment: ModuleType) -> None:
    project = ready / "pyproject.toml"
    project.write_text(PYPROJECT.replace("120", "100"), encoding="utf-8")
    assert environment.is_ready(set(), ready)
    project.write_text(PYPROJECT.replace("numpy", "numpy>=2"), encoding="utf-8")
    assert not environment.is_ready(set(), ready)


def test_another_python_makes_it_stale(ready: Path, environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "python_version", lambda: "3.99.0")
    assert not environment.is_ready(set(), ready)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pyproject": "unfinished"}'])
def test_unfinished_or_broken_stamp_is_not_ready(text: str, ready: Path, environment: ModuleType) -> None:
    (ready / ".venv" / "allaprima.json").write_text(text, encoding="utf-8")
    assert not environment.is_ready(set(), ready)


def test_folder_of_somebody_else_is_never_cleared(root: Path, environment: ModuleType) -> None:
    (root / ".venv").mkdir()
    (root / ".venv" / "precious").touch()
    with pytest.raises(environment.SetupError) as caught:
        environment.make_venv(root / ".venv", {})
    assert str(root / ".venv") in caught.value.message
    assert caught.value.hint == "move it away"
    assert (root / ".venv" / "precious").exists()


def test_interrupted_installation_is_known_as_ours_and_not_as_finished(
    root: Path, environment: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "_has_module", lambda name: True)
    monkeypatch.setattr(environment.subprocess, "run", interrupt)
    with pytest.raises(KeyboardInterrupt):
        environment.make_venv(root / ".venv", {})
    assert environment.read_stamp(root / ".venv")
    assert not environment.is_ready(set(), root)


@pytest.mark.parametrize(
    ("names", "cuda"),
    [
        (["torch", "sympy"], False),
        (["torch", "nvidia-cublas-cu12"], True),
        (["torch", "cuda-bindings"], True),
        ([], False),
    ],
)
def test_cuda_is_seen_in_pips_report(names: list[str], cuda: bool, environment: ModuleType) -> None:
    report = json.dumps({"install": [{"metadata": {"name": name}} for name in names]})
    assert environment.brings_cuda(report) is cuda


@pytest.mark.parametrize("report", ["", "no", "[]", '{"install": [{}]}', '{"install": 3}'])
def test_unreadable_report_is_not_taken_for_cuda(report: str, environment: ModuleType) -> None:
    assert environment.brings_cuda(report) is False


@pytest.mark.parametrize(
    ("system", "nvidia", "cuda", "reachable", "indexes"),
    [
        ("linux", False, True, True, ["cpu"]),
        ("linux", False, True, False, ["cpu", "ordinary"]),
        ("linux", False, False, True, ["ordinary"]),
        ("linux", True, True, True, ["ordinary"]),
        ("darwin", False, True, True, ["ordinary"]),
        ("win32", False, True, True, ["ordinary"]),
    ],
)
def test_pytorch_comes_without_cuda_where_no_gpu_could_use_it(
    system: str, nvidia: bool, cuda: bool, reachable: bool, indexes: list[str],
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    asked: list[str] = []

    def pip(folder: Path, arguments: list[str], what: str) -> None:
        assert environment.TORCH in arguments
        asked.append("cpu" if environment.TORCH_CPU_INDEX in arguments else "ordinary")
        if asked[-1] == "cpu" and not reachable:
            raise environment.SetupError("pip failed")

    monkeypatch.setattr(environment.sys, "platform", system)
    monkeypatch.setattr(environment, "has_nvidia", lambda: nvidia)
    monkeypatch.setattr(environment, "resolves_to_cuda", lambda folder: cuda)
    monkeypatch.setattr(environment, "pip", pip)
    environment.install_torch(Path("x"))
    assert asked == indexes
    assert ("several gigabytes" in capsys.readouterr().err) is (indexes == ["cpu", "ordinary"])


def test_each_step_of_pip_is_a_line_where_there_is_no_terminal(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__init__.py").touch()
    (tmp_path / "pip" / "__main__.py").write_text("print('Collecting av\\n  Downloading av.whl\\nInstalling av')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(environment, "python_of", lambda folder: Path(sys.executable))
    environment.pip(Path("x"), ["install", "av"], "installing it")
    first, *steps, last = capsys.readouterr().err.splitlines()
    assert steps == ["  Collecting av", "  Downloading av.whl", "  Installing av"]
    assert first.endswith("installing it ...") and "done in" in last


def test_failing_pip_shows_its_output_and_only_on_standard_error(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "python_of", lambda folder: Path(sys.executable))
    with pytest.raises(environment.SetupError, match="pip failed while trying") as caught:
        environment.pip(Path("x"), ["no-such-command"], "trying")
    assert "no-such-command" not in capsys.readouterr().err
    caught.value.report()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "no-such-command" in captured.err


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("Temporary failure in name resolution", "network"),
        ("ERROR: Max retries exceeded", "network"),
        ("OSError: [Errno 28] No space left on device", "disk"),
        ("error: command 'gcc' failed: No such file", "build-essential"),
        ("ERROR: No matching distribution found for openvino>=2025.0", "no wheel"),
    ],
)
def test_failing_pip_gets_a_hint(output: str, word: str, environment: ModuleType) -> None:
    assert word in environment.pip_hint(output)


def test_package_counts_by_its_own_name_and_by_what_it_provides(environment: ModuleType) -> None:
    listing = (
        "installed libgl1 \n"
        "installed libglib2.0-0t64 libglib2.0-0 (= 2.80.0-6), other\n"
        "config-files xvfb xserver\n"
        "not-installed chromium \n"
    )
    assert environment.parse_packages(listing) == {"libgl1", "libglib2.0-0t64", "libglib2.0-0", "other"}


def test_root_installs_what_is_missing_and_optional_ones_apart(
    environment: ModuleType, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "installed_packages", lambda: {"libgl1"})
    environment.install_packages(("libgl1", "xvfb", "libegl1"), ("chromium",))
    assert [c[:2] for c in commands] == [["apt-get", "update"], ["apt-get", "install"], ["apt-get", "install"]]
    assert commands[1][-2:] == ["xvfb", "libegl1"]
    assert "libgl1" not in commands[1]
    assert commands[2][-1] == "chromium"
    assert "xvfb" not in commands[2]


def test_nothing_is_done_where_all_packages_are_there(
    environment: ModuleType, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "installed_packages", lambda: {"libgl1", "chromium"})
    environment.install_packages(("libgl1",), ("chromium",))
    assert commands == []


def test_without_root_the_line_is_printed_and_nothing_is_run(
    environment: ModuleType,
    commands: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(environment, "installed_packages", lambda: {"libgl1"})
    monkeypatch.setattr(environment.os, "geteuid", lambda: 1000, raising=False)
    environment.install_packages(("libgl1", "xvfb"), ("chromium",))
    captured = capsys.readouterr()
    assert commands == []
    assert captured.out == ""
    assert "hint: sudo apt-get install xvfb\n" in captured.err


def test_old_python_gets_one_clear_line(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "OLDEST", (99, 0))
    with pytest.raises(SystemExit) as caught:
        environment.check_python()
    assert caught.value.code == 2
    assert f"this is {platform.python_version()}" in capsys.readouterr().err


@pytest.mark.parametrize("script", ["environment", "demo", "test"])
def test_old_python_can_read_the_scripts_far_enough_to_say_so(script: str) -> None:
    tree = ast.parse((SCRIPTS / f"{script}.py").read_text(encoding="utf-8"), feature_version=(3, 7))
    before = [name for node in tree.body for name in _imported(node)]
    own = {p.stem for p in SCRIPTS.glob("*.py")}
    assert "tomllib" not in before
    assert [name for name in before if name in own][:1] in ([], ["environment"])


def _imported(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [node.names[0].name] if isinstance(node, ast.Import) else []


def test_scripts_need_nothing_that_is_not_in_the_standard_library() -> None:
    own = {p.stem for p in SCRIPTS.glob("*.py")}
    for script in ("environment", "demo", "test", "typing_view", "virtual_display"):
        for node in ast.walk(ast.parse((SCRIPTS / f"{script}.py").read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {n.partition(".")[0] for n in names} <= set(sys.stdlib_module_names) | own


def test_demo_passes_its_arguments_through_and_returns_the_exit_code(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[list[str]] = []

    def call(command: list[str]) -> int:
        called.append(command)
        return 7

    fake = SimpleNamespace(
        prepare=lambda extras: Path("venv-python"),
        is_ready=lambda extras: True,
        call=call,
        SetupError=environment.SetupError,
    )
    monkeypatch.setitem(sys.modules, "environment", fake)
    spec = importlib.util.spec_from_file_location("demo_under_test", SCRIPTS / "demo.py")
    assert spec and spec.loader
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    assert demo.main(["--headless", "--frames", "3"]) == 7
    assert called == [["venv-python", "-P", "-m", "allaprima.app", "demo", "--headless", "--frames", "3"]]


def test_a_command_that_hangs_is_ended_and_its_threads_tell_where_they_were(
    tmp_path: Path, environment: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    hanging = tmp_path / "hanging"

    class Late(subprocess.Popen[bytes]):
        """Takes longer than any limit."""

        def wait(self, timeout: float | None = None) -> int:
            if timeout is not None and timeout > 1000:
                eventually(hanging.exists)
                raise subprocess.TimeoutExpired(self.args, timeout)
            return super().wait(timeout)

    monkeypatch.setattr(environment.subprocess, "Popen", Late)
    code = f"""
import pathlib, threading
def worker():
    pathlib.Path({str(hanging)!r}).touch()
    threading.Event().wait()
threading.Thread(target=worker).start()  # which the interpreter waits for at its end
"""
    assert environment.call([sys.executable, "-X", "faulthandler", "-c", code], limit_s=2400) != 0
    told = capfd.readouterr().err
    assert "not done within 2400 s" in told
    assert "in worker" in told or sys.platform == "win32"


@pytest.mark.skipif(sys.platform == "win32", reason="WINDOWS SENDS NO SIGTERM TO ANOTHER PROGRAM")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_is_passed_on_to_the_program(name: str, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    code = f"""
import pathlib, signal, sys
signal.signal(signal.{name}, lambda number, frame: sys.exit(128 + number))
pathlib.Path({str(ready)!r}).touch()
signal.pause()
"""
    script = f"import signal, sys; signal.signal(signal.{name}, signal.SIG_DFL); "  # under nohup it is ignored
    script += f"sys.path.insert(0, {str(SCRIPTS)!r}); import environment; "
    script += f"sys.exit(environment.call([sys.executable, '-c', {code!r}]))"
    number = getattr(signal, name)
    with subprocess.Popen([sys.executable, "-c", script]) as process:
        try:
            eventually(ready.exists)
            process.send_signal(number)
            assert process.wait(PATIENCE_S) == 128 + number
        finally:
            process.kill()


def test_typing_view_lays_out_the_mapping_and_mends_itself(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("typing_view_under_test", SCRIPTS / "typing_view.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "pyproject.toml").write_text('[tool.setuptools.package-dir]\n"x.app" = "app"\n', encoding="utf-8")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.py").touch()
    view = module.make_typing_view(tmp_path)
    assert (view / "x" / "app" / "a.py").exists()
    assert module.make_typing_view(tmp_path) == view
    (tmp_path / "app").rename(tmp_path / "moved")
    (tmp_path / "pyproject.toml").write_text('[tool.setuptools.package-dir]\n"x.app" = "moved"\n', encoding="utf-8")
    module.make_typing_view(tmp_path)
    assert (view / "x" / "app").resolve() == (tmp_path / "moved").resolve()


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("Xvfb"), reason="needs Linux with Xvfb")
def test_virtual_display_answers_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    spec = importlib.util.spec_from_file_location("virtual_display_under_test", SCRIPTS / "virtual_display.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.virtual_display() as variables:
        socket = Path("/tmp/.X11-unix") / f"X{variables['DISPLAY'][1:]}"
        assert socket.exists()
    assert not socket.exists()
    monkeypatch.setenv("DISPLAY", os.environ.get("DISPLAY", ":99"))
    with module.virtual_display() as variables:
        assert variables == {}
