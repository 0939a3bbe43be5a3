"""All probes, one after another or side by side; none of them ends the examination."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.core.shell import mending
from allaprima.app.doctor.child import ProbeFailed, in_child
from allaprima.app.doctor.finding import Finding, State
from allaprima.app.doctor.probes import PROBES, Probe, known_settings
from allaprima.app.doctor.self_test import self_test
from allaprima.app.settings_and_flags import Settings

_SIDE_BY_SIDE = 3


def examine(with_self_test: bool, progress: Callable[[str], None]) -> list[Finding]:
    """The findings of all probes, in the order of `PROBES`; `progress` is called with the name of each finished one.

    The self-test comes last and alone: it measures a rate.
    """
    settings = known_settings()

    def look(probe: Probe) -> list[Finding]:
        found = examined(in_child_of(probe), settings)
        progress(probe.name)
        return found

    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        findings = [finding for found in pool.map(look, PROBES) for finding in found]
    if with_self_test:
        findings += examined(Probe("self-test", self_test, needed=True), settings)
        progress("self-test")
    return findings


def examined(probe: Probe, settings: Settings) -> list[Finding]:
    """What `probe` finds in this process; that it raises is a finding, too."""
    state: State = "fault" if probe.needed else "warning"
    try:
        return probe.look(settings)
    except AllaPrimaError as error:
        return [Finding(probe.name, state, error.message, error.hint)]
    except ProbeFailed as error:
        return [Finding(probe.name, state, str(error))]
    except ImportError as error:
        return [Finding(probe.name, state, f"a part of the installation is missing: {error}", mending(error))]
    except Exception as error:  # any error of a driver or a library
        return [Finding(probe.name, state, f"{type(error).__name__}: {error}")]


def in_child_of(probe: Probe) -> Probe:
    """The same probe, looking from a child process if it has a limit."""
    limit_s = probe.limit_s
    return replace(probe, look=lambda settings: in_child(probe.name, limit_s)) if limit_s else probe
