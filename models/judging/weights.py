"""Where VGG-19's weights come from: a file or folder that was named, the data folder, or torchvision, once."""

import hashlib
import logging
import os
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import platformdirs
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from allaprima.app.core.errors import EngineError, OutputError
from allaprima.app.core.files import PartialFile, sweep
from allaprima.app.core.shell import looking

_LOG = logging.getLogger(__name__)
BLOCK = 1 << 20
SILENCE_S = 30


class WeightsMissing(EngineError):
    """VGG-19's weights are not where they were looked for, or are not what they should be."""


@dataclass(frozen=True)
class Remote:
    """A published file that cannot change: `size` in bytes, `sha256` in lower-case hexadecimal digits."""

    url: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]


TORCHVISION = Remote(
    "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth",
    574_673_361,
    "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44",
)


def data_folder() -> Path:
    """The project's data sets: `$ALLAPRIMA_DATA`, else `../shared/data` beside a checkout; may not exist."""
    return Path(os.environ.get("ALLAPRIMA_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")


def cache_folder() -> Path:
    """Where downloaded weights are kept; may not exist."""
    return platformdirs.user_cache_path("allaprima", appauthor=False) / "vgg"


def find_weights(named: Path | None = None) -> Path:
    """What to give `vgg.FeatureNetwork`: the file or folder that was `named`; else the data folder's `vgg`; else
    torchvision's file, checked, from the cache or downloaded into it. Raises `WeightsMissing`.
    """
    if named is not None:
        if not named.exists():
            raise WeightsMissing(
                f"no VGG-19 weights at {named}", f"{looking(named)}; or leave --vgg out to have them downloaded"
            )
        return named
    data = data_folder() / "vgg"
    return data if data.is_dir() else fetch(TORCHVISION, cache_folder())


def fetch(remote: Remote, folder: Path) -> Path:
    """`remote` as a file in `folder`, downloaded if it is not there or is damaged, and checked in either case.

    A download that was cut short stays as `NAME.part`, and the next one goes on from there. Raises `WeightsMissing`
    that says what to do by hand.
    """
    path = folder / remote.name
    by_hand = (
        f"download {remote.url} ({remote.size / 1e6:.0f} MB) yourself and name it with --vgg FILE, or put it at {path}"
    )
    part = path.with_name(f"{path.name}.part")
    try:
        if path.is_file() and _sha256(path) == remote.sha256:
            return path
        sweep(folder)
        with PartialFile(path, shared=True) as file:
            if part.is_file() and not part.is_symlink():
                part.replace(file.temporary)  # another program that downloads the same begins its own
            try:
                _download(remote, file.temporary)
            except BaseException:
                if file.temporary.stat().st_size:
                    file.temporary.replace(part)
                raise
            received = _sha256(file.temporary)
            if received != remote.sha256:
                raise WeightsMissing(
                    f"{remote.url} sent something else than was published (SHA-256 {received}, not {remote.sha256}); "
                    "it was thrown away",
                    by_hand,
                )
    except HTTPError as error:
        raise WeightsMissing(f"cannot download {remote.url}: {error.code} {error.reason}", by_hand) from error
    except (OSError, HTTPException, OutputError) as error:
        again = f"run it again, and it goes on where it stopped; or {by_hand}"
        raise WeightsMissing(f"cannot download {remote.url} to {path}: {error}", again) from error
    return path


def _download(remote: Remote, part: Path) -> None:
    """Complete `part`, which may be there from a download that was cut short. Raises OSError."""
    have = part.stat().st_size if part.is_file() else 0
    if have >= remote.size:  # cut short before it was checked
        return
    request = Request(remote.url, headers={"User-Agent": "allaprima", **({"Range": f"bytes={have}-"} if have else {})})
    _LOG.info("VGG-19's weights, once: %s -> %s", remote.url, part.parent)
    with urlopen(request, timeout=SILENCE_S) as answer, _bars() as bars:
        resumed = answer.status == 206
        done = have if resumed else 0
        length = answer.headers.get("Content-Length", "")
        if length.isdecimal() and done + int(length) != remote.size:  # a hotel's log-in page, say
            raise OSError(f"it answers with {length} bytes, which are not the rest of {remote.size}")
        bar = bars.add_task(remote.name, total=remote.size, completed=done)
        with part.open("ab" if resumed else "wb") as file:
            while done < remote.size and (block := answer.read(min(BLOCK, remote.size - done))):
                file.write(block)
                done += len(block)
                bars.update(bar, completed=done)
    if done < remote.size:
        raise OSError(f"it ended after {done} of {remote.size} bytes")


def _bars() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
