"""Where VGG-19's weights are looked for, and what may go wrong on the way from a server on this machine."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from patience import PATIENCE_S

from allaprima.models.judging import weights
from allaprima.models.judging.weights import TORCHVISION, Remote, WeightsMissing, fetch, find_weights

BODY = bytes(range(256)) * 5000
NAME = "vgg19-fake.pth"


class Server(HTTPServer):
    """Serves BODY. `sends` bytes of it at most, `ranges` or always whole; `asked` are the ranges of all requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.body, self.sends, self.ranges, self.status = BODY, len(BODY), True, 200
        self.asked: list[str | None] = []

    @property
    def remote(self) -> Remote:
        return Remote(f"http://127.0.0.1:{self.server_port}/{NAME}", len(BODY), hashlib.sha256(BODY).hexdigest())


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        begin = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.server.ranges else 0
        rest = self.server.body[begin:]
        self.send_response(206 if begin else self.server.status)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[: self.server.sends])

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = Server()
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, name="weights-server", daemon=True
    )
    thread.start()
    yield server
    server.shutdown()
    thread.join(PATIENCE_S)
    server.server_close()


def held(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_download_is_kept_and_not_repeated(server: Server, tmp_path: Path) -> None:
    for _ in range(2):
        assert fetch(server.remote, tmp_path / "cache" / "vgg").read_bytes() == BODY
    assert server.asked == [None] and held(tmp_path / "cache" / "vgg") == [NAME]


def test_other_bytes_than_were_published_are_thrown_away(server: Server, tmp_path: Path) -> None:
    server.body = BODY[:-1] + b"!"
    with pytest.raises(WeightsMissing, match="something else than was published"):
        fetch(server.remote, tmp_path)
    assert held(tmp_path) == []


def test_a_download_that_is_cut_short_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.sends = 700_000
    with pytest.raises(WeightsMissing, match="cannot download") as caught:
        fetch(server.remote, tmp_path)
    assert "run it again" in caught.value.hint
    assert held(tmp_path) == [f"{NAME}.part"]
    assert fetch(server.remote, tmp_path).read_bytes() == BODY
    assert server.asked == [None, "bytes=700000-"] and held(tmp_path) == [NAME]


def test_a_server_that_cannot_go_on_begins_again(server: Server, tmp_path: Path) -> None:
    server.ranges = False
    (tmp_path / f"{NAME}.part").write_bytes(b"x" * 1000)
    assert fetch(server.remote, tmp_path).read_bytes() == BODY


def test_a_download_that_was_killed_before_its_check_is_not_repeated(server: Server, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(BODY)
    assert fetch(server.remote, tmp_path).read_bytes() == BODY
    assert server.asked == []


def test_a_page_of_another_length_is_not_begun(server: Server, tmp_path: Path) -> None:
    server.body = b"<html>please log in</html>"
    with pytest.raises(WeightsMissing, match="answers with 26 bytes"):
        fetch(server.remote, tmp_path)
    assert held(tmp_path) == []


def test_not_found_says_where_to_put_the_file_by_hand(server: Server, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(WeightsMissing, match="404") as caught:
        fetch(server.remote, tmp_path)
    assert server.remote.url in caught.value.hint and "--vgg" in caught.value.hint
    assert str(tmp_path / NAME) in caught.value.hint and held(tmp_path) == []


def test_no_network_says_what_to_do(server: Server, tmp_path: Path) -> None:
    nobody = replace(server.remote, url=f"http://127.0.0.1:1/{NAME}")
    with pytest.raises(WeightsMissing, match="cannot download") as caught:
        fetch(nobody, tmp_path)
    assert str(tmp_path / NAME) in caught.value.hint


def test_a_damaged_file_in_the_cache_is_replaced(server: Server, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(BODY[:-1] + b"!")
    assert fetch(server.remote, tmp_path).read_bytes() == BODY
    assert len(server.asked) == 1


def test_named_weights_come_first_then_the_data_folder_then_the_cache(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLAPRIMA_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(weights, "TORCHVISION", server.remote)
    monkeypatch.setattr(weights, "cache_folder", lambda: tmp_path / "cache")
    assert find_weights() == tmp_path / "cache" / NAME
    (tmp_path / "data" / "vgg").mkdir(parents=True)
    assert find_weights() == tmp_path / "data" / "vgg"
    assert find_weights(tmp_path) == tmp_path
    with pytest.raises(WeightsMissing, match="no VGG-19 weights at"):
        find_weights(tmp_path / "nowhere")


def test_the_pinned_sum_is_the_one_in_torchvisions_file_name() -> None:
    assert TORCHVISION.name == f"vgg19-{TORCHVISION.sha256[:8]}.pth" and len(TORCHVISION.sha256) == 64


def test_the_trainer_says_what_to_do_where_weights_cannot_be_had(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch", reason='training needs torch: pip install -e ".[train]"')
    from allaprima.app.command_line import main
    from allaprima.models.motifs import motifs

    server.status = 404
    monkeypatch.setenv("ALLAPRIMA_DATA", str(tmp_path))
    monkeypatch.setattr(weights, "TORCHVISION", server.remote)
    monkeypatch.setattr(weights, "cache_folder", lambda: tmp_path / "cache")
    photo = motifs()[0]
    style = ["--style", str(photo), "--photos", str(photo.parent), "-o", str(tmp_path / "pack")]
    assert main(["styles", "train", *style]) == WeightsMissing.exit_code
    error = capsys.readouterr().err
    assert "404" in error and f"put it at {tmp_path / 'cache' / NAME}" in error
