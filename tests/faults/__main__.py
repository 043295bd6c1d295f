"""kill -9 while the story plays: `python -m tests.faults [VICTIM…] [--seed N] [--data DIR]`, apart from `make test`, some minutes long.

On a real suite, for each victim (every service, the embedded server, the process that starts services, the story itself) a new run of the
story is begun, the victim is killed in the middle of a chapter, and then the story must end by itself (the story's own run: when it is
played again) and `sifang verify` must hold. Exit code 1 if one does not.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from suite.folder import ROOT
from suite.parts import PARTS
from tests.suite import running
from tests.suite.running import COMMAND, Started, environment

POSTGRES, NURSERY, STORY = "postgres", "nursery", "story"
VICTIMS = (*PARTS, POSTGRES, NURSERY, STORY)
STORY_SECONDS = 240.0
VERIFY_SECONDS = 120.0
LONGEST_DELAY_SECONDS = 1.5
# The chapter in which each has most to lose; the kill comes up to so many seconds into it.
CHAPTERS = {
    "gateway": "the seller gets a limit",
    "payments": "lenders fund",
    "p2p": "lenders fund",
    "ecommerce_credit": "the seller gets a limit",
    "info_broker": "a visitor finds",
    "sandbox": "a buyer binds",
    POSTGRES: "lenders fund",
    NURSERY: "a buyer binds",
    STORY: "lenders fund",
}


@dataclass(frozen=True)
class Outcome:
    victim: str
    seconds: float
    story: int
    verify: int
    told: str

    @property
    def survived(self) -> bool:
        return (self.story, self.verify) == (0, 0)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("victims", nargs="*", default=list(VICTIMS), metavar="VICTIM", help=", ".join(VICTIMS))
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="of the moments of the kills")
    arguments = parser.parse_args()
    unknown = set(arguments.victims) - set(VICTIMS)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}: choose from {', '.join(VICTIMS)}")
    print(f"seed {arguments.seed}", flush=True)
    chance = random.Random(arguments.seed)
    with _suite() as suite:
        outcomes = [_try(suite, victim, chance) for victim in arguments.victims]
    lost = [outcome.victim for outcome in outcomes if not outcome.survived]
    print(f"{len(outcomes)} killed, {len(lost)} not survived{': ' + ', '.join(lost) if lost else ''}")
    return 1 if lost else 0


def _try(suite: Started, victim: str, chance: random.Random) -> Outcome:
    began = time.monotonic()
    delay = chance.uniform(0, LONGEST_DELAY_SECONDS)
    story, told = _play_and_kill(suite, victim, delay)
    verify = _sifang(suite, "verify", seconds=VERIFY_SECONDS)
    outcome = Outcome(victim, time.monotonic() - began, story, verify.returncode, told)
    print(
        f"{victim:<18} killed {delay:.2f} s into “{CHAPTERS[victim]}…”: story {'ended well' if story == 0 else 'FAILED'},"
        f" verify {'holds' if verify.returncode == 0 else 'FAILED'}, {outcome.seconds:.0f} s",
        flush=True,
    )
    if not outcome.survived:
        print(told, verify.stdout, verify.stderr, sep="\n", flush=True)
    return outcome


def _play_and_kill(suite: Started, victim: str, delay: float) -> tuple[int, str]:
    """Exit code and words of a story during which the victim was killed. A story that does not end is a failed one."""
    told = []
    with subprocess.Popen(
        [*COMMAND, "demo", "--data", str(suite.folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env=environment({"PYTHONUNBUFFERED": "1"}),
    ) as story:
        assert story.stdout is not None
        alarm = time.monotonic() + STORY_SECONDS
        killed = False
        for line in story.stdout:
            told.append(line)
            if not killed and CHAPTERS[victim] in line:
                time.sleep(delay)
                os.kill(story.pid if victim == STORY else _pid(suite, victim), signal.SIGKILL)
                killed = True
            if time.monotonic() > alarm:
                story.kill()
        code = story.wait()
    if victim == STORY and killed:
        again = _sifang(suite, "demo", seconds=STORY_SECONDS)
        return again.returncode, again.stdout + again.stderr
    return (code if killed else 1), "".join(told)


def _pid(suite: Started, victim: str) -> int:
    if victim == POSTGRES:
        mark = next(suite.folder.glob("postgres/**/postmaster.pid"))
        return int(mark.read_text().split("\n")[0])
    if victim == NURSERY:
        found = suite.pid("payments")
        assert found is not None
        return running.parent_of(found)
    pid = suite.pid(victim)
    assert pid is not None, f"{victim} does not run"
    return pid


def _sifang(suite: Started, *arguments: str, seconds: float) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *arguments, "--data", str(suite.folder)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(),
        check=False,
        timeout=seconds,
    )


@contextmanager
def _suite() -> Iterator[Started]:
    place = Path(tempfile.mkdtemp(prefix="sifang-faults-"))
    place.chmod(0o711)
    suite = running.start(place / "whole")
    try:
        suite.wait_until_running()
        yield suite
    finally:
        if suite.process.poll() is None:
            suite.end(signal.SIGTERM)
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
