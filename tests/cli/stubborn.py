"""A process that starts another and neither of which ends when asked to: `python -m tests.cli.stubborn`."""

import os
import signal

if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    pid = os.fork()
    if pid:
        print(pid, flush=True)
    while True:
        signal.pause()
