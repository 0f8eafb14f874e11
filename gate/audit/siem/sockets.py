"""Deliver events through a TCP connection, bare or inside TLS, one for each batch."""

from __future__ import annotations

import fcntl
import select
import socket
import ssl
import struct
import sys
import termios
import time
from collections.abc import Sequence

from gate.audit.siem.receiver import DeliveryError

TIMEOUT = 30.0
"""Seconds for the connection, for each write, and for the receiver to close."""
_STEP = 0.01
"""Seconds between two looks."""
_MOST_READS = 1024
"""Reads of what a receiver says, which has nothing to say."""


class Socket:
    """A collector that reads from a connection.

    It has a batch once it has read to the end of it and closed: we close our half, it closes its
    own without an error, and the kernel has the last byte acknowledged. A connection that is cut,
    reset, or closed before our end was sent acknowledges nothing.

    Args:
        host: name or address.
        port: port.
        tls: inside TLS 1.2 or newer, with the certificate checked against the host.
        authorities: file with certificate authorities; empty: those of the system.
    """

    framed = True

    def __init__(self, host: str, port: int, *, tls: bool, authorities: str = "") -> None:
        self._host, self._port = host, port
        self._tls, self._authorities = tls, authorities
        self.name = f"{'tls' if tls else 'tcp'}://{host}:{port}"

    def deliver(self, messages: Sequence[bytes]) -> None:
        """See `Receiver.deliver`."""
        try:
            with socket.create_connection((self._host, self._port), TIMEOUT) as bare:
                if self._tls:
                    self._send_wrapped(bare, b"".join(messages))
                else:
                    bare.sendall(b"".join(messages))
                    self._require_open(bare)
                    self._end(bare)
        except ssl.SSLCertVerificationError as error:
            raise self._failed("its certificate was not accepted", is_passing=False) from error
        except OSError as error:
            raise self._failed(error.strerror or type(error).__name__) from error

    def _send_wrapped(self, bare: socket.socket, data: bytes) -> None:
        with self._context().wrap_socket(bare, server_hostname=self._host) as wrapped:
            wrapped.sendall(data)
            self._require_open(wrapped)
            try:
                rest = wrapped.unwrap()
            except ssl.SSLEOFError:
                # NOTE: RFC 5425 4.4 wants a closing alert in return; many close without one, and
                # the end of TCP says as much
                rest = wrapped
            self._end(rest)

    def _context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self._authorities or None)
        except OSError as error:
            raise self._failed("--ca holds no authority", is_passing=False) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def _require_open(self, connection: socket.socket) -> None:
        """A receiver that closed before our end cannot have read it.

        Raises:
            DeliveryError: it did.
        """
        connection.setblocking(False)
        try:
            self._read_out(connection)
        except (BlockingIOError, ssl.SSLWantReadError):
            connection.settimeout(TIMEOUT)
            return
        raise self._failed("closed the connection in the middle")

    def _end(self, connection: socket.socket) -> None:
        connection.shutdown(socket.SHUT_WR)
        self._read_out(connection)
        self._require_acknowledged(connection)

    def _read_out(self, connection: socket.socket) -> None:
        """Read, and drop, whatever the receiver says until it closes."""
        for _ in range(_MOST_READS):
            if not connection.recv(4096):
                return
        raise self._failed("keeps talking instead of closing")

    def _require_acknowledged(self, connection: socket.socket) -> None:
        """Wait until the other side's kernel has every byte, and no reset came instead.

        Raises:
            DeliveryError: it has not.
        """
        end = time.monotonic() + TIMEOUT
        while True:
            failure = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if failure:
                raise self._failed("reset the connection")
            if not _unacknowledged(connection):
                return
            if time.monotonic() > end:
                raise self._failed("did not acknowledge the end")
            select.select([], [], [], _STEP)

    def _failed(self, what: str, *, is_passing: bool = True) -> DeliveryError:
        return DeliveryError(
            f"{self.name}: {what}",
            "Check the receiver and --ca, then run again: what was not acknowledged is sent again.",
            is_passing=is_passing,
        )


def _unacknowledged(connection: socket.socket) -> int:
    """Bytes that the other side has not acknowledged (tcp(7), SIOCOUTQ)."""
    if not sys.platform.startswith("linux"):
        # NOTE: others cannot tell; there the receiver's closing without a reset has to do
        return 0
    answer = fcntl.ioctl(connection, termios.TIOCOUTQ, struct.pack("i", 0))
    (count,) = struct.unpack("i", answer)
    return int(count)
