import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import cv2
import pytest
from patience import PATIENCE_S

from allaprima.app.core.clock import FakeClock
from allaprima.app.core.console import markup
from allaprima.app.core.errors import OutputError
from allaprima.app.core.stamps import Stamps
from allaprima.app.latency.monitor import LatencyMonitor
from allaprima.app.latency.report import write_report

MS = 1_000_000
CONTEXT = {"source": "<script>alert('x')</script> & co", "machine": {"cores": 2}, "settings": {"size": [640, 480]}}
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="NOT CHECKED in a browser: no chromium (apt install chromium)")


def monitored(frames: int) -> LatencyMonitor:
    clock = FakeClock(3_000 * MS)
    monitor = LatencyMonitor(clock)
    for i in range(frames):
        clock.advance(11 * MS)
        now = clock.now_ns()
        if i % 3 == 0:
            grabbed = now - (60 + i % 7) * MS
            stamps = Stamps(grabbed, grabbed + 2 * MS, now - 45 * MS, now - 10 * MS, now - 3 * MS, now - MS, now)
            monitor.styled(stamps, seq=i // 3)
        monitor.submitted(i, now, i // 3, grabbed)
    monitor.dropped("capture_to_stylize", 17)
    return monitor


def written(folder: Path, monitor: LatencyMonitor) -> str:
    paths = write_report(folder, monitor.summary(), monitor.records(), CONTEXT)
    assert [p.name for p in paths] == ["report.json", "trace.json", "report.html"]
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("evil", ["a\x1b[2Jb", "a\x07b", "a\u202eb"], ids=ascii)
def test_names_from_outside_are_shown_as_escapes(tmp_path: Path, evil: str) -> None:
    write_report(tmp_path, monitored(9).summary(), monitored(9).records(), CONTEXT | {evil: evil, "style": evil})
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert evil not in page and markup(evil) in page


class Balance(HTMLParser):
    """Checks that every tag that is opened is closed, in order."""

    VOID = frozenset({"meta", "link", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_folder_is_made_and_holds_the_three_whole_files_and_nothing_else(tmp_path):
    folder = tmp_path / "a" / "b"
    monitor = monitored(90)
    written(folder, monitor)
    assert sorted(p.name for p in folder.iterdir()) == ["report.html", "report.json", "trace.json"]
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report == {"summary": monitor.summary(), "context": CONTEXT}
    trace = json.loads((folder / "trace.json").read_text(encoding="utf-8"))
    assert sum(e["ph"] == "X" for e in trace["traceEvents"]) == 30 * 6 + 89


def test_a_second_report_replaces_the_first(tmp_path):
    written(tmp_path, monitored(9))
    assert "30 pairs" in written(tmp_path, monitored(90))
    assert len(list(tmp_path.iterdir())) == 3


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written") as caught:
        written(blocked / "report", monitored(3))
    assert str(blocked) in caught.value.message and caught.value.hint
    assert blocked.read_text() == "in the way"


def test_a_write_that_fails_half_way_leaves_the_old_file_and_no_scraps(tmp_path, monkeypatch):
    before = written(tmp_path, monitored(9))

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="the disk is full"):
        written(tmp_path, monitored(90))
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == before
    assert len(list(tmp_path.iterdir())) == 3


def test_the_page_loads_nothing_and_runs_nothing(tmp_path):
    page = written(tmp_path, monitored(90))
    assert "<script" not in page
    assert not re.findall(r"""(?:src|href)=(?!["']data:,)|url\(|@import|http""", page)


def test_text_from_outside_is_escaped(tmp_path):
    page = written(tmp_path, monitored(90))
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; co" in page


@pytest.mark.parametrize("frames", [0, 1, 2, 4, 300])
def test_the_page_is_well_formed_whatever_the_number_of_frames(tmp_path, frames):
    page = written(tmp_path, monitored(frames))
    balance = Balance()
    balance.feed(page)
    assert balance.open == []
    assert not re.search(r"\b(nan|inf)\b", page, re.IGNORECASE)
    assert len(re.findall("<figure>", page)) == {0: 0, 1: 3}.get(frames, 4)


def test_the_page_shows_the_numbers_of_the_summary(tmp_path):
    monitor = monitored(300)
    page = written(tmp_path, monitor)
    summary = monitor.summary()
    for name in ("p50", "p95", "p99"):
        assert f"{name} {summary['latency_ms']['added'][name]:.1f}</span>" in page
    assert page.index("Smooth: ") < page.index("added latency")
    assert "17 pairs skipped for newer ones" in page and "0<small>frames" in page
    assert f"{summary['pairs_per_s']:.1f}<small>pairs/s" in page
    assert (
        "<th>pairs that made way for newer ones</th><td>17</td>" in page
        and "<th>of them painted</th><td>0</td>" in page
    )
    assert "<th>dropped: headset</th><td>0</td>" in page and "capture to stylize" not in page
    assert "<th>size</th><td>640, 480</td>" in page


def test_a_run_without_frames_gives_a_page_that_says_so(tmp_path):
    page = written(tmp_path, monitored(0))
    assert "No frame reached the headset" in page
    assert "<svg" not in page


def test_a_run_that_painted_nothing_still_shows_its_cadence(tmp_path):
    clock = FakeClock()
    monitor = LatencyMonitor(clock)
    for i in range(20):
        clock.advance(11 * MS)
        monitor.submitted(i, clock.now_ns(), None, None)
    page = written(tmp_path, monitor)
    assert "No painted pair reached the headset" in page
    assert "Cadence" in page and "Added latency over time" not in page


def chromium(page: Path, profile: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
        f"--user-data-dir={profile}", "--enable-logging=stderr", *flags, page.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True, encoding="utf-8")


@needs_chromium
def test_a_console_error_would_be_seen(tmp_path):
    page = tmp_path / "broken.html"
    page.write_text("<script>nothing.here()</script>")
    assert "CONSOLE" in chromium(page, tmp_path / "profile", "--dump-dom").stderr


@needs_chromium
def test_chromium_opens_the_page_without_a_console_message_and_shows_its_plots(tmp_path):
    written(tmp_path / "report", monitored(300))
    shot = tmp_path / "shot.png"
    flags = ("--dump-dom", f"--screenshot={shot}", "--window-size=1200,1700")
    ran = chromium(tmp_path / "report" / "report.html", tmp_path / "profile", *flags)
    assert "CONSOLE" not in ran.stderr
    assert ran.stdout.count('class="plot"') == 4
    if not shot.exists():  # some versions do one of the two at a time
        chromium(tmp_path / "report" / "report.html", tmp_path / "profile", *flags[1:])
    pixels = cv2.imread(str(shot))
    assert pixels is not None
    assert pixels.shape[:2] == (1700, 1200)
    for bgr in ((0x34, 0x5A, 0xCF), (0xB5, 0x86, 0x4F), (0x7C, 0x89, 0x35)):  # infer, age and interval, in light mode
        near = (abs(pixels.astype(int) - bgr) <= 6).all(axis=2)
        assert near.sum() > 300
