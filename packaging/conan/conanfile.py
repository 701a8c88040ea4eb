"""Packs the checkout that this recipe stands in. Consumers use the package's own CMake config: find_package(geyser COMPONENTS ...)."""
import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir

required_conan_version = ">=2.0"


class GeyserConan(ConanFile):
    name = "geyser"
    license = "MIT OR Apache-2.0"
    description = "Sharing GPU textures between APIs, devices and processes without copying"
    topics = ("gpu", "texture", "sharing", "vulkan", "ipc")
    package_type = "library"
    settings = "os", "compiler", "build_type", "arch"
    options = {"shared": [True, False], "fPIC": [True, False], "vulkan": [True, False], "opengl": [True, False], "cuda": [True, False],
               "c_interface": [True, False], "streams": [True, False]}
    default_options = {"shared": False, "fPIC": True, "vulkan": True, "opengl": False, "cuda": False, "c_interface": False, "streams": True}

    @property
    def _root(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        text = load(self, os.path.join(self._root, "CMakeLists.txt"))
        self.version = re.search(r"project\(geyser VERSION ([0-9.]+)", text).group(1)

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE-*", "README.md", "CHANGELOG.md", "docs/geyser.1", "cmake/*", "include/*", "src/*"):
            copy(self, pattern, self._root, self.export_sources_folder)

    def config_options(self):
        if self.settings.os == "Windows":
            del self.options.fPIC
        if self.settings.os != "Linux":
            # These rooms know Linux only.
            del self.options.opengl
            del self.options.cuda
            del self.options.c_interface

    def configure(self):
        if self.options.shared:
            self.options.rm_safe("fPIC")

    def validate(self):
        check_min_cppstd(self, 20)

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        if self.options.vulkan:
            self.requires("vulkan-headers/[>=1.3.239]", transitive_headers=True)
        if self.options.streams:
            self.requires("flatbuffers/[>=2.0.8]", visible=False)

    def build_requirements(self):
        if self.options.streams:
            self.tool_requires("flatbuffers/<host_version>")

    def generate(self):
        toolchain = CMakeToolchain(self)
        for name in ("vulkan", "opengl", "cuda", "streams"):
            toolchain.cache_variables[f"GEYSER_WITH_{name.upper()}"] = bool(self.options.get_safe(name, False))
        toolchain.cache_variables["GEYSER_WITH_C"] = bool(self.options.get_safe("c_interface", False))
        for name in ("TESTS", "TOOLS", "EXAMPLES", "BENCHMARKS"):
            toolchain.cache_variables[f"GEYSER_BUILD_{name}"] = False
        toolchain.cache_variables["GEYSER_WERROR"] = False
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE-*", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))

    def package_info(self):
        self.cpp_info.set_property("cmake_find_mode", "none")  # the installed config is the one that knows the components
        self.cpp_info.builddirs.append(os.path.join("lib", "cmake", "geyser"))
