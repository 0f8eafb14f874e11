"""The port every receiver of events implements, and how it says that it did not take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gate.errors import ReportError


class Receiver(Protocol):
    """Takes events, and says when it has them."""

    name: str
    """What it is called in messages: no path, query or credential of an address."""
    framed: bool
    """Whether syslog messages are sent with their length in front, instead of a newline behind."""

    def deliver(self, messages: Sequence[bytes]) -> None:
        """Hand over messages; it returns once the receiver has acknowledged all of them.

        Args:
            messages: each with its frame or its newline.

        Raises:
            DeliveryError: it has not, or nobody can tell.
        """


class DeliveryError(ReportError):
    """A receiver did not acknowledge; it may have taken all of it, some, or nothing.

    Args:
        message: which receiver, and what came back.
        hint: what to do.
        is_passing: it may be tried again.
        wait: seconds the receiver asks to wait; 0 where it does not say.
    """

    def __init__(
        self, message: str, hint: str = "", *, is_passing: bool = True, wait: float = 0
    ) -> None:
        super().__init__(message, hint)
        self.is_passing = is_passing
        self.wait = wait
