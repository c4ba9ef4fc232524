"""memdil's part of the comparison: commands, and a process that takes turns."""

import json
import os
import subprocess

PROGRAM = os.environ["MEMDIL"]


def call(*args, timeout=150):
    """Runs a command and returns whether it succeeded, and what it said."""
    done = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, text=True, timeout=timeout)
    return done.returncode == 0, done.stdout, done.stderr.strip()


class Turns:
    """A process that measures a round of training steps when it is told to.
    It loads and warms up as soon as it is made."""

    def __init__(self, *args):
        command = [PROGRAM, "bench", "step", "--json", "--wait", *map(str, args)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def round(self):
        """The facts of the next round."""
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
        raise RuntimeError(self.process.stderr.read().strip() or "memdil ended early")

    def close(self):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
