"""How fast a device multiplies matrices in PyTorch."""

from collections.abc import Callable

import torch

TYPES = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
SIDE = {"cpu": 1024, "cuda": 8192}
"""Of the matrices."""
Run = Callable[[], object]


def multiplying(place: str, precision: str) -> tuple[Run, int]:
    """A product of two square matrices on "cpu" or "cuda", and its floating-point operations."""
    side = SIDE[place]
    a, b = (torch.rand(side, side, device=place).to(TYPES[precision]) for _ in range(2))
    out = torch.empty_like(a)
    return to_its_end(lambda: torch.matmul(a, b, out=out), place), 2 * side**3


def to_its_end(run: Run, place: str) -> Run:
    """`run`, and a wait for the GPU to be done."""
    if place == "cpu":
        return run

    def waited() -> None:
        run()
        torch.cuda.synchronize()

    return waited
