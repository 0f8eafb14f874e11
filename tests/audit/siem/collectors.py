"""Collectors on the loopback that fail in a set way, and come back."""

from __future__ import annotations

import datetime
import http.server
import ipaddress
import json
import re
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """A certificate authority of its own, and a certificate of it for 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.ca = folder / "ca.pem"
        self.pair = folder / "pair.pem"
        key, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"authority {folder.name}")])
        authority = _build(name, name, key.public_key(), ca=True).sign(key, hashes.SHA256())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        built = _build(subject, name, own.public_key(), ca=False).add_extension(address, False)
        pem = serialization.Encoding.PEM
        self.ca.write_bytes(authority.public_bytes(pem))
        secret = own.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.pair.write_bytes(secret + built.sign(key, hashes.SHA256()).public_bytes(pem))

    def context(self) -> ssl.SSLContext:
        """What a collector of it listens with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pair)
        return context


def _build(subject: x509.Name, issuer: x509.Name, key: Any, *, ca: bool) -> Any:
    start = datetime.datetime(2020, 1, 1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36_500))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), True)
    )


def events(data: bytes) -> list[str]:
    """The uids in JSON Lines, lines cut short left out."""
    found = []
    for line in data.split(b"\n"):
        try:
            document = json.loads(line)
        except ValueError:
            continue
        found.append(document["uid"] if "uid" in document else document["metadata"]["uid"])
    return found


def frames(data: bytes) -> list[str]:
    """The uids of syslog messages with their lengths in front; a cut one at the end is left out."""
    found = []
    while match := re.match(rb"([1-9][0-9]*) ", data):
        end = match.end() + int(match[1])
        if len(data) < end:
            break
        uid = re.search(rb' uid="([^"]+)"', data[match.end() : end])
        assert uid
        found.append(uid[1].decode())
        data = data[end:]
    return found


@contextmanager
def https(authority: Authority, *behaviours: str) -> Iterator[tuple[str, list[Any]]]:
    """An HTTPS collector; yields its address and what it got: (headers, body) of each request.

    Args:
        authority: whose certificate it shows.
        behaviours: of each request in turn, then `200`: a status with headers behind it
            (`429 Retry-After=7`), `cut` (half of it is read, then the connection is reset) or
            `lost` (all of it is kept and nothing answered).
    """
    got: list[Any] = []
    todo = list(behaviours)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            behaviour = todo.pop(0) if todo else "200"
            length = int(self.headers["Content-Length"])
            if behaviour == "cut":
                got.append((dict(self.headers), self.rfile.read(length // 2)))
                return self.drop()
            got.append((dict(self.headers), self.rfile.read(length)))
            if behaviour == "lost":
                return self.drop()
            status, *headers = behaviour.split()
            self.send_response(int(status))
            for header in headers:
                self.send_header(*header.split("=", 1))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None

        def drop(self) -> None:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        def log_message(self, *_: Any) -> None:
            return None

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            return None

    server = Server(("127.0.0.1", 0), Handler)
    server.socket = authority.context().wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}/in", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def listening(*behaviours: str, authority: Authority | None = None) -> Iterator[tuple[int, Any]]:
    """A TCP collector, inside TLS with an authority; yields its port and the bytes it got.

    Args:
        behaviours: of each connection in turn, then `read`: everything is read and the
            connection closed. `reset`: some is read, then reset. `leave`: some is read, then closed
            with the rest unread. `turn`: it says that it is done before it has read anything,
            then leaves. `lost`: all of it is read, then reset. `bare`: as `read`, in TLS without
            a closing alert. `chat`: as `read`, and it talks meanwhile.
        authority: whose certificate it shows.
    """
    got: list[bytes] = []
    todo = list(behaviours)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    done = threading.Event()

    def serve() -> None:
        while not done.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            connection.settimeout(10)
            try:
                if authority:
                    connection = authority.context().wrap_socket(connection, server_side=True)
                got.append(b"")
                _behave(connection, todo.pop(0) if todo else "read", got)
            except OSError:
                continue
            finally:
                connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1], got
    finally:
        done.set()
        thread.join()
        listener.close()


def _behave(connection: socket.socket, behaviour: str, got: list[bytes]) -> None:
    if behaviour == "turn":
        connection.shutdown(socket.SHUT_WR)
        return
    if behaviour in ("reset", "leave"):
        got[-1] += connection.recv(200)
    else:
        if behaviour == "chat":
            connection.sendall(b"hello\n")
        while chunk := connection.recv(65_536):
            got[-1] += chunk
    if behaviour in ("reset", "lost"):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif isinstance(connection, ssl.SSLSocket) and behaviour != "bare":
        connection.unwrap()
