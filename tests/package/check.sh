#!/bin/sh
# check.sh install LINKAGE | find_package LINKAGE | pkg_config LINKAGE | add_subdirectory LINKAGE | deb static | vcpkg static | conan static    (LINKAGE: static or shared)
# Reads SOURCE (the checkout), BINARY (its build folder), WORK (a scratch folder), CXX, VULKAN, OTHERS (OpenGL and CUDA) and C (ON or OFF), CC where C is ON, LAUNCHER (compiler cache or
# empty), VERSION (the project's),
# TOOLCHAIN and RUNNER of a cross build.
set -eu
step=$1
linkage=$2
tree=$WORK/$linkage
build=$WORK/build-$step-$linkage
shared=OFF
# What two steps compile alike is compiled once.
export CCACHE_BASEDIR="$SOURCE" CCACHE_NOHASHDIR=1
[ "$linkage" = static ] || shared=ON

fresh() { rm -rf "$1" && mkdir -p "$1"; }
configure() {
  if [ -n "${TOOLCHAIN-}" ]; then
    cmake -G Ninja -DCMAKE_TOOLCHAIN_FILE="$TOOLCHAIN" -DGEYSER_WINDOWS_ROOTS="$tree" -DCMAKE_CXX_COMPILER_LAUNCHER="$LAUNCHER" -DCMAKE_BUILD_TYPE=MinSizeRel "$@"
  else
    cmake -G Ninja -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_CXX_COMPILER_LAUNCHER="$LAUNCHER" -DCMAKE_BUILD_TYPE=Debug "$@"
  fi
}
# Through the runner of a cross build, whose programs have a suffix.
run() {
  if [ -n "${RUNNER-}" ]; then "$RUNNER" "$1.exe"; else "$1"; fi
}
run_consumer() {
  run "$1/host_round_trip"
  run "$1/channel_pair"
  run "$1/stream_round_trip"
  [ "$VULKAN" = OFF ] || run "$1/vulkan_door"
  [ "$OTHERS" = OFF ] || run "$1/other_doors"
  [ "$C" = OFF ] || run "$1/c_round_trip"
}

case "$step" in
  install)
    mkdir -p "$WORK"
    rm -rf "$tree" "$tree.first"
    if [ "$linkage" = static ]; then
      cmake --install "$BINARY" --prefix "$tree.first" >/dev/null
    else
      configure -S "$SOURCE" -B "$build" -DBUILD_SHARED_LIBS=ON -DGEYSER_BUILD_TESTS=OFF -DGEYSER_BUILD_TOOLS=OFF \
        -DGEYSER_BUILD_EXAMPLES=OFF -DGEYSER_BUILD_BENCHMARKS=OFF -DGEYSER_WITH_VULKAN="$VULKAN" -DGEYSER_WITH_OPENGL="$OTHERS" -DGEYSER_WITH_CUDA="$OTHERS" -DGEYSER_WITH_C="$C" -DGEYSER_WERROR=ON
      cmake --build "$build" -j2
      cmake --install "$build" --prefix "$tree.first" >/dev/null
      # Only what carries GEYSER_API or GEYSER_INTERNAL_API shows; a symbol of the standard library's templates is weak and may show too.
      nm -D --defined-only -C "$build"/src/core/libgeyser_core.so | grep ' T ' | grep -v ' geyser::' && { echo "a symbol outside geyser:: shows"; exit 1; }
    fi
    mv "$tree.first" "$tree"  # an installed tree can be moved
    ;;
  find_package)
    fresh "$build"
    configure -S "$SOURCE/tests/package/consumer" -B "$build" -DGEYSER_FROM=find_package -DCMAKE_PREFIX_PATH="$tree" -DCONSUMER_VULKAN="$VULKAN" -DCONSUMER_OTHERS="$OTHERS" -DCONSUMER_C="$C"
    cmake --build "$build" -j2
    run_consumer "$build"
    ;;
  add_subdirectory)
    configure -S "$SOURCE/tests/package/consumer" -B "$build" -DGEYSER_FROM=add_subdirectory -DGEYSER_SOURCE="$SOURCE" \
      -DBUILD_SHARED_LIBS=$shared -DGEYSER_WERROR=ON -DCONSUMER_VULKAN="$VULKAN" -DCONSUMER_OTHERS="$OTHERS" -DCONSUMER_C="$C" -DGEYSER_WITH_VULKAN="$VULKAN" -DGEYSER_WITH_OPENGL="$OTHERS" -DGEYSER_WITH_CUDA="$OTHERS" -DGEYSER_WITH_C="$C"
    cmake --build "$build" -j2
    run_consumer "$build"
    ;;
  pkg_config)
    fresh "$build"
    PKG_CONFIG_PATH=$(dirname "$(find "$tree" -name geyser.pc)")
    export PKG_CONFIG_PATH
    for pair in host:host_round_trip ipc:channel_pair stream:stream_round_trip vulkan:vulkan_door; do
      package=geyser-${pair%%:*}
      program=${pair##*:}
      [ "$VULKAN" = ON ] || [ "$package" != geyser-vulkan ] || continue
      pkg-config --exists --print-errors "$package = $(pkg-config --modversion geyser)"
      [ "$program" != channel_pair ] || package="$package geyser-host"  # the program uses both rooms
      # shellcheck disable=SC2046,SC2086
      "$CXX" -std=c++20 -Wall -Wextra -Wpedantic -Werror "$SOURCE/tests/package/consumer/$program.cpp" -o "$build/$program" \
        $(pkg-config --cflags --libs $package)
    done
    if [ "$OTHERS" = ON ]; then
      # shellcheck disable=SC2046
      "$CXX" -std=c++20 -Wall -Wextra -Wpedantic -Werror "$SOURCE/tests/package/consumer/other_doors.cpp" -o "$build/other_doors" \
        $(pkg-config --cflags --libs geyser-opengl geyser-cuda)
    fi
    if [ "$C" = ON ]; then
      # shellcheck disable=SC2046
      "$CC" -std=c11 -Wall -Wextra -Wpedantic -Werror "$SOURCE/tests/package/consumer/c_round_trip.c" -o "$build/c_round_trip" \
        $(pkg-config --cflags --libs geyser-c)
    fi
    LD_LIBRARY_PATH=$(pkg-config --variable=libdir geyser)
    export LD_LIBRARY_PATH
    run_consumer "$build"
    ;;
  deb)
    fresh "$build"
    cpack --config "$BINARY/CPackConfig.cmake" -G DEB -B "$build/made" >"$build/cpack.log" 2>&1 || { cat "$build/cpack.log"; exit 1; }
    deb=$(find "$build/made" -maxdepth 1 -name '*.deb')
    dpkg-deb --info "$deb"
    dpkg-deb --extract "$deb" "$build/root"
    for file in bin/geyser include/geyser/geyser.hpp share/doc/libgeyser-dev/copyright share/doc/libgeyser-dev/changelog.Debian.gz share/man/man1/geyser.1.gz \
      share/bash-completion/completions/geyser share/zsh/vendor-completions/_geyser share/fish/vendor_completions.d/geyser.fish; do
      [ -f "$build/root/usr/$file" ] || { echo "the package holds no /usr/$file"; exit 1; }
    done
    "$build/root/usr/bin/geyser" formats >/dev/null
    configure -S "$SOURCE/tests/package/consumer" -B "$build/consumer" -DGEYSER_FROM=find_package -DCMAKE_PREFIX_PATH="$build/root/usr" \
      -DCONSUMER_VULKAN="$VULKAN" -DCONSUMER_OTHERS="$OTHERS" -DCONSUMER_C="$C"
    cmake --build "$build/consumer" -j2
    run_consumer "$build/consumer"
    ;;
  vcpkg)
    # What the port does, by functions that stand in for vcpkg's: see vcpkg_emulated.cmake.
    mkdir -p "$build/host/tools/flatbuffers"
    ln -sf "$(command -v flatc)" "$build/host/tools/flatbuffers/flatc"
    cmake -DPORT="$SOURCE/packaging/vcpkg/geyser" -DWORK="$build" -DLAUNCHER="$LAUNCHER" -DEXPECTED_VERSION="$VERSION" \
      -DFEATURES="streams;vulkan" -P "$SOURCE/tests/package/vcpkg_emulated.cmake"
    for file in share/geyser/usage share/geyser/LICENSE-MIT; do
      [ -f "$build/packages/$file" ] || { echo "the port installs no $file"; exit 1; }
    done
    configure -S "$SOURCE/tests/package/consumer" -B "$build/consumer" -DGEYSER_FROM=find_package -DCMAKE_PREFIX_PATH="$build/packages" -DCONSUMER_VULKAN=ON
    cmake --build "$build/consumer" -j2
    "$build/consumer/host_round_trip"
    "$build/consumer/channel_pair"
    "$build/consumer/vulkan_door"
    ;;
  conan)
    # Conan itself, with nothing from a remote: the rooms that need no other package.
    venv=$WORK/conan
    [ -x "$venv/bin/conan" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet conan==2.9.2; }
    CONAN_HOME=$build/home
    CC=${CC:-cc}
    CMAKE_CXX_COMPILER_LAUNCHER=$LAUNCHER
    export CONAN_HOME CC CXX CMAKE_CXX_COMPILER_LAUNCHER
    fresh "$CONAN_HOME"
    "$venv/bin/conan" profile detect
    "$venv/bin/conan" create "$SOURCE/packaging/conan" --no-remote -c tools.cmake.cmake_layout:test_folder="$build/test" -s compiler.cppstd=20 \
      -o 'geyser/*:vulkan=False' -o 'geyser/*:streams=False'
    ;;
  *)
    echo "check.sh: unknown step '$step'" >&2
    exit 2
    ;;
esac
