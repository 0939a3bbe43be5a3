"""How the pages' addresses are made known: in the terminal, with QR codes where phones can reach them."""

import io

import segno

from allaprima.app.core.console import show, show_lines
from allaprima.app.web.server import WebServer


def announce(server: WebServer) -> None:
    """Write the addresses to standard error. The operator's has the token in it, so it goes into no log file."""
    pages = (("web pages", server.url), ("operator's page", server.operator_url))
    for name, url in pages:
        show(f"{name}: {url}")
        if not server.address.local:
            show_lines(qr_lines(url))


def qr_lines(text: str) -> str:
    """A QR code of `text` in block characters, for a dark terminal and a light one alike."""
    out = io.StringIO()
    segno.make(text, micro=False).terminal(out, compact=True, border=2)
    return out.getvalue().rstrip("\n")
