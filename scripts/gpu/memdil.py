"""memdil's part of the comparison: commands, and a process that takes turns."""

import json
import os
import subprocess
import tempfile
import threading

PROGRAM = os.environ["MEMDIL"]


def call(*args, timeout=150):
    """Runs a command and returns whether it succeeded, and what it said."""
    done = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, text=True, timeout=timeout)
    return done.returncode == 0, done.stdout, done.stderr.strip()


# What memdil says when a GPU does not record its steps.
UNRECORDED = "cannot record"


class Turns:
    """A process that measures a round of training steps when it is told to.
    It loads and warms up as soon as it is made."""

    def __init__(self, *args):
        command = [PROGRAM, "bench", "step", "--json", "--wait", *map(str, args)]
        self.notes = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.notes, text=True)

    def said(self):
        """Its warnings and errors so far."""
        self.notes.seek(0)
        return self.notes.read().strip()

    def round(self, timeout=150):
        """The facts of the next round."""
        late = threading.Timer(timeout, self.process.kill)
        late.start()
        try:
            return self.next(timeout)
        finally:
            late.cancel()

    def next(self, timeout):
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it says below why it ended
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line == "}\n":
                return json.loads("".join(lines))
        self.process.wait()
        raise RuntimeError(self.said() or f"memdil ended early, or took more than {timeout} s for a round")

    def close(self):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
