"""Tests marked `monado` run for real, against Monado, in its root (`scripts/monado_root.py`).

Outside, the first of a group starts one pytest inside for all of its group, and each test's reports are passed on as
if it had run here. `@pytest.mark.monado(compositor="null", driver="simulated", alone=False)`: tests of equal arguments
share one Monado, except those that want it `alone`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

_REPORTS = "ALLAPRIMA_MONADO_REPORTS"  # the file that the pytest inside writes its reports to
_TIMEOUT_S = 600  # for all of a group
_reports: dict[str, list[dict[str, Any]]] = {}
_missing: list[str] = []
Group = tuple[str, str, str]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "monado(compositor, driver, alone): runs against the real Monado, in its root")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first of a group takes as long as all of it."""
    for item in items:
        if _group(item) and not _inside():
            item.add_marker(pytest.mark.timeout(_TIMEOUT_S + 60))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Make the root before any test's time begins to count."""
    if session.config.option.collectonly or _inside() or not any(_group(item) for item in session.items):
        return
    if sys.platform != "linux":
        _missing.append("NO MONADO, nothing was tested with OpenXR: it needs Linux")
        return
    import monado_root
    from environment import SetupError

    as_root = os.geteuid() == 0
    try:
        if not as_root and not monado_root.monado_root().is_made():
            raise SetupError("Monado's root has not been made", "sudo python3 scripts/monado_root.py")
        monado_root.made_root()
    except SetupError as error:
        if as_root and os.environ.get("CI"):
            error.report()
            raise pytest.UsageError(f"no Monado: {error.message} ({error.hint})") from error
        _missing.append(f"NO MONADO, nothing was tested with OpenXR: {error.message}. {error.hint}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Pass on what has happened inside. True: that was all of it."""
    group = _group(item)
    if _inside() or not group:
        return None
    if _missing:
        item.add_marker(pytest.mark.skip(reason=_missing[0]))
        assert isinstance(item, pytest.Function)
        item.fixturenames.clear()  # a skipped test needs none
        return None
    hook = item.ihook
    if item.nodeid not in _reports:
        _run_inside([other for other in item.session.items if _group(other) == group], group)
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for data in _reports.pop(item.nodeid):
        report = item.config.hook.pytest_report_from_serializable(config=item.config, data=data)
        hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    item.session._setupstate.teardown_exact(nextitem)  # fixtures that the tests before had kept for this one
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Inside: write every report down, whole, line by line."""
    report = yield
    if _inside():
        data = item.config.hook.pytest_report_to_serializable(config=item.config, report=report)
        with Path(os.environ[_REPORTS]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(data, default=str) + "\n")
    return report


def _inside() -> bool:
    return _REPORTS in os.environ


def _group(item: pytest.Item) -> Group | None:
    mark = item.get_closest_marker("monado")
    if mark is None:
        return None
    compositor, driver = mark.kwargs.get("compositor", "null"), mark.kwargs.get("driver", "simulated")
    return compositor, driver, item.nodeid if mark.kwargs.get("alone") else ""


def _run_inside(items: list[pytest.Item], group: Group) -> None:
    """One pytest for all `items`; fills `_reports` for each of them, whatever happens to it."""
    import monado_root
    from virtual_display import virtual_display

    compositor, driver, _ = group
    folder = Path(items[0].config._tmp_path_factory.mktemp("monado"))  # type: ignore[attr-defined]
    file = folder / "reports.jsonl"
    pytest_inside = [sys.executable, "-P", "-m", "pytest", "-p", "no:cacheprovider", *(i.nodeid for i in items)]
    command = monado_root.entered(monado_root.monado_root().folder, pytest_inside, compositor, driver)
    screen: AbstractContextManager[dict[str, str]]
    screen = virtual_display(screen=folder) if compositor == "xcb" else nullcontext({})
    with screen as display:
        shown = {"ALLAPRIMA_SCREEN": str(folder / "Xvfb_screen0")} if display else {}
        variables = {**os.environ, **display, **shown, _REPORTS: str(file)}
        try:
            done = subprocess.run(
                command,
                cwd=items[0].config.rootpath,
                env=variables,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=_TIMEOUT_S,
            )
            output = done.stdout
        except subprocess.TimeoutExpired as error:
            output = f"{(error.stdout or b'').decode(errors='replace')}\nno end after {_TIMEOUT_S} s"
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        data = json.loads(line)
        _reports.setdefault(data["nodeid"], []).append(data)
    for item in items:
        if not any(data["when"] == "teardown" for data in _reports.get(item.nodeid, ())):
            _reports.setdefault(item.nodeid, []).append(_broken(item, output))


def _broken(item: pytest.Item, output: str) -> dict[str, Any]:
    """The report of a test that the pytest inside did not come to the end of."""
    report = pytest.TestReport(
        item.nodeid, item.location, {}, "failed", f"did not come to its end inside Monado's root:\n{output}", "call"
    )
    data: dict[str, Any] = item.config.hook.pytest_report_to_serializable(config=item.config, report=report)
    return data
