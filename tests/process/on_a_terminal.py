"""A shell on a terminal of its own: `python on_a_terminal.py foreground|background COMMAND…`.

Runs the command as the terminal's foreground or background job, with `stty tostop` set, and ends when it ends.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import termios

LFLAG = 3

if __name__ == "__main__":
    how, *command = sys.argv[1:]
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    attributes = termios.tcgetattr(0)
    attributes[LFLAG] |= termios.TOSTOP
    termios.tcsetattr(0, termios.TCSANOW, attributes)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # a shell may change who is in the foreground
    as_a_shell_would = lambda: signal.signal(signal.SIGTTOU, signal.SIG_DFL)  # noqa: E731
    job = subprocess.Popen(command, process_group=0, preexec_fn=as_a_shell_would)  # noqa: PLW1509 - there is one thread
    if how == "foreground":
        os.tcsetpgrp(0, job.pid)
    sys.exit(job.wait())
