# The commands that people type. Everything else is CMake: cmake --preset dev && cmake --build --preset dev.
.PHONY: demo test test-windows test-rust bench format docs package clean
.DEFAULT_GOAL := test

JOBS ?= $(shell nproc)

build/%/build.ninja: CMakeLists.txt CMakePresets.json
	cmake --preset $*

demo: setup
	@$(MAKE) --no-print-directory build/dev/build.ninja
	cmake --build --preset dev -j $(JOBS) --target geyser_demo
	build/dev/bin/geyser_demo build/dev/demo.png

test: setup
	@$(MAKE) --no-print-directory build/dev/build.ninja
	cmake --build --preset dev -j $(JOBS)
	ctest --preset dev -j 2 $(GEYSER_CTEST_ARGS)

# Cross-built for Windows by two compilers, tests by Wine over an emulation of what its Vulkan lacks.
test-windows:
	scripts/test_windows

# The Rust crates, with the installed compilers; needs cargo.
test-rust: setup
	scripts/rust_check

bench: setup
	@$(MAKE) --no-print-directory build/release/build.ninja
	cmake --build --preset release -j $(JOBS) --target geyser_bench geyser_stream_bench
	build/release/bin/geyser_bench --benchmark_repetitions=5 --benchmark_enable_random_interleaving=true \
	  --benchmark_out=build/release/bench.json --benchmark_out_format=json
	build/release/bin/geyser_stream_bench --out build/release/streams.json
	scripts/bench_report.py build/release/bench.json build/release/streams.json --output build/release/benchmarks.md

format:
	scripts/format

docs: setup-ci
	@$(MAKE) --no-print-directory build/dev/build.ninja
	cmake --build --preset dev --target docs
	@echo "build/dev/docs/html/index.html"

package: setup-ci
	@$(MAKE) --no-print-directory build/release/build.ninja
	cmake --build --preset release -j $(JOBS)
	cpack --preset release

clean:
	rm -rf build

.PHONY: setup setup-ci
setup:
	@scripts/setup
setup-ci:
	@scripts/setup --ci
