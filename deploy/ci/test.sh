#!/usr/bin/env bash
# All tests. The commands are tested as a release build, as users run them; everything else as a debug
# build, whose checks are on.
set -euo pipefail
cd "$(dirname "$0")/../.."

swift build -c release --product dure
swift build -c release --product dure-bench
swift build --build-tests
DURE_BINARY="$PWD/.build/release/dure" DURE_BENCH_BINARY="$PWD/.build/release/dure-bench" swift test --skip-build
