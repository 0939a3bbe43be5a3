"""A network's pass as one CUDA graph: one call starts hundreds of kernels."""

from collections.abc import Callable

import torch

WARM_UP = 3
"""Passes before the recording: cuDNN tries its algorithms, and libraries allocate memory, which recording forbids."""


def recorded(run: Callable[[], object], stream: torch.cuda.Stream) -> Callable[[], None]:
    """Records `run` in `stream` after a warm-up there; the returned function replays it in the current stream.

    `run` must read and write the same memory each time, allocate nothing that outlives it, and wait for nothing
    (pytorch.org, "CUDA Graphs"). Other threads may go on using CUDA meanwhile: a network is recorded while another
    paints.
    """
    with torch.backends.cudnn.flags(enabled=True, benchmark=True, allow_tf32=False):  # f32 must not become tf32
        stream.wait_stream(torch.cuda.current_stream(stream.device))
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP):
                run()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
            run()
    return graph.replay
