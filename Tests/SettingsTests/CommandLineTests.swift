import Settings
import Testing

@Suite("Command line")
struct CommandLineTests {
    @Test("reads arguments, long and short flags, with values behind an equals sign or a space")
    func flags() async throws {
        let run = await SampleRun([
            "work", "a.jsonl", "-o", "out", "b", "--model=m", "--delivery-threads", "8", "--json", "--",
            "--not-a-flag", "-x",
        ])
        #expect(run.status == .done)
        #expect(run.error.isEmpty)
        let command = try #require(run.command)
        #expect(command.file == "a.jsonl")
        #expect(command.more == ["b", "--not-a-flag", "-x"])
        #expect(command.output == "out")
        #expect(command.model == "m")
        #expect(command.delivery.threads == 8)
        #expect(command.isJSON)
    }

    @Test("tells every problem at once, with what is allowed and what may have been meant")
    func problems() async {
        let run = await SampleRun(
            ["work", "--delivery-threads", "0", "--delivery-presision", "int8", "--delivery-precision", "int9", "-z"],
            ["DURE_DELIVERY_COMMIT_INTERVALL": "1s", "DURE_DELIVERY_CACHE_BYTES": "8 apples"]
        )
        #expect(run.status == .usage)
        #expect(
            run.error == """
                sample work: 7 problems:
                  --delivery-presision: no such option; did you mean --delivery-precision?
                  -z: no such option
                  DURE_DELIVERY_COMMIT_INTERVALL: no setting has this variable; did you mean DURE_DELIVERY_COMMIT_INTERVAL?
                  DURE_DELIVERY_CACHE_BYTES: expected a number of bytes of at least 1MiB, \
                got "8 apples"
                  --delivery-threads: expected a number of threads from 1 to 64, got "0"
                  --delivery-precision: expected one of f32, bf16, int8, int4, got "int9"; did you mean int8?
                  model: required: give --model DIR, set DURE_MODEL, or write model in the configuration file
                Run 'sample work --help' for what it takes.

                """
        )
    }
}
