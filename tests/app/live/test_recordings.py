"""Outputs of a session that would replace its input or one another."""

from pathlib import Path

import pytest

from allaprima.app.core.errors import SettingsError
from allaprima.app.live.recordings import check_files
from allaprima.app.live.request import Request


def test_video_and_recording_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="named for the video and the recording"):
        check_files(Request(video=tmp_path / "a.mkv", record=tmp_path / "a.mkv"))


def test_a_recording_is_not_replaced_by_its_own_video(tmp_path: Path) -> None:
    (tmp_path / "a.mkv").write_bytes(b"played")
    with pytest.raises(SettingsError, match="is the recording itself"):
        check_files(Request(source=str(tmp_path / "a.mkv"), video=tmp_path / "a.mkv"))
    check_files(Request(source=str(tmp_path / "a.mkv"), video=tmp_path / "b.mkv"))
