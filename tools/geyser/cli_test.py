"""Runs the geyser program with good and bad input and checks exit codes, output and errors.

usage: cli_test.py PATH_OF_GEYSER
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

PROGRAM = ""
VERBS = ("list", "publish", "view", "snapshot", "record", "stat", "serve", "devices", "formats", "doctor", "bench", "completion")
ROOT = pathlib.Path(__file__).resolve().parents[2]


def geyser(*arguments, env=None):
    environment = dict(os.environ)
    environment.pop("NO_COLOR", None)
    environment.update(env or {})
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=200, env=environment, check=False)


def drivers():
    """Every driver that tests may use, SwiftShader of a browser included, so that there are two devices; as tests/support does it."""
    if "VK_DRIVER_FILES" in os.environ or "VK_ICD_FILENAMES" in os.environ:
        return {}
    standard = ("/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d")
    browsers = ("/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome")
    wanted = [((*standard, "/usr/local/nvidia/share/vulkan/icd.d"), ("nvidia_icd.json", "nvidia_icd.x86_64.json"))] if os.path.exists("/dev/nvidiactl") else []
    wanted += [(standard, ("lvp_icd.x86_64.json", "lvp_icd.json", "lvp_icd.aarch64.json")), (browsers, ("vk_swiftshader_icd.json",))]
    found = [next((path for folder in folders for path in (f"{folder}/{name}" for name in names) if os.access(path, os.R_OK)), None)
             for folders, names in wanted]
    files = ":".join(path for path in found if path)
    return {"VK_DRIVER_FILES": files, "VK_ICD_FILENAMES": files} if files else {}


DRIVERS = drivers()
NO_DRIVER = {"VK_DRIVER_FILES": "/nowhere/none.json", "VK_ICD_FILENAMES": "/nowhere/none.json"}


class CommandLine(unittest.TestCase):
    def test_help_of_program_and_verbs(self):
        for arguments in ((), *((verb,) for verb in VERBS)):
            with self.subTest(arguments):
                done = geyser(*arguments, "--help")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("Example", done.stdout)
                self.assertIn("Exit codes: 0 success", done.stdout)

    def test_version(self):
        done = geyser("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^geyser \d+\.\d+\.\d+\n$")

    def test_wrong_usage(self):
        for arguments in ((), ("fly",), ("formats", "--fly"), ("formats", "--kind", "cubic"), ("devices", "--device")):
            with self.subTest(arguments):
                done = geyser(*arguments)
                self.assertEqual(done.returncode, 2)
                self.assertEqual(done.stdout, "")
                self.assertIn("geyser: error:", done.stderr)
                self.assertIn("next: run `geyser --help`", done.stderr)

    def test_no_color_through_a_pipe(self):
        for verb in ("list", "devices", "formats", "doctor"):
            with self.subTest(verb):
                self.assertNotIn("\x1b", geyser(verb, env={"TERM": "xterm-256color"}).stdout)

    def test_full_disk_is_an_error(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full here")
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([PROGRAM, "formats"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=100, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Standard output cannot be written", done.stderr)


def long_options(verb):
    """Of `geyser verb --help`, without --help itself."""
    section = geyser(verb, "--help").stdout.split("Options:")[1].split("\n\n")[0]
    heads = [line.split()[0] for line in section.splitlines() if re.match(r"  -", line)]
    return {name for head in heads for name in head.split(",") if name.startswith("--")} - {"--help"}


def visible_verbs():
    section = geyser("--help").stdout.split("Subcommands:")[1].split("\n\n")[0]
    return [line.split()[0] for line in section.splitlines() if re.match(r"  \S", line)]


class Documents(unittest.TestCase):
    def test_verbs_are_all_tested(self):
        self.assertEqual(sorted(visible_verbs()), sorted(set(VERBS) - {"completion"}))

    def test_man_page_keeps_in_step(self):
        page = (ROOT / "docs/geyser.1").read_text(encoding="utf-8")
        verbs = page.split(".SH VERBS")[1].split("\n.SH ")[0]
        sections = {}
        for part in re.split(r"^\.SS ", verbs, flags=re.M)[1:]:
            # An option stands below .TP, at the start of a line.
            sections[part.split()[0]] = {name.replace("\\-", "-") for line in re.findall(r"^\.TP\n(.*)", part, flags=re.M)
                                         for name in re.findall(r"\\-\\-[a-z]+(?:\\-[a-z]+)*", line)}
        self.assertEqual(sorted(sections), sorted(visible_verbs()))
        for verb, options in sections.items():
            with self.subTest(verb):
                self.assertEqual(options, long_options(verb))
        if shutil.which("man"):
            done = subprocess.run(["man", "-l", "--warnings", ROOT / "docs/geyser.1"], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_completion_has_every_verb_and_option(self):
        for shell in ("bash", "zsh", "fish"):
            script = geyser("completion", shell)
            self.assertEqual(script.returncode, 0, script.stderr)
            for verb in visible_verbs():
                self.assertIn(verb, script.stdout)
                for option in long_options(verb):
                    self.assertIn("-l " + option.removeprefix("--") if shell == "fish" else option, script.stdout, f"{shell}: {verb} {option}")
            if shutil.which(shell):
                done = subprocess.run([shell, "-n"], input=script.stdout, capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""), shell)
        self.assertEqual(geyser("completion", "cmd").returncode, 2)

    def complete(self, *words):
        """What bash offers for the last of these words."""
        script = geyser("completion", "bash").stdout + """
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _geyser; printf '%s\\n' "${COMPREPLY[@]}"
        """
        path = os.path.dirname(os.path.abspath(PROGRAM)) + os.pathsep + os.environ["PATH"]
        done = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "PATH": path})
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_completion_in_bash(self):
        if not shutil.which("bash"):
            self.skipTest("bash is not installed")
        self.assertEqual(self.complete("geyser", "sn"), ["snapshot"])
        self.assertEqual(self.complete("geyser", "publish", "x", "--pat"), ["--pattern"])
        self.assertEqual(self.complete("geyser", "publish", "x", "--pacing", "l"), ["latest", "lockstep"])
        self.assertEqual(self.complete("geyser", "publish", "-p", "s"), ["smpte"])
        self.assertNotIn("completion", self.complete("geyser", ""))


class Formats(unittest.TestCase):
    def test_json_has_every_format_in_order(self):
        done = geyser("formats", "--json", "--no-devices")
        self.assertEqual(done.returncode, 0, done.stderr)
        formats = json.loads(done.stdout)["formats"]
        self.assertGreater(len(formats), 100)
        self.assertEqual([row["value"] for row in formats], list(range(1, len(formats) + 1)))
        by_name = {row["name"]: row for row in formats}
        self.assertEqual(len(by_name), len(formats))
        self.assertEqual(by_name["rgba8_unorm"]["vulkan"], 37)
        self.assertEqual(by_name["rgba8_unorm"]["webgpu"], "rgba8unorm")
        self.assertEqual(by_name["rgba8_unorm"]["srgb_twin"], "rgba8_srgb")
        self.assertEqual(by_name["rgba8_unorm"]["drm"], "AB24")
        self.assertEqual(by_name["rgb10a2_unorm"]["vulkan"], 64)  # A2B10G10R10
        self.assertEqual(len(by_name["nv12"]["planes"]), 2)
        self.assertEqual(by_name["astc_12x10_srgb"]["block"], [12, 10])
        for row in formats:
            twin = row["srgb_twin"]
            if twin:
                self.assertEqual(by_name[twin]["srgb_twin"], row["name"])
            self.assertNotIn("devices", row)

    def test_json_says_what_each_device_shares(self):
        done = geyser("formats", "rgba8_unorm", "rgba32_float", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        document = json.loads(done.stdout)
        self.assertEqual([row["name"] for row in document["formats"]], ["rgba8_unorm", "rgba32_float"])
        ids = [device["id"] for device in document["devices"]]
        self.assertIn("host", ids)
        for row in document["formats"]:
            host = row["devices"]["host"]
            self.assertTrue(host["shareable"])
            for dimension in ("d2", "d2_array", "cube", "cube_array", "d3"):
                support = host["dimensions"][dimension]["shared_memory"]
                self.assertTrue(support["export"] and support["import"])
                self.assertGreaterEqual(support["max_extent"][0], 1024)

    def test_text(self):
        done = geyser("formats")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertRegex(lines[0], r"^VALUE\s+NAME\s+KIND")
        self.assertGreater(len(lines), 101)
        wide = geyser("formats", "bgra8", "--wide")
        self.assertIn("AR24", wide.stdout)
        device = geyser("formats", "--kind", "bc", "--device", "host")
        self.assertEqual(device.returncode, 0, device.stderr)
        self.assertIn("14 of 14 formats can be shared", device.stdout)

    def test_webgpu_name(self):
        self.assertIn("rgb9e5_float", geyser("formats", "rgb9e5ufloat").stdout)

    def test_nothing_found(self):
        for arguments in (("no_such_format",), ("rgba8", "--device", "no such device"), ("rgba8", "--kind", "bc")):
            with self.subTest(arguments):
                done = geyser("formats", *arguments)
                self.assertEqual(done.returncode, 3)
                self.assertEqual(done.stdout, "")
                self.assertIn("next:", done.stderr)


class Devices(unittest.TestCase):
    def test_json(self):
        done = geyser("devices", "--json", "--explain")
        self.assertEqual(done.returncode, 0, done.stderr)
        document = json.loads(done.stdout)
        devices = {device["id"]: device for device in document["devices"]}
        host = devices["host"]
        self.assertEqual([m["type"] for m in host["memory"] if m["export"] and m["import"]], ["shared_memory"])
        self.assertGreater(host["shareable_formats"], 100)
        for device in devices.values():
            if "error" in device:
                continue
            for rung in device["memory"] + device["semaphores"]:
                if not (rung["export"] and rung["import"]):
                    self.assertTrue(rung.get("why_not"), rung)
        opened = [device for device in devices.values() if "error" not in device]
        self.assertEqual(len(document["pairs"]), len(opened) ** 2)
        for pair in document["pairs"]:
            self.assertTrue(pair["explanation"])
            if pair["exporter"] == pair["importer"]:
                self.assertTrue(pair["possible"], pair)

    def test_text_and_selection(self):
        done = geyser("devices", "--device", "host", "--explain")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("memory shared_memory", done.stdout)
        self.assertIn("host -> host", done.stdout)
        self.assertNotIn("vulkan:0", done.stdout)

    def test_nothing_found(self):
        done = geyser("devices", "--device", "0000:ff:1f.7")
        self.assertEqual(done.returncode, 3)
        self.assertIn("No device matches", done.stderr)

    def vulkan(self, env=None):
        done = geyser("devices", "--device", "vulkan", "--json", env=env)
        return json.loads(done.stdout)["devices"] if done.returncode == 0 else []

    def test_every_way_to_name_a_device(self):
        devices = self.vulkan(DRIVERS)
        for device in devices:
            exact = f"{device['device_uuid']}/{device['driver_uuid']}"
            for selector in (device["id"], device["id"].split(":")[1], device["device_uuid"], exact, device["name"].upper(), device["pci"]):
                if selector is None:
                    continue
                with self.subTest(selector):
                    done = geyser("devices", "--device", selector, "--json", env=DRIVERS)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertIn(device["id"], [each["id"] for each in json.loads(done.stdout)["devices"]])
            if device["luid"] is None:
                done = geyser("devices", "--device", "luid:0102030405060708", env=DRIVERS)
                self.assertEqual(done.returncode, 3, done.stderr)
        if devices:
            # The device is right and the driver is another one: not this device.
            done = geyser("devices", "--device", f"{devices[0]['device_uuid']}/00000000-0000-0000-0000-0000000000ff", env=DRIVERS)
            self.assertEqual(done.returncode, 3, done.stderr)

    def test_selectors_that_are_none(self):
        for selector in ("luid:", "luid:0102", "luid:010203040506070x", "luid:010203040506070809"):
            with self.subTest(selector):
                for verb in (("devices",), ("formats", "rgba8"), ("publish", "x", "--frames", "1")):
                    done = geyser(*verb, "--device", selector)
                    self.assertNotEqual(done.returncode, 0)
                    self.assertIn("16 hexadecimal digits", done.stderr)
        for verb in (("devices",), ("formats", "rgba8"), ("publish", "x", "--frames", "1")):
            done = geyser(*verb, "--device", "stream:nobody publishes this")
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn("There is no stream \"nobody publishes this\"", done.stderr)

    def test_of_equals_the_first_is_taken(self):
        devices = self.vulkan(DRIVERS)
        if len(devices) < 2 or len({device["type"] for device in devices}) != 1:
            self.skipTest("there are no two devices of one type")
        common = next((word for word in ("device", "llvm", "software", "e") if all(word in device["name"].lower() for device in devices)), None)
        self.assertIsNotNone(common, devices)
        for selector in (common, "vulkan"):
            done = geyser("bench", "--device", selector, "--json", "--size", "64x64", env=DRIVERS)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["device"]["device_uuid"], devices[0]["device_uuid"])

    def test_links(self):
        done = geyser("devices", "--device", "vulkan", "--links", "--json", env=DRIVERS)
        if done.returncode == 3:
            self.skipTest("there is no Vulkan device")
        self.assertEqual(done.returncode, 0, done.stderr)
        document = json.loads(done.stdout)
        devices = {device["id"]: device for device in document["devices"] if "error" not in device}
        self.assertEqual([(link["from"], link["to"]) for link in document["links"]], [(a, b) for a in devices for b in devices])
        identity = lambda device: (device["device_uuid"], device["driver_uuid"])
        for link in document["links"]:
            with self.subTest(f"{link['from']} -> {link['to']}"):
                same = identity(devices[link["from"]]) == identity(devices[link["to"]])
                self.assertEqual((link["same_device"], link["transport"] == "zero_copy"), (same, same))
                if same:
                    self.assertNotIn("median_ns", link)
                    continue
                ways = ["peer_copy", "pinned_copy", "host_copy"]
                self.assertIn(link["transport"], ways)  # read_back and upload work everywhere
                self.assertEqual([each["transport"] for each in link["rejected"]], ways[: ways.index(link["transport"])])
                for each in link["rejected"]:
                    self.assertTrue(each["error"]["message"].endswith("."), each)
                self.assertEqual(link["frame_bytes"], 3840 * 2160 * 4)
                self.assertGreaterEqual(link["frames"], 5)
                self.assertTrue(0 < link["fastest_ns"] <= link["median_ns"] < 60e9, link)
                self.assertAlmostEqual(link["bytes_per_second"] * link["median_ns"] / 1e9 / link["frame_bytes"], 1, 3)

    def test_links_for_people(self):
        devices = self.vulkan(DRIVERS)
        done = geyser("devices", "--device", "vulkan", "--links", env=DRIVERS) if devices else None
        if done is None:
            self.skipTest("there is no Vulkan device")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("links, for a frame of 3840x2160", done.stdout)
        for device in devices:
            self.assertRegex(done.stdout, f"{device['id']} -> {device['id']} +zero_copy +the same memory")
        if len(devices) > 1:
            self.assertRegex(done.stdout, r"vulkan:0 -> vulkan:1 .*copy +[0-9.]+ ms a frame, [0-9.]+ GB/s")
            self.assertNotIn("note:", done.stderr)

    def test_links_with_one_device_and_with_none(self):
        devices = self.vulkan(DRIVERS)
        if devices:
            done = geyser("devices", "--device", devices[0]["device_uuid"], "--links", env=DRIVERS)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("one Vulkan device here, and no other to reach", done.stderr)
        done = geyser("devices", "--links", env=NO_DRIVER)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no Vulkan device can be opened here", done.stderr)
        self.assertEqual(json.loads(geyser("devices", "--links", "--json", env=NO_DRIVER).stdout)["links"], [])

    def test_without_a_driver_host_memory_is_left(self):
        done = geyser("devices", env=NO_DRIVER)
        self.assertEqual(done.returncode, 0)
        self.assertIn("host", done.stdout)
        self.assertIn("geyser doctor", done.stderr)


class Doctor(unittest.TestCase):
    def test_json_agrees_with_the_exit_code(self):
        done = geyser("doctor", "--json")
        document = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if document["sharing_works"] else 4, done.stdout)
        checks = {finding["check"] for finding in document["findings"]}
        self.assertLessEqual({"descriptor limit", "shared memory", "vulkan loader", "sharing on host"}, checks)
        for finding in document["findings"]:
            if finding["health"] == "problem":
                self.assertTrue(finding["fix"] or finding["check"] == "descriptor limit", finding)
        vulkan = [f for f in document["findings"] if f["check"].startswith("sharing on vulkan")]
        self.assertEqual(document["sharing_works"], any(f["health"] == "ok" for f in vulkan))

    def test_without_a_driver(self):
        done = geyser("doctor", env=NO_DRIVER)
        self.assertEqual(done.returncode, 4, done.stdout)
        self.assertIn("fix: unset VK_DRIVER_FILES", done.stdout)
        self.assertIn("only host memory works", done.stdout)

    def test_a_driver_whose_library_is_gone(self):
        manifest = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"geyser-cli-test-{os.getpid()}.json")
        with open(manifest, "w", encoding="utf-8") as file:
            json.dump({"file_format_version": "1.0.0", "ICD": {"library_path": "./libvulkan_gone.so", "api_version": "1.3.0"}}, file)
        try:
            done = geyser("doctor", env={"VK_DRIVER_FILES": manifest, "VK_ICD_FILENAMES": manifest})
        finally:
            os.remove(manifest)
        self.assertEqual(done.returncode, 4, done.stdout)
        self.assertIn("libvulkan_gone.so", done.stdout)

    def test_few_descriptors_are_reported(self):
        done = subprocess.run(["sh", "-c", f'ulimit -n 200 && exec "{PROGRAM}" doctor --json'], capture_output=True, text=True, timeout=200, check=False)
        limit = [f for f in json.loads(done.stdout)["findings"] if f["check"] == "descriptor limit"]
        self.assertEqual([f["health"] for f in limit], ["warning"])
        self.assertTrue(limit[0]["fix"])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
