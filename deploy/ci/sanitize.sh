#!/usr/bin/env bash
# The rooms that hold C, unsafe code or state machines, under the sanitizers. Each has a build folder of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."

swift test --sanitize=address --scratch-path .build/address \
  --filter 'TensorKernelsTests|ModelFilesTests|MoEModelTests|TokenizationTests|OrderedJSONTests|SettingsTests'
swift test --sanitize=thread --scratch-path .build/thread \
  --filter 'OffsetLedgerTests|WorkerTests|InferenceEngineTests|TelemetryTests|TensorKernelsTests'
