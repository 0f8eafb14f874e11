"""Evaluate Rego with regopy; run as a script in a child process by `gate.evaluate.embedded`.

Reads one line of JSON `{library, modules, tables, builtins, query}` and then the input document;
answers `{"value": ..., "version": ...}` or `{"error": ...}` on what was stdout at its start. regopy
prints diagnostics on stdout, so stdout is stderr from then on.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def main() -> int:
    """Answer one request.

    Returns:
        0 with a value, 1 with an error.
    """
    answer = os.dup(1)
    os.dup2(2, 1)
    header, _, document = sys.stdin.buffer.read().partition(b"\n")
    request = json.loads(header)
    sys.path.append(request["library"])
    reply = Prepared(request).answer(document.decode("utf-8"))
    written = memoryview(json.dumps(reply).encode("utf-8"))
    while written:
        written = written[os.write(answer, written) :]
    return 1 if "error" in reply else 0


class Prepared:
    """Modules, tables and query, compiled once and asked about one input after the other."""

    def __init__(self, request: dict[str, Any]) -> None:
        import regopy

        self._regopy = regopy
        self._error = ""
        self._interpreter = regopy.Interpreter()
        self._interpreter.strict_built_in_errors = True
        for name in request["builtins"]:
            if not self._interpreter.is_builtin(name):
                self._error = f"the engine has no builtin {name}"
                return
        try:
            for path, source in request["modules"]:
                self._interpreter.add_module(path, source)
            self._interpreter.add_data_json(request["tables"])
            self._bundle = self._interpreter.build(request["query"])
        except (regopy.RegoError, ValueError) as error:
            self._error = f"{type(error).__name__}: {error}"

    def answer(self, document: str) -> dict[str, Any]:
        """The value of the query over one input, or why there is none.

        Args:
            document: the `input`, JSON text.
        """
        if self._error:
            return {"error": self._error}
        try:
            # NOTE: set_input(dict) corrupts strings and numbers; the term form does not (1.5.2)
            self._interpreter.set_input_term(document)
            output = self._interpreter.query_bundle(self._bundle)
        except (self._regopy.RegoError, ValueError) as error:
            return {"error": f"{type(error).__name__}: {error}"}
        # NOTE: a failed output may not even be printed: str() of it crashes the process
        is_ok, results = output.ok(), output.results
        del output  # NOTE: before its interpreter, which it points into
        if not is_ok:
            return {"error": "a rule failed while it was evaluated"}
        if len(results) != 1 or len(results[0].expressions) != 1:
            return {"error": "the query is undefined"}
        return {"value": results[0].expressions[0], "version": self._regopy.__version__}


if __name__ == "__main__":
    sys.exit(main())
