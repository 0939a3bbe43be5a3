"""The program's clock and the runtime's: `perf_counter_ns` is CLOCK_MONOTONIC on Linux and QueryPerformanceCounter on
Windows, and OpenXR converts either.
"""

import ctypes
import sys
from collections.abc import Callable
from typing import Any

from allaprima.app.core.clock import NS
from allaprima.app.headset.openxr.library import check, xr

EXTENSION = (
    "XR_KHR_win32_convert_performance_counter_time" if sys.platform == "win32" else "XR_KHR_convert_timespec_time"
)
Find = Callable[[str, Any], Callable[..., Any]]


class RuntimeClock:
    """Converts between the two. `find(name, type)` looks up a function of `instance` that `EXTENSION` brings."""

    def __init__(self, instance: Any, find: Find) -> None:
        self._instance = instance
        if sys.platform == "win32":  # written from the specification; never run so far
            self._to_time = find("xrConvertWin32PerformanceCounterToTimeKHR", _kind(ctypes.c_int64, xr.Time))
            self._from_time = find("xrConvertTimeToWin32PerformanceCounterKHR", _kind_back(ctypes.c_int64))
            frequency = ctypes.c_int64()
            ctypes.WinDLL("kernel32").QueryPerformanceFrequency(ctypes.byref(frequency))  # type: ignore[attr-defined]
            self._ticks_per_s = frequency.value
        else:
            self._to_time = find("xrConvertTimespecTimeToTimeKHR", _kind(_Timespec, xr.Time))
            self._from_time = find("xrConvertTimeToTimespecTimeKHR", _kind_back(_Timespec))

    def time(self, t_ns: int) -> int:
        """XrTime of `t_ns`. Raises what pyopenxr raises."""
        seconds, rest = divmod(t_ns, NS)
        if sys.platform == "win32":
            given: Any = ctypes.c_int64(seconds * self._ticks_per_s + rest * self._ticks_per_s // NS)
        else:
            given = _Timespec(seconds, rest)
        time = xr.Time()
        check(self._to_time(self._instance, ctypes.byref(given), ctypes.byref(time)))
        return int(time.value)

    def t_ns(self, time: int) -> int:
        """`t_ns` of XrTime `time`."""
        if sys.platform == "win32":
            ticks = ctypes.c_int64()
            check(self._from_time(self._instance, time, ctypes.byref(ticks)))
            seconds, rest = divmod(ticks.value, self._ticks_per_s)
            return seconds * NS + rest * NS // self._ticks_per_s
        moment = _Timespec()
        check(self._from_time(self._instance, time, ctypes.byref(moment)))
        return int(moment.seconds * NS + moment.nanoseconds)


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


def _kind(given: Any, wanted: Any) -> Any:
    return ctypes.CFUNCTYPE(ctypes.c_int, xr.Instance, ctypes.POINTER(given), ctypes.POINTER(wanted))


def _kind_back(wanted: Any) -> Any:
    return ctypes.CFUNCTYPE(ctypes.c_int, xr.Instance, xr.Time, ctypes.POINTER(wanted))
