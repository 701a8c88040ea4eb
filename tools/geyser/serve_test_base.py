"""What the tests of `geyser serve` share: the server, publishers and clients around it, in a folder of their own.

Needs the package python3-websockets (scripts/packages-ci.txt).
"""
import contextlib
import http.client
import json
import os
import shutil
import subprocess
import signal
import sys
import tempfile
import unittest
import urllib.parse

try:
    import websockets  # noqa: F401
except ImportError:
    # The interpreter that was found may not be the system's, for which the package is.
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    sys.exit("The tests of `geyser serve` need the package python3-websockets; scripts/packages-ci.txt names it.")

from serve_test_client import PATIENCE, Client

PROGRAM = ""
PUBLISHER = ""
TOKEN = "0123456789abcdef~-_."


class Serve(unittest.IsolatedAsyncioTestCase):
    """Each test has a runtime directory, and so streams, of its own."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="geyser-serve-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        runtime = os.path.join(self.folder, "runtime")
        os.mkdir(runtime, 0o700)
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": runtime}
        self.children = []
        self.addCleanup(self.end_children)
        self.url = None

    def end_children(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
            for pipe in (child.stdin, child.stdout, child.stderr):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def start(self, *arguments, **options):
        child = subprocess.Popen(arguments, env=self.environment, stdout=subprocess.PIPE, stderr=options.pop("stderr", None), **options)
        self.children.append(child)
        return child

    def geyser(self, *arguments, **options):
        return subprocess.run([PROGRAM, *arguments], capture_output=True, timeout=PATIENCE, env=self.environment, check=False, **options)

    def serve(self, *arguments, **options):
        child = self.start(PROGRAM, "serve", "--json", *arguments, **options)
        self.started = json.loads(child.stdout.readline())
        self.assertEqual(self.started["event"], "started")
        self.url = self.started["url"]
        return child

    def publish(self, name, *arguments):
        child = self.start(PROGRAM, "publish", name, "--json", *arguments, stdin=subprocess.PIPE)
        self.assertEqual(json.loads(child.stdout.readline())["event"], "started")
        return child

    def publish_raw(self, name, width, height, form="rgba8_unorm", device="host", *arguments):
        """Frames come by feed()."""
        return self.publish(name, "--raw", "--size", f"{width}x{height}", "--format", form, "--device", device, *arguments)

    @staticmethod
    def feed(child, payload):
        child.stdin.write(payload)
        child.stdin.flush()

    def stop(self, child, how=signal.SIGTERM):
        child.send_signal(how)
        out, _ = child.communicate(timeout=PATIENCE)
        return child.returncode, out.decode()

    async def connect(self, **options):
        client = await Client.connect(self.url, **options)
        self.addAsyncCleanup(client.drop)
        return client

    def request(self, target, method="GET", headers=None, token=True):
        parts = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)
        if token:
            target += "?" + parts.query
        connection.request(method, target, headers=headers or {})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), body

    async def still_serves(self):
        client = await self.connect()
        await client.alive(1)
        await client.close()


def main(least):
    """Arguments: PATH_OF_GEYSER PATH_OF_THE_TEST_PUBLISHER [TEST...]. Fails when fewer than `least` of all tests ran."""
    global PROGRAM, PUBLISHER
    PROGRAM, PUBLISHER = sys.argv[1:3]
    result = unittest.main(module="__main__", argv=[sys.argv[0], *sys.argv[3:]], verbosity=2, exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    ran = result.testsRun - len(result.skipped)
    if len(sys.argv) == 3 and ran < least:
        sys.exit(f"only {ran} tests ran, {least} should have")
