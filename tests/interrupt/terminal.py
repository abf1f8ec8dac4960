# Terminal: a conversation with rung on a pseudo-terminal, and how long it takes to come back.
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

PROMPT = b"rung> "


class Gone(Exception):
    """The program ended, or did not answer in time."""


class Terminal:
    def __init__(self, rung, args=(), state="/nonexistent", columns=4000):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="dumb", NO_COLOR="1", LC_ALL="C.UTF-8", INPUTRC="/dev/null",
                              XDG_STATE_HOME=state)
            os.execv(rung, [rung, *args])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self.seen = b""
        self.at = 0  # what lies before it was looked at
        self.came = 0.0  # when something was printed last
        self.asked = 0

    # What comes within so many seconds; False: nothing did.
    def read(self, seconds):
        if not select.select([self.fd], [], [], max(seconds, 0))[0]:
            return False
        try:
            part = os.read(self.fd, 65536)
        except OSError:
            part = b""
        if not part:
            raise Gone("the program ended; seen: ..." + self.tail())
        self.came = time.monotonic()
        self.seen += part
        return True

    def tail(self):
        return self.seen[-400:].decode(errors="replace")

    def expect(self, text, seconds):
        end = time.monotonic() + seconds
        while True:
            found = self.seen.find(text, self.at)
            if found >= 0:
                self.at = found + len(text)
                return
            if not self.read(end - time.monotonic()):
                if time.monotonic() >= end:
                    raise Gone(f"{text!r} did not come in {seconds} s; seen: ..." + self.tail())

    # Keys, while what they print is read: neither side may wait for the other.
    def keys(self, text):
        text = text.encode()
        while text:
            while self.read(0):
                pass
            text = text[os.write(self.fd, text[:512]):]

    def say(self, text, seconds=120):
        self.expect(PROMPT, seconds)
        self.keys(text + "\n")

    def interrupt(self, by_key=True):
        if by_key:
            os.write(self.fd, b"\x03")
        else:
            os.kill(self.pid, signal.SIGINT)

    # Seconds until the prompt stands at the end of all that was printed, from `since` on; 0 when
    # it was there before.
    def back(self, since, seconds):
        end = since + seconds
        while not self.seen.endswith(PROMPT):
            if not self.read(end - time.monotonic()) and time.monotonic() >= end:
                raise Gone(f"no prompt in {seconds} s; seen: ..." + self.tail())
        self.at = len(self.seen)
        return max(self.came - since, 0)

    # Whether the next question is answered right.
    def usable(self, seconds=20):
        self.asked += 1
        want = 1000003 * self.asked
        self.keys(f"{want} - 1 + 1\n")
        self.expect(b"\r\n", seconds)
        self.expect(b"%d" % want, seconds)
        self.expect(PROMPT, seconds)

    def processor(self):
        """Seconds of the processor that the program has had."""
        return time.clock_gettime((~self.pid << 3) | 2)

    # The exit status; negative: the signal.
    def end(self, seconds=20):
        end = time.monotonic() + seconds
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
            try:
                self.read(0.02)
            except Gone:
                time.sleep(0.005)
            if time.monotonic() > end:
                self.kill()
                raise Gone("did not end; seen: ..." + self.tail())

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)
