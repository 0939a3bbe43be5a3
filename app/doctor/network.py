"""This computer's addresses, and the port on which a page for a phone will be."""

import socket
import sys

from allaprima.app.doctor.finding import Finding
from allaprima.app.settings_and_flags import Settings

PORT = 8477
_WHO = {
    "win32": f"netstat -ano | findstr {PORT}",
    "darwin": f"lsof -i :{PORT}",
    "linux": f"ss -ltnp 'sport = :{PORT}'",
}


def network(settings: Settings, port: int = PORT) -> list[Finding]:
    """Whether `port` is free, and where others would reach it."""
    address = own_address()
    place = f"others in this network reach {address}" if address else "this computer is in no network"
    if in_use(port):
        text = f"port {port} is taken by another program; {place}"
        return [Finding("network", "warning", text, _WHO.get(sys.platform, _WHO["linux"]))]
    return [Finding("network", "ok", f"port {port} is free; {place}")]


def in_use(port: int) -> bool:
    """Whether somebody listens there on any of this computer's addresses."""
    with socket.socket() as listener:
        if sys.platform != "win32":  # on Windows it would take the port from another program
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("", port))
        except OSError:
            return True
    return False


def own_address() -> str:
    """The one that packets leave from; "" where there is no network. Choosing it sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as choosing:
        try:
            choosing.connect(("192.0.2.1", 9))  # set aside for documentation (RFC 5737)
        except OSError:
            return ""
        return str(choosing.getsockname()[0])
