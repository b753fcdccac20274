"""What the benchmarks share: rounds, medians, and one table or JSON document.

Machines are noisy: both sides run in one call, taking turns, and what counts is the ratio: how many times better than
the peer we are, larger is better for every metric.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.get("FULCRUM_BIN_DIR", os.path.join(os.path.dirname(HERE), "build", "bin"))


def arguments(description, rounds):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="one JSON document: {name, rows: [...]}")
    parser.add_argument("--rounds", type=int, default=rounds, metavar="N", help=f"rounds of each side ({rounds})")
    return parser


def need(*programs):
    """Ends with what is missing: half a comparison is none."""
    missing = [name for name in programs if not shutil.which(name)]
    if not os.path.exists(os.path.join(BIN, "fulcrum")):
        missing.append(os.path.join(BIN, "fulcrum") + " (./dev build)")
    if missing:
        sys.exit(f"bench: not installed: {', '.join(missing)}")


def say(text):
    print(text, file=sys.stderr, flush=True)


def fulcrum(*args, timeout=300, check=True):
    done = subprocess.run([os.path.join(BIN, "fulcrum"), *map(str, args)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=timeout)
    if check and done.returncode != 0:
        raise RuntimeError(f"fulcrum {' '.join(map(str, args))}: exit {done.returncode}: {done.stderr.strip()}")
    return done


class Comparison:
    """Values of both sides, metric by metric, in the order they are first given."""

    def __init__(self, name, peer):
        self.name, self.peer = name, peer
        self._metrics = {}

    def add(self, side, metric, unit, value, smaller_is_better=False):
        entry = self._metrics.setdefault(metric, {"unit": unit, "smaller": smaller_is_better, "ours": [], "theirs": []})
        entry[side].append(value)

    def rows(self):
        rows = []
        for metric, entry in self._metrics.items():
            if not entry["ours"] or not entry["theirs"]:
                continue
            ours, theirs = statistics.median(entry["ours"]), statistics.median(entry["theirs"])
            worse, better = (ours, theirs) if entry["smaller"] else (theirs, ours)
            rows.append({"metric": metric, "unit": entry["unit"], "ours": round(ours, 4), "peer": self.peer,
                         "theirs": round(theirs, 4), "ratio": round(better / worse, 3) if worse else None,
                         "rounds": min(len(entry["ours"]), len(entry["theirs"]))})
        return rows

    def tell(self, as_json, notes=()):
        rows = self.rows()
        if as_json:
            print(json.dumps({"name": self.name, "rows": rows}, indent=2))
            return
        print(f"{self.name}: medians of {min((r['rounds'] for r in rows), default=0)} rounds, taking turns")
        print(f"  {'':<28}{'fulcrum':>12}{self.peer:>16}{'ratio':>9}")
        for row in rows:
            spread = self._metrics[row["metric"]]
            print(f"  {row['metric'] + ', ' + row['unit']:<28}{row['ours']:>12.4g}{row['theirs']:>16.4g}{row['ratio']:>9.2f}"
                  f"   ({min(spread['ours']):.4g}–{max(spread['ours']):.4g} against"
                  f" {min(spread['theirs']):.4g}–{max(spread['theirs']):.4g})")
        for note in notes:
            print(f"  {note}")
