"""Finding out by trial how a stranger's network wants its pictures, and whether it paints at all."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import EngineError
from allaprima.app.importing.chart import chart
from allaprima.app.importing.convention import (
    LAYOUTS,
    RANGES,
    Choices,
    Convention,
    NotAStyleNetwork,
    Picture,
    from_layout,
    shape_of,
    to_layout,
)
from allaprima.app.importing.judgement import Judgement, judge
from allaprima.app.importing.signature import Signature, read_signature
from allaprima.app.packs.onnx_scan import NetworkFile
from allaprima.app.packs.onnx_writer import NUMPY_TYPES, UINT8, Dims, declared, opened
from allaprima.app.stylize.engines import open_graph

SIZE = (256, 192)  # multiples of 64, and of different sides, so that a layout cannot be mistaken
ODD_SIZES = {8: (264, 200), 16: (272, 208), 32: (288, 224), 64: (320, 192)}
"""(width, height) that are odd multiples of the key."""
UNCHANGED, ALIKE = 0.01, 0.02
LOCAL = 0.57
"""What a change in one half of the picture must at least have of its effect in that half; 0.5 is unrelated, and style
networks lie at 0.63 to 0.83: an instance norm carries some of every change everywhere.
"""
RESIZE_OPSET = 11
GUESSED = "the value range is a guess, several would do; if the colours are wrong, say it with --range"


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found out about a network, and how sure that is."""

    convention: Convention
    structure: float
    locality: float
    notes: tuple[str, ...]


class Subject:
    """A network under trial, taking RGB 0..1 under one assumption about its axes and colours."""

    def __init__(self, network: NetworkFile, signature: Signature, layout: str, channels: str) -> None:
        """Its sizes are opened if that does no harm, else they stay as they are declared. Raises `EngineError` where
        it does not run, `NotAStyleNetwork` where no picture comes out.
        """
        self.network, self.signature = network, signature
        self.layout = self.layout_out = layout
        self.channels = channels
        self.size = (signature.size[0] or SIZE[0], signature.size[1] or SIZE[1])
        """(width, height) of the test pictures."""
        self._dtype = NUMPY_TYPES[network.inputs[signature.picture].dtype]
        try:
            self._load(shape_of(layout, "batch", "height", "width"))
            self.free = True
        except EngineError:
            self._load(declared(network.inputs[signature.picture], "side"))
            self.free = False

    def values(self, picture: Picture, range_in: str) -> Picture:
        """(N, 3, H, W) RGB in the network's own range for (N, 3, H, W) RGB 0..1, in its first style. Raises
        `EngineError`, and `NotAStyleNetwork` where no picture of that size comes out.
        """
        pixels = RANGES[range_in].encode(picture)
        if self._dtype is np.uint8:
            pixels = np.rint(pixels)
        inputs: dict[str, NDArray[Any]] = {
            self.signature.picture: to_layout(pixels, self.layout, self.channels).astype(self._dtype)
        }
        if (style := self.signature.style) is not None:
            first = np.zeros(1, np.int64) if style.by_index else np.eye(1, style.styles)
            inputs[style.name] = first.reshape(style.shape).astype(NUMPY_TYPES[self.network.inputs[style.name].dtype])
        values = self._graph(inputs)[self.signature.painted]
        batch, _, height, width = picture.shape
        for layout in (self.layout_out, *LAYOUTS):
            if values.shape == shape_of(layout, batch, height, width):
                self.layout_out = layout
                return from_layout(values, layout, self.channels)
        raise NotAStyleNetwork(
            f"from a picture of {width}x{height} it makes {'x'.join(map(str, values.shape)) or 'one number'}, "
            "not a picture of the same size"
        )

    def _load(self, dims: Dims) -> None:
        """Open it for pictures of a shape, and see that it runs."""
        style = self.signature.style
        shapes: dict[str, Dims] = {self.signature.picture: dims} | ({style.name: style.shape} if style else {})
        self._graph = open_graph(opened(self.network, shapes))
        self.values(chart(self.size), "0-1")


def probe(network: NetworkFile, choices: Choices) -> Findings:
    """Run `network` on charts until its conventions are known. What the user has chosen is not questioned.

    Raises `NotAStyleNetwork` with the reason, `EngineError` where no engine can run it.
    """
    signature = read_signature(network)
    subject = _subject(network, signature, choices)
    picture = chart(subject.size)
    range_in, verdict, notes = _best_range(subject, picture, choices)
    locality = _check_it_paints(subject, range_in, verdict, picture)
    convention = Convention(
        picture=signature.picture,
        painted=signature.painted,
        range_in=range_in,
        range_out=verdict.range_out,
        layout_in=subject.layout,
        layout_out=subject.layout_out,
        channels=subject.channels,
        both_eyes=False,
        style=signature.style,
    )
    convention = _fit_sizes(subject, convention)
    convention = replace(convention, both_eyes=subject.free and _paints_both(subject, range_in))
    notes += _notes(convention)
    return Findings(convention, round(verdict.structure, 3), round(locality, 3), tuple(notes))


def _subject(network: NetworkFile, signature: Signature, choices: Choices) -> Subject:
    """Under the first layout in which the network gives a picture back."""
    channels = choices.channels or ("bgr" if "bgr" in f"{signature.picture} {signature.painted}".lower() else "rgb")
    failure: NotAStyleNetwork | EngineError = NotAStyleNetwork("it has no layout")
    for layout in (choices.layout,) if choices.layout else signature.layouts:
        try:
            return Subject(network, signature, layout, channels)
        except (NotAStyleNetwork, EngineError) as error:
            failure = error
    raise failure


def _best_range(subject: Subject, picture: Picture, choices: Choices) -> tuple[str, Judgement, list[str]]:
    """The input range under which the most of the picture is found again, its verdict, and notes on it."""
    bytes_only = subject.network.inputs[subject.signature.picture].dtype == UINT8
    names: Iterable[str] = ("0-255",) if bytes_only else (choices.range_in,) if choices.range_in else RANGES
    verdicts = {}
    for name in names:
        values = subject.values(picture, name)
        if np.isfinite(values).all():
            verdicts[name] = judge(picture, values, choices.range_out)
    if not verdicts:
        raise NotAStyleNetwork("it paints no numbers (NaN or infinity)", "another --range may help")
    likely = {name: verdict.score * _custom(name, verdict.range_out) for name, verdict in verdicts.items()}
    best = max(likely, key=likely.__getitem__)
    if best != verdicts[best].range_out:  # an unusual network: then at least a usual input, if it does as well
        best = next(name for name in verdicts if likely[name] >= 0.9 * likely[best])
    same = [name for name, verdict in verdicts.items() if _difference(verdict.painted, verdicts[best].painted) < ALIKE]
    if verdicts[best].range_out in same:  # behind an instance norm all inputs paint the same
        best = verdicts[best].range_out
    rivals = [name for name in verdicts if name not in same and likely[name] > 0.8 * likely[best]]
    return best, verdicts[best], [GUESSED] if rivals else []


def _custom(range_in: str, range_out: str) -> float:
    """How usual it is: most networks answer in the range they are asked in, few subtract ImageNet's mean."""
    return 1.5 if range_in == range_out else 1.0 if range_in in ("0-1", "0-255", "-1-1") else 0.7


def _check_it_paints(subject: Subject, range_in: str, verdict: Judgement, picture: Picture) -> float:
    """The network's locality. Raises `NotAStyleNetwork` where it does not paint what it is shown."""
    if verdict.flat:
        raise NotAStyleNetwork("it paints one flat colour", "if it is sound, say its value range with --range")
    if _difference(verdict.painted.clip(0, 1), picture) < UNCHANGED:
        raise NotAStyleNetwork("it gives the picture back unchanged", "there is nothing to paint with in this network")
    local = _locality(subject, subject.size, range_in)
    if local < LOCAL:
        raise NotAStyleNetwork(
            "what it paints does not follow what it is shown: "
            f"of the effect of a change in one half, {100 * local:.0f} % is seen there",
            "if it is sound, say its --range, --layout or --channels",
        )
    return local


def _locality(subject: Subject, size: tuple[int, int], range_in: str) -> float:
    """Of the effect that a change in the left half has, the share that is seen in the left half."""
    picture, half = chart(size), size[0] // 2
    changed = picture.copy()
    changed[..., :half] = chart(size, seed=1)[..., :half]
    effect = np.abs(subject.values(changed, range_in) - subject.values(picture, range_in)).mean(axis=(0, 1, 2))  # (W,)
    margin = size[0] // 16  # strokes reach across the middle
    left, right = float(effect[: half - margin].mean()), float(effect[half + margin :].mean())
    return left / (left + right) if np.isfinite(left + right) and left + right > 0 else 0.0


def _fit_sizes(subject: Subject, convention: Convention) -> Convention:
    """Any multiple of 8, of 16, 32 or 64, or the declared size only."""
    for multiple, size in ODD_SIZES.items() if subject.free else ():
        try:
            local = _locality(subject, size, convention.range_in)
        except (EngineError, NotAStyleNetwork):
            continue
        if local >= LOCAL:
            return _checked(subject, replace(convention, multiple=multiple))
    if None in subject.signature.size:
        raise NotAStyleNetwork("it runs in no other size than the one tried", "export it again with a fixed size")
    return _checked(subject, replace(convention, fixed=subject.size))


def _checked(subject: Subject, convention: Convention) -> Convention:
    if (convention.fixed or convention.multiple > 8) and subject.network.opset < RESIZE_OPSET:
        raise NotAStyleNetwork(
            f"its size must be fitted, for which ONNX operators of version {subject.network.opset} are too old",
            f"export it again with opset {RESIZE_OPSET} or newer, or with free height and width",
        )
    return convention


def _paints_both(subject: Subject, range_in: str) -> bool:
    """Whether a batch of two comes out as one and one do."""
    pictures = [chart(subject.size, seed) for seed in (0, 1)]
    try:
        together = subject.values(np.concatenate(pictures), range_in)
    except (EngineError, NotAStyleNetwork):
        return False
    apart = np.concatenate([subject.values(picture, range_in) for picture in pictures])
    return _difference(together, apart) < 1e-3 * float(np.abs(apart).max())


def _notes(convention: Convention) -> list[str]:
    notes = []
    if convention.fixed:
        width, height = convention.fixed
        notes.append(f"it paints at {width}x{height} only: every picture is resized to that and back, and loses detail")
    elif convention.multiple > 8:
        notes.append(f"sides must be multiples of {convention.multiple}: pictures are resized a little and back")
    if not convention.both_eyes:
        notes.append("it takes one picture at a time: the two eyes cost two passes")
    if convention.style is not None and convention.style.by_index:
        notes.append("it takes one style at a time: of a blend, only the largest share is painted")
    return notes


def _difference(a: Picture, b: Picture) -> float:
    return float(np.abs(a - b).mean())
