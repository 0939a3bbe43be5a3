"""How the pages' addresses are made known: in the terminal, with QR codes where phones can reach them."""

import sys

from allaprima.app.core.console import show, show_lines
from allaprima.app.web.qr import qr_lines
from allaprima.app.web.server import WebServer


def announce(server: WebServer) -> None:
    """Write the addresses to standard error. The operator's has the token in it, so it goes into no log file."""
    pages = (("web pages", server.url), ("operator's page", server.operator_url))
    for name, url in pages:
        show(f"{name}: {url}")
        if not server.address.local:
            show_lines(qr_lines(url, sys.stderr.isatty()))
