"""The errors a caller of the gate may catch, each saying what happened, where, and what to do next.

```
GateError                 could not judge: exit 2
├── UsageError            the arguments do not say what to judge
├── ConfigError           a document of the site's `.gate` folder is broken
├── CollectError          the facts of the pull request could not be read
│   └── HeadMovedError    the head changed while it was read
├── DecodeError           a section is there and cannot be understood
├── EvaluateError         a policy could not be loaded or evaluated
├── RecordError           the ledger refused the entry or does not verify
│   ├── ConflictError     somebody else wrote to the stream first
│   └── UnknownOutcomeError  nobody knows whether the entry was written
├── ReportError           the decision stands but could not be announced
└── ProcessError          a child process failed, timed out or ran out of memory
```
"""

from __future__ import annotations


class GateError(Exception):
    """Root of every error the gate raises on purpose.

    Args:
        message: what happened and where (file, line, key); one line, already neutralised.
        hint: what the reader can do next; one line, may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def diagnostics(self) -> str:
        """What happened and, on a second line, what to do next."""
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(GateError):
    """The arguments do not say what to judge, or contradict each other."""


class ConfigError(GateError):
    """A document of the site's `.gate` folder is broken: names file, line and key."""


class CollectError(GateError):
    """The facts of the pull request could not be read."""


class HeadMovedError(CollectError):
    """The head commit changed while the pull request was being read."""


class DecodeError(GateError):
    """A section of the change is there but cannot be understood; never the same as absent."""


class EvaluateError(GateError):
    """A policy could not be loaded, or the engine did not answer for every enabled rule."""


class RecordError(GateError):
    """The ledger refused the entry, or does not verify."""


class ConflictError(RecordError):
    """The stream does not end where the writer thought: read on, then try again."""


class UnknownOutcomeError(RecordError):
    """The answer was lost: whether the entry was written shows by its id, read from the stream."""


class ReportError(GateError):
    """The decision stands and is recorded, but could not be announced."""


class ProcessError(GateError):
    """A child process could not start, failed, timed out or hit its memory limit."""
