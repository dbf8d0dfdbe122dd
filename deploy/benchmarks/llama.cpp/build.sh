#!/usr/bin/env bash
# Builds llama.cpp's batched benchmark from the source that PyPI's llama-cpp-python carries.
#
#   build.sh OUT [VERSION]
#
# OUT/bin/llama-batched-bench is what compare.py runs; OUT/python/bin/python has what gguf_model.py needs.
set -euo pipefail
out=${1:?usage: build.sh OUT [VERSION]}
version=${2:-0.3.36}
mkdir -p "$out"
out=$(cd "$out" && pwd)

python3 -m venv "$out/python"
"$out/python/bin/pip" install -q cmake ninja gguf numpy
"$out/python/bin/pip" download -q --no-deps --no-binary llama-cpp-python -d "$out" "llama-cpp-python==$version"
tar -xzf "$out/llama_cpp_python-$version.tar.gz" -C "$out"

export PATH="$out/python/bin:$PATH"
cmake -G Ninja -S "$out/llama_cpp_python-$version/vendor/llama.cpp" -B "$out" \
    -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON -DBUILD_SHARED_LIBS=OFF \
    -DLLAMA_CURL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF
ninja -C "$out" llama-batched-bench
