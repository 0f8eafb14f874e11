"""`make bench`: the gate beside its peers, as ratios from one run.

Every limit is a claim; the last column says whether it holds here and now. Nothing asserts wall
time in the tests: this prints figures, and exits 1 only when the gate's answers are wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from bench.ledger import write_ledger
from bench.measure import Pair, alternate, run
from bench.pulls import write_diff, write_pull
from bench.tails import read_tail, write_stream

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


class Row(NamedTuple):
    """One line of the table."""

    what: str
    ours: str
    theirs: str
    ratio: float
    limit: str
    holds: bool


class Bench:
    """Paths, peers and rows of one run."""

    def __init__(self, folder: Path, runs: int) -> None:
        self.folder = folder
        self.runs = runs
        self.rows: list[Row] = []
        self.wrong: list[str] = []
        self.opa = _opa()
        self.conftest = shutil.which("conftest")
        self.checkov = shutil.which("checkov")

    def gate(self, pull: Path, *more: str) -> list[str]:
        """The command that judges a folder."""
        ledger = str(self.folder / "ledger.jsonl")
        command = [sys.executable, "-m", "gate", "check", str(pull), "--engine", "opa"]
        return [*command, "--format", "json", "--ledger", ledger, *more]

    def add(
        self, what: str, pair: Pair, limit: float, *, field: str = "wall", at_least: bool = False
    ) -> None:
        """A row: ours against theirs; `at_least` reads the ratio the other way round."""
        ratio = pair.ratio(field)
        shown = 1 / ratio if at_least else ratio
        holds = shown >= limit if at_least else shown <= limit
        unit = "s" if field != "peak" else "MiB"
        ours, theirs = (
            f"{statistics.median(getattr(s, field) for s in side):.3f} {unit}"
            for side in (pair.ours, pair.theirs)
        )
        words = f"at least {limit}x" if at_least else f"at most {limit}x"
        self.rows.append(Row(what, ours, theirs, shown, words, holds))

    def check_truth(self, pull: Path, truth: dict[str, list[str]]) -> None:
        """Compare findings with what was planted."""
        answer = subprocess.run(self.gate(pull), capture_output=True, check=False, cwd=ROOT)
        report = json.loads(answer.stdout)
        found: dict[str, list[str]] = {}
        for finding in report["findings"]:
            found.setdefault(finding["rule"], []).append(finding["subject"])
        for rule, addresses in truth.items():
            if sorted(found.get(rule, [])) != addresses:
                self.wrong.append(
                    f"{pull.name}: {rule}: {len(found.get(rule, []))} found, {len(addresses)} planted"
                )
        blocking = {
            "terraform.wildcard_iam",
            "terraform.open_ingress",
            "terraform.public_database",
            "terraform.encryption_disabled",
        }
        for rule in blocking - set(truth):
            if rule in found:
                self.wrong.append(f"{pull.name}: {rule}: found, though none was planted")
        if not truth and report["decision"] not in ("pass", "warn"):
            self.wrong.append(
                f"{pull.name}: decision {report['decision']}, pass expected: {report['reasons'][:2]}"
            )


def small(bench: Bench) -> None:
    """200 resources, 30 changed files, beside conftest and checkov."""
    shapes: tuple[tuple[str, dict[str, Any], float], ...] = (
        ("200, clean, no HCL", {"dirty": False, "hcl": 0}, 2.0),
        ("200, clean, ten .tf", {"dirty": False, "hcl": 10}, 4.0),
        ("200, findings", {"dirty": True, "hcl": 0}, 5.0),
    )
    for what, shape, limit in shapes:
        pull = bench.folder / what.replace(" ", "-").replace(",", "")
        truth = write_pull(pull, 200, files=30, **shape)
        bench.check_truth(pull, truth)
        if bench.conftest:
            peer = [bench.conftest, "test", "-p", str(HERE / "policies"), str(pull / "plan.json")]
            bench.add(f"{what} / conftest", alternate(bench.gate(pull), peer, bench.runs), limit)
        if bench.checkov:
            peer = [
                bench.checkov,
                "-f",
                str(pull / "plan.json"),
                "--quiet",
                "--compact",
                "--skip-download",
            ]
            bench.add(
                f"{what} / checkov", alternate(bench.gate(pull), peer, 3), 10.0, at_least=True
            )


def medium(bench: Bench) -> None:
    """2,000 resources beside conftest."""
    pull = bench.folder / "2000"
    bench.check_truth(pull, write_pull(pull, 2_000, files=30, dirty=True, hcl=0))
    if bench.conftest:
        peer = [bench.conftest, "test", "-p", str(HERE / "policies"), str(pull / "plan.json")]
        bench.add("2,000, findings / conftest", alternate(bench.gate(pull), peer, bench.runs), 1.0)


def large(bench: Bench) -> None:
    """20,000 resources beside `opa eval` on the raw plan, and beside reading it alone."""
    for dirty in (False, True):
        pull = bench.folder / f"20000-{'findings' if dirty else 'clean'}"
        bench.check_truth(pull, write_pull(pull, 20_000, files=30, dirty=dirty, hcl=0))
        plan = str(pull / "plan.json")
        what = "20,000, findings" if dirty else "20,000, clean"
        peer = [bench.opa, "eval", "-d", str(HERE / "policies"), "-i", plan, "data.main"]
        pair = alternate(bench.gate(pull), peer, max(2, bench.runs // 2))
        bench.add(f"{what} / opa eval, time", pair, 12.0, at_least=True)
        bench.add(f"{what} / opa eval, memory", pair, 10.0, field="peak", at_least=True)
        reader = [sys.executable, str(HERE / "read_plan.py"), plan]
        bench.add(f"{what} / reading alone", alternate(bench.gate(pull), reader, bench.runs), 2.5)


def linear(bench: Bench, sizes: tuple[int, ...]) -> None:
    """CPU time from 2,000 resources on, against a straight line through the first two sizes."""
    times: list[float] = []
    for size in sizes:
        pull = bench.folder / f"linear-{size}"
        write_pull(pull, size, files=1, dirty=True, hcl=0)
        times.append(min(run(bench.gate(pull)).cpu for _ in range(2)))
        shutil.rmtree(pull)
    growth = (times[-1] - times[0]) / (sizes[-1] - sizes[0])
    base = (times[1] - times[0]) / (sizes[1] - sizes[0])
    what = f"{sizes[0]:,} to {sizes[-1]:,}: time a resource"
    ours, theirs = f"{growth * 1e6:.1f} us", f"{base * 1e6:.1f} us"
    bench.rows.append(Row(what, ours, theirs, growth / base, "at most 1.1x", growth / base <= 1.1))


def diffs(bench: Bench) -> None:
    """A 59 MB diff of 31,710 files: CPU seconds of the whole run."""
    pull = bench.folder / "big-diff"
    size = write_diff(pull, 31_710)
    cpu = min(run(bench.gate(pull)).cpu for _ in range(2))
    bench.rows.append(
        Row(
            f"diff of {size / 1e6:.0f} MB, CPU",
            f"{cpu:.2f} s",
            "2 s",
            cpu / 2,
            "at most 1x",
            cpu <= 2,
        )
    )


def ledger(bench: Bench, count: int = 100_000) -> None:
    """Verifying a long ledger, its checkpoint included, beside hashing its entries unchecked."""
    options = write_ledger(bench.folder, count)
    verify = [sys.executable, "-m", "gate", "ledger", "verify", *options]
    for way, what, limit in (
        ("quickly", "decoding, hashing", 3.0),
        ("library", "hashing by rfc8785", 1.0),
    ):
        hashing = [sys.executable, "-m", "bench.ledger", way, options[1]]
        pair = alternate(verify, hashing, min(bench.runs, 3))
        bench.add(f"verify {count:,} entries / {what}", pair, limit, field="cpu")
        if any(sample.code for sample in (*pair.ours, *pair.theirs)):
            bench.wrong.append(f"ledger: {what}: exit codes {pair}")


def tails(bench: Bench) -> None:
    """The last 1,000 entries of a stream, where ten and a hundred times as many lie before them."""
    sizes = (1_000, 10_000, 100_000)
    since = [write_stream(bench.folder, size) for size in sizes]
    taken = [read_tail(bench.folder, *one) for one in zip(sizes, since, strict=True)]
    for size, seconds in zip(sizes[1:], taken[1:], strict=True):
        ratio = seconds / taken[0]
        what = f"last 1,000 of {size:,} entries / of 1,000"
        shown = f"{seconds * 1e3:.0f} ms", f"{taken[0] * 1e3:.0f} ms"
        bench.rows.append(Row(what, *shown, ratio, "at most 4x", ratio <= 4))


def baseline(bench: Bench) -> None:
    """What is usual for an agent, read from its decisions, and how that grows with them."""
    from bench.baseline import SIZES, measure

    _grown(bench, "baseline", {size: sum(measure(bench.folder, size)) for size in SIZES}, 1.5)


def quota(bench: Bench) -> None:
    """A look at a limit whose window holds every reservation, and at one that holds a day."""
    from bench.quota import SIZES, WINDOWS, measure

    taken = {size: measure(bench.folder, size) for size in SIZES}
    day, every = WINDOWS
    _grown(bench, f"quota, {every}", {size: took[every] for size, took in taken.items()}, 1.5)
    least, most = taken[SIZES[0]][day], taken[SIZES[-1]][day]
    ratio, grown = most / least, SIZES[-1] // SIZES[0]
    what = f"quota, {day}: {SIZES[-1]:,} reservations / {SIZES[0]:,}"
    shown = f"{most * 1e3:.0f} ms", f"{least * 1e3:.0f} ms"
    bench.rows.append(Row(what, *shown, ratio, f"at most {grown // 10}x", ratio <= grown // 10))


def _grown(bench: Bench, what: str, taken: dict[int, float], limit: float) -> None:
    """Time an entry at each size against that at the smallest one: 1 is a straight line."""
    least = min(taken)
    base = taken[least] / least
    for size, seconds in taken.items():
        if size != least:
            each = seconds / size
            shown = f"{each * 1e6:.1f} us", f"{base * 1e6:.1f} us"
            words = f"at most {limit}x"
            bench.rows.append(
                Row(
                    f"{what}: an entry of {size:,} / of {least:,}",
                    *shown,
                    each / base,
                    words,
                    each / base <= limit,
                )
            )


def appends(_: Bench) -> None:
    """Appends per second on each engine with 1, 8 and 32 writers: a table of its own."""
    from bench.appends import main as measure_appends  # NOTE: psycopg and a PostgreSQL server

    measure_appends()


def main() -> int:
    """Run every part and print the table."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument(
        "--parts", default="small,medium,large,linear,diffs,ledger,tails,quota,baseline,appends"
    )
    parser.add_argument("--most", type=int, default=100_000, help="largest plan of `linear`")
    parser.add_argument(
        "--first",
        action="store_true",
        help="run what is measured before all else on the machine (as root, on Linux)",
    )
    arguments = parser.parse_args()
    if arguments.first:
        os.environ["BENCH_FIRST"] = "1"
    with tempfile.TemporaryDirectory(prefix="gate-bench-") as folder:
        bench = Bench(Path(folder), arguments.runs)
        for name in arguments.parts.split(","):
            if name == "linear":
                linear(bench, (2_000, 20_000, arguments.most))
            else:
                parts = {"small": small, "medium": medium, "large": large}
                parts |= {"diffs": diffs, "ledger": ledger, "tails": tails, "appends": appends}
                parts |= {"quota": quota, "baseline": baseline}
                parts[name](bench)
    for peer, path in (("conftest", bench.conftest), ("checkov", bench.checkov)):
        if path is None:
            print(f"(no {peer} on PATH: its rows are left out)")
    print(f"{'what':44} {'gate':>12} {'peer':>12} {'ratio':>8}  limit")
    for row in bench.rows:
        print(
            f"{row.what:44} {row.ours:>12} {row.theirs:>12} {row.ratio:7.2f}x  {row.limit}: {'holds' if row.holds else 'DOES NOT HOLD'}"
        )
    for line in bench.wrong:
        print(f"WRONG {line}")
    return 1 if bench.wrong else 0


def _opa() -> str:
    answer = subprocess.run(
        [sys.executable, "-m", "gate", "opa", "path"], capture_output=True, check=True, cwd=ROOT
    )
    return answer.stdout.decode().strip()


if __name__ == "__main__":
    sys.exit(main())
