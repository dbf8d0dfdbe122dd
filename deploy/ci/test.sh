#!/usr/bin/env bash
# All tests. The commands are tested as a release build, as users run them; everything else as a debug
# build, whose checks are on.
set -euo pipefail
cd "$(dirname "$0")/../.."

# An import that Package.swift does not declare is an error, not a warning.
readonly STRICT=(--explicit-target-dependency-import-check error)

# An independent Kafka client, for the tests that look at a worker from outside. Where PyPI is out of reach those
# tests are skipped, and say so.
readonly PYTHON_HOME="$PWD/.build/python"
if [ ! -x "$PYTHON_HOME/bin/python" ] || ! "$PYTHON_HOME/bin/python" -c 'import confluent_kafka' 2>/dev/null; then
  python3 -m venv "$PYTHON_HOME" && "$PYTHON_HOME/bin/pip" install --quiet --disable-pip-version-check \
    'confluent-kafka==2.16.1' jsonschema || echo "test: no confluent-kafka from PyPI; tests that need it are skipped"
fi

swift build -c release "${STRICT[@]}" --product dure
swift build -c release "${STRICT[@]}" --product dure-bench
swift build "${STRICT[@]}" --build-tests
export DURE_BINARY="$PWD/.build/release/dure" DURE_BENCH_BINARY="$PWD/.build/release/dure-bench"
export DURE_PYTHON="$PYTHON_HOME/bin/python"

# With arguments, such as --filter, only what they name.
if [ $# -gt 0 ]; then exec swift test "${STRICT[@]}" --skip-build "$@"; fi

# Brokers have time-outs, and a machine that is busy with everything else at once lets them pass: those tests come after
# the others, one by one.
readonly WITH_BROKERS='EndToEndTests|KafkaIntegrationTests'
swift test "${STRICT[@]}" --skip-build --skip "$WITH_BROKERS"
swift test "${STRICT[@]}" --skip-build --no-parallel --filter "$WITH_BROKERS"
