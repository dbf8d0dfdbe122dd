#!/usr/bin/env bash
# The rooms that hold C, unsafe code or state machines, under the sanitizers. Each has a build folder of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."

# XCTest, which runs no test here, leaks two objects of its own, and what a Swift global holds behind a pointer with tag bits
# looks leaked too: this run is for accesses. It also stops at what C leaves undefined; Swift has no such option here, clang has.
export ASAN_OPTIONS="detect_leaks=0" UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1"
swift test --disable-xctest --sanitize=address -Xcc -fsanitize=undefined --scratch-path .build/address \
  --filter '^(TensorKernelsTests|ModelFilesTests|MoEModelTests|TokenizationTests|OrderedJSONTests|SettingsTests)\.'

# One test asks for more memory than there is, to see the error. Skipped is what contends for a `Mutex`: its slow path lies
# in the toolchain's library, which is not instrumented, so that whatever it guards looks like a race.
export TSAN_OPTIONS="allocator_may_return_null=1"
swift test --disable-xctest --sanitize=thread --scratch-path .build/thread \
  --filter '^(OffsetLedgerTests|WorkerTests|InferenceEngineTests|TensorKernelsTests)\.' \
  --skip 'EngineJobTests|JobServiceTests|JobRunnerTests|WorkerInMemoryTests'

# The arena of expert weights: accesses, in processes that are killed too; races, where its memory is shared between the
# threads of one worker. What processes share, no sanitizer sees: for that there are the kill tests and the model.
swift test --disable-xctest --sanitize=address -Xcc -fsanitize=undefined --scratch-path .build/address \
  --filter '^ExpertCacheTests\.(ExpertArenaTests|ArenaWaitingTests|ArenaDamageTests|ArenaKillTests)'
swift test --disable-xctest --sanitize=thread --scratch-path .build/thread \
  --filter '^ExpertCacheTests\.(ExpertArenaTests|ArenaWaitingTests)'
