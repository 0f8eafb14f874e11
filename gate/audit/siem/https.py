"""Deliver events by HTTPS, a POST for each batch."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gate import __version__
from gate.audit.siem.receiver import DeliveryError

if TYPE_CHECKING:
    from requests import Response, Session

_CONNECT, _READ = 10.0, 30.0
"""Seconds for a connection, and for the answer."""
_PASSING = frozenset({408, 425, 429})
"""Statuses below 500 that ask to try again (RFC 9110, RFC 8470, RFC 6585)."""
MAX_WAIT = 60
"""Seconds a receiver may ask to wait (`Retry-After`)."""


class Https:
    """A collector behind an address; it has what it answered with a status of 2xx.

    Args:
        url: address, checked by the caller; it may be a secret and is in no message.
        authorization: whole value of the `Authorization` header; empty: none is sent.
        authorities: file with certificate authorities; empty: the bundled ones.
        content_type: what a batch is.
    """

    framed = False

    def __init__(
        self, url: str, *, authorization: str, authorities: str, content_type: str
    ) -> None:
        parts = urlsplit(url)
        self.name = f"https://{parts.hostname}:{parts.port or 443}"
        self._url = url
        self._headers = {
            "Content-Type": content_type,
            "User-Agent": f"agent-pr-gate/{__version__}",
        }
        if authorization:
            self._headers["Authorization"] = authorization
        self._verify: str | bool = authorities or True

    def deliver(self, messages: Sequence[bytes]) -> None:
        """See `Receiver.deliver`."""
        import requests  # NOTE: no other command needs it

        data = b"".join(messages)
        try:
            with _session(self._url) as session, self._post(session, data) as response:
                self._judge(response)
        except (requests.exceptions.RequestException, OSError) as error:
            if _is_untrusted(error):
                raise self._failed("its certificate was not accepted", is_passing=False) from error
            # NOTE: the text of these errors quotes the address, which may be a secret
            raise self._failed(
                f"no answer ({type(error).__name__})", is_passing=_may_pass(error)
            ) from error

    def _post(self, session: Session, data: bytes) -> Response:
        # NOTE: the same batch has the same key, so that a receiver may drop the second one whole
        key = hashlib.sha256(data).hexdigest()
        return session.post(
            self._url,
            data=data,
            headers={**self._headers, "Idempotency-Key": key},
            timeout=(_CONNECT, _READ),
            verify=self._verify,
            allow_redirects=False,
            stream=True,
        )

    def _judge(self, response: Response) -> None:
        status = response.status_code
        if 200 <= status < 300:
            return
        asked = response.headers.get("Retry-After", "")
        raise self._failed(
            f"answered {status}",
            is_passing=status in _PASSING or status >= 500,
            wait=min(int(asked), MAX_WAIT) if asked.isascii() and asked.isdigit() else 0,
        )

    def _failed(self, what: str, *, is_passing: bool, wait: float = 0) -> DeliveryError:
        return DeliveryError(
            f"{self.name}: {what}",
            "Check the address, its certificate and GATE_SIEM_AUTHORIZATION, then run again.",
            is_passing=is_passing,
            wait=wait,
        )


def _session(url: str) -> Session:
    import requests

    session = requests.Session()
    # NOTE: .netrc may hold credentials for the host, and a variable other authorities; of the
    # surroundings only the proxy is taken
    session.trust_env = False
    session.proxies.update(requests.utils.get_environ_proxies(url))
    return session


def _is_untrusted(error: BaseException) -> bool:
    """Whether the certificate was at fault, however deep down the libraries say so."""
    inner: BaseException | None = error
    while inner is not None and not isinstance(inner, ssl.SSLCertVerificationError):
        inner = inner.__cause__ or inner.__context__
    return inner is not None


def _may_pass(error: Exception) -> bool:
    """Whether another try may go through: not so of an address or a file that is wrong."""
    import requests

    if isinstance(error, requests.exceptions.RequestException):
        return isinstance(
            error,
            requests.exceptions.ConnectionError
            | requests.exceptions.Timeout
            | requests.exceptions.ChunkedEncodingError,
        )
    return False
