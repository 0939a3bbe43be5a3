"""Where the web pages are served: HOST:PORT or lan, and the socket bound there."""

import errno
import ipaddress
import socket
from dataclasses import dataclass

from allaprima.app.core.errors import WebError

PORT = 8477
_BACKLOG = 64
_SEND_BUFFER = 128 << 10  # bytes; a larger one would hold old pictures for a slow viewer


@dataclass(frozen=True, slots=True)
class Address:
    """The host, a name or an IP address without brackets, and the port; 0 is any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether only programs on this computer reach it."""
        return is_loopback(self.host)

    def names(self, host_header: str) -> bool:
        """Whether a request's Host header is the name of this address, or of any address in numbers.

        Else a page elsewhere, whose name was made to point here (DNS rebinding), could read and command the session.
        Such an attack has a name: no header in numbers comes from it.
        """
        host = host_header.strip().lower()
        name = host[1 : host.find("]")] if host.startswith("[") else host.partition(":")[0]
        return name in (self.host.lower(), "localhost") or is_ip(name)


def parse_address(text: str) -> Address:
    """`HOST:PORT`, `HOST`, `:PORT`, `[IPV6]:PORT`, or `lan`. Raises `WebError`."""
    if text == "lan":
        return Address(lan_ip(), PORT)
    host, colon, port = text.strip().rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        host, port = text.strip(), str(PORT)
    bare = host.removeprefix("[").removesuffix("]")
    if not (port.isascii() and port.isdigit() and int(port) < 65536) or not all(
        c.isalnum() or c in ".-:_" for c in bare
    ):
        raise WebError(f"--web {text}: that is no address", f"give HOST:PORT, such as 127.0.0.1:{PORT}, or lan")
    return Address(bare or "127.0.0.1", int(port))


def lan_ip() -> str:
    """This computer's address in its network. Raises `WebError` if it is in none. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation: only the route is looked up
            return str(probe.getsockname()[0])
        except OSError as error:
            raise WebError(
                f"this computer is in no network: {error.strerror or error}", f"--web 127.0.0.1:{PORT}"
            ) from error


def reachable(host: str) -> str:
    """`host`; where that means every address of this computer, the one that others in its network reach."""
    if not (is_ip(host) and ipaddress.ip_address(host).is_unspecified):
        return host
    try:
        return lan_ip()
    except WebError:
        return "127.0.0.1"


def bind(address: Address) -> socket.socket:
    """A listening socket at `address`. Raises `WebError`."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise WebError(f"--web {address}: there is no such host", f"give --web 127.0.0.1:{PORT}, or lan") from error
    listening = socket.socket(family, kind, protocol)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # on Windows SO_REUSEADDR would share a taken port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        listening.bind(place)
        listening.listen(_BACKLOG)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            free = Address(address.host, address.port % 65535 + 1)
            raise WebError(f"--web {address}: another program uses that port", f"try --web {free}") from error
        raise WebError(f"--web {address}: {error.strerror or error}", f"give --web 127.0.0.1:{PORT}, or lan") from error
    return listening


def is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    return host == "localhost" or (is_ip(host) and ipaddress.ip_address(host).is_loopback)
