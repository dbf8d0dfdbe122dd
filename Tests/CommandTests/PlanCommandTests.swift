import OrderedJSON
import Testing

@Suite("Plans")
struct PlanCommandTests {
    @Test("plan measures this machine and says what a pack's sweeps take at each residency")
    func pack() throws {
        let folder = try TemporaryFolder()
        let pack = folder.path + "/pack"
        #expect(try DureProcess.dure("model", "synthesize", pack, "--format", "int8").status == 0)
        let plan = try DureProcess.dure(
            "model",
            "plan",
            pack,
            "--memory",
            "1GiB",
            "--disk",
            "100MB/s",
            "--sequences",
            "2",
            "--context",
            "200",
            "--threads",
            "1",
            "--json"
        )
        #expect(plan.status == 0, "\(plan.error)")
        let json = try JSONValue(parsing: Array(plan.output.utf8))
        #expect(json["is_measured"] == .bool(true) && json["format"]?.string == "int8")
        // Four blocks of 64 tokens, four layers, 32 + 16 numbers of two bytes.
        #expect(json["memory"]?["kv_cache"]?.integer == Int64(2 * 256 * 4 * 48 * 2))
        let forecasts = try #require(json["forecasts"]?.array)
        #expect(forecasts.map { $0["residency"]?.double } == [0.25, 0.5, 0.75, 1])
        #expect(forecasts.allSatisfy { ($0["tokens_per_second"]?.double ?? 0) > 0 })
        #expect(forecasts.last?["is_budget"] == .bool(true) && forecasts.last?["read_bytes"]?.double == 0)
        let text = try DureProcess.dure("model", "plan", pack, "--memory", "1GiB", "--sequences", "2")
        #expect(text.output.contains("expert cache") && text.output.contains("as measured just now"), "\(text.error)")
    }

    @Test("plan projects A.X K1 without a pack, and says that it is a projection")
    func projection() throws {
        let limits = ["--bandwidth", "460GB/s", "--operations", "49T"]
        func plan(_ arguments: String...) throws -> DureProcess {
            try DureProcess.run(
                DureProcess.binary,
                ["model", "plan"] + arguments,
                input: "",
                environment: [:]
            )
        }
        let text = try plan(
            "--preset",
            "ax-k1",
            "--memory",
            "256GB",
            "--disk",
            "14GB/s",
            limits[0],
            limits[1],
            limits[2],
            limits[3]
        )
        #expect(text.status == 0, "\(text.error)")
        #expect(text.output.contains("ax-k1 (a projection)") && text.output.contains("nothing was measured"))
        #expect(text.output.contains("this budget: 8"))
        let small = try plan("--preset", "ax-k1", "--memory", "16GB", limits[0], limits[1], limits[2], limits[3])
        #expect(small.status == 1 && small.error.contains("expected at least"))
        for (arguments, problem) in [
            (["--memory", "1GB"], "expected a pack or --preset"),
            (["--preset", "ax-k1", "--bandwidth", "1GB/s"], "--bandwidth and --operations"),
            (["--preset", "ax-k1", "--operations", "x"], "--operations"),
            (["/nowhere", "--format", "int8"], "--format is of a preset"),
        ] {
            let refused = try DureProcess.run(
                DureProcess.binary,
                ["model", "plan"] + arguments,
                input: "",
                environment: [:]
            )
            #expect(refused.status == 2 && refused.error.contains(problem), "\(refused.error)")
        }
    }
}
