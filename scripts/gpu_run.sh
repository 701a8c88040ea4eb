#!/usr/bin/env bash
# Everything that counts on real hardware, from programs that were built elsewhere.
#
#   scripts/gpu_run.sh --collect [BUILD]     where it was built: puts the shared libraries and the validation layer beside the programs
#   scripts/gpu_run.sh OUTPUT [BUILD]        on the GPU machine: runs it all, writes into the folder OUTPUT, summary last
#
# BUILD is build/gpu unless given: BUILD/bin has the programs; BUILD/lib, BUILD/lib-loader, BUILD/layers and BUILD/dawn are what --collect put there.
# A step that fails does not stop the others; the exit status is 1 if any failed. All together ends within GEYSER_GPU_SECONDS (460).
#   GEYSER_GPU_DEVICE             which device the conformance suite takes (nvidia)
#   GEYSER_GPU_INDEX              the same device as a number for the benchmarks (0)
#   GEYSER_GPU_MACHINE            words for the matrix ("one NVIDIA H200")
#   GEYSER_BENCH_REPETITIONS      repetitions of each benchmark (9)
#   GEYSER_BENCH_REPETITION_MS    milliseconds of each repetition (20)
#   GEYSER_STREAM_SECONDS         about how long streams are measured (55)
#   GEYSER_GPU_PYTHON             the folder with the Python package that bindings/python/gpu_bundle tells how to build; empty: no Python
#   GEYSER_GPU_STEPS              which steps, as an extended regular expression over their whole names (.*)
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
loader_libraries=(libvulkan.so.1 libEGL.so.1 libGLX.so.0 libGLdispatch.so.0)

collect() {
  local build=$1 program library json
  mkdir -p "$build/lib" "$build/layers"
  json=$(find /usr/share/vulkan/explicit_layer.d /etc/vulkan/explicit_layer.d -name 'VkLayer_khronos_validation.json' 2>/dev/null | head -n 1)
  if [[ -n $json ]]; then
    library=$(ldconfig -p | awk '/libVkLayer_khronos_validation\.so / {print $NF; exit}')
    [[ -n $library ]] || library=$(find /usr/lib -name libVkLayer_khronos_validation.so | head -n 1)
    cp -f "$json" "$build/layers/" && cp -fL "$library" "$build/lib/"
  else
    echo "no Khronos validation layer is installed here; the run will be without" >&2
  fi
  # The C and C++ runtimes are the machine's own.
  for program in "$build"/bin/* "$build"/lib/*.so*; do
    [[ -f $program && (-x $program || $program == *.so*) ]] && ldd "$program" 2>/dev/null
  done | awk '/=> \// {print $3}' | grep -vE '/(libc|libm|libdl|libpthread|librt|libgcc_s|libstdc\+\+|ld-linux[^/]*|libvulkan)\.so' | sort -u |
    while read -r library; do
      [[ $library == "$build"/* ]] || cp -fL "$library" "$build/lib/"
    done
  # Dawn, for the tests of WebGPU: what scripts/dawn fetched goes beside the library that tests/webgpu made of it.
  for pair in new old; do
    [[ -d $build/dawn/$pair && -e $root/build/dawn/$pair/lib/dawn.node ]] && cp -f "$root/build/dawn/$pair/lib/dawn.node" "$build/dawn/$pair/"
  done
  # A machine that only computes may lack the Vulkan loader, and libglvnd, which NVIDIA's driver opens; these are used there and nowhere else.
  rm -rf "$build/lib-loader" && mkdir -p "$build/lib-loader"
  for library in "${loader_libraries[@]}"; do
    program=$(ldconfig -p | awk -v name="$library" '$1 == name && /x86-64/ {print $NF; exit}')
    if [[ -z $program ]]; then
      echo "$library is not installed here and is not collected" >&2
      continue
    fi
    cp -fL "$program" "$build/lib-loader/"
    ldd "$program" | awk '/=> \// {print $3}' | grep -vE '/(libc|libm|libdl|libpthread|librt|ld-linux[^/]*)\.so' |
      while read -r needed; do cp -fL "$needed" "$build/lib-loader/"; done
  done
  du -sh "$build/bin" "$build/lib" "$build/lib-loader" "$build/layers"
}

if [[ ${1-} == --collect ]]; then
  collect "${2-$root/build/gpu}"
  exit
fi
if [[ $# -lt 1 || $1 == -* ]]; then
  sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2
  exit 2
fi

mkdir -p "$1" || exit 1
out=$(cd "$1" && pwd)
build=${2-$root/build/gpu}
bin=$build/bin
device=${GEYSER_GPU_DEVICE-nvidia}
machine=${GEYSER_GPU_MACHINE-$( (nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null || echo "no GPU") | head -n 1)}
deadline=$((SECONDS + ${GEYSER_GPU_SECONDS-460}))
failed=0
log=$out/run.log
: >"$log"
: >"$out/summary.txt"

for library in "${loader_libraries[@]}"; do
  if [[ -d $build/lib-loader ]] && ! ldconfig -p | grep -q "$library "; then
    echo "this machine has no $library: those that were collected are used" | tee -a "$out/summary.txt"
    export LD_LIBRARY_PATH=$build/lib-loader${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    break
  fi
done
# Some installations keep the driver's manifest where no loader looks.
if [[ -z ${VK_DRIVER_FILES-}${VK_ICD_FILENAMES-} && ! -e /etc/vulkan/icd.d/nvidia_icd.json && ! -e /usr/share/vulkan/icd.d/nvidia_icd.json ]]; then
  for manifest in /usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json /usr/local/share/vulkan/icd.d/nvidia_icd.json; do
    [[ -e $manifest ]] && export VK_DRIVER_FILES=$manifest VK_ICD_FILENAMES=$manifest && break
  done
fi
if [[ -z ${__EGL_VENDOR_LIBRARY_FILENAMES-} && ! -e /usr/share/glvnd/egl_vendor.d/10_nvidia.json ]]; then
  for manifest in /usr/local/nvidia/share/glvnd/egl_vendor.d/10_nvidia.json; do
    [[ -e $manifest ]] && export __EGL_VENDOR_LIBRARY_FILENAMES=$manifest
  done
fi
for folder in /usr/local/nvidia/lib64 /usr/local/nvidia/lib; do
  if ! ldconfig -p | grep -q 'libcuda.so.1 ' && [[ -e $folder/libcuda.so.1 ]]; then
    export LD_LIBRARY_PATH=$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    break
  fi
done
[[ -d $build/lib ]] && export LD_LIBRARY_PATH=$build/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
[[ -d $build/layers && -z ${VK_LAYER_PATH-} ]] && export VK_LAYER_PATH=$build/layers

if [[ -e $build/dawn/new/dawn.node ]]; then
  export GEYSER_DAWN_LIBRARY=$build/dawn/new/dawn.node GEYSER_DAWN_LIBRARY_OLD=$build/dawn/old/dawn.node
  export GEYSER_BENCH_DAWN=$build/dawn/new/libwebgpu_dawn.so
fi
export GEYSER_TEST_DAWN_DEVICE=$device

wanted() { [[ $1 =~ ^(${GEYSER_GPU_STEPS-.*})$ ]]; }

# step NAME SECONDS PROGRAM ARGUMENTS...: its output goes to run.log, one line about it to summary.txt.
step() {
  local name=$1 limit=$2 program=$3 begin=$SECONDS left status verdict detail output
  shift 3
  wanted "$name" || return 0
  left=$((deadline - SECONDS))
  ((limit > left)) && limit=$left
  output=$out/.step.txt
  {
    echo
    echo "==== $name: ${program##*/} $*"
  } >>"$log"
  if [[ ! -x $program ]]; then
    echo "${program##*/} was not built" >"$output"
    status=127
  elif ((limit < 1)); then
    echo "no time was left for it" >"$output"
    status=124
  else
    timeout --kill-after=5 "$limit" "$program" "$@" >"$output" 2>&1
    status=$?
  fi
  cat "$output" >>"$log"
  case $status in
    0) verdict=ok ;;
    77) verdict=SKIPPED ;;
    124 | 137) verdict="TIMED OUT" ;;
    127) verdict=ABSENT ;;
    *) verdict="FAILED ($status)" ;;
  esac
  # A skip on the machine that this script is for means that nothing was tested.
  ((status == 0)) || failed=1
  detail=$(grep -aE '^(\[  (PASSED|FAILED) |\[  SKIPPED \].*tests?, listed|Floor|FLOOR|SKIPPED:|VALIDATION IS OFF|[0-9]+ cases)' "$output" | tail -n 6 | paste -sd ';' -)
  [[ -n $detail || $status -eq 0 ]] || detail=$(tail -n 1 "$output")
  printf '%-27s %-12s %4ds  %s\n' "$name" "$verdict" $((SECONDS - begin)) "${detail:0:400}" | tee -a "$out/summary.txt"
  rm -f "$output"
}

# optional: as step, for programs that a build may lack.
optional() {
  wanted "$1" || return 0
  if [[ -x $3 ]]; then
    step "$@"
  else
    echo "$1: ${3##*/} was not built and is left out" | tee -a "$out/summary.txt"
  fi
}

# save NAME FILE PROGRAM ARGUMENTS...: as step, with the program's standard output in OUTPUT/FILE.
save() {
  local name=$1 file=$2
  shift 2
  step "$name" 30 /bin/bash -c 'set -e; file=$1; shift; "$@" >"$file"' save "$out/$file" "$@"
}

date=$(date -u +%Y-%m-%d)
{
  echo "$date, $machine, $(nproc) cores, $(uname -sr)"
} | tee -a "$out/summary.txt" "$log" >/dev/null

step unit 60 "$bin/geyser_unit_tests" --gtest_brief=1
save devices devices.json "$bin/geyser" devices --json
save formats formats.json "$bin/geyser" formats --json
for example in vulkan_to_vulkan timeline_semaphore_pipeline; do
  step "$example" 30 "$bin/$example"
done
# Hand-overs are timed by a process of their own: what the others leave to the GPU (memory to clear, a third device's context) delays them.
for part in 'benchmarks:-zero_copy|crossing' benchmarks-hand-over:zero_copy benchmarks-crossing:crossing; do
  step "${part%%:*}" 150 "$bin/geyser_bench" "--device=${GEYSER_GPU_INDEX-0}" "--benchmark_filter=${part#*:}" \
    "--benchmark_repetitions=${GEYSER_BENCH_REPETITIONS-9}" "--benchmark_min_time=${GEYSER_BENCH_MIN_TIME-0.02}" \
    --benchmark_enable_random_interleaving=true --benchmark_out_format=json "--benchmark_out=$out/${part%%:*}.json"
done
# On its own too: it measures wake-ups, and how many cores readers find free.
optional streams 110 "$bin/geyser_stream_bench" --device "$device" --seconds "${GEYSER_STREAM_SECONDS-55}" --out "$out/streams.json"
optional ipc 60 "$bin/geyser_ipc_tests" --gtest_brief=1
optional stream 60 "$bin/geyser_stream_tests" --gtest_brief=1
optional stream_faults 120 "$bin/geyser_stream_faults" --gtest_brief=1 "--gtest_filter=-Volume.*:Pairs/*"
pictures=$(mktemp -d)
optional demo 60 "$bin/geyser_demo" "$pictures/demo.png" --device "$device" --seconds 3
rm -rf "$pictures"
for example in many_readers resize_and_restart vulkan_to_opengl vulkan_to_cuda opengl_publisher mixed_readers; do
  optional "$example" 30 "$bin/$example"
done
# Two programs, two APIs: OpenGL draws, a CUDA kernel reads.
optional opengl_to_cuda 40 /bin/bash -c '"$1" --name opengl_to_cuda --frames 100000 & publisher=$!
  for try in {1..100}; do "$2" list --json | grep -q opengl_to_cuda && break; sleep 0.1; done
  "$3" --name opengl_to_cuda --frames 60; status=$?; kill $publisher; exit $status' opengl_to_cuda "$bin/opengl_publisher" "$bin/geyser" "$bin/cuda_subscriber"
optional opengl 60 "$bin/geyser_opengl_tests" --gtest_brief=1
for suite in vulkan vulkan_commands opengl cuda streams; do
  optional "c_$suite" 30 "$bin/geyser_c_tests" "$suite"
done
# A process of its own for each suite: NVIDIA's driver gives one process some dozens of instances in its life.
for pair in new old; do
  for suite in Pair Content State Trap Refusal Stream Leak; do
    optional "webgpu_${pair}_$suite" 60 "$bin/geyser_webgpu_tests_$pair" --gtest_brief=1 "--gtest_filter=*$suite*"
  done
done
if [[ -x $bin/webgpu_subscriber ]]; then
  optional webgpu_subscriber 40 /bin/bash -c '"$1" publish webgpu --pattern smpte --size 1920x1080 --device "$3" & publisher=$!
    for try in {1..100}; do "$1" list --json | grep -q webgpu && break; sleep 0.1; done
    "$2" --name webgpu --dawn "$4" --frames 60 --output "$5"; status=$?; kill $publisher; exit $status' \
    webgpu_subscriber "$bin/geyser" "$bin/webgpu_subscriber" "$device" "$build/dawn/new/libwebgpu_dawn.so" "$out/webgpu.png"
fi
optional stream_mixed 60 "$bin/geyser_stream_mixed" --gtest_brief=1 "--gtest_filter=*$device*"
[[ -z ${GEYSER_GPU_PYTHON-} ]] || optional python 120 /bin/bash -c 'cd "$1" && PYTHONPATH=$1${PYTHONPATH:+:$PYTHONPATH} python3 -m pytest -q -c "$2/bindings/python/pyproject.toml" "$2/bindings/python/tests/test_cuda.py"' \
  python "$GEYSER_GPU_PYTHON" "$root"
step conformance 240 "$bin/geyser_conformance" --gtest_brief=1 --matrix "$out/matrix.json" --date "$date" --machine "$machine"
step regression 120 "$bin/geyser_regression_tests" --gtest_brief=1
step fake_vulkan 90 "$bin/geyser_fake_vulkan_tests" --gtest_brief=1

# A benchmark that failed, as against one that the driver cannot do, leaves a message and no exit status.
if grep -qs '"failed: ' "$out"/benchmarks*.json "$out"/streams.json; then
  failed=1
  echo "benchmarks that failed:" | tee -a "$out/summary.txt"
  grep -oshE '"failed: [^"]*' "$out"/benchmarks*.json "$out"/streams.json | sort -u | cut -c2- | tee -a "$out/summary.txt"
fi

echo
echo "---- summary ($out)"
cat "$out/summary.txt"
if ((failed)); then echo "RESULT: something failed; see run.log"; else echo "RESULT: all well"; fi
exit $failed
