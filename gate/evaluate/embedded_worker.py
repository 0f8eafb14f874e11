"""Evaluate Rego with regopy; run as a script in a child process by `gate.evaluate.embedded`.

Reads one line of JSON `{library, modules, tables, builtins, query}` and then the input document;
answers `{"value": ..., "version": ...}` or `{"error": ...}` on what was stdout at its start. regopy
prints diagnostics on stdout, so stdout is stderr from then on.
"""

from __future__ import annotations

import json
import os
import sys


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
    reply = evaluate(request, document.decode("utf-8"))
    written = memoryview(json.dumps(reply).encode("utf-8"))
    while written:
        written = written[os.write(answer, written) :]
    return 1 if "error" in reply else 0


def evaluate(request: dict[str, object], document: str) -> dict[str, object]:
    """The value of the query, or why there is none.

    Args:
        request: `modules` as (path, source) pairs, `tables` as JSON text, `builtins`, `query`.
        document: the `input`, JSON text.
    """
    import regopy

    interpreter = regopy.Interpreter()
    interpreter.strict_built_in_errors = True
    for name in request["builtins"]:  # type: ignore[attr-defined]
        if not interpreter.is_builtin(name):
            return {"error": f"the engine has no builtin {name}"}
    try:
        for path, source in request["modules"]:  # type: ignore[attr-defined]
            interpreter.add_module(path, source)
        interpreter.add_data_json(request["tables"])
        # NOTE: set_input(dict) corrupts strings and numbers; the term form does not (regopy 1.5.2)
        interpreter.set_input_term(document)
        output = interpreter.query(request["query"])
    except (regopy.RegoError, ValueError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
    # NOTE: a failed output may not even be printed: str() of it crashes the process
    is_ok, results = output.ok(), output.results
    del output  # NOTE: before its interpreter, which it points into
    if not is_ok:
        return {"error": "a rule failed while it was evaluated"}
    if len(results) != 1 or len(results[0].expressions) != 1:
        return {"error": "the query is undefined"}
    return {"value": results[0].expressions[0], "version": regopy.__version__}


if __name__ == "__main__":
    sys.exit(main())
