"""The recordings of a session."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from allaprima.app.core.journal import Opening
from allaprima.app.live.pipeline import Pipeline
from allaprima.app.live.request import Request
from allaprima.app.recording.opening import check_name
from allaprima.app.recording.recordist import Recordist
from allaprima.app.recording.stereo_recording import check_new
from allaprima.app.sources.rectified import Rectified
from allaprima.app.sources.source import StereoSource


def check_files(request: Request) -> None:
    """Raises `AllaPrimaError` if the recording could not be written."""
    if request.video:
        check_name(request.video)
    if request.record:
        check_new(request.record)


def recordist_of(
    request: Request, source: StereoSource, eye_size: tuple[int, int], rig_file: Path | None, delay_ns: int
) -> Recordist:
    """A recorder of the source's pairs or of the painted eyes."""
    opening = Opening(source.size, source=source.name, rate_hz=source.rate_hz, camera_delay_ns=delay_ns)
    if request.record_painted:
        opening = replace(opening, size=eye_size, content="painted", rate_hz=None, camera_delay_ns=0)
        rig_file = None
    return Recordist(opening, request.codec, request.record, rig_file=rig_file)


def record_captured(
    request: Request, recordist: Recordist, raw: StereoSource, source: StereoSource, pipeline: Pipeline
) -> None:
    """Give the recordist the cameras' pairs, and start recording if requested from the start."""
    if not request.record_painted:
        write = partial(recordist.write, rig=raw.rig)
        if isinstance(source, Rectified):  # record raw pictures: a replay rectifies them by the rig file beside it
            source.on_raw = write
        else:
            pipeline.on_captured = write
    if request.record:
        recordist.start()
