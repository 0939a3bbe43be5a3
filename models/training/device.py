"""What to train on."""

import os

import torch

from allaprima.app.core.errors import SettingsError


def chosen_device(name: str) -> torch.device:
    """`auto`, `cpu` or `cuda` as a device; under torchrun each process has a GPU of its own. Raises
    `SettingsError` without one.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cpu":
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise SettingsError(
            "--device cuda: this PyTorch finds no CUDA device", "leave --device away to train on the CPU"
        )
    place = int(os.environ.get("LOCAL_RANK", "0"))
    if place >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise SettingsError(f"{place + 1} processes here, but {count} CUDA devices", f"--nproc-per-node {count}")
    torch.cuda.set_device(place)
    return torch.device("cuda", place)


def compiles(device: torch.device) -> bool:
    """Whether torch.compile finds what it needs: a C++ compiler for the CPU, Triton for CUDA."""
    try:
        torch.compile(lambda x: x + 1)(torch.zeros(8, device=device))
    except Exception:  # it fails in many ways, and all of them mean no
        return False
    return True
